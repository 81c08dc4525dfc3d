package io.allotment.persistence.jooq;

import java.util.Map;

/** What was paid for is there, what went back is not, and what is billable is told. */
final class BillingQueries {

    static final Map<String, String> ALL = Map.of(
            "paid-invoices-have-their-credits",
            """
            select i.tenant_id, 'invoice ' || i.id,
                   'brought the grant ' || i.grant_id
                       || case when i.status <> 'PAID' then ', and is not paid but ' || i.status else ', which is not there' end
            from allotment.invoices i
            where i.grant_id is not null
              and (i.status <> 'PAID'
                   or not exists (select 1 from allotment.credit_grants g
                                  where g.tenant_id = i.tenant_id and g.id = i.grant_id and g.account_id = i.account_id))
            """,
            "invoices-know-what-went-back",
            """
            select i.tenant_id, 'invoice ' || i.id,
                   'tells of ' || i.refunded_minor || ' minor units that went back; its refunds and disputes come to ' || r.minor
                       || case when r.strangers > 0 then ', and ' || r.strangers || ' of them do not name it' else '' end
            from allotment.invoices i
            cross join lateral (
                select coalesce(sum(amount_minor) filter (where status in ('PENDING', 'SUCCEEDED', 'DISPUTED', 'LOST')), 0) as minor,
                       count(*) filter (where invoice_id is null) as strangers
                from allotment.refunds
                where tenant_id = i.tenant_id and gateway = i.gateway and payment_id = i.payment_id
            ) r
            where i.refunded_minor <> r.minor or r.strangers > 0
            """,
            "refunds-took-their-credits",
            """
            select r.tenant_id, 'refund ' || r.id, r.status || ', and of its credits were taken '
                   || coalesce(r.taken::text, 'none') || ', by the ledger ' || coalesce((-e.amount)::text, 'none')
            from allotment.refunds r
            left join allotment.credit_entries e on e.tenant_id = r.tenant_id and e.account_id = r.account_id
                and e.idempotency_key = 'refund-' || r.id || '-' || r.attempts and e.type = 'TAKEN_BACK'
            where coalesce(r.taken, 0) <> coalesce(-e.amount, 0)
               or r.taken is not null and r.status not in ('PENDING', 'SUCCEEDED', 'DISPUTED', 'LOST')
               or r.taken is null and r.status in ('PENDING', 'SUCCEEDED', 'DISPUTED', 'LOST')
                  and exists (select 1 from allotment.invoices i
                              where i.tenant_id = r.tenant_id and i.gateway = r.gateway and i.payment_id = r.payment_id
                                and i.grant_id is not null)
            """,
            "billable-overage-is-reported",
            """
            select q.tenant_id, 'overage of ' || q.feature_key || ' of account ' || q.account_id,
                   'counted are ' || trim_scale(q.overage) || ', in reports or about to be ' || trim_scale(m.quantity)
            from allotment.quota_counters q
            join allotment.features f on f.key = q.feature_key and f.kind = 'CONSUMED'
            join allotment.subscriptions s on s.tenant_id = q.tenant_id and s.account_id = q.account_id
                and s.ended_at is null and s.gateway is not null
            cross join lateral (
                select coalesce(sum(p.quantity), 0) as quantity
                from (
                    select r.quantity from allotment.metered_reports r
                    where r.tenant_id = q.tenant_id and r.account_id = q.account_id and r.feature_key = q.feature_key
                      and r.period_start = q.period_start
                    union all
                    select u.quantity from allotment.metered_uses u
                    where u.tenant_id = q.tenant_id and u.account_id = q.account_id and u.feature_key = q.feature_key
                      and u.period_start = q.period_start
                ) p
            ) m
            where m.quantity <> q.overage
              and not exists (
                  select from allotment.subscriptions o
                  where o.tenant_id = q.tenant_id and o.account_id = q.account_id and o.gateway is null
                    and (o.ended_at is null or o.ended_at > q.period_start))
            """,
            "metered-reports-come-to-whole-units",
            """
            select tenant_id, 'usage of ' || feature_key || ' of account ' || account_id || ' in the period from '
                       || to_char(billing_period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                   'used were ' || trim_scale(sum(quantity)) || ', and the reports come to ' || sum(units - withheld_units)
            from allotment.metered_reports
            group by tenant_id, account_id, gateway, feature_key, billing_period_start
            having sum(units - withheld_units) <> round(sum(quantity))
            """);

    private BillingQueries() {}
}

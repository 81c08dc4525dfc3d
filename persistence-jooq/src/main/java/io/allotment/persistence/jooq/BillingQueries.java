package io.allotment.persistence.jooq;

import java.util.Map;

/** What was paid for is there, and what went back is not. */
final class BillingQueries {

    static final Map<String, String> ALL =
            Map.of("paid-invoices-have-their-credits", """
            select i.tenant_id, 'invoice ' || i.id, 'brought the grant ' || i.grant_id || ', which is not there'
            from allotment.invoices i
            where i.grant_id is not null
              and (i.status <> 'PAID'
                   or not exists (select 1 from allotment.credit_grants g
                                  where g.tenant_id = i.tenant_id and g.id = i.grant_id and g.account_id = i.account_id))
            """, "refunds-took-their-credits", """
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
            """);

    private BillingQueries() {}
}

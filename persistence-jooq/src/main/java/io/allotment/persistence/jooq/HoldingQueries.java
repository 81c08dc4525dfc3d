package io.allotment.persistence.jooq;

import java.util.Map;

/** What is held, counted and spent is what reservations, events and changes add up to. For each invariant the query that gives what breaks it. */
final class HoldingQueries {

    static final Map<String, String> ALL = Map.of(
            "holds-are-sum-of-reservations",
            """
            with open as (
                select * from allotment.reservations where status = 'HELD'
            )
            select a.tenant_id, 'account ' || a.account_id,
                   trim_scale(a.held) || ' held, the reservations that hold add up to ' || trim_scale(coalesce(r.total, 0))
            from allotment.credit_accounts a
            left join (
                select tenant_id, account_id, sum(credits) as total from open group by 1, 2
            ) r on r.tenant_id = a.tenant_id and r.account_id = a.account_id
            where a.held <> coalesce(r.total, 0)
            union all
            select coalesce(g.tenant_id, r.tenant_id), 'grant ' || coalesce(g.id, r.grant_id),
                   coalesce(trim_scale(g.held)::text, 'no grant') || ' held, the reservations that hold add up to '
                       || trim_scale(coalesce(r.total, 0))
            from allotment.credit_grants g
            full join (
                select o.tenant_id, o.account_id, p.grant_id, sum(p.amount) as total
                from open o, unnest(o.pin_grant_ids, o.pin_amounts) p(grant_id, amount)
                group by 1, 2, 3
            ) r on r.tenant_id = g.tenant_id and r.account_id = g.account_id and r.grant_id = g.id
            where g.held is distinct from coalesce(r.total, 0)
            union all
            -- What is held in a period that is over is held of nothing.
            select q.tenant_id, 'quota of ' || q.feature_key || ' of account ' || q.account_id,
                   trim_scale(q.held) || ' held, the reservations that hold add up to ' || trim_scale(coalesce(r.total, 0))
            from allotment.quota_counters q
            left join (
                select o.tenant_id, o.account_id, l.feature_key, l.period_start,
                       coalesce(l.period_end, 'infinity') as period_end, sum(l.quantity) as total
                from open o,
                     unnest(o.features, o.quota_period_starts, o.quota_period_ends, o.quantities)
                         l(feature_key, period_start, period_end, quantity)
                where l.feature_key is not null
                group by 1, 2, 3, 4, 5
            ) r on r.tenant_id = q.tenant_id and r.account_id = q.account_id
                and r.feature_key = q.feature_key collate "C" and r.period_start = q.period_start
                and r.period_end = coalesce(q.period_end, 'infinity')
            where q.held <> coalesce(r.total, 0)
            union all
            select o.tenant_id, 'reservation ' || o.id,
                   trim_scale(o.credits) || ' held, its pins and its part of the overdraft add up to '
                       || trim_scale(p.total + o.overdraft)
            from open o, lateral (select coalesce(sum(p), 0) as total from unnest(o.pin_amounts) p) p
            where o.credits <> p.total + o.overdraft
            """,
            "quota-used-is-sum-of-events",
            """
            with changes as (
                -- A reset by hand wiped out what its period counted; one at a period's end began the next.
                select tenant_id, account_id, feature_key, period_start, period_end,
                       case operation when 'INCREMENT' then amount when 'DECREMENT' then -amount
                            else case when idempotency_key is null then 0 else -amount end end as change
                from allotment.quota_history
                union all
                select e.tenant_id, e.account_id, l.feature_key, l.period_start, l.period_end, l.quantity
                from allotment.usage_events e,
                     unnest(e.features, e.quota_period_starts, e.quota_period_ends, e.quantities)
                         l(feature_key, period_start, period_end, quantity)
                where l.feature_key is not null
                union all
                select tenant_id, account_id, feature_key, period_start, period_end, used from allotment.quota_checkpoints
            ), counted as (
                select tenant_id, account_id, feature_key, period_start, coalesce(period_end, 'infinity') as period_end,
                       sum(change) as total
                from changes group by 1, 2, 3, 4, 5
            )
            select q.tenant_id, 'quota of ' || q.feature_key || ' of account ' || q.account_id,
                   'used ' || trim_scale(q.used) || ', events and changes add up to ' || trim_scale(coalesce(c.total, 0))
            from allotment.quota_counters q
            left join counted c on c.tenant_id = q.tenant_id and c.account_id = q.account_id
                and c.feature_key = q.feature_key and c.period_start = q.period_start
                and c.period_end = coalesce(q.period_end, 'infinity')
            where q.used <> coalesce(c.total, 0)
            union all
            select c.tenant_id, 'quota of ' || c.feature_key || ' of account ' || c.account_id,
                   'no counter, events and changes add up to ' || trim_scale(c.total)
            from (
                select *, row_number() over (
                    partition by tenant_id, account_id, feature_key order by period_start desc) as newest
                from counted where total <> 0
            ) c
            where c.newest = 1
              and not exists (
                  select from allotment.quota_counters q
                  where q.tenant_id = c.tenant_id and q.account_id = c.account_id
                    and q.feature_key = c.feature_key collate "C")
            """,
            "allocations-come-from-events",
            """
            select a.tenant_id, 'allocation of ' || a.feature_key || ' to ' || a.related_type || ' ' || a.related_id,
                   trim_scale(a.quantity) || ' held, the events that took it add up to ' || trim_scale(e.total)
            from allotment.allocations a,
                 lateral (
                    select coalesce(sum(l.quantity), 0) as total
                    from allotment.usage_events e, unnest(e.features, e.quantities) l(feature_key, quantity)
                    where e.tenant_id = a.tenant_id and e.related_type = a.related_type collate "default"
                      and e.related_id = a.related_id collate "default" and e.account_id = a.account_id
                      and l.feature_key = a.feature_key collate "C"
                 ) e
            where a.quantity > e.total
            """,
            "spent-is-sum-of-events",
            """
            with events as (
                select e.tenant_id, e.credits, e.created_at, s.kind, s.id
                from allotment.usage_events e,
                     lateral (values ('MEMBER', e.actor_user_id), ('API_KEY', e.actor_key_id)) s(kind, id)
                where s.id is not null
                  and not exists (select from allotment.decisions d where d.tenant_id = e.tenant_id and d.refunded_id = e.id)
            )
            select l.tenant_id, 'spend limit of ' || l.spender_kind || ' ' || l.spender_id || ' by ' || l.limit_window,
                   trim_scale(l.spent) || ' spent, events add up to ' || trim_scale(coalesce(sum(e.credits), 0))
            from allotment.spend_limits l
            left join events e on e.tenant_id = l.tenant_id and e.kind = l.spender_kind and e.id = l.spender_id
                and e.created_at >= l.period_start and e.created_at < l.period_end
            left join allotment.retentions k on k.tenant_id = l.tenant_id
            -- Of a period that began before the checkpoint there may be no events any more; it is long over. The minute is for
            -- events whose ids were made a little before they were decided.
            where k.usage_from is null or l.period_start >= k.usage_from + interval '1 minute'
            group by l.tenant_id, l.spender_kind, l.spender_id, l.limit_window, l.spent
            having l.spent <> coalesce(sum(e.credits), 0)
            """);

    private HoldingQueries() {}
}

package io.allotment.persistence.jooq;

import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * The gate's promises, recomputed by PostgreSQL from the rows: one query for each, giving (tenant, subject, detail) of
 * what breaks it. None shares code with what writes the rows.
 */
final class JooqInvariants implements Invariants {

    private static final Map<String, String> QUERIES = Map.of(
            "balance-is-sum-of-entries",
            """
            select a.tenant_id, 'account ' || a.account_id,
                   'balance ' || trim_scale(a.balance) || ', entries add up to ' || trim_scale(coalesce(e.total, 0))
            from allotment.credit_accounts a
            left join (
                select tenant_id, account_id, sum(amount) as total from allotment.credit_entries group by 1, 2
            ) e on e.tenant_id = a.tenant_id and e.account_id = a.account_id
            where a.balance <> coalesce(e.total, 0)
            """,
            "balance-is-sum-of-grants",
            """
            select a.tenant_id, 'account ' || a.account_id,
                   'balance ' || trim_scale(a.balance) || ', grants hold ' || trim_scale(coalesce(g.total, 0))
            from allotment.credit_accounts a
            left join (
                select tenant_id, account_id, sum(remaining) as total from allotment.credit_grants group by 1, 2
            ) g on g.tenant_id = a.tenant_id and g.account_id = a.account_id
            where a.balance <> coalesce(g.total, 0)
            """,
            "ledger-is-gapless",
            """
            select coalesce(a.tenant_id, e.tenant_id), 'account ' || coalesce(a.account_id, e.account_id),
                   coalesce(e.entries, 0) || ' entries numbered ' || coalesce(e.first, 0) || ' to '
                       || coalesce(e.last, 0) || ', the account counts ' || coalesce(a.last_sequence::text, 'none')
            from allotment.credit_accounts a
            full join (
                select tenant_id, account_id, count(*) as entries, min(sequence) as first, max(sequence) as last
                from allotment.credit_entries group by 1, 2
            ) e on e.tenant_id = a.tenant_id and e.account_id = a.account_id
            where a.last_sequence is distinct from coalesce(e.entries, 0)
               or a.last_sequence is distinct from coalesce(e.last, 0)
               or coalesce(e.first, 1) <> 1
            """,
            "balance-after-follows",
            """
            select tenant_id, 'entry ' || sequence || ' of account ' || account_id,
                   'balance after ' || trim_scale(balance_after) || ', ' || trim_scale(before) || ' before and '
                       || trim_scale(amount) || ' moved'
            from (
                select *, lag(balance_after, 1, 0) over (partition by tenant_id, account_id order by sequence) as before
                from allotment.credit_entries
            ) e
            where balance_after <> before + amount
               or amount <> (select coalesce(sum(d), 0) from unnest(draw_amounts) d)
            """,
            "grant-remaining-is-sum-of-draws",
            """
            select coalesce(g.tenant_id, d.tenant_id), 'grant ' || coalesce(g.id, d.grant_id),
                   'remaining ' || coalesce(trim_scale(g.remaining)::text, 'of no grant') || ' of '
                       || coalesce(trim_scale(g.amount)::text, 'none') || ', entries leave '
                       || trim_scale(coalesce(d.total, 0))
            from allotment.credit_grants g
            full join (
                select e.tenant_id, d.grant_id, sum(d.amount) as total
                from allotment.credit_entries e, unnest(e.draw_grant_ids, e.draw_amounts) d(grant_id, amount)
                group by 1, 2
            ) d on d.tenant_id = g.tenant_id and d.grant_id = g.id
            where g.remaining is distinct from coalesce(d.total, 0)
               or g.remaining < 0 or g.remaining > g.amount
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
            """,
            "one-event-per-allowed-decision",
            """
            select coalesce(d.tenant_id, e.tenant_id), 'decision ' || coalesce(d.id, e.id),
                   case when e.id is null then 'allowed, and there is no usage event'
                        else 'a usage event, and no allowed decision' end
            from (select * from allotment.decisions where allowed) d
            full join (select * from allotment.usage_events where source = 'GATE') e
                on e.tenant_id = d.tenant_id and e.id = d.id
            where d.id is null or e.id is null
            """,
            "event-matches-ledger",
            """
            select e.tenant_id, 'usage event ' || e.id,
                   'credits ' || trim_scale(e.credits) || ' and balance ' || trim_scale(e.balance_after)
                       || ', the ledger entry says ' || coalesce(trim_scale(c.amount)::text, 'nothing')
            from allotment.usage_events e
            left join allotment.credit_entries c on c.tenant_id = e.tenant_id and c.account_id = e.account_id
                and c.sequence = e.ledger_sequence
            where e.credits <> (select coalesce(sum(l), 0) from unnest(e.line_credits) l)
               or (e.credits <> 0 or e.ledger_sequence is not null)
                   and (c.amount is distinct from -e.credits or c.decision_id is distinct from e.id
                        or c.balance_after is distinct from e.balance_after)
            union all
            select c.tenant_id, 'usage event ' || c.decision_id,
                   'entry ' || c.sequence || ' of account ' || c.account_id || ' names it, and it names no such entry'
            from allotment.credit_entries c
            left join allotment.usage_events e on e.tenant_id = c.tenant_id and e.id = c.decision_id
            where c.decision_id is not null and e.ledger_sequence is distinct from c.sequence
            """,
            "one-live-subscription",
            """
            select tenant_id, 'account ' || account_id, count(*) || ' live subscriptions'
            from allotment.subscriptions where ended_at is null
            group by tenant_id, account_id having count(*) > 1
            """);

    private final DSLContext db;
    private final JooqUnits units;

    JooqInvariants(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public Report check() {
        units.takeTime();
        var violations = new ArrayList<Violation>();
        QUERIES.keySet().stream().sorted().forEach(invariant -> {
            int left = MAX_VIOLATIONS - violations.size();
            if (left > 0) {
                violations.addAll(violations(invariant, left));
            }
        });
        return new Report(
                count("tenants"),
                count("billing_accounts"),
                count("credit_entries"),
                count("decisions"),
                count("usage_events"),
                violations);
    }

    private List<Violation> violations(String invariant, int limit) {
        return db.resultQuery("select * from (" + QUERIES.get(invariant) + ") v(tenant_id, subject, detail)"
                        + " order by tenant_id, subject limit " + limit)
                .fetch(row -> new Violation(
                        invariant,
                        new TenantId(row.get(0, UUID.class)),
                        row.get(1, String.class),
                        row.get(2, String.class)));
    }

    private long count(String table) {
        return db.resultQuery("select count(*) from allotment." + table).fetchSingle(0, Long.class);
    }
}

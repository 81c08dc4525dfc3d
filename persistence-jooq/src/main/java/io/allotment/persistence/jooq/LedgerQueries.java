package io.allotment.persistence.jooq;

import java.util.Map;

/** Balances, overdrafts and grants are what the ledgers' entries lead to. For each invariant the query that gives what breaks it. */
final class LedgerQueries {

    static final Map<String, String> ALL = Map.of(
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
                       || ', the overdraft is ' || trim_scale(a.overdraft)
            from allotment.credit_accounts a
            left join (
                select tenant_id, account_id, sum(remaining) as total from allotment.credit_grants group by 1, 2
            ) g on g.tenant_id = a.tenant_id and g.account_id = a.account_id
            where a.balance <> coalesce(g.total, 0) - a.overdraft
            """,
            "overdraft-is-sum-of-entries",
            """
            select a.tenant_id, 'account ' || a.account_id,
                   'overdraft ' || trim_scale(a.overdraft) || ', entries add up to ' || trim_scale(coalesce(e.total, 0))
            from allotment.credit_accounts a
            left join (
                select tenant_id, account_id, sum(overdraft_change) as total from allotment.credit_entries group by 1, 2
            ) e on e.tenant_id = a.tenant_id and e.account_id = a.account_id
            where a.overdraft <> coalesce(e.total, 0) or a.overdraft < 0
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
               or amount <> (select coalesce(sum(d), 0) from unnest(draw_amounts) d) - overdraft_change
            """,
            "grant-remaining-is-sum-of-draws",
            """
            select coalesce(g.tenant_id, d.tenant_id), 'grant ' || coalesce(g.id, d.grant_id),
                   'remaining ' || coalesce(trim_scale(g.remaining)::text, 'of no grant') || ' of '
                       || coalesce(trim_scale(g.amount)::text, 'none') || ', entries leave '
                       || trim_scale(coalesce(d.total, 0))
            from allotment.credit_grants g
            full join (
                select e.tenant_id, e.account_id, d.grant_id, sum(d.amount) as total
                from allotment.credit_entries e, unnest(e.draw_grant_ids, e.draw_amounts) d(grant_id, amount)
                group by 1, 2, 3
            ) d on d.tenant_id = g.tenant_id and d.account_id = g.account_id and d.grant_id = g.id
            where g.remaining is distinct from coalesce(d.total, 0)
               or g.remaining > g.amount or g.held < 0 or g.held > g.remaining
            """,
            // Credits that were bought elsewhere, and granted by hand, name no purchase.
            "purchases-bring-their-credits",
            """
            select p.tenant_id, 'purchase ' || p.id,
                   trim_scale(p.credits) || ' credits for account ' || p.account_id || ', paid by ' || p.payment_reference
                       || '; grant ' || p.grant_id || ' is '
                       || case when g.id is null then 'not there'
                               else 'of ' || trim_scale(g.amount) || ' for account ' || g.account_id || ', ' || g.source
                                   || coalesce(' ' || g.source_id, '') || coalesce(', paid by ' || g.payment_reference, '')
                          end
            from allotment.credit_purchases p
            left join allotment.credit_grants g on g.tenant_id = p.tenant_id and g.id = p.grant_id
            where p.grant_id is not null
              and (g.id is null or g.account_id <> p.account_id or g.amount <> p.credits or g.source <> 'PURCHASE'
                   or g.source_id is distinct from p.id::text
                   or g.payment_reference is distinct from p.payment_reference)
            union all
            select g.tenant_id, 'grant ' || g.id,
                   'it is for purchase ' || p.id || ', which '
                       || coalesce('brought grant ' || p.grant_id, 'is not paid')
            from allotment.credit_grants g
            join allotment.credit_purchases p on p.tenant_id = g.tenant_id and p.id::text = g.source_id
            where g.source = 'PURCHASE' and p.grant_id is distinct from g.id
            """);

    private LedgerQueries() {}
}

package io.allotment.persistence.jooq;

import java.util.Map;

/** Decisions, usage events, ledger entries and reservations tell the same story, each part of it once. For each invariant the query that gives what breaks it. */
final class UsageQueries {

    static final Map<String, String> ALL = Map.of(
            "one-event-per-allowed-decision",
            """
            select coalesce(d.tenant_id, e.tenant_id), 'decision ' || coalesce(d.id, e.id),
                   case when d.id is null then 'a usage event, and no allowed consume, settle or recording'
                        when e.id is null then 'an allowed ' || d.verb || ', and there is no usage event'
                        when d.answer is not null then 'an answer beside what its usage event tells'
                        else 'its usage event has another key or source' end
            from (select * from allotment.decisions where allowed and verb in ('CONSUME', 'SETTLE', 'RECORD')) d
            full join allotment.usage_events e
                on e.tenant_id = d.tenant_id and e.id = d.id
            left join allotment.retentions k on k.tenant_id = e.tenant_id
            -- Decisions from before the checkpoint may be gone; their events are kept for longer.
            where case when d.id is null then k.keys_from is null or e.id >= allotment.first_id_at(k.keys_from)
                       else e.id is null or d.answer is not null
                           or d.key_digest is distinct from allotment.key_digest(e.idempotency_key)
                           or (d.verb = 'SETTLE') <> (e.reservation_id is not null)
                           or (d.verb = 'RECORD') <> (e.source = 'RECORDED') end
            """,
            "event-matches-ledger",
            """
            select e.tenant_id, 'usage event ' || e.id,
                   'credits ' || trim_scale(e.credits) || ', ' || trim_scale(e.uncovered_credits) || ' uncovered, and balance '
                       || trim_scale(e.balance_after) || ', the ledger entry says '
                       || coalesce(trim_scale(c.amount)::text, 'nothing')
            from allotment.usage_events e
            left join allotment.credit_entries c on c.tenant_id = e.tenant_id and c.account_id = e.account_id
                and c.sequence = e.ledger_sequence
            where e.credits <> (select coalesce(sum(l), 0) from unnest(e.line_credits) l)
               or e.uncovered_credits > e.credits
               or (e.credits <> e.uncovered_credits or e.ledger_sequence is not null)
                   and (c.amount is distinct from e.uncovered_credits - e.credits or c.decision_id is distinct from e.id
                        or c.balance_after is distinct from e.balance_after)
            union all
            select c.tenant_id, 'usage event ' || c.decision_id,
                   'entry ' || c.sequence || ' of account ' || c.account_id || ' names it, and it names no such entry'
            from allotment.credit_entries c
            left join allotment.usage_events e on e.tenant_id = c.tenant_id and e.id = c.decision_id
            left join allotment.retentions k on k.tenant_id = c.tenant_id
            where c.type = 'CONSUMED' and c.decision_id is not null
              and (e.id is not null or k.usage_from is null or c.decision_id >= allotment.first_id_at(k.usage_from))
              and (e.ledger_sequence is distinct from c.sequence or e.account_id is distinct from c.account_id)
            """,
            "one-refund-per-charge",
            """
            select d.tenant_id, 'decision ' || d.refunded_id,
                   'undone by ' || count(*) || ' decisions' || case when count(e.id) = 0 then ', and it has no usage event'
                                                                    else '' end
            from allotment.decisions d
            left join allotment.usage_events e on e.tenant_id = d.tenant_id and e.id = d.refunded_id
            where d.refunded_id is not null
            group by d.tenant_id, d.refunded_id
            having count(*) > 1 or count(e.id) = 0
            """,
            "one-event-per-settled-reservation",
            """
            select coalesce(r.tenant_id, e.tenant_id), 'reservation ' || coalesce(r.id, e.reservation_id),
                   coalesce(r.status, 'not there') || ', and ' || coalesce(e.events, 0) || ' usage events name it'
            from allotment.reservations r
            full join (
                select tenant_id, reservation_id, count(*) as events from allotment.usage_events
                where reservation_id is not null group by 1, 2
            ) e on e.tenant_id = r.tenant_id and e.reservation_id = r.id
            where coalesce(e.events, 0) <> case when r.status = 'SETTLED' then 1 else 0 end
            """,
            "rows-say-what-they-may",
            """
            select tenant_id, 'decision ' || id, verb || ', and what only some of them have'
            from allotment.decisions
            where verb not in ('CONSUME', 'RESERVE', 'RENEW', 'SETTLE', 'RELEASE', 'REFUND', 'RECORD')
               or (verb = 'REFUND') <> (refunded_id is not null) or not allowed and answer is null
               or answer is not null and key_digest is distinct from allotment.key_digest(idempotency_key)
            union all
            select tenant_id, 'usage event ' || id,
                   source || ', credits ' || trim_scale(credits) || ', ' || trim_scale(uncovered_credits) || ' uncovered'
            from allotment.usage_events
            where source not in ('GATE', 'RECORDED') or credits < 0 or uncovered_credits < 0
            union all
            select tenant_id, 'entry ' || sequence || ' of account ' || account_id,
                   type || ' by ' || cardinality(draw_grant_ids) || ' grants and ' || cardinality(draw_amounts) || ' amounts'
            from allotment.credit_entries
            where type not in ('GRANTED', 'CONSUMED', 'EXPIRED', 'ADJUSTED', 'VOIDED', 'REPAID', 'REFUNDED', 'CLAWED_BACK', 'TAKEN_BACK', 'RESTORED')
               or cardinality(draw_grant_ids) <> cardinality(draw_amounts)
               or cardinality(draw_grant_ids) <> cardinality(draw_remaining)
            union all
            select tenant_id, 'grant ' || id, source || ' of ' || trim_scale(amount) || ', its times or its rollover'
            from allotment.credit_grants
            where source not in ('SUBSCRIPTION', 'PURCHASE', 'GIFT', 'ADJUSTMENT') or amount <= 0
               or expires_at <= coalesce(effective_from, '-infinity') or rollover_until <= expires_at or rollover_max <= 0
               or (rollover_max is null) <> (rollover_until is null)
            """,
            "one-live-subscription",
            """
            select tenant_id, 'account ' || account_id, count(*) || ' live subscriptions'
            from allotment.subscriptions where ended_at is null
            group by tenant_id, account_id having count(*) > 1
            """);

    private UsageQueries() {}
}

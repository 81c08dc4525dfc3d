package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_GRANTS;
import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.usage.UsageEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Field;
import org.jooq.Record;

/**
 * Decisions that were made. What a usage event and its ledger entry tell is not in the decision's row: it is put together
 * again here.
 */
final class DecisionReads {

    private static final String DECIDED = "select " + Columns.of("d", DECISIONS) + """
             from allotment.decisions d
            where d.tenant_id = k.tenant_id and d.key_digest = k.key_digest
            offset 0
            """;

    private static final String ANSWERED = "select " + Columns.of("d", DECISIONS) + """
             from allotment.decisions d
            where d.tenant_id = k.tenant_id and d.id = k.id and d.answer is not null
            offset 0
            """;

    private static final String REFUND = "select " + Columns.of("d", DECISIONS) + """
             from allotment.decisions d
            where d.tenant_id = k.tenant_id and d.refunded_id = k.id and d.refunded_id is not null
            offset 0
            """;

    /** The id alone tells the partition. */
    private static final String EVENT = "select " + Columns.of("e", USAGE_EVENTS) + """
             from allotment.usage_events e
            where e.tenant_id = k.tenant_id and e.id = k.id
            offset 0
            """;

    private static final String ENTRY = "select " + Columns.of("c", CREDIT_ENTRIES) + """
             from (
                select e.tenant_id, e.account_id, e.ledger_sequence from allotment.usage_events e
                where e.tenant_id = k.tenant_id and e.id = k.id
                offset 0
            ) e
            cross join lateral (
                select * from allotment.credit_entries c
                where c.tenant_id = e.tenant_id and c.account_id = e.account_id and c.sequence = e.ledger_sequence
                offset 0
            ) c
            """;

    /** Of the charge's entry, and, where it had drawn on an overdraft, of the entries that repaid one after it. */
    private static final String SPENT_GRANTS =
            "select k.id as decision_id, " + Columns.of("g", CREDIT_GRANTS) + " from (" + ENTRY + """
            ) c
            cross join lateral (
                select unnest(c.draw_grant_ids)
                union
                select unnest(r.draw_grant_ids) from allotment.credit_entries r
                where c.overdraft_change > 0 and r.tenant_id = c.tenant_id and r.account_id = c.account_id
                  and r.sequence > c.sequence and r.type = 'REPAID'
            ) as w(grant_id)
            cross join lateral (
                select * from allotment.credit_grants g
                where g.tenant_id = c.tenant_id and g.id = w.grant_id and g.remaining = 0
                offset 0
            ) g
            """;

    private static final Field<?>[] SPENT_COLUMNS = Stream.concat(
                    Stream.of(CREDIT_ENTRIES.DECISION_ID), Stream.of(CREDIT_GRANTS.fields()))
            .toArray(Field<?>[]::new);

    private record EntryRef(TenantId tenant, AccountId account, long sequence) {}

    private final List<Record> decided = new ArrayList<>();
    private final Map<GateState.DecisionRef, Record> answered = new HashMap<>();
    private final Map<GateState.DecisionRef, Record> refunds = new HashMap<>();
    private final Map<GateState.DecisionRef, Record> events = new HashMap<>();
    private final Map<EntryRef, CreditEntry> entries = new HashMap<>();
    private final Map<GateState.DecisionRef, List<CreditGrant>> spent = new HashMap<>();

    /** Those made under the keys; what their events tell takes another round trip, {@link #addEventsOfDecided}. */
    void addDecided(RoundTrip trip, List<GateState.KeyRef> keys) {
        if (keys.isEmpty()) {
            return;
        }
        var rows = new Rows<>(keys);
        var source = new GateSources.Source(
                "unnest(?, ?) as k(tenant_id, key_digest)",
                List.of(
                        rows.column(UUID.class, key -> key.tenantId().value()),
                        rows.column(UUID.class, key -> KeyDigest.of(key.key()))));
        trip.add(source.probe(DECISIONS.fields(), DECIDED), decided::add);
    }

    /** Nothing where none of them has an event: as a rule there are none at all. */
    void addEventsOfDecided(RoundTrip trip) {
        var told = new Keys();
        for (var row : decided) {
            if (row.get(DECISIONS.ANSWER) == null) {
                told.add(new TenantId(row.get(DECISIONS.TENANT_ID)), new DecisionId(row.get(DECISIONS.ID)));
            }
        }
        if (!told.isEmpty()) {
            addEvents(trip, told);
        }
    }

    /** Decisions by their ids. */
    void addFound(RoundTrip trip, Keys ids) {
        trip.add(GateSources.of(ids).probe(DECISIONS.fields(), ANSWERED), row -> answered.put(ref(row), row));
        addEvents(trip, ids);
    }

    private void addEvents(RoundTrip trip, Keys ids) {
        trip.add(
                GateSources.of(ids).probe(USAGE_EVENTS.fields(), EVENT),
                row -> events.put(
                        new GateState.DecisionRef(
                                new TenantId(row.get(USAGE_EVENTS.TENANT_ID)),
                                new DecisionId(row.get(USAGE_EVENTS.ID))),
                        row));
        trip.add(GateSources.of(ids).probe(CREDIT_ENTRIES.fields(), ENTRY), row -> {
            var entry = JooqCredits.entry(row);
            entries.put(new EntryRef(entry.tenantId(), entry.accountId(), entry.sequence()), entry);
        });
    }

    /** What undoing a charge needs beside the charge. */
    void addRefunds(RoundTrip trip, Keys charged) {
        addFound(trip, charged);
        trip.add(
                GateSources.of(charged).probe(DECISIONS.fields(), REFUND),
                row -> refunds.put(
                        new GateState.DecisionRef(
                                new TenantId(row.get(DECISIONS.TENANT_ID)),
                                new DecisionId(row.get(DECISIONS.REFUNDED_ID))),
                        row));
        trip.add(
                GateSources.of(charged).probe(SPENT_COLUMNS, SPENT_GRANTS),
                row -> spent.computeIfAbsent(
                                new GateState.DecisionRef(
                                        new TenantId(row.get(CREDIT_GRANTS.TENANT_ID)),
                                        new DecisionId(row.get(CREDIT_ENTRIES.DECISION_ID))),
                                ref -> new ArrayList<>())
                        .add(JooqCredits.grant(row)));
    }

    Map<GateState.KeyRef, GateState.Recorded> recorded() {
        var recorded = new HashMap<GateState.KeyRef, GateState.Recorded>();
        for (var row : decided) {
            var decision = decision(row);
            recorded.put(
                    new GateState.KeyRef(decision.tenantId(), decision.key().orElseThrow()),
                    new GateState.Recorded(HexFormat.of().formatHex(row.get(DECISIONS.FINGERPRINT)), decision));
        }
        return recorded;
    }

    /** The decision of one of the ids that were looked for. */
    Optional<Decision> found(GateState.DecisionRef ref) {
        return Optional.ofNullable(answered.get(ref))
                .map(DecisionReads::answer)
                .or(() -> Optional.ofNullable(events.get(ref)).map(this::ofEvent));
    }

    Map<GateState.DecisionRef, GateState.Charged> charged(Keys wanted) {
        var charged = new HashMap<GateState.DecisionRef, GateState.Charged>();
        wanted.forEach((tenant, id) -> {
            var ref = new GateState.DecisionRef(new TenantId(tenant), new DecisionId(id));
            found(ref).ifPresent(decision -> charged.put(ref, charged(ref, decision)));
        });
        return charged;
    }

    private GateState.Charged charged(GateState.DecisionRef ref, Decision decision) {
        var event = Optional.ofNullable(events.get(ref)).map(JooqUsage::event);
        return new GateState.Charged(
                decision,
                event,
                event.flatMap(this::entry),
                spent.getOrDefault(ref, List.of()),
                Optional.ofNullable(refunds.get(ref)).map(DecisionReads::answer));
    }

    private Decision decision(Record row) {
        return row.get(DECISIONS.ANSWER) != null
                ? answer(row)
                : ofEvent(Optional.ofNullable(events.get(ref(row)))
                        .orElseThrow(() -> new IllegalStateException("The decision " + row.get(DECISIONS.ID)
                                + " was allowed, and its usage event is not there.")));
    }

    private static GateState.DecisionRef ref(Record row) {
        return new GateState.DecisionRef(
                new TenantId(row.get(DECISIONS.TENANT_ID)), new DecisionId(row.get(DECISIONS.ID)));
    }

    private static Decision answer(Record row) {
        return DecisionJson.read(
                new TenantId(row.get(DECISIONS.TENANT_ID)),
                new DecisionId(row.get(DECISIONS.ID)),
                Verb.valueOf(row.get(DECISIONS.VERB)),
                new IdempotencyKey(row.get(DECISIONS.IDEMPOTENCY_KEY)),
                new AccountId(row.get(DECISIONS.ACCOUNT_ID)),
                row.get(DECISIONS.CREATED_AT),
                row.get(DECISIONS.ANSWER).data());
    }

    private Decision ofEvent(Record row) {
        var event = JooqUsage.event(row);
        return Decision.ofEvent(
                event,
                Columns.optional(row, USAGE_EVENTS.IDEMPOTENCY_KEY).map(IdempotencyKey::new),
                Columns.optional(row, USAGE_EVENTS.PLAN_VERSION_ID)
                        .map(plan -> new Decision.PlanStanding(
                                new PlanVersionId(plan),
                                SubscriptionStatus.valueOf(row.get(USAGE_EVENTS.SUBSCRIPTION_STATUS)))),
                entry(event).map(CreditEntry::draws).orElse(List.of()));
    }

    private Optional<CreditEntry> entry(UsageEvent event) {
        return event.ledgerSequence()
                .map(sequence -> entries.get(new EntryRef(event.tenantId(), event.accountId(), sequence)));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_GRANTS;
import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;
import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.OPERATIONS;
import static io.allotment.persistence.jooq.generated.Tables.QUOTA_COUNTERS;
import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTIONS;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;

/**
 * Reads the state that a batch of calls to the gate needs, in three round trips: the accounts' lock, what it guards, and
 * the plans that follow from it.
 *
 * <p>Rows that belong to many accounts or keys are probed one by one inside a single statement ({@code unnest … cross
 * join lateral … offset 0}): with {@code tenant_id = ? and key = any(?)} the planner may read the whole tenant, see
 * docs/decisions/0011.
 */
final class GateReads {

    private final DSLContext db;
    private final JooqCatalog catalog;

    GateReads(DSLContext db, JooqCatalog catalog) {
        this.db = db;
        this.catalog = catalog;
    }

    GateState load(List<GateCall> calls, boolean lock) {
        var accounts = new Keys(payers(calls));
        // The lock first, what it guards after it: a statement sees nothing that is committed after it began.
        var balances = balances(accounts, lock);
        var results = Statement.run(
                db,
                Stream.of(
                        grants(accounts),
                        subscriptions(accounts),
                        counters(accounts),
                        tenants(calls),
                        members(calls),
                        operations(calls),
                        recorded(calls)));
        var grants = byAccount(results.get(0), JooqCredits::grant, CreditGrant::tenantId, CreditGrant::accountId);
        var subscribed = byAccount(
                results.get(1), JooqSubscriptions::subscription, Subscription::tenantId, Subscription::accountId);
        var counters = byAccount(results.get(2), JooqQuotas::counter, QuotaCounter::tenantId, QuotaCounter::accountId);
        var states = new HashMap<GateState.AccountRef, GateState.AccountState>();
        balances.forEach((ref, row) -> states.put(
                ref,
                new GateState.AccountState(
                        JooqCredits.account(row, grants.getOrDefault(ref, List.of())),
                        subscribed.getOrDefault(ref, List.of()).stream().findFirst(),
                        byKey(counters.getOrDefault(ref, List.of()), QuotaCounter::feature))));
        return new GateState(
                byKey(results.get(3).map(JooqTenants::tenant), Tenant::id),
                Set.copyOf(results.get(4).map(GateReads::member)),
                byKey(results.get(5).map(JooqCatalog::operation), Operation::key),
                plans(subscribed.values()),
                states,
                byKey(results.get(6).map(GateReads::recorded), GateReads::keyOf));
    }

    /** A kept decision. */
    Optional<Decision> find(TenantId tenant, DecisionId id) {
        var statement = Statement.query(RECORDED + """
                        from allotment.decisions d
                        left join allotment.usage_events e on e.tenant_id = d.tenant_id and e.id = d.id
                        left join allotment.credit_entries c on c.tenant_id = d.tenant_id
                            and c.account_id = d.account_id and c.sequence = e.ledger_sequence
                        where d.tenant_id = ? and d.id = ?
                        """, RECORDED_COLUMNS, tenant.value(), id.value());
        return Statement.run(db, Stream.of(statement)).get(0).stream()
                .findFirst()
                .map(row -> recorded(row).decision());
    }

    /** For each call the first of its payers that exists. Most have only one, and nothing needs to be asked. */
    private Collection<GateState.AccountRef> payers(List<GateCall> calls) {
        var candidates = new HashSet<GateState.AccountRef>();
        calls.stream()
                .filter(call -> call.payers().size() > 1)
                .forEach(call ->
                        call.payers().forEach(id -> candidates.add(new GateState.AccountRef(call.tenantId(), id))));
        var existing = candidates.isEmpty()
                ? Set.<GateState.AccountRef>of()
                : balances(new Keys(candidates), false).keySet();
        return calls.stream()
                .flatMap(call -> call.payers().stream()
                        .map(id -> new GateState.AccountRef(call.tenantId(), id))
                        .filter(ref -> call.payers().size() == 1 || existing.contains(ref))
                        .limit(1))
                .collect(Collectors.toSet());
    }

    /** Locks go by tenant and account, so that no two batches wait for each other in a circle. */
    private Map<GateState.AccountRef, Record> balances(Keys accounts, boolean lock) {
        var statement = probe(accounts, CREDIT_ACCOUNTS.fields(), """
                select a.tenant_id, a.account_id, a.balance, a.last_sequence
                from allotment.credit_accounts a
                where a.tenant_id = k.tenant_id and a.account_id = k.id
                offset 0
                """ + (lock ? "for no key update of a" : ""));
        var balances = new LinkedHashMap<GateState.AccountRef, Record>();
        Statement.run(db, Stream.of(statement))
                .get(0)
                .forEach(row -> balances.put(
                        new GateState.AccountRef(
                                new TenantId(row.get(CREDIT_ACCOUNTS.TENANT_ID)),
                                new AccountId(row.get(CREDIT_ACCOUNTS.ACCOUNT_ID))),
                        row));
        return balances;
    }

    private static Statement grants(Keys accounts) {
        return probe(accounts, CREDIT_GRANTS.fields(), "select " + Columns.of("g", CREDIT_GRANTS) + """
                 from allotment.credit_grants g
                where g.tenant_id = k.tenant_id and g.account_id = k.id and g.remaining > 0
                offset 0
                """);
    }

    private static Statement subscriptions(Keys accounts) {
        return probe(accounts, SUBSCRIPTIONS.fields(), "select " + Columns.of("s", SUBSCRIPTIONS) + """
                 from allotment.subscriptions s
                where s.tenant_id = k.tenant_id and s.account_id = k.id
                order by s.ended_at is null desc, s.id desc
                limit 1
                """);
    }

    private static Statement counters(Keys accounts) {
        return probe(accounts, QUOTA_COUNTERS.fields(), "select " + Columns.of("q", QUOTA_COUNTERS) + """
                 from allotment.quota_counters q
                where q.tenant_id = k.tenant_id and q.account_id = k.id
                offset 0
                """);
    }

    private static Statement tenants(List<GateCall> calls) {
        var ids = calls.stream().map(call -> call.tenantId().value()).distinct().toArray(UUID[]::new);
        return Statement.query(
                "select " + Columns.of("t", TENANTS) + " from allotment.tenants t where t.tenant_id = any(?)",
                TENANTS.fields(),
                (Object) ids);
    }

    private static Statement members(List<GateCall> calls) {
        var users = calls.stream()
                .filter(call -> call.charge().actor() instanceof Actor.User)
                .map(call -> new GateState.AccountRef(
                        call.tenantId(),
                        new AccountId(((Actor.User) call.charge().actor()).id().value())))
                .collect(Collectors.toSet());
        return probe(new Keys(users), new Field<?>[] {MEMBERSHIPS.TENANT_ID, MEMBERSHIPS.USER_ID}, """
                select m.tenant_id, m.user_id from allotment.memberships m
                where m.tenant_id = k.tenant_id and m.user_id = k.id
                offset 0
                """);
    }

    private static GateState.Member member(Record row) {
        return new GateState.Member(
                new TenantId(row.get(MEMBERSHIPS.TENANT_ID)), new UserId(row.get(MEMBERSHIPS.USER_ID)));
    }

    private static Statement operations(List<GateCall> calls) {
        var keys = calls.stream()
                .flatMap(call -> call.charge().lines().stream())
                .map(Charge.Line::operation)
                .distinct()
                .map(Object::toString)
                .toArray(String[]::new);
        return Statement.query(
                "select " + Columns.of("o", OPERATIONS) + " from allotment.operations o where o.key = any(?)",
                OPERATIONS.fields(),
                (Object) keys);
    }

    private Map<PlanVersionId, PlanVersion> plans(Collection<List<Subscription>> subscribed) {
        var ids = subscribed.stream()
                .flatMap(List::stream)
                .map(Subscription::planVersionId)
                .collect(Collectors.toSet());
        return ids.isEmpty() ? Map.of() : byKey(catalog.versions(ids), PlanVersion::id);
    }

    /** The names are the columns' own; what an event repeats of its decision is left out. */
    private static final String RECORDED = """
            select d.tenant_id, d.id, d.idempotency_key, d.fingerprint, d.verb, d.account_id, d.allowed, d.denied,
                   d.created_at, e.actor_user_id, e.operations, e.quantities, e.line_credits, e.features, e.quota_used,
                   e.quota_limits, e.quota_above, e.quota_period_starts, e.quota_period_ends, e.credits, e.balance_after,
                   e.ledger_sequence, e.plan_version_id, e.subscription_status, e.related_type, e.related_id, e.model,
                   e.tokens, e.metadata, e.source, c.draw_grant_ids, c.draw_amounts, c.draw_remaining
            """;

    private static final Field<?>[] RECORDED_COLUMNS = {
        DECISIONS.TENANT_ID,
        DECISIONS.ID,
        DECISIONS.IDEMPOTENCY_KEY,
        DECISIONS.FINGERPRINT,
        DECISIONS.VERB,
        DECISIONS.ACCOUNT_ID,
        DECISIONS.ALLOWED,
        DECISIONS.DENIED,
        DECISIONS.CREATED_AT,
        USAGE_EVENTS.ACTOR_USER_ID,
        USAGE_EVENTS.OPERATIONS,
        USAGE_EVENTS.QUANTITIES,
        USAGE_EVENTS.LINE_CREDITS,
        USAGE_EVENTS.FEATURES,
        USAGE_EVENTS.QUOTA_USED,
        USAGE_EVENTS.QUOTA_LIMITS,
        USAGE_EVENTS.QUOTA_ABOVE,
        USAGE_EVENTS.QUOTA_PERIOD_STARTS,
        USAGE_EVENTS.QUOTA_PERIOD_ENDS,
        USAGE_EVENTS.CREDITS,
        USAGE_EVENTS.BALANCE_AFTER,
        USAGE_EVENTS.LEDGER_SEQUENCE,
        USAGE_EVENTS.PLAN_VERSION_ID,
        USAGE_EVENTS.SUBSCRIPTION_STATUS,
        USAGE_EVENTS.RELATED_TYPE,
        USAGE_EVENTS.RELATED_ID,
        USAGE_EVENTS.MODEL,
        USAGE_EVENTS.TOKENS,
        USAGE_EVENTS.METADATA,
        USAGE_EVENTS.SOURCE,
        CREDIT_ENTRIES.DRAW_GRANT_IDS,
        CREDIT_ENTRIES.DRAW_AMOUNTS,
        CREDIT_ENTRIES.DRAW_REMAINING
    };

    private static Statement recorded(List<GateCall> calls) {
        var keys = calls.stream()
                .flatMap(call -> call.key().stream().map(key -> new GateState.KeyRef(call.tenantId(), key)))
                .distinct()
                .toList();
        return Statement.query(
                RECORDED + """
                        from unnest(?, ?) as k(tenant_id, key)
                        cross join lateral (
                            select * from allotment.decisions d
                            where d.tenant_id = k.tenant_id and d.idempotency_key = k.key
                            offset 0
                        ) d
                        left join lateral (
                            select * from allotment.usage_events e
                            where e.tenant_id = d.tenant_id and e.id = d.id
                            offset 0
                        ) e on true
                        left join lateral (
                            select * from allotment.credit_entries c
                            where c.tenant_id = d.tenant_id and c.account_id = d.account_id
                              and c.sequence = e.ledger_sequence
                            offset 0
                        ) c on true
                        """,
                RECORDED_COLUMNS,
                keys.stream().map(key -> key.tenantId().value()).toArray(UUID[]::new),
                keys.stream().map(key -> key.key().value()).toArray(String[]::new));
    }

    private static GateState.KeyRef keyOf(GateState.Recorded recorded) {
        return new GateState.KeyRef(
                recorded.decision().tenantId(), recorded.decision().key().orElseThrow());
    }

    /** What the usage event and the ledger entry say is not in the decision's row: it is put together again here. */
    private static GateState.Recorded recorded(Record row) {
        var tenant = new TenantId(row.get(DECISIONS.TENANT_ID));
        var id = new DecisionId(row.get(DECISIONS.ID));
        var verb = Verb.valueOf(row.get(DECISIONS.VERB));
        var key = new IdempotencyKey(row.get(DECISIONS.IDEMPOTENCY_KEY));
        var account = new AccountId(row.get(DECISIONS.ACCOUNT_ID));
        var at = row.get(DECISIONS.CREATED_AT);
        var decision = row.get(DECISIONS.ALLOWED)
                ? allowed(tenant, id, verb, key, account, at, row)
                : DeniedJson.read(
                        tenant,
                        id,
                        verb,
                        key,
                        account,
                        at,
                        row.get(DECISIONS.DENIED).data());
        return new GateState.Recorded(row.get(DECISIONS.FINGERPRINT), decision);
    }

    private static Decision allowed(
            TenantId tenant, DecisionId id, Verb verb, IdempotencyKey key, AccountId account, Instant at, Record row) {
        var event = JooqUsage.event(row);
        return new Decision(
                tenant,
                id,
                verb,
                Optional.of(key),
                account,
                event.actor(),
                event.lines(),
                Columns.optional(row, USAGE_EVENTS.PLAN_VERSION_ID)
                        .map(plan -> new Decision.PlanStanding(
                                new PlanVersionId(plan),
                                SubscriptionStatus.valueOf(row.get(USAGE_EVENTS.SUBSCRIPTION_STATUS)))),
                event.credits(),
                event.balanceAfter(),
                JooqCredits.draws(row),
                Optional.empty(),
                at);
    }

    /** Pairs of a tenant and an id, sorted, as two arrays. */
    private static final class Keys {
        private final UUID[] tenants;
        private final UUID[] ids;

        Keys(Collection<GateState.AccountRef> refs) {
            var sorted = refs.stream()
                    .sorted(Comparator.comparing(
                                    (GateState.AccountRef ref) -> ref.tenantId().toString())
                            .thenComparing(ref -> ref.accountId().toString()))
                    .toList();
            tenants = sorted.stream().map(ref -> ref.tenantId().value()).toArray(UUID[]::new);
            ids = sorted.stream().map(ref -> ref.accountId().value()).toArray(UUID[]::new);
        }
    }

    /** One index probe for each key, in the keys' order. */
    private static Statement probe(Keys keys, Field<?>[] columns, String lateral) {
        return Statement.query(
                "select t.* from unnest(?, ?) as k(tenant_id, id) cross join lateral (" + lateral + ") t",
                columns,
                keys.tenants,
                keys.ids);
    }

    private static <V> Map<GateState.AccountRef, List<V>> byAccount(
            Result<Record> rows,
            Function<Record, V> read,
            Function<V, TenantId> tenant,
            Function<V, AccountId> account) {
        return rows.stream()
                .map(read)
                .collect(Collectors.groupingBy(v -> new GateState.AccountRef(tenant.apply(v), account.apply(v))));
    }

    private static <K, V> Map<K, V> byKey(Collection<V> values, Function<V, K> key) {
        return values.stream().collect(Collectors.toMap(key, Function.identity()));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_GRANTS;
import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;
import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
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
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Duration;
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
import org.jooq.TableField;
import org.jooq.impl.DSL;

/**
 * The gate's reads and writes. Rows that belong to many accounts or keys are probed one by one inside a single statement
 * ({@code unnest … cross join lateral … offset 0}): with {@code tenant_id = ? and key = any(?)} the planner may read the
 * whole tenant, see docs/decisions/0011.
 */
final class JooqGateStore implements GateStore {

    /** How often a batch is done again because another transaction used one of its keys meanwhile. */
    private static final int MAX_ATTEMPTS = 5;

    private final DSLContext db;
    private final JooqUnits units;
    private final JooqCatalog catalog;
    private final JooqSubscriptions subscriptions;
    private final JooqCredits credits;
    private final JooqQuotas quotas;

    JooqGateStore(
            DSLContext db,
            JooqUnits units,
            JooqCatalog catalog,
            JooqSubscriptions subscriptions,
            JooqCredits credits,
            JooqQuotas quotas) {
        this.db = db;
        this.units = units;
        this.catalog = catalog;
        this.subscriptions = subscriptions;
        this.credits = credits;
        this.quotas = quotas;
    }

    @Override
    public List<Outcome> decide(List<GateCall> calls, Function<GateState, GateChanges> decide) {
        if (calls.isEmpty()) {
            return List.of();
        }
        return units.forTenants(tenantsOf(calls), () -> {
            for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
                var changes = decide.apply(load(calls, true));
                if (saved(changes)) {
                    return changes.outcomes();
                }
            }
            throw new Unavailable(
                    "The idempotency keys of this request are in use by others; repeat it.",
                    Duration.ofSeconds(1),
                    null);
        });
    }

    @Override
    public GateState read(List<GateCall> calls) {
        return units.forTenants(tenantsOf(calls), () -> load(calls, false));
    }

    @Override
    public Optional<Decision> find(TenantId tenant, DecisionId id) {
        return recorded("""
                        select d.*, e.*, c.draw_grant_ids, c.draw_amounts, c.draw_remaining
                        from allotment.decisions d
                        left join allotment.usage_events e on e.tenant_id = d.tenant_id and e.id = d.id
                        left join allotment.credit_entries c on c.tenant_id = d.tenant_id
                            and c.account_id = d.account_id and c.sequence = e.ledger_sequence
                        where d.tenant_id = ? and d.id = ?
                        """, DSL.val(tenant.value()), DSL.val(id.value())).values().stream()
                .map(GateState.Recorded::decision)
                .findFirst();
    }

    private static Set<TenantId> tenantsOf(List<GateCall> calls) {
        return calls.stream().map(GateCall::tenantId).collect(Collectors.toSet());
    }

    // ------------------------------------------------------------------------------------------------------- loading

    private GateState load(List<GateCall> calls, boolean lock) {
        var accounts = new Keys(payers(calls));
        // The lock first, what it guards after it: a statement sees nothing that is committed after it began.
        var balances = balances(accounts, lock);
        var grants = grants(accounts);
        var subscribed = subscriptions(accounts);
        var counters = counters(accounts);
        var states = new HashMap<GateState.AccountRef, GateState.AccountState>();
        balances.forEach((ref, row) -> states.put(
                ref,
                new GateState.AccountState(
                        JooqCredits.account(row, grants.getOrDefault(ref, List.of())),
                        Optional.ofNullable(subscribed.get(ref)),
                        counters.getOrDefault(ref, List.of()).stream()
                                .collect(Collectors.toMap(QuotaCounter::feature, Function.identity())))));
        return new GateState(
                tenants(calls), members(calls), operations(calls), plans(subscribed.values()), states, recorded(calls));
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
                : Set.copyOf(balances(new Keys(candidates), false).keySet());
        return calls.stream()
                .flatMap(call -> call.payers().stream()
                        .map(id -> new GateState.AccountRef(call.tenantId(), id))
                        .filter(ref -> call.payers().size() == 1 || existing.contains(ref))
                        .limit(1))
                .collect(Collectors.toSet());
    }

    /** Locks go by tenant and account, so that no two batches wait for each other in a circle. */
    private Map<GateState.AccountRef, Record> balances(Keys accounts, boolean lock) {
        var rows = probe(accounts, """
                select a.tenant_id, a.account_id, a.balance, a.last_sequence
                from allotment.credit_accounts a
                where a.tenant_id = k.tenant_id and a.account_id = k.id
                offset 0
                """ + (lock ? "for no key update of a" : ""), CREDIT_ACCOUNTS.fields());
        var balances = new LinkedHashMap<GateState.AccountRef, Record>();
        rows.forEach(row -> balances.put(ref(row, CREDIT_ACCOUNTS.TENANT_ID, CREDIT_ACCOUNTS.ACCOUNT_ID), row));
        return balances;
    }

    private Map<GateState.AccountRef, List<CreditGrant>> grants(Keys accounts) {
        return probe(accounts, """
                        select g.* from allotment.credit_grants g
                        where g.tenant_id = k.tenant_id and g.account_id = k.id and g.remaining > 0
                        offset 0
                        """, CREDIT_GRANTS.fields()).stream()
                .map(JooqCredits::grant)
                .collect(Collectors.groupingBy(g -> new GateState.AccountRef(g.tenantId(), g.accountId())));
    }

    private Map<GateState.AccountRef, Subscription> subscriptions(Keys accounts) {
        return probe(accounts, """
                        select s.* from allotment.subscriptions s
                        where s.tenant_id = k.tenant_id and s.account_id = k.id
                        order by s.ended_at is null desc, s.id desc
                        limit 1
                        """, SUBSCRIPTIONS.fields()).stream()
                .map(JooqSubscriptions::subscription)
                .collect(Collectors.toMap(
                        s -> new GateState.AccountRef(s.tenantId(), s.accountId()), Function.identity()));
    }

    private Map<GateState.AccountRef, List<QuotaCounter>> counters(Keys accounts) {
        return probe(accounts, """
                        select q.* from allotment.quota_counters q
                        where q.tenant_id = k.tenant_id and q.account_id = k.id
                        offset 0
                        """, QUOTA_COUNTERS.fields()).stream()
                .map(JooqQuotas::counter)
                .collect(Collectors.groupingBy(c -> new GateState.AccountRef(c.tenantId(), c.accountId())));
    }

    private Map<TenantId, Tenant> tenants(List<GateCall> calls) {
        var ids = tenantsOf(calls).stream().map(TenantId::value).toArray(UUID[]::new);
        return db.selectFrom(TENANTS).where(TENANTS.TENANT_ID.eq(DSL.any(ids))).fetch(JooqTenants::tenant).stream()
                .collect(Collectors.toMap(Tenant::id, Function.identity()));
    }

    private Set<GateState.Member> members(List<GateCall> calls) {
        var users = calls.stream()
                .filter(call -> call.charge().actor() instanceof Actor.User)
                .map(call -> new GateState.AccountRef(
                        call.tenantId(),
                        new AccountId(((Actor.User) call.charge().actor()).id().value())))
                .collect(Collectors.toSet());
        return probe(new Keys(users), """
                        select m.tenant_id, m.user_id from allotment.memberships m
                        where m.tenant_id = k.tenant_id and m.user_id = k.id
                        offset 0
                        """, MEMBERSHIPS.TENANT_ID, MEMBERSHIPS.USER_ID).stream()
                .map(row -> new GateState.Member(
                        new TenantId(row.get(MEMBERSHIPS.TENANT_ID)), new UserId(row.get(MEMBERSHIPS.USER_ID))))
                .collect(Collectors.toSet());
    }

    private Map<OperationKey, Operation> operations(List<GateCall> calls) {
        var keys = calls.stream()
                .flatMap(call -> call.charge().lines().stream())
                .map(Charge.Line::operation)
                .collect(Collectors.toSet());
        return catalog.operations(keys).stream().collect(Collectors.toMap(Operation::key, Function.identity()));
    }

    private Map<PlanVersionId, PlanVersion> plans(Collection<Subscription> subscribed) {
        var ids = subscribed.stream().map(Subscription::planVersionId).collect(Collectors.toSet());
        return ids.isEmpty()
                ? Map.of()
                : catalog.versions(ids).stream().collect(Collectors.toMap(PlanVersion::id, Function.identity()));
    }

    private Map<GateState.KeyRef, GateState.Recorded> recorded(List<GateCall> calls) {
        var keyed = calls.stream().filter(call -> call.key().isPresent()).toList();
        if (keyed.isEmpty()) {
            return Map.of();
        }
        return recorded(
                """
                select d.*, e.*, c.draw_grant_ids, c.draw_amounts, c.draw_remaining
                from unnest(?, ?) as k(tenant_id, key)
                cross join lateral (
                    select * from allotment.decisions d
                    where d.tenant_id = k.tenant_id and d.idempotency_key = k.key
                    offset 0
                ) d
                left join lateral (
                    select * from allotment.usage_events e where e.tenant_id = d.tenant_id and e.id = d.id offset 0
                ) e on true
                left join lateral (
                    select * from allotment.credit_entries c
                    where c.tenant_id = d.tenant_id and c.account_id = d.account_id and c.sequence = e.ledger_sequence
                    offset 0
                ) c on true
                """,
                DSL.val(keyed.stream().map(call -> call.tenantId().value()).toArray(UUID[]::new)),
                DSL.val(keyed.stream()
                        .map(call -> call.key().orElseThrow().value())
                        .toArray(String[]::new)));
    }

    /** What the usage event and the ledger entry say is not in the decision's row: it is put together again here. */
    private Map<GateState.KeyRef, GateState.Recorded> recorded(String sql, Field<?>... values) {
        return db.resultQuery(sql, (Object[]) values).coerce(RECORDED).fetch(JooqGateStore::recorded).stream()
                .collect(Collectors.toMap(
                        r -> new GateState.KeyRef(
                                r.decision().tenantId(), r.decision().key().orElseThrow()),
                        Function.identity()));
    }

    private static final List<Field<?>> RECORDED = Stream.of(DECISIONS.fields(), USAGE_EVENTS.fields(), new Field<?>[] {
                CREDIT_ENTRIES.DRAW_GRANT_IDS, CREDIT_ENTRIES.DRAW_AMOUNTS, CREDIT_ENTRIES.DRAW_REMAINING
            })
            .flatMap(Stream::of)
            .toList();

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
    private Result<Record> probe(Keys keys, String lateral, Field<?>... fields) {
        if (keys.ids.length == 0) {
            return db.newResult(fields);
        }
        return db.resultQuery(
                        "select t.* from unnest(?, ?) as k(tenant_id, id) cross join lateral (" + lateral + ") t",
                        DSL.val(keys.tenants),
                        DSL.val(keys.ids))
                .coerce(fields)
                .fetch();
    }

    private static GateState.AccountRef ref(
            Record row, TableField<Record, UUID> tenant, TableField<Record, UUID> account) {
        return new GateState.AccountRef(new TenantId(row.get(tenant)), new AccountId(row.get(account)));
    }

    // -------------------------------------------------------------------------------------------------------- saving

    /** False, and nothing written, where another transaction used one of the keys since they were looked up. */
    private boolean saved(GateChanges changes) {
        if (!savedDecisions(changes.decisions())) {
            return false;
        }
        insertEvents(changes);
        credits.saveAll(changes.accounts().stream()
                .map(GateChanges.AccountChange::credits)
                .toList());
        subscriptions.updateAll(changes.accounts().stream()
                .flatMap(account -> account.subscription().stream())
                .toList());
        quotas.saveAll(
                changes.accounts().stream()
                        .flatMap(account -> account.counters().stream())
                        .toList(),
                changes.accounts().stream()
                        .flatMap(account -> account.quotaChanges().stream())
                        .toList());
        return true;
    }

    private boolean savedDecisions(List<GateState.Recorded> decisions) {
        if (decisions.isEmpty()) {
            return true;
        }
        db.execute("savepoint decisions");
        if (insertDecisions(decisions) == decisions.size()) {
            db.execute("release savepoint decisions");
            return true;
        }
        db.execute("rollback to savepoint decisions");
        return false;
    }

    private int insertDecisions(List<GateState.Recorded> decisions) {
        var rows = new Rows(db, decisions);
        return rows.execute(
                """
                insert into allotment.decisions (
                    tenant_id, id, idempotency_key, fingerprint, verb, account_id, allowed, denied, created_at)
                select tenant_id, id, idempotency_key, fingerprint, verb, account_id, denied is null, denied::jsonb,
                       created_at::timestamptz
                from unnest(?, ?, ?, ?, ?, ?, ?, ?) as n(
                    tenant_id, id, idempotency_key, fingerprint, verb, account_id, denied, created_at)
                on conflict (tenant_id, idempotency_key) do nothing
                """,
                rows.column(
                        UUID.class,
                        (GateState.Recorded r) -> r.decision().tenantId().value()),
                rows.column(
                        UUID.class, (GateState.Recorded r) -> r.decision().id().value()),
                rows.column(
                        String.class,
                        (GateState.Recorded r) ->
                                r.decision().key().orElseThrow().value()),
                rows.column(String.class, GateState.Recorded::fingerprint),
                rows.column(
                        String.class,
                        (GateState.Recorded r) -> r.decision().verb().name()),
                rows.column(
                        UUID.class,
                        (GateState.Recorded r) -> r.decision().accountId().value()),
                rows.column(
                        String.class,
                        (GateState.Recorded r) -> r.decision().allowed() ? null : DeniedJson.write(r.decision())),
                rows.column(
                        String.class,
                        (GateState.Recorded r) -> r.decision().at().toString()));
    }

    private void insertEvents(GateChanges changes) {
        var plans = changes.decisions().stream()
                .map(GateState.Recorded::decision)
                .filter(decision -> decision.plan().isPresent())
                .collect(Collectors.toMap(
                        Decision::id, decision -> decision.plan().get()));
        var rows = new Rows(db, changes.events());
        rows.execute(
                """
                insert into allotment.usage_events (
                    tenant_id, id, account_id, actor_user_id, operations, quantities, line_credits, features, quota_used,
                    quota_limits, quota_above, quota_period_starts, quota_period_ends, credits, balance_after,
                    ledger_sequence, plan_version_id, subscription_status, related_type, related_id, model, tokens,
                    metadata, source, created_at)
                select
                    tenant_id, id, account_id, actor_user_id, operations::text[], quantities::numeric[],
                    line_credits::numeric[], features::text[], quota_used::numeric[], quota_limits::numeric[],
                    quota_above::numeric[], quota_period_starts::timestamptz[], quota_period_ends::timestamptz[], credits,
                    balance_after, ledger_sequence, plan_version_id, subscription_status, related_type, related_id, model,
                    tokens::jsonb, metadata::jsonb, source, created_at::timestamptz
                from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) as n(
                    tenant_id, id, account_id, actor_user_id, operations, quantities, line_credits, features, quota_used,
                    quota_limits, quota_above, quota_period_starts, quota_period_ends, credits, balance_after,
                    ledger_sequence, plan_version_id, subscription_status, related_type, related_id, model, tokens,
                    metadata, source, created_at)
                """,
                rows.column(UUID.class, (UsageEvent e) -> e.tenantId().value()),
                rows.column(UUID.class, (UsageEvent e) -> e.id().value()),
                rows.column(UUID.class, (UsageEvent e) -> e.accountId().value()),
                rows.column(UUID.class, (UsageEvent e) -> Columns.userId(e.actor())),
                rows.column(String.class, (UsageEvent e) -> Rows.literal(e.lines(), UsageEvent.Line::operation)),
                rows.column(String.class, (UsageEvent e) -> Rows.literal(e.lines(), UsageEvent.Line::quantity)),
                rows.column(String.class, (UsageEvent e) -> Rows.literal(e.lines(), UsageEvent.Line::credits)),
                rows.column(String.class, quotas(QuotaUse::feature)),
                rows.column(String.class, quotas(QuotaUse::used)),
                rows.column(String.class, quotas(quota -> quota.limit().orElse(null))),
                rows.column(String.class, quotas(QuotaUse::above)),
                rows.column(String.class, quotas(quota -> quota.period().start())),
                rows.column(String.class, quotas(quota -> quota.period().end().orElse(null))),
                rows.column(BigDecimal.class, (UsageEvent e) -> e.credits().value()),
                rows.column(BigDecimal.class, (UsageEvent e) -> e.balanceAfter().value()),
                rows.column(Long.class, (UsageEvent e) -> e.ledgerSequence().orElse(null)),
                rows.column(
                        UUID.class,
                        (UsageEvent e) -> Optional.ofNullable(plans.get(e.id()))
                                .map(p -> p.planVersionId().value())
                                .orElse(null)),
                rows.column(
                        String.class,
                        (UsageEvent e) -> Optional.ofNullable(plans.get(e.id()))
                                .map(p -> p.status().name())
                                .orElse(null)),
                rows.column(String.class, (UsageEvent e) -> Columns.type(e.relatedTo())),
                rows.column(String.class, (UsageEvent e) -> Columns.id(e.relatedTo())),
                rows.column(String.class, (UsageEvent e) -> e.model().orElse(null)),
                rows.column(String.class, (UsageEvent e) -> Json.orNull(e.tokens())),
                rows.column(String.class, (UsageEvent e) -> Json.orNull(e.metadata())),
                rows.column(String.class, (UsageEvent e) -> e.source().name()),
                rows.column(String.class, (UsageEvent e) -> e.at().toString()));
    }

    /** One element for each line, null for a line without quota. */
    private static Function<UsageEvent, String> quotas(Function<QuotaUse, Object> element) {
        return event ->
                Rows.literal(event.lines(), line -> line.quota().map(element).orElse(null));
    }
}

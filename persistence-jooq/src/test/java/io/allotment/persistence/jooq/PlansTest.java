package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.access.AccessCache;
import io.allotment.application.ai.PriceCache;
import io.allotment.application.catalog.DefinitionCache;
import io.allotment.application.shared.Moments;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * How PostgreSQL would run what the gate sends, in a big tenant of which nothing is known to it: no statement reads a
 * table or a tenant from end to end, with plans that do not look at the values.
 */
class PlansTest {

    private static final int ROWS = 15_000;
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private static final Quota SEATS =
            new Quota(Optional.of(Quantity.of(50)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
    private static final Pattern TENANT_ALONE = Pattern.compile("Index Cond: \\(tenant_id = [^()]*\\)\\s*$");

    private static final Map<Class<?>, String> TYPES = Map.ofEntries(
            Map.entry(UUID[].class, "uuid[]"),
            Map.entry(String[].class, "text[]"),
            Map.entry(BigDecimal[].class, "numeric[]"),
            Map.entry(Long[].class, "int8[]"),
            Map.entry(UUID.class, "uuid"),
            Map.entry(String.class, "text"),
            Map.entry(BigDecimal.class, "numeric"),
            Map.entry(Boolean.class, "bool"),
            Map.entry(Long.class, "int8"),
            Map.entry(byte[].class, "bytea"),
            Map.entry(Instant.class, "timestamptz"),
            Map.entry(OffsetDateTime.class, "timestamptz"));

    /** The table of tenants is looked up by nothing else. */
    private static final Pattern OF_TENANTS = Pattern.compile(" on tenants t .*\n.*");

    private static TestDatabase database;
    private static JooqPersistence persistence;
    private static Allotment allotment;
    private static Tenant tenant;
    private static final List<Statement> STATEMENTS = new ArrayList<>();

    @BeforeAll
    static void useTheWholeGateThenFillTheTenant() throws SQLException {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
        allotment = Allotment.with(persistence).build();
        useTheWholeGate();
        fill();
    }

    @AfterAll
    static void close() {
        persistence.close();
        database.close();
    }

    private static void useTheWholeGate() {
        var given = Fixtures.in(allotment);
        var seats = given.seats();
        tenant = given.tenantOn(PlanVersionTerms.empty().with(seats.value(), SEATS));
        given.grant(tenant, 1_000);
        var operation = given.operation("1");
        var seat = given.operation("1", seats);
        var member = given.member(tenant);
        var room = new RelatedEntity("room", "1");
        var key = Actor.apiKey(new ApiKeyId(UUID.randomUUID()), member);
        given.spendLimit(tenant, member, 500);

        var charge = Charge.of(operation, Quantity.of(1));
        var consumed = decide(new GateRequest.Consume(charge));
        decide(new GateRequest.Consume(
                Charge.of(seat, Quantity.of(2)).by(Actor.user(member)).relatedTo(room.type(), room.id())));
        var reserved = decide(new GateRequest.Reserve(charge.by(key), 60))
                .reservation()
                .orElseThrow();
        decide(new GateRequest.Renew(reserved, 120));
        decide(new GateRequest.Settle(
                reserved,
                List.of(new Charge.Line(operation, Quantity.of(1))),
                Optional.empty(),
                TokenCounts.NONE,
                Document.EMPTY));
        decide(new GateRequest.Release(
                decide(new GateRequest.Reserve(charge, 60)).reservation().orElseThrow()));
        decide(new GateRequest.Deallocate(
                Optional.empty(), Actor.user(member), seats, room, Optional.of(Quantity.of(1))));
        decide(new GateRequest.Deallocate(Optional.empty(), Actor.user(member), seats, room, Optional.empty()));
        decide(new GateRequest.Consume(Charge.of(seat, Quantity.of(2)).relatedTo(room.type(), room.id())));
        decide(new GateRequest.Refund(consumed.id(), Actor.system(), "by mistake"));
    }

    /** Keeps what is sent for it. */
    private static Decision decide(GateRequest request) {
        var calls = List.of(
                new GateCall(new DecisionId(UUID.randomUUID()), tenant.id(), Optional.of(Fixtures.key()), request));
        var definitions = new DefinitionCache(
                persistence, new AccessCache(persistence, new Moments(Clock.systemUTC())), new PriceCache(persistence));
        STATEMENTS.addAll(
                new GateReads.Loading(new GateKeys(calls)).first(NOW, true).statements());
        var outcomes = persistence.gate().decide(calls, NOW, state -> {
            var changes = Gate.decide(state, definitions.at(state, tenant.id()), calls, NOW);
            STATEMENTS.addAll(GateWrites.statements(changes, 1).statements());
            STATEMENTS.addAll(
                    GateWrites.statements(remembered(state), changes, 1).statements());
            return changes;
        });
        return ((Outcome.Answer) outcomes.get(0)).decision();
    }

    private static GateMemory.Remembered remembered(GateState present) {
        var accounts = new HashMap<>(present.accounts());
        var other = new GateState.AccountState(
                CreditAccount.empty(tenant.id(), new AccountId(UUID.randomUUID())), Optional.empty(), Map.of());
        accounts.put(other.ref(), other);
        var state = new GateState(
                1,
                present.tenants(),
                Map.of(tenant.id(), 1L),
                Set.of(),
                accounts,
                Map.of(),
                Map.of(),
                Map.of(),
                List.of(),
                Map.of());
        var versions = new HashMap<GateState.AccountRef, Long>();
        state.accounts().keySet().forEach(ref -> versions.put(ref, 1L));
        return new GateMemory.Remembered(state, versions, state.accounts().keySet(), Set.of());
    }

    /** Without statistics: a tenant that grows fast is as unknown to PostgreSQL. */
    private static void fill() throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("""
                    do $$
                    declare name text;
                    begin
                        for name in select c.oid::regclass::text from pg_class c
                            where c.relnamespace = 'allotment'::regnamespace and c.relkind = 'r'
                        loop
                            execute format('alter table %s set (autovacuum_enabled = false)', name);
                        end loop;
                    end $$
                    """);
            statement.execute(
                    "create temp table many as select gen_random_uuid() as id from generate_series(1, " + ROWS + ")");
            copy(statement, "users", "'id', m.id, 'email', m.id");
            copy(statement, "memberships", "'user_id', m.id");
            copy(statement, "billing_accounts", "'id', m.id, 'holder', 'MEMBER'");
            copy(statement, "credit_accounts", "'account_id', m.id");
            copy(statement, "credit_grants", "'id', m.id, 'account_id', m.id");
            copy(statement, "subscriptions", "'id', m.id, 'account_id', m.id");
            copy(statement, "quota_counters", "'account_id', m.id");
            copy(statement, "quota_history", "'id', m.id, 'account_id', m.id");
            copy(statement, "credit_entries", "'account_id', m.id, 'idempotency_key', m.id");
            copy(statement, "decisions", "'id', m.id, 'account_id', m.id, 'key_digest', m.id");
            copy(statement, "usage_events", "'id', m.id, 'account_id', m.id, 'idempotency_key', m.id");
            copy(statement, "reservations", "'id', m.id, 'account_id', m.id, 'status', 'HELD', 'ended_at', null");
            copy(statement, "allocations", "'account_id', m.id, 'related_id', m.id");
            copy(statement, "spend_limits", "'spender_id', m.id");
        }
    }

    /** Copies of a row that is there, but for some columns. */
    private static void copy(java.sql.Statement statement, String table, String changed) throws SQLException {
        String columns;
        String values;
        try (var row = statement.executeQuery("""
                select string_agg(column_name, ', '), string_agg('r.' || column_name, ', ') from information_schema.columns
                where table_schema = 'allotment' and table_name = '%s' and is_generated = 'NEVER'
                """.formatted(table))) {
            row.next();
            columns = row.getString(1);
            values = row.getString(2);
        }
        statement.execute("""
                insert into allotment.%1$s (%3$s)
                select %4$s from (select to_jsonb(t) as old from allotment.%1$s t limit 1) t, many m,
                     jsonb_populate_record(null::allotment.%1$s, t.old || jsonb_build_object(%2$s)) r
                """.formatted(table, changed, columns, values));
    }

    @Test
    void no_statement_of_the_gate_reads_a_table_or_a_tenant_from_end_to_end() throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "set role allotment_app; set plan_cache_mode = force_generic_plan; set allotment.tenant_ids = '{"
                            + tenant.id() + "}'");

            var distinct = STATEMENTS.stream()
                    // What sets something has no plan.
                    .filter(sent -> !sent.sql().isEmpty() && !sent.sql().startsWith("set "))
                    .collect(Collectors.toMap(Statement::sql, Function.identity(), (one, same) -> one));
            assertThat(distinct.values()).hasSizeGreaterThan(30).allSatisfy(sent -> {
                var plan = plan(statement, sent);
                assertThat(plan).as(sent.sql()).doesNotContain("Seq Scan on", "Hash Join", "Merge Join");
                assertThat(OF_TENANTS.matcher(plan).replaceAll("").lines())
                        .as(sent.sql() + plan)
                        .noneMatch(line -> TENANT_ALONE.matcher(line).find());
            });
        }
    }

    /** With values of which only the types are known. */
    private static String plan(java.sql.Statement statement, Statement sent) throws SQLException {
        var sql = new StringBuilder(sent.sql());
        for (int i = 0; i < sent.values().length; i++) {
            int mark = sql.indexOf("?");
            sql.replace(mark, mark + 1, "$" + (i + 1) + "::" + type(sent.values()[i]));
        }
        statement.execute("prepare p as " + sql);
        var nulls = String.join(", ", Collections.nCopies(sent.values().length, "null"));
        var plan = new StringBuilder();
        try (var lines = statement.executeQuery("explain execute p" + (nulls.isEmpty() ? "" : "(" + nulls + ")"))) {
            while (lines.next()) {
                plan.append(lines.getString(1)).append('\n');
            }
        }
        statement.execute("deallocate p");
        return plan.toString();
    }

    private static String type(Object value) {
        if (value instanceof Statement.Array array) {
            return array.type() + "[]";
        }
        // What is null has the type of what it is cast to.
        return value == null ? "text" : TYPES.get(value.getClass());
    }
}

package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two nets keep tenants apart: each statement names its tenant, and PostgreSQL lets nobody see other tenants' rows. Each holds
 * alone: every method of every port, asked by one tenant for another's things, neither tells nor changes any, with either net
 * taken away.
 */
class EitherNetTest {

    /** What a method of a port is given. */
    private static final Map<Class<?>, Object> OTHERS = new HashMap<>();

    private static TestDatabase guarded;
    private static TestDatabase unguarded;

    enum Net {
        /** Statements forget their tenant. */
        POLICIES,
        /** The database lets everybody see everything. */
        PREDICATES
    }

    private static final InvitationService.Wanted INVITED = InvitationService.Wanted.of("new@example.org", "member");
    private static final ApiKey.Wish KEY =
            ApiKey.Wish.of("live", ApiKeySettings.of("Key", Set.of(Right.GATE_USE.key())));

    private JooqPersistence persistence;
    private Tenant asking;
    private Tenant other;

    @BeforeAll
    static void create() throws SQLException {
        guarded = TestDatabase.create();
        unguarded = TestDatabase.create();
        try (var connection = unguarded.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("""
                    do $$
                    declare name text;
                    begin
                        for name in select c.oid::regclass::text from pg_class c
                                    where c.relnamespace = 'allotment'::regnamespace and c.relrowsecurity
                        loop
                            execute 'alter table ' || name || ' disable row level security';
                        end loop;
                    end $$
                    """);
        }
    }

    @AfterAll
    static void drop() {
        guarded.close();
        unguarded.close();
    }

    static Stream<Net> nets() {
        return Stream.of(Net.values());
    }

    @ParameterizedTest
    @MethodSource("nets")
    void one_net_alone_keeps_tenants_apart(Net net) throws Exception {
        var database = net == Net.POLICIES ? guarded : unguarded;
        var url = net == Net.POLICIES ? WithoutPredicates.url(database.jdbcUrl()) : database.jdbcUrl();
        try (var whole = JooqPersistence.connect(settings(database, database.jdbcUrl()));
                var torn = JooqPersistence.connect(settings(database, url))) {
            var given = Fixtures.in(Allotment.with(whole).build());
            asking = given.tenantWith(10);
            other = world(whole, given);
            persistence = torn;
            var before = rowsOf(database, other.id());
            assertThat(before).as("there is something to see").hasSizeGreaterThan(10);
            long removed = WithoutPredicates.REMOVED.get();

            var asked = new ArrayList<String>();
            for (var port : ports()) {
                for (var method : methods(port)) {
                    ask(port, method);
                    asked.add(method.getDeclaringClass().getSimpleName() + "." + method.getName());
                }
            }

            assertThat(asked).hasSizeGreaterThan(40);
            assertThat(rowsOf(database, other.id())).isEqualTo(before);
            if (net == Net.POLICIES) {
                assertThat(WithoutPredicates.REMOVED.get() - removed).isGreaterThan(asked.size() / 2);
            }
        }
    }

    /** One of the other's things of every kind. */
    private static Tenant world(Persistence persistence, Fixtures given) {
        var allotment = Allotment.with(persistence).build();
        var feature = given.feature();
        var tenant = given.tenantOn(PlanVersionTerms.empty());
        var account = Fixtures.accountOf(tenant);
        var member = given.member(tenant);
        var grant = given.grant(tenant, 100);
        var operation = given.operation("1");
        var key = Fixtures.key();
        var consumed = allotment.gate().consume(tenant.id(), key, Charge.of(operation.value(), 2));
        var reserved = allotment
                .gate()
                .reserve(tenant.id(), Fixtures.key(), Charge.of(operation.value(), 3), Duration.ofHours(1));
        var limit = given.spendLimit(tenant, member, 50);

        OTHERS.put(AccountId.class, account);
        OTHERS.put(UserId.class, member);
        OTHERS.put(FeatureKey.class, feature);
        OTHERS.put(GrantId.class, grant.id());
        OTHERS.put(DecisionId.class, consumed.decision().id());
        OTHERS.put(ReservationId.class, reserved.decision().reservation().orElseThrow());
        OTHERS.put(IdempotencyKey.class, key);
        OTHERS.put(SpendLimit.Spender.class, limit.spender());
        OTHERS.put(RoleKey.class, role(allotment, tenant.id(), member));
        OTHERS.put(TeamId.class, team(allotment, tenant.id(), member));
        var invited = allotment.invitations().invite(tenant.id(), INVITED);
        OTHERS.put(InvitationId.class, invited.invitation().id());
        OTHERS.put(byte[].class, sha256(invited.token()));
        OTHERS.put(Email.class, INVITED.email());
        OTHERS.put(PermissionKey.class, Right.GATE_USE.key());
        OTHERS.put(Actor.class, Actor.user(member));
        OTHERS.put(
                ApiKeyId.class,
                allotment.apiKeys().create(tenant.id(), KEY).key().id());
        return tenant;
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static RoleKey role(Allotment allotment, TenantId tenant, UserId member) {
        var role = allotment
                .access()
                .createRole(
                        tenant,
                        new RoleKey("clerk"),
                        new RoleTerms("Clerk", Optional.empty(), Set.of(Right.GATE_USE.key())));
        allotment.access().assign(tenant, member, role.key(), Optional.empty());
        return role.key();
    }

    private static TeamId team(Allotment allotment, TenantId tenant, UserId member) {
        var team = allotment
                .teams()
                .create(tenant, new TeamService.Profile("Night shift", Optional.empty()))
                .id();
        allotment.teams().putMember(tenant, team, member, TeamMembership.Role.LEAD);
        return team;
    }

    private List<Object> ports() throws ReflectiveOperationException {
        var ports = new ArrayList<Object>();
        for (var method : Persistence.class.getMethods()) {
            ports.add(method.invoke(persistence));
        }
        return ports;
    }

    /** Those that are asked within a tenant, by what they are asked for. */
    private static List<Method> methods(Object port) {
        return Arrays.stream(port.getClass().getInterfaces())
                .filter(type -> type.getName().startsWith("io.allotment.domain"))
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> method.getParameterCount() > 0 && isTenant(method.getGenericParameterTypes()[0]))
                .filter(method -> !FOR_THE_PLATFORM.contains(method.getName()))
                .sorted(Comparator.comparing(Method::toString))
                .toList();
    }

    /** Needs the platform's unit of work, which sees all. */
    private static final Set<String> FOR_THE_PLATFORM = Set.of("erase", "forTenant");

    private static boolean isTenant(java.lang.reflect.Type type) {
        return type == TenantId.class || type.toString().equals("java.util.Optional<" + TenantId.class.getName() + ">");
    }

    private void ask(Object port, Method method) throws Exception {
        var arguments = Arrays.stream(method.getGenericParameterTypes())
                .map(type -> argument(method, type))
                .toArray();
        var answer = persistence.unitOfWork().forTenant(asking.id(), () -> {
            try {
                return String.valueOf(method.invoke(port, arguments));
            } catch (InvocationTargetException refused) {
                return refused.getCause().toString();
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        });

        assertThat(answer).as(method.toString()).doesNotContain(other.id().toString());
    }

    private Object argument(Method method, java.lang.reflect.Type type) {
        if (type instanceof ParameterizedType generic) {
            var of = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return isTenant(type) ? Optional.of(asking.id()) : Optional.empty();
            }
            return generic.getRawType() == Set.class ? Set.of(argument(method, of)) : List.of(argument(method, of));
        }
        var found = type == TenantId.class ? asking.id() : COMMON.getOrDefault(type, OTHERS.get(type));
        if (found == null) {
            throw new AssertionError("Say in this test what " + method + " is given for its " + type.getTypeName());
        }
        return found;
    }

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");

    private static final Map<Object, Object> COMMON = Map.ofEntries(
            Map.entry(PageRequest.class, PageRequest.first(50)),
            Map.entry(Instant.class, Instant.now()),
            Map.entry(String.class, "text"),
            Map.entry(boolean.class, false),
            Map.entry(int.class, 10),
            Map.entry(long.class, 1L),
            Map.entry(ZoneId.class, ZoneId.of("UTC")),
            Map.entry(Credits.class, Credits.of(1)),
            Map.entry(Period.class, Period.between(NOW, NOW.plusSeconds(1))),
            Map.entry(EntryFilter.class, EntryFilter.ALL),
            Map.entry(UsageFilter.class, UsageFilter.ALL),
            Map.entry(AuditFilter.class, AuditFilter.ALL));

    private static JooqPersistence.Settings settings(TestDatabase database, String url) {
        return new JooqPersistence.Settings(url, database.appPassword(), database.platformPassword(), 2);
    }

    /** All that is kept of the tenant, as text by table. */
    private static Map<String, String> rowsOf(TestDatabase database, TenantId tenant) throws SQLException {
        var rows = new HashMap<String, String>();
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            var tables = new ArrayList<String>();
            try (var found = statement.executeQuery("""
                    select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                    where c.relnamespace = 'allotment'::regnamespace and c.relkind = 'r' and a.attname = 'tenant_id'
                    """)) {
                while (found.next()) {
                    tables.add(found.getString(1));
                }
            }
            for (var table : tables) {
                try (var found = statement.executeQuery("select string_agg(t::text, E'\\n' order by t::text) from "
                        + table + " t where tenant_id = '" + tenant + "'")) {
                    found.next();
                    if (found.getString(1) != null) {
                        rows.put(table, found.getString(1));
                    }
                }
            }
        }
        return rows;
    }
}

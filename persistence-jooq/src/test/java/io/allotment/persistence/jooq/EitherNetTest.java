package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.ApiKeys;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.BillingMonths;
import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.BillingOrderId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import io.allotment.testkit.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two nets keep tenants apart: each statement names its tenant, and PostgreSQL lets nobody see other tenants' rows. Each holds
 * alone: with either net taken away, every method of every port answers one tenant's questions about another's things as with
 * both, and changes none of them.
 *
 * <p>Statements forget their tenant on their way to the database, in {@link WithoutPredicates a driver}, since half of them are
 * plain SQL, which a visitor of jOOQ's does not see.
 */
class EitherNetTest {

    enum Net {
        /** Statements forget their tenant. */
        POLICIES,
        /** The database lets everybody see everything. */
        PREDICATES
    }

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");
    private static final Instant LATER = NOW.plus(Duration.ofDays(1));
    private static final Period PERIOD = Period.between(NOW, LATER);
    private static final ApiKey.Wish KEY =
            ApiKey.Wish.of("live", ApiKeySettings.of("Key", Set.of(Right.GATE_USE.key())));

    /** Need the platform's unit of work, which sees all; begin a unit; are given a function, and asked through the gate. */
    private static final Set<String> ELSEWHERE = Set.of(
            "Tenants.delete",
            "Tenants.lock",
            "AuditLog.erase",
            "UnitOfWork.forTenant",
            "GateStore.decide",
            "AiCatalog.insertPricesOf",
            "FailedWorks.find",
            "FailedWorks.save",
            "FailedWorks.replace",
            "FailedWorks.delete",
            "PaymentEvents.insert",
            "PaymentEvents.update",
            "PaymentEvents.list",
            "PaymentEvents.givenUp",
            "Retentions.keysUpTo",
            "Retentions.usageUpTo",
            "Retentions.removeDecisions",
            "Retentions.removeUsage",
            "Retentions.removeReports",
            "Retentions.removeRequests",
            "Retentions.removeNotices",
            "Retentions.oldest",
            "PersonalData.usage",
            "UsageSummaries.rollUp",
            "UnpricedUsage.take",
            "UnpricedUsage.price",
            "UnpricedUsage.unfit",
            "UnpricedUsage.tried",
            "CustomerErasures.orderOf");
    /** What leaves rows that are there as they are, in one's own tenant too. */
    private static final Set<String> CHANGES_NOTHING = Set.of("insert", "insertPersonal", "lock", "read");

    /** What the methods of ports are given that is nobody's. */
    private static final Map<Type, Object> COMMON = Map.ofEntries(
            Map.entry(PageRequest.class, PageRequest.first(50)),
            Map.entry(Instant.class, NOW),
            Map.entry(BillingMonths.class, BillingMonths.of(Optional.empty(), Optional.empty(), NOW, Times.UTC)),
            Map.entry(String.class, "text"),
            Map.entry(ModelPreference.class, ModelPreference.NONE),
            Map.entry(ModelRef.class, new ModelRef("nobody", "none")),
            Map.entry(boolean.class, false),
            Map.entry(int.class, 10),
            Map.entry(long.class, 1L),
            Map.entry(ZoneId.class, ZoneOffset.UTC),
            Map.entry(Credits.class, Credits.of(1)),
            Map.entry(Period.class, PERIOD),
            Map.entry(EntryFilter.class, EntryFilter.ALL),
            Map.entry(Invoices.Filter.class, Invoices.Filter.ALL),
            Map.entry(Refunds.Filter.class, Refunds.Filter.ALL),
            Map.entry(GatewayName.Kind.class, GatewayName.Kind.CUSTOMER),
            Map.entry(UsageFilter.class, UsageFilter.ALL),
            Map.entry(
                    SummaryRequest.class,
                    new SummaryRequest(
                            Instant.parse("2026-03-10T00:00:00Z"),
                            Instant.parse("2026-03-11T00:00:00Z"),
                            Optional.empty(),
                            Set.of(),
                            UsageGroup.ALL,
                            Optional.empty())),
            Map.entry(AuditFilter.class, AuditFilter.ALL),
            Map.entry(PermissionKey.class, Right.GATE_USE.key()));

    private static TestDatabase database;
    /** Those with tenants' rows. */
    private static List<String> tables;

    private final TestClock clock = TestClock.at(NOW.toString());
    private Tenant asking;
    private Tenant other;
    private OperationKey operation;
    /** What methods are given, by its type: the other's things, and what is nobody's. */
    private Map<Type, Object> theirs;

    /** A policy more, that lets those connections see everything that say so. */
    @BeforeAll
    static void create() throws SQLException {
        database = TestDatabase.create();
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("""
                    do $$
                    declare
                        name text;
                        everything text := $all$current_setting('allotment.unguarded', true) = 'yes'$all$;
                    begin
                        for name in select c.oid::regclass::text from pg_class c
                                    where c.relnamespace = 'allotment'::regnamespace and c.relrowsecurity
                        loop
                            execute format('create policy unguarded on %s to allotment_app using (%s) with check (%s)',
                                           name, everything, everything);
                        end loop;
                    end $$
                    """);
            tables = tables(statement);
        }
    }

    private static List<String> tables(Statement statement) throws SQLException {
        var tables = new ArrayList<String>();
        try (var found = statement.executeQuery("""
                select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                where c.relnamespace = 'allotment'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                    and a.attname = 'tenant_id'
                """)) {
            while (found.next()) {
                tables.add(found.getString(1));
            }
        }
        return tables;
    }

    @AfterAll
    static void drop() {
        database.close();
    }

    @ParameterizedTest
    @EnumSource
    void one_net_alone_answers_questions_about_another_tenants_things_as_both_do(Net net) throws SQLException {
        try (var whole = whole();
                var torn = torn(net)) {
            begin(whole);
            var before = rows();
            assertThat(before).as("there is something to see").hasSizeGreaterThan(10);
            long removed = WithoutPredicates.REMOVED.get();

            var methods = methods(EitherNetTest::isTenant);
            for (var method : methods) {
                var expected = answer(whole, method, theirs, false);
                var answer = answer(torn, method, theirs, true);

                assertThat(answer).as("%s", method).isEqualTo(expected);
                assertThat(answer).as("%s", method).doesNotContain(other.id().toString());
            }

            assertThat(methods).hasSizeGreaterThan(40);
            assertThat(rows()).isEqualTo(before);
            assertThat(finds(torn, other.id())).as("there are no policies").isEqualTo(net == Net.PREDICATES);
            if (net == Net.POLICIES) {
                assertThat(WithoutPredicates.REMOVED.get() - removed).isGreaterThan(methods.size() / 2);
            }
        }
    }

    /** Whether the asking tenant is shown one that it names outright. Without predicates it finds itself. */
    private boolean finds(Persistence in, TenantId named) {
        var found = in.unitOfWork().forTenant(asking.id(), () -> in.tenants().find(named));
        return found.map(Tenant::id).equals(Optional.of(named));
    }

    /**
     * Sent as what it is, the other's, under policies alone: predicates hold the statement to the tenant that the thing
     * names, so that nothing but a policy refuses one that names another tenant outright. Under our own tenant's id, with
     * all the other's ids, it is sent either way; what it inserts then is ours.
     */
    @ParameterizedTest
    @EnumSource
    void one_net_alone_keeps_what_is_written_out_of_another_tenants_rows(Net net) throws SQLException {
        try (var whole = whole();
                var torn = torn(net)) {
            begin(whole);
            var mine = asIfOf(asking.id());
            var before = rows();

            for (var method : methods(EitherNetTest::isOfTenant)) {
                if (net == Net.POLICIES) {
                    tried(torn, method, theirs);
                    assertThat(rows()).as("%s, sent as theirs", method).isEqualTo(before);
                }
                tried(torn, method, mine);
                assertThat(rows()).as("%s, sent as ours", method).isEqualTo(before);
            }
        }
    }

    @Test
    void what_is_written_would_change_the_rows_of_its_own_tenant() throws SQLException {
        try (var whole = whole()) {
            begin(whole);
            asking = other;
            var idle = new TreeSet<String>();
            for (var method : methods(EitherNetTest::isOfTenant)) {
                var before = rows();
                tried(whole, method, theirs);
                if (rows().equals(before)) {
                    idle.add(method.getName());
                }
            }

            assertThat(idle).isEqualTo(CHANGES_NOTHING);
        }
    }

    @ParameterizedTest
    @EnumSource
    void one_net_alone_makes_the_gate_refuse_another_tenants_things_as_both_do(Net net) throws SQLException {
        try (var whole = whole();
                var torn = torn(net)) {
            begin(whole);
            var before = rows();
            for (var call : gateCalls()) {
                assertThat(refusal(torn, call)).isEqualTo(refusal(whole, call));
            }
            assertThat(rows()).isEqualTo(before);
        }
    }

    private List<BiConsumer<GateService, IdempotencyKey>> gateCalls() {
        var tenant = asking.id();
        var charge = Charge.of(operation.value(), 1);
        var reservation = (ReservationId) theirs.get(ReservationId.class);
        var account = (AccountId) theirs.get(AccountId.class);
        var member = Actor.user((UserId) theirs.get(UserId.class));
        var decision = (DecisionId) theirs.get(DecisionId.class);
        return List.of(
                (gate, key) -> gate.consume(tenant, key, charge.on(account)),
                (gate, key) -> gate.consume(tenant, key, charge.by(member)),
                (gate, key) -> gate.check(tenant, charge.on(account)),
                (gate, key) -> gate.reserve(tenant, key, charge.on(account), Duration.ofMinutes(1)),
                (gate, key) -> gate.renew(tenant, key, reservation, Duration.ofMinutes(1)),
                (gate, key) -> gate.release(tenant, key, reservation),
                (gate, key) -> gate.settle(tenant, key, reservation, List.of()),
                (gate, key) -> gate.refund(tenant, key, decision, Actor.system(), "mistake"));
    }

    private String refusal(Persistence persistence, BiConsumer<GateService, IdempotencyKey> call) {
        var gate = Allotment.with(persistence).clock(clock).build().gate();
        return catchThrowableOfType(Refusal.class, () -> call.accept(gate, Fixtures.key()))
                .toString();
    }

    private static JooqPersistence whole() {
        return connect(database.jdbcUrl());
    }

    private static JooqPersistence torn(Net net) {
        var url = database.jdbcUrl();
        return connect(
                net == Net.POLICIES
                        ? WithoutPredicates.url(url)
                        : url + (url.contains("?") ? "&" : "?") + "options=-c%20allotment.unguarded=yes");
    }

    private static JooqPersistence connect(String url) {
        return JooqPersistence.connect(
                new JooqPersistence.Settings(url, database.appPassword(), database.platformPassword(), 2));
    }

    private void begin(Persistence persistence) {
        asking = world(persistence, new HashMap<>());
        theirs = new HashMap<>(COMMON);
        other = world(persistence, theirs);
        theirs.put(TenantId.class, asking.id());
    }

    /** A tenant with one thing of every kind, told by their types. */
    private Tenant world(Persistence persistence, Map<Type, Object> things) {
        var allotment = Allotment.with(persistence).clock(clock).build();
        var given = Fixtures.in(allotment);
        var tenant = given.tenantOn(PlanVersionTerms.empty());
        var member = given.member(tenant);
        var key = Fixtures.key();
        operation = given.operation("1");
        var grant = given.grant(tenant, 100);
        var charge = Charge.of(operation.value(), 2);
        var consumed = allotment.gate().consume(tenant.id(), key, charge);
        var reserved = allotment.gate().reserve(tenant.id(), Fixtures.key(), charge, Duration.ofHours(1));
        var limit = given.spendLimit(tenant, member, 50);
        var wanted = InvitationService.Wanted.of(Fixtures.word() + "@example.org", "member");
        var invited = allotment.invitations().invite(tenant.id(), wanted);
        things.put(AccountId.class, Fixtures.accountOf(tenant));
        things.put(UserId.class, member);
        things.put(FeatureKey.class, given.feature());
        things.put(GrantId.class, grant.id());
        things.put(DecisionId.class, consumed.decision().id());
        things.put(ReservationId.class, reserved.decision().reservation().orElseThrow());
        things.put(IdempotencyKey.class, key);
        things.put(SpendLimit.Spender.class, limit.spender());
        things.put(RoleKey.class, role(allotment, tenant.id(), member));
        things.put(TeamId.class, team(allotment, tenant.id(), member));
        things.put(InvitationId.class, invited.invitation().id());
        things.put(byte[].class, sha256(invited.token()));
        things.put(Email.class, wanted.email());
        things.put(Actor.class, Actor.user(member));
        var product = allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "Credits", 5, 100, "EUR"));
        things.put(
                PurchaseId.class,
                allotment
                        .creditPurchases()
                        .buy(tenant.id(), Fixtures.accountOf(tenant), product.key())
                        .id());
        things.put(
                ApiKeyId.class,
                allotment.apiKeys().create(tenant.id(), KEY).key().id());
        persistence.unitOfWork().forTenant(tenant.id(), () -> stored(persistence, tenant.id(), things));
        return tenant;
    }

    private static RoleKey role(Allotment allotment, TenantId tenant, UserId member) {
        var role = new RoleKey(Fixtures.word());
        allotment
                .access()
                .createRole(tenant, role, new RoleTerms("Clerk", Optional.empty(), Set.of(Right.GATE_USE.key())));
        allotment.access().assign(tenant, member, role, Optional.empty());
        return role;
    }

    private static TeamId team(Allotment allotment, TenantId tenant, UserId member) {
        var team = allotment
                .teams()
                .create(tenant, new TeamService.Profile("Night shift", Optional.empty()))
                .id();
        allotment.teams().putMember(tenant, team, member, TeamMembership.Role.LEAD);
        return team;
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** What is stored, read back, and changed: as it would be written next. */
    private void stored(Persistence in, TenantId tenant, Map<Type, Object> things) {
        var user = (UserId) things.get(UserId.class);
        var account = (AccountId) things.get(AccountId.class);
        var all = PageRequest.first(50);
        add(things, in.tenants().find(tenant).orElseThrow().suspended(LATER));
        add(things, in.memberships().find(tenant, user).orElseThrow().suspended(LATER));
        var team = in.teams().find(tenant, (TeamId) things.get(TeamId.class)).orElseThrow();
        add(things, team.with("Day shift", Optional.empty(), LATER));
        add(things, new TeamMembership(tenant, team.id(), user, TeamMembership.Role.MEMBER, NOW));
        add(
                things,
                in.invitations()
                        .find(tenant, (InvitationId) things.get(InvitationId.class))
                        .orElseThrow()
                        .revoked(LATER));
        var role = in.roles().find(tenant, (RoleKey) things.get(RoleKey.class)).orElseThrow();
        add(things, role.with(new RoleTerms("Nobody", Optional.empty(), Set.of()), LATER));
        add(things, new RoleAssignment(tenant, user, role.key(), Optional.empty(), LATER, Optional.of(LATER)));
        var key =
                in.apiKeys().find(tenant, (ApiKeyId) things.get(ApiKeyId.class)).orElseThrow();
        add(things, key.revoked(LATER));
        add(things, new ApiKeys.Uses(tenant, key.id(), 3, LATER));
        var head = in.audit().lockHead(Optional.of(tenant));
        var event = AuditEvent.of("thing.made", "thing", "1");
        add(things, AuditEntry.after(head, LATER, Actor.system(), event, Origin.HERE, "0".repeat(32)));
        add(things, in.accounts().find(tenant, account).orElseThrow());
        var current = in.subscriptions().findCurrent(tenant, account).orElseThrow();
        add(things, current.canceled(true, Optional.of("done"), LATER));
        var credits = in.credits().find(tenant, account).orElseThrow();
        add(things, new CreditAccount.Movement(credits.withOverdraftLimit(Credits.of(7)), List.of(), List.of()));
        var purchase = in.creditPurchases()
                .find(tenant, (PurchaseId) things.get(PurchaseId.class))
                .orElseThrow();
        add(things, purchase.canceled(LATER));
        billed(in, tenant, account, things);
        add(things, notice(tenant, account));
        metered(in, tenant, account, things);
        var limit = in.spendLimits().list(tenant, all).items().get(0);
        add(things, limit.ref());
        add(things, limit.withLimit(Credits.of(51)));
        add(things, in.retentions().find(tenant).orElseThrow().with(new RetentionTerms(500, 450, 30), LATER));
        var counter = QuotaCounter.empty(tenant, account, (FeatureKey) things.get(FeatureKey.class), PERIOD);
        in.quotas().save(counter, List.of());
        var counted = counter.plus(Quantity.of(3), Quantity.ZERO);
        add(things, counted);
        add(
                things,
                QuotaChange.rolledOver(
                        counter, counted, Optional.empty(), new QuotaChangeId(UUID.randomUUID()), LATER));
        add(
                things,
                in.reservations()
                        .find(tenant, (ReservationId) things.get(ReservationId.class))
                        .orElseThrow()
                        .at(LATER));
        var check = new GateRequest.Check(Charge.of(operation.value(), 1).on(account));
        add(things, new GateCall(new DecisionId(UUID.randomUUID()), tenant, Optional.empty(), check));
    }

    private static void billed(Persistence in, TenantId tenant, AccountId account, Map<Type, Object> things) {
        var payment = "pay-" + tenant;
        var told = new GatewayInvoice(
                "in-" + tenant,
                Optional.empty(),
                Optional.of("sub-" + tenant),
                Optional.empty(),
                GatewayInvoice.Status.PAID,
                GatewayInvoice.Reason.MANUAL,
                Optional.empty(),
                "EUR",
                100,
                100,
                0,
                Optional.of(payment),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                NOW,
                Optional.of(NOW),
                NOW);
        var invoice = new Invoice(
                tenant,
                new InvoiceId(UUID.randomUUID()),
                account,
                "text",
                told,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                50,
                NOW);
        in.invoices().insert(invoice);
        things.put(InvoiceId.class, invoice.id());
        add(things, invoice.bringing(new GrantId(UUID.randomUUID())));
        var back = new GatewayRefund(
                "re-" + tenant,
                Optional.empty(),
                payment,
                new Money(50, "EUR"),
                GatewayRefund.Status.SUCCEEDED,
                Optional.empty(),
                NOW);
        var refund = Refund.of(back, tenant, new RefundId(UUID.randomUUID()), account, "text", NOW)
                .of(invoice.id());
        in.refunds().insert(refund);
        add(things, refund.taking(Credits.of(1)));
        var order = new BillingOrder(
                tenant,
                new BillingOrderId(UUID.randomUUID()),
                account,
                new SubscriptionId(UUID.randomUUID()),
                (IdempotencyKey) things.get(IdempotencyKey.class),
                "print",
                new BillingOrder.Resume(),
                Optional.empty(),
                NOW,
                Optional.empty());
        in.billingOrders().insert(order);
        things.put(SubscriptionId.class, order.subscription());
        add(things, order.done(NOW));
        var checkout = SubscriptionCheckout.ordered(tenant, new CheckoutId(UUID.randomUUID()), account, "text", NOW);
        in.subscriptionCheckouts().insert(checkout);
        things.put(CheckoutId.class, checkout.id());
        add(things, checkout.canceled(NOW));
        var name =
                new GatewayName("text", GatewayName.Kind.CUSTOMER, "cus-" + tenant, tenant, account, Optional.empty());
        in.gatewayDirectory().put(name);
        add(things, name);
    }

    private static Notice notice(TenantId tenant, AccountId account) {
        return new Notice(
                tenant,
                new DecisionId(UUID.randomUUID()),
                0,
                Notice.Kind.PAYMENT_MISSING,
                account,
                Optional.empty(),
                Optional.empty(),
                BigDecimal.ONE,
                Optional.empty(),
                Optional.of(PERIOD),
                LATER);
    }

    private static void metered(Persistence in, TenantId tenant, AccountId account, Map<Type, Object> things) {
        var feature = (FeatureKey) things.get(FeatureKey.class);
        var use = new MeteredUse(
                tenant, new DecisionId(UUID.randomUUID()), 0, account, "text", feature, BigDecimal.TEN, NOW, NOW, NOW);
        var report = MeteredReport.of(
                MeteredReport.parts(List.of(use)).get(0),
                MeteredReport.Total.NONE,
                new MeteredReportId(UUID.randomUUID()),
                NOW);
        in.meteredReports().insert(report);
        things.put(MeteredReportId.class, report.id());
        add(things, report.subject());
        add(things, report.rejected("No."));
        add(things, use);
    }

    private static void add(Map<Type, Object> things, Object thing) {
        things.put(thing.getClass(), thing);
    }

    /** The same things under another tenant's id, as somebody would send them who knows all other ids. */
    private Map<Type, Object> asIfOf(TenantId tenant) {
        var renamed = new HashMap<Type, Object>();
        theirs.forEach((type, thing) -> renamed.put(type, renamed(thing, tenant)));
        return renamed;
    }

    private static Object renamed(Object thing, TenantId tenant) {
        if (thing instanceof TenantId) {
            return tenant;
        }
        if (thing instanceof Optional<?> optional) {
            return optional.map(part -> renamed(part, tenant));
        }
        if (thing instanceof List<?> list) {
            return list.stream().map(part -> renamed(part, tenant)).toList();
        }
        return thing instanceof Record && isOfTenant(thing.getClass()) ? renamedRecord(thing, tenant) : thing;
    }

    private static Object renamedRecord(Object thing, TenantId tenant) {
        var components = thing.getClass().getRecordComponents();
        try {
            var types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            var values = new Object[components.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = renamed(components[i].getAccessor().invoke(thing), tenant);
            }
            return thing.getClass().getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isTenant(Type type) {
        return type == TenantId.class
                || type.getTypeName().equals("java.util.Optional<" + TenantId.class.getName() + ">");
    }

    /** Whether it is a record, or some of them, that somewhere says whose it is. */
    private static boolean isOfTenant(Type type) {
        if (type instanceof ParameterizedType generic) {
            return isOfTenant(generic.getActualTypeArguments()[0]);
        }
        return type instanceof Class<?> raw
                && raw.isRecord()
                && Arrays.stream(raw.getRecordComponents())
                        .map(RecordComponent::getGenericType)
                        .anyMatch(part -> isTenant(part) || part != type && isOfTenant(part));
    }

    /** Those of all ports whose first parameter is such a one. */
    private static List<Method> methods(Predicate<Type> first) {
        return Arrays.stream(Persistence.class.getMethods())
                .flatMap(port -> Arrays.stream(port.getReturnType().getMethods()))
                .filter(method -> method.getParameterCount() > 0 && first.test(method.getGenericParameterTypes()[0]))
                .filter(method -> !ELSEWHERE.contains(name(method)))
                .sorted(Comparator.comparing(Method::toString))
                .toList();
    }

    private static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }

    /**
     * What the method answers to the asking tenant, or how it refuses; anything else that is thrown fails the test.
     *
     * @param kept whether what it does is committed
     */
    private String answer(Persistence persistence, Method method, Map<Type, Object> things, boolean kept) {
        try {
            return persistence.unitOfWork().forTenant(asking.id(), () -> {
                var answer = String.valueOf(invoke(persistence, method, things));
                if (!kept) {
                    throw new TakenBack(answer);
                }
                return answer;
            });
        } catch (TakenBack back) {
            return back.getMessage();
        } catch (Refusal refusal) {
            return refusal.toString();
        }
    }

    private static final class TakenBack extends RuntimeException {
        private TakenBack(String answer) {
            super(answer);
        }
    }

    /** It may be refused in whatever way: what counts is what is stored afterwards. */
    private void tried(Persistence persistence, Method method, Map<Type, Object> things) {
        try {
            persistence.unitOfWork().forTenant(asking.id(), () -> {
                invoke(persistence, method, things);
            });
        } catch (Refusal | IllegalStateException | DataAccessException refused) {
            assertThat(refused).isNotNull();
        }
    }

    private static Object invoke(Persistence persistence, Method method, Map<Type, Object> things) {
        var given = Arrays.stream(method.getGenericParameterTypes())
                .map(type -> argument(method, type, things))
                .toArray();
        try {
            return method.invoke(port(persistence, method), given);
        } catch (InvocationTargetException failed) {
            if (failed.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new AssertionError(failed);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static Object port(Persistence persistence, Method method)
            throws IllegalAccessException, InvocationTargetException {
        for (var port : Persistence.class.getMethods()) {
            if (port.getReturnType() == method.getDeclaringClass()) {
                return port.invoke(persistence);
            }
        }
        throw new AssertionError("No port has " + method);
    }

    private static Object argument(Method method, Type type, Map<Type, Object> things) {
        if (type instanceof ParameterizedType generic) {
            var of = generic.getActualTypeArguments()[0];
            if (generic.getRawType() == Optional.class) {
                return isTenant(type) ? Optional.of(things.get(TenantId.class)) : Optional.empty();
            }
            var one = argument(method, of, things);
            return generic.getRawType() == Set.class ? Set.of(one) : List.of(one);
        }
        if (!things.containsKey(type)) {
            throw new AssertionError("Say in this test what " + method + " is given for its " + type.getTypeName());
        }
        return things.get(type);
    }

    /** All that is kept of the other tenant, as text by table. */
    private Map<String, String> rows() throws SQLException {
        var rows = new HashMap<String, String>();
        var sql = tables.stream()
                .map(table ->
                        "select '%1$s', string_agg(t::text, e'\\n' order by t::text) from %1$s t where tenant_id = '%2$s'"
                                .formatted(table, other.id()))
                .collect(Collectors.joining(" union all "));
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var found = statement.executeQuery(sql)) {
            while (found.next()) {
                if (found.getString(2) != null) {
                    rows.put(found.getString(1), found.getString(2));
                }
            }
        }
        return rows;
    }
}

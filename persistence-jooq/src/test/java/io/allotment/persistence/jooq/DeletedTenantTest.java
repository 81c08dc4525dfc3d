package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A deleted tenant leaves no row. PostgreSQL's catalogue says which tables have rows of tenants; one that this does not fill
 * fails it, so that no new table is forgotten.
 */
class DeletedTenantTest {

    private static final Set<PermissionKey> READING = Set.of(Right.TENANT_READ.key());

    private static final List<String> ROWS = List.of(
            """
            insert into allotment.ai_providers values ('maker', 'Maker', null, null, null, null, true, true, true, 0, '{}', '{}',
                now(), now())
            on conflict do nothing
            """,
            """
            insert into allotment.ai_models values ('maker', 'model', 'Model', null, null, '{}', 0, '{}', null, false, true, now(),
                now())
            on conflict do nothing
            """,
            """
            insert into allotment.tenant_model_prices values (:tenant, gen_random_uuid(), 'maker', 'model', null, 0, null, '{}',
                'USD', now())
            """,
            """
            insert into allotment.model_preferences values (:tenant, :tenant, 'maker', 'model', null, null, '{}', now(), now())
            """,
            "insert into allotment.output_model_constraints values (:tenant, 'summary', 'maker', 'model', now())",
            "insert into allotment.usage_costs values (:tenant, gen_random_uuid(), 1, 'USD', gen_random_uuid(), now())",
            "insert into allotment.usage_unpriced values (:tenant, gen_random_uuid(), null, 'model', now())",
            "insert into allotment.usage_pricings values (:tenant, now(), 1)",
            "insert into allotment.failed_work values (:tenant, 'retention', 1, now(), now(), null, 'it failed', 'r-1')",
            """
            insert into allotment.billing_orders values (:tenant, gen_random_uuid(), :tenant, gen_random_uuid(), 'key', 'RESUME',
                'print', null, null, null, null, null, now(), null)
            """,
            """
            insert into allotment.subscription_checkouts values (:tenant, gen_random_uuid(), :tenant, 'CANCELED', 'text', null, null,
                null, now(), now())
            """,
            "insert into allotment.metered_uses values (:tenant, gen_random_uuid(), 0, :tenant, 'test', 'minutes', 1, now(), now(), now())",
            """
            insert into allotment.metered_reports values (:tenant, gen_random_uuid(), :tenant, 'test', 'minutes', 1, 1, now(), now(), now(),
                'WAITING', 'report', null, 0, null, now(), null, null, now())
            """,
            """
            insert into allotment.payment_events (gateway, id, type, at, status, received_at, attempts, tenant_id, account_id, object_kind,
                object_id) values ('test', 'evt-' || :tenant, 'changed', now(), 'WAITING', now(), 1, :tenant, :tenant, 'INVOICE', 'in-1')
            """,
            "insert into allotment.quota_checkpoints values (:tenant, :tenant, 'minutes', now(), now() + interval '1 day', 1)");

    private TestDatabase database;
    private JooqPersistence persistence;
    private Allotment allotment;
    private Fixtures given;

    @BeforeEach
    void connect() {
        database = TestDatabase.create();
        persistence = JooqPersistence.connect(IsolationTest.settings(database));
        allotment = Allotment.with(persistence).build();
        given = Fixtures.in(allotment);
    }

    @AfterEach
    void close() {
        persistence.close();
        database.close();
    }

    @Test
    void no_table_keeps_a_row_of_a_deleted_tenant() throws SQLException {
        var gone = filled();
        var stays = filled();
        allotment.usageRoller().rollUp(1_000);
        List.of(gone, stays)
                .forEach(tenant -> allotment
                        .gate()
                        .consume(tenant.id(), Fixtures.key(), Charge.of(given.operation("1"), Quantity.of(1))));
        assertThat(tablesWithout(gone)).isEmpty();

        allotment.tenants().delete(gone.id());

        assertThat(tablesWith(gone)).isEmpty();
        assertThat(tablesWithout(stays)).isEmpty();
    }

    /** A tenant with a row in every table. */
    private Tenant filled() throws SQLException {
        var feature = given.feature();
        var seats = given.seats();
        var operation = given.operation("1", feature);
        var seat = given.operation("0", seats);
        var allocated =
                new Quota(Optional.of(Quantity.of(10)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
        var tenant = given.tenantOn(PlanVersionTerms.empty()
                .with(feature.value(), Quota.perCycle(10))
                .with(seats.value(), allocated));
        var id = tenant.id();
        var account = Fixtures.accountOf(tenant);
        given.grant(tenant, 100);
        var member = given.member(tenant);
        given.spendLimit(tenant, member, 10);

        allotment.gate().consume(id, Fixtures.key(), Charge.of(operation, Quantity.of(9)));
        allotment
                .gate()
                .consume(id, Fixtures.key(), Charge.of(seat, Quantity.of(9)).relatedTo("user", "ada"));
        allotment.gate().reserve(id, Fixtures.key(), Charge.of(operation, Quantity.of(1)), Duration.ofHours(1));
        allotment
                .quotas()
                .correct(
                        id,
                        account,
                        feature,
                        Fixtures.key(),
                        new QuotaService.Correction(
                                QuotaChange.Operation.RESET,
                                Optional.empty(),
                                "for nothing",
                                Optional.empty(),
                                Actor.system()));
        allotment.requests().once(Optional.of(id), Fixtures.key(), "asked", () -> "answered");

        var team = allotment.teams().create(id, new TeamService.Profile("Films", Optional.empty()));
        allotment.teams().putMember(id, team.id(), member, TeamMembership.Role.LEAD);
        allotment.access().createRole(id, new RoleKey("cutter"), new RoleTerms("Cutter", Optional.empty(), READING));
        allotment.invitations().invite(id, InvitationService.Wanted.of(Fixtures.word() + "@example.org", "member"));
        allotment.apiKeys().create(id, ApiKey.Wish.of("test", ApiKeySettings.of("a key", READING)));
        var product = allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "Credits", 5, 100, "EUR"));
        var purchase = allotment.creditPurchases().buy(id, account, product.key());
        allotment.creditPurchases().paid(id, account, purchase.id(), "bank-17");
        var invoice = allotment
                .billing()
                .listInvoices(id, Invoices.Filter.ALL, PageRequest.first(1))
                .items()
                .get(0)
                .id();
        var refund = allotment.billing().orderRefund(id, account, invoice, Optional.of(1L));
        allotment.billing().refund(id, account, invoice, refund, Optional.empty());
        persistence
                .unitOfWork()
                .forTenant(
                        id,
                        () -> persistence
                                .gatewayDirectory()
                                .put(new GatewayName(
                                        "elsewhere",
                                        GatewayName.Kind.CUSTOMER,
                                        "cus-" + id,
                                        id,
                                        account,
                                        Optional.empty())));
        write(tenant);
        return tenant;
    }

    /** What takes more than a call to come about: failures, retention, prices of models. */
    private void write(Tenant tenant) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            for (var sql : ROWS) {
                statement.execute(sql.replace(":tenant", "'" + tenant.id() + "'"));
            }
        }
    }

    private List<String> tablesWith(Tenant tenant) throws SQLException {
        return tables(tenant, true);
    }

    private List<String> tablesWithout(Tenant tenant) throws SQLException {
        return tables(tenant, false);
    }

    /** Partitions are part of their table. */
    private List<String> tables(Tenant tenant, boolean having) throws SQLException {
        var found = new ArrayList<String>();
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var rows = connection.createStatement()) {
            var names = statement.executeQuery("""
                    select c.relname from pg_class c
                    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
                    where c.relnamespace = 'allotment'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                    order by 1
                    """);
            int tables = 0;
            while (names.next()) {
                tables++;
                var name = names.getString(1);
                var count = rows.executeQuery(
                        "select exists (select from allotment." + name + " where tenant_id = '" + tenant.id() + "')");
                count.next();
                if (count.getBoolean(1) == having) {
                    found.add(name);
                }
            }
            assertThat(tables).isGreaterThan(25);
        }
        return found;
    }
}

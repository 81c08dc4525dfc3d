package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How often the gate and the database talk: what limits it when the network lies between. */
class RoundTripsTest {

    private static final int TIMES = 20;

    private static final String RESTED = "com.zaxxer.hikari.aliveBypassWindowMs";

    private static TestDatabase database;
    private static CountingProxy proxy;
    private static JooqPersistence persistence;
    private static Allotment allotment;
    private static OperationKey operation;
    private static List<Tenant> tenants;
    private static Actor member;

    @BeforeAll
    static void connectThroughTheProxy() {
        database = TestDatabase.create();
        var server = URI.create(database.jdbcUrl().substring("jdbc:".length()));
        proxy = new CountingProxy(server.getHost(), server.getPort());
        var url = "jdbc:postgresql://localhost:" + proxy.port() + server.getPath();
        // Whether a connection lives still that has rested for half a second, the pool asks in a trip more: not here.
        System.setProperty(RESTED, "600000");
        try {
            persistence = JooqPersistence.connect(
                    new JooqPersistence.Settings(url, database.appPassword(), database.platformPassword(), 1));
        } finally {
            System.clearProperty(RESTED);
        }
        allotment = Allotment.with(persistence).build();
        var given = Fixtures.in(allotment);
        operation = given.operation("1");
        tenants = List.of(given.tenantWith(1_000), given.tenantWith(1_000), given.tenantWith(1_000));
        member = Actor.user(given.member(tenants.get(0)));
        // So often that the driver has prepared what it prepares.
        for (int i = 0; i < TIMES; i++) {
            consumeOne(i);
            consumeBatch();
            consumeAsMember();
        }
    }

    @AfterAll
    static void close() throws IOException {
        persistence.close();
        proxy.close();
        database.close();
    }

    @Test
    void a_charge_on_what_is_remembered_is_one_round_trip_whoever_the_tenant_is() {
        assertThat(trips(() -> consumeOne(0))).containsOnly(1);
        assertThat(trips(() -> consumeOne(1))).containsOnly(1);
    }

    /** What is longer than its buffer the driver sends in pieces, and the server may answer the first of them already. */
    @Test
    void a_batch_of_several_tenants_is_hardly_more() {
        assertThat(trips(RoundTripsTest::consumeBatch)).allMatch(trips -> trips <= 2);
    }

    @Test
    void a_charge_of_a_member_is_one_too() {
        assertThat(trips(RoundTripsTest::consumeAsMember)).containsOnly(1);
    }

    /** Each of them. */
    private static List<Integer> trips(Runnable work) {
        return IntStream.range(0, 9)
                .map(i -> {
                    int before = proxy.trips();
                    work.run();
                    return proxy.trips() - before;
                })
                .boxed()
                .toList();
    }

    private static void consumeOne(int number) {
        var tenant = tenants.get(number % tenants.size());
        assertThat(allotment
                        .gate()
                        .consume(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1)))
                        .allowed())
                .isTrue();
    }

    private static void consumeBatch() {
        var charges = new ArrayList<GateService.Consumption>();
        for (var tenant : tenants) {
            for (int i = 0; i < 10; i++) {
                charges.add(
                        new GateService.Consumption(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1))));
            }
        }
        assertThat(allotment.gate().consumeAll(charges)).hasSize(charges.size());
    }

    private static void consumeAsMember() {
        allotment
                .gate()
                .consume(
                        tenants.get(0).id(),
                        new IdempotencyKey(Fixtures.word()),
                        Charge.of(operation, Quantity.of(1)).by(member));
    }
}

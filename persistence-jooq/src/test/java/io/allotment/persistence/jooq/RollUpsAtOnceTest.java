package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.time.ZoneId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who adds to a tenant's sums for a while holds nobody up who rolls up those of others, and neither is ended by the other. */
class RollUpsAtOnceTest {

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
    void the_roller_leaves_a_tenant_out_whose_sums_somebody_is_at() {
        var busy = tenantWithUsage(2);
        var other = tenantWithUsage(3);
        var units = persistence.unitOfWork();
        var sums = persistence.usageSummaries();

        int rolledUp = units.forPlatform(() -> {
            assertThat(sums.rollUp(busy.id(), 1)).isEqualTo(1);
            return meanwhile(() -> allotment.usageRoller().rollUp(100));
        });

        assertThat(rolledUp).isEqualTo(3);
        assertThat(units.<Integer>forPlatform(() -> sums.rollUp(other.id(), 100)))
                .isZero();
        assertThat(allotment.usageRoller().rollUp(100)).isEqualTo(1);
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void a_tenant_that_moves_is_seen_to_when_nobody_is_at_its_sums() {
        var tenant = tenantWithUsage(2);
        assertThat(allotment.usageRoller().rollUp(100)).isEqualTo(2);
        moveTo(tenant, ZoneId.of("Asia/Kathmandu"));
        var units = persistence.unitOfWork();
        var sums = persistence.usageSummaries();

        int followed = units.forPlatform(() -> {
            sums.rollUp(tenant.id(), 1);
            return meanwhile(() -> units.<Integer>forPlatform(sums::followMoves));
        });

        assertThat(followed).isZero();
        assertThat(units.<Integer>forPlatform(sums::followMoves)).isEqualTo(1);
        assertThat(units.<Integer>forPlatform(sums::followMoves)).isZero();
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    private Tenant tenantWithUsage(int times) {
        var tenant = given.tenantWith(100);
        for (int i = 0; i < times; i++) {
            allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(given.operation("1"), Quantity.of(1)));
        }
        return tenant;
    }

    private void moveTo(Tenant tenant, ZoneId zone) {
        allotment
                .tenants()
                .update(
                        tenant.id(),
                        Optional.empty(),
                        profile -> new TenantProfile(
                                profile.name(),
                                profile.slug(),
                                profile.website(),
                                profile.description(),
                                zone,
                                profile.metadata()));
    }

    /** In another thread, so in a unit of work of its own. */
    private static int meanwhile(Supplier<Integer> work) {
        return CompletableFuture.supplyAsync(work)
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}

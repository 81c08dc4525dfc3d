package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import io.allotment.testkit.TestDatabase;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two processes on one database: what one changes of rights the other's gate knows at its next decision, and the rest a second later. */
class RightsAcrossProcessesTest {

    private static final RoleKey EXPORTER = new RoleKey("exporter");
    private static final TestClock CLOCK = TestClock.at("2026-03-10T10:00:00Z");

    private static TestDatabase database;
    private static JooqPersistence here;
    private static JooqPersistence there;
    private static Allotment ours;
    private static Allotment theirs;
    private static Fixtures given;

    private Tenant tenant;
    private UserId user;
    private PermissionKey export;
    private OperationKey guarded;

    @BeforeAll
    static void connect() {
        database = TestDatabase.create();
        here = JooqPersistence.connect(IsolationTest.settings(database));
        there = JooqPersistence.connect(IsolationTest.settings(database));
        ours = Allotment.with(here).clock(CLOCK).build();
        theirs = Allotment.with(there).clock(CLOCK).build();
        given = Fixtures.in(theirs);
    }

    @AfterAll
    static void close() {
        here.close();
        there.close();
        database.close();
    }

    @BeforeEach
    void an_operation_that_needs_a_permission() {
        tenant = given.tenantWith(1_000);
        user = given.member(tenant, SystemRole.MEMBER);
        export = given.permission(Fixtures.word() + ":export");
        guarded = given.operation(
                Operation.of(Fixtures.word(), "test", Credits.of(1)).needing(export.value()));
        theirs.access().createRole(tenant.id(), EXPORTER, new RoleTerms("Exporter", Optional.empty(), Set.of(export)));
    }

    @Test
    void a_role_that_the_other_gives_and_takes_counts_at_the_next_decision() {
        assertOursAllows(false);
        theirs.access().assign(tenant.id(), user, EXPORTER, Optional.empty());
        assertOursAllows(true);
        theirs.access().unassign(tenant.id(), user, EXPORTER);
        assertOursAllows(false);
    }

    @Test
    void what_the_other_changes_in_a_role_counts_at_the_next_decision() {
        theirs.access().assign(tenant.id(), user, EXPORTER, Optional.empty());
        assertOursAllows(true);

        theirs.access()
                .updateRole(
                        tenant.id(),
                        EXPORTER,
                        Optional.empty(),
                        terms -> new RoleTerms("Exporter", Optional.empty(), Set.of()));

        assertOursAllows(false);
    }

    @Test
    void what_the_other_gives_to_a_system_role_counts_at_the_next_decision() {
        assertOursAllows(false);
        theirs.access().give(SystemRole.MEMBER, export);
        assertOursAllows(true);
        theirs.access().take(SystemRole.MEMBER, export);
        assertOursAllows(false);
    }

    @Test
    void whoever_asks_without_the_gate_is_told_after_a_second_at_the_latest() {
        assertThat(ours.access().check(tenant.id(), user, export)).isFalse();
        theirs.access().assign(tenant.id(), user, EXPORTER, Optional.empty());
        CLOCK.advance(Duration.ofSeconds(1));
        assertThat(ours.access().check(tenant.id(), user, export)).isTrue();

        theirs.access().unassign(tenant.id(), user, EXPORTER);
        CLOCK.advance(Duration.ofSeconds(1));
        assertThat(ours.access().check(tenant.id(), user, export)).isFalse();
    }

    /** Several times, so that most are decided on what is remembered. */
    private void assertOursAllows(boolean expected) {
        for (int i = 0; i < 5; i++) {
            var decision = ours.gate()
                    .consume(
                            tenant.id(),
                            Fixtures.key(),
                            Charge.of(guarded, Quantity.of(1)).by(Actor.user(user)))
                    .decision();
            assertThat(decision.allowed()).as("time %d", i + 1).isEqualTo(expected);
        }
    }
}

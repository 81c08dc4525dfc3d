package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operation that needs a permission is for those who hold it at the moment of the decision. */
public abstract class GatePermissionsContract extends PersistenceContract {

    private static final RoleKey EXPORTER = new RoleKey("exporter");
    private static final Optional<Denial.Reason> ALLOWED = Optional.empty();
    private static final Optional<Denial.Reason> DENIED = Optional.of(Denial.Reason.PERMISSION_MISSING);

    private Tenant tenant;
    private UserId user;
    private PermissionKey export;
    private OperationKey guarded;
    private OperationKey open;

    @BeforeEach
    void an_operation_that_needs_a_permission() {
        tenant = given.tenantWith(1_000_000);
        user = given.member(tenant, SystemRole.MEMBER);
        export = given.permission(Fixtures.word() + ":export");
        guarded = given.operation(
                Operation.of(Fixtures.word(), "test", Credits.of(1)).needing(export.value()));
        open = given.operation("1");
        allotment
                .access()
                .createRole(tenant.id(), EXPORTER, new RoleTerms("Exporter", Optional.empty(), Set.of(export)));
    }

    @Test
    void who_holds_it_by_a_role_is_allowed_until_the_role_is_taken() {
        assertEachTime(DENIED);

        assign(Optional.empty());
        assertEachTime(ALLOWED);

        allotment.access().unassign(tenant.id(), user, EXPORTER);
        assertEachTime(DENIED);

        assign(Optional.empty());
        assertEachTime(ALLOWED);
    }

    @Test
    void the_denial_names_the_permission() {
        var denial = allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), charge(guarded))
                .decision()
                .denial()
                .orElseThrow();

        assertThat(denial.scope().name()).isEqualTo(export.value());
        assertThat(denial.line()).contains(0);
        assertThat(allotment.gate().check(tenant.id(), charge(guarded)).denial())
                .hasValueSatisfying(told -> assertThat(told.reason()).isEqualTo(Denial.Reason.PERMISSION_MISSING));
    }

    @Test
    void who_holds_it_for_a_time_is_allowed_for_that_time() {
        var end = START.plusSeconds(3_600);
        assign(Optional.of(end));
        assertEachTime(ALLOWED);

        clock.set(end.minusNanos(1_000));
        assertEachTime(ALLOWED);
        clock.set(end);
        assertEachTime(DENIED);
    }

    @Test
    void what_becomes_of_the_role_counts_at_once() {
        assign(Optional.empty());
        assertEachTime(ALLOWED);

        holding();
        assertEachTime(DENIED);
        holding(export);
        assertEachTime(ALLOWED);

        allotment.access().deleteRole(tenant.id(), EXPORTER, true);
        assertEachTime(DENIED);
    }

    @Test
    void what_the_operator_gives_to_a_system_role_counts_at_once() {
        assertEachTime(DENIED);
        allotment.access().give(SystemRole.MEMBER, export);
        assertEachTime(ALLOWED);
        allotment.access().take(SystemRole.MEMBER, export);
        assertEachTime(DENIED);
    }

    @Test
    void owners_and_the_system_are_allowed_everything() {
        var owner = given.member(tenant, SystemRole.OWNER);

        assertThat(reason(charge(guarded).by(Actor.user(owner)))).isEqualTo(ALLOWED);
        assertThat(reason(charge(guarded).by(Actor.system()))).isEqualTo(ALLOWED);
    }

    @Test
    void one_line_that_is_not_allowed_denies_the_whole() {
        var both = Charge.of(open, Quantity.of(1)).and(guarded, Quantity.of(1)).by(Actor.user(user));
        assertThat(reason(both)).isEqualTo(DENIED);

        assign(Optional.empty());
        assertThat(reason(both)).isEqualTo(ALLOWED);
    }

    @Test
    void each_of_a_batch_is_asked_for_itself() {
        assign(Optional.empty());
        var without = given.member(tenant, SystemRole.MEMBER);
        var elsewhere = given.tenantWith(100);
        allotment.members().add(elsewhere.id(), user, "Elsewhere", SystemRole.MEMBER.key());

        var outcomes = allotment
                .gate()
                .consumeAll(List.of(
                        new Consumption(tenant.id(), Fixtures.key(), charge(guarded)),
                        new Consumption(
                                tenant.id(), Fixtures.key(), charge(guarded).by(Actor.user(without))),
                        new Consumption(elsewhere.id(), Fixtures.key(), charge(guarded)),
                        new Consumption(
                                tenant.id(), Fixtures.key(), charge(open).by(Actor.user(without)))));

        assertThat(outcomes)
                .extracting(outcome -> reason(((Outcome.Answer) outcome)))
                .containsExactly(ALLOWED, DENIED, DENIED, ALLOWED);
    }

    @Test
    void a_key_is_allowed_what_its_scopes_and_its_owner_are() {
        assign(Optional.empty());
        var with = key(export);
        var without = key();

        for (int i = 0; i < 3; i++) {
            assertThat(reason(charge(guarded).by(Actor.apiKey(with, user)))).isEqualTo(ALLOWED);
            assertThat(reason(charge(guarded).by(Actor.apiKey(without, user)))).isEqualTo(DENIED);
        }
        allotment.access().unassign(tenant.id(), user, EXPORTER);
        assertThat(reason(charge(guarded).by(Actor.apiKey(with, user)))).isEqualTo(DENIED);
    }

    @Test
    void a_role_that_was_given_in_a_unit_of_work_counts_there_and_is_gone_with_it() {
        assertEachTime(DENIED);

        inTenantThenUndone(tenant.id(), () -> {
            assign(Optional.empty());
            assertThat(reason(charge(guarded))).isEqualTo(ALLOWED);
        });

        assertEachTime(DENIED);
        // Another change of rights, which the database may count by the number that the undone one had.
        given.member(tenant, SystemRole.VIEWER);
        assertEachTime(DENIED);
    }

    private ApiKeyId key(PermissionKey... scopes) {
        return allotment
                .apiKeys()
                .create(
                        tenant.id(),
                        ApiKey.Wish.of("test", ApiKeySettings.of("Key", Set.of(scopes)))
                                .ownedBy(user))
                .key()
                .id();
    }

    private void assign(Optional<Instant> expiresAt) {
        allotment.access().assign(tenant.id(), user, EXPORTER, expiresAt);
    }

    private void holding(PermissionKey... permissions) {
        allotment
                .access()
                .updateRole(
                        tenant.id(),
                        EXPORTER,
                        Optional.empty(),
                        terms -> new RoleTerms(terms.name(), terms.description(), Set.of(permissions)));
    }

    private Charge charge(OperationKey operation) {
        return Charge.of(operation, Quantity.of(1)).by(Actor.user(user));
    }

    /** Several times, so that some are decided on what is remembered. */
    private void assertEachTime(Optional<Denial.Reason> expected) {
        for (int i = 0; i < 4; i++) {
            assertThat(reason(charge(guarded))).as("time %d", i + 1).isEqualTo(expected);
            assertThat(reason(charge(open))).isEqualTo(ALLOWED);
        }
    }

    private Optional<Denial.Reason> reason(Charge charge) {
        return reason(allotment.gate().consume(tenant.id(), Fixtures.key(), charge));
    }

    private static Optional<Denial.Reason> reason(Outcome.Answer answer) {
        return answer.decision().denial().map(Denial::reason);
    }
}

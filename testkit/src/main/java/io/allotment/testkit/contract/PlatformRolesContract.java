package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who has a role on the platform. */
public abstract class PlatformRolesContract extends PersistenceContract {

    @Test
    void a_role_comes_back_as_it_was_given() {
        var user = given.user().id();
        var giver = given.user().id();
        var forEver = assigned(
                new PlatformAssignment(user, PlatformRole.OPERATOR, Optional.empty(), START, Optional.empty()));
        var forAWhile = assigned(new PlatformAssignment(
                user,
                PlatformRole.SUPPORT,
                Optional.of(giver),
                START.plusSeconds(1),
                Optional.of(START.plus(Duration.ofDays(3)))));

        assertThat(of(user)).containsExactly(forEver, forAWhile);
        assertThat(of(giver)).isEmpty();
    }

    @Test
    void a_role_given_again_has_the_other_giver_and_end() {
        var user = given.user().id();
        assigned(support(user));
        var again = assigned(new PlatformAssignment(
                user,
                PlatformRole.SUPPORT,
                Optional.of(given.user().id()),
                START.plusSeconds(9),
                Optional.of(START.plusSeconds(99))));

        assertThat(of(user)).containsExactly(again);
    }

    @Test
    void a_role_is_taken_once() {
        var user = given.user().id();
        assigned(support(user));

        assertThat(unassign(user, PlatformRole.OPERATOR)).isFalse();
        assertThat(unassign(user, PlatformRole.SUPPORT)).isTrue();
        assertThat(unassign(user, PlatformRole.SUPPORT)).isFalse();
        assertThat(of(user)).isEmpty();
    }

    @Test
    void somebody_who_does_not_exist_has_no_role() {
        var nobody = new UserId(ids.next());

        assertThatThrownBy(() -> assigned(support(nobody))).isInstanceOf(Unknown.class);
        assertThat(of(nobody)).isEmpty();
    }

    @Test
    void roles_are_listed_by_user_and_role() {
        var all = Stream.generate(() -> given.user().id())
                .limit(3)
                .flatMap(user -> Stream.of(PlatformRole.values())
                        .map(role -> new PlatformAssignment(user, role, Optional.empty(), START, Optional.empty())))
                .sorted(Comparator.comparing((PlatformAssignment held) -> held.userId() + "." + held.role()))
                .toList();
        List.copyOf(all).stream()
                .sorted(Comparator.comparing((PlatformAssignment held) -> held.role()))
                .forEach(this::assigned);

        assertListingHolds(
                all, page -> inPlatform(() -> persistence.platformRoles().list(page)));
        assertThatThrownBy(() -> inPlatform(() -> persistence
                        .platformRoles()
                        .list(new PageRequest(2, Optional.of(all.get(0).userId().toString())))))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_tenant_neither_sees_nor_gives_them() {
        var tenant = given.tenant();
        var user = given.member(tenant);
        assigned(support(user));

        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.platformRoles().of(user)));
        assertImpossible(() -> inTenant(
                tenant.id(),
                () -> persistence
                        .platformRoles()
                        .assign(new PlatformAssignment(
                                user, PlatformRole.OPERATOR, Optional.empty(), START, Optional.empty()))));
        assertImpossible(() ->
                inTenant(tenant.id(), () -> persistence.platformRoles().unassign(user, PlatformRole.SUPPORT)));
        assertThat(of(user)).containsExactly(support(user));
    }

    @Test
    void a_failed_unit_gives_and_takes_nothing() {
        var user = given.user().id();
        assigned(support(user));

        inPlatformThenUndone(() -> {
            persistence.platformRoles().unassign(user, PlatformRole.SUPPORT);
            persistence
                    .platformRoles()
                    .assign(new PlatformAssignment(
                            user, PlatformRole.OPERATOR, Optional.empty(), START, Optional.empty()));
        });

        assertThat(of(user)).containsExactly(support(user));
    }

    private static PlatformAssignment support(UserId user) {
        return new PlatformAssignment(user, PlatformRole.SUPPORT, Optional.empty(), START, Optional.empty());
    }

    private PlatformAssignment assigned(PlatformAssignment assignment) {
        inPlatform(() -> persistence.platformRoles().assign(assignment));
        return assignment;
    }

    private boolean unassign(UserId user, PlatformRole role) {
        return inPlatform(() -> persistence.platformRoles().unassign(user, role));
    }

    private List<PlatformAssignment> of(UserId user) {
        return inPlatform(() -> persistence.platformRoles().of(user));
    }
}

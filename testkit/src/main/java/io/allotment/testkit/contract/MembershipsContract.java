package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who belongs to a tenant, and to whom that is told. */
public abstract class MembershipsContract extends PersistenceContract {

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void a_membership_comes_back_as_it_was_given() {
        var membership = inserted(new Membership(tenant, given.user().id(), "Ada Ünïcode", START));

        assertThat(found(tenant, membership.userId())).contains(membership);
    }

    @Test
    void a_user_may_belong_to_several_tenants_under_several_names() {
        var user = given.user().id();
        var here = inserted(new Membership(tenant, user, "Ada here", START));
        var there = inserted(new Membership(other, user, "Ada there", START));

        assertThat(found(tenant, user)).contains(here);
        assertThat(found(other, user)).contains(there);
    }

    @Test
    void members_are_listed_in_the_order_of_their_ids() {
        var members = Stream.generate(this::newMember).limit(5).toList();
        members.stream()
                .sorted(Comparator.comparing(
                                (Membership member) -> member.userId().toString())
                        .reversed())
                .forEach(this::inserted);

        assertListing(
                members,
                page -> inTenant(tenant, () -> persistence.memberships().list(tenant, page)));
    }

    @Test
    void a_member_cannot_become_one_again() {
        var membership = inserted(newMember());

        assertThatThrownBy(() -> inserted(new Membership(tenant, membership.userId(), "Another name", START)))
                .isInstanceOf(AlreadyExists.class);
        assertThat(found(tenant, membership.userId())).contains(membership);
    }

    @Test
    void somebody_who_does_not_exist_cannot_become_a_member() {
        var nobody = new UserId(ids.next());

        assertThatThrownBy(() -> inserted(new Membership(tenant, nobody, "Nobody", START)))
                .isInstanceOf(Unknown.class);
        assertThat(found(tenant, nobody)).isEmpty();
    }

    @Test
    void a_tenant_that_does_not_exist_has_no_members() {
        var nowhere = new TenantId(ids.next());
        var user = given.user().id();

        assertImpossible(() -> inserted(new Membership(nowhere, user, "Lost", START)));
        assertThat(found(nowhere, user)).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_makes_members() {
        var membership = inserted(newMember());
        var user = given.user().id();

        inTenant(other, () -> {
            assertThat(persistence.memberships().find(tenant, membership.userId()))
                    .isEmpty();
            assertThat(persistence.memberships().find(other, membership.userId()))
                    .isEmpty();
            assertThat(persistence
                            .memberships()
                            .list(tenant, PageRequest.first(10))
                            .items())
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(
                other, () -> persistence.memberships().insert(new Membership(tenant, user, "Smuggled in", START))));
        assertThat(found(tenant, user)).isEmpty();
    }

    @Test
    void the_platform_sees_and_makes_members_of_any_tenant() {
        var member = newMember();

        inPlatform(() -> persistence.memberships().insert(member));

        assertThat(inPlatform(() -> persistence.memberships().find(tenant, member.userId())))
                .contains(member);
    }

    @Test
    void a_failed_unit_leaves_no_member() {
        var member = newMember();

        inTenantThenUndone(tenant, () -> persistence.memberships().insert(member));

        assertThat(found(tenant, member.userId())).isEmpty();
    }

    private Membership newMember() {
        return new Membership(tenant, given.user().id(), "Member", START);
    }

    private Membership inserted(Membership membership) {
        inTenant(membership.tenantId(), () -> persistence.memberships().insert(membership));
        return membership;
    }

    private Optional<Membership> found(TenantId where, UserId user) {
        return inTenant(where, () -> persistence.memberships().find(where, user));
    }
}

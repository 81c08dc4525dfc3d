package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.tenancy.InvitationService.Issued;
import io.allotment.application.tenancy.InvitationService.Wanted;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.InvitationEnded;
import io.allotment.domain.tenancy.InvitationVoid;
import io.allotment.domain.tenancy.PersonalTenant;
import io.allotment.domain.tenancy.SeatsTaken;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Invitations from the one who invites to the one who accepts, and all who should not. */
public abstract class InvitingContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);
    private static final int THREADS = 8;

    private UserId owner;
    private Tenant tenant;
    private TenantId id;

    @BeforeEach
    void a_tenant_with_an_owner() {
        owner = given.user().id();
        var word = Fixtures.word();
        tenant = allotment.tenants().create(TenantProfile.of("Tenant " + word, word), Optional.of(owner));
        id = tenant.id();
    }

    @Test
    void who_is_invited_accepts_and_has_the_role() {
        var user = given.user();
        var issued = invited(owner, user, SystemRole.MODERATOR);

        var membership = as(user.id()).invitations().accept(issued.token());

        assertThat(membership.tenantId()).isEqualTo(id);
        assertThat(as(user.id()).tenants().get(id)).isEqualTo(tenant);
        assertThat(inTenant(id, () -> persistence.roles().of(id, user.id())))
                .containsExactly(new RoleAssignment(
                        id, user.id(), SystemRole.MODERATOR.key(), Optional.of(owner), START, Optional.empty()));
        var kept = as(owner).invitations().get(id, issued.invitation().id());
        assertThat(kept.status(START)).isEqualTo(Invitation.Status.ACCEPTED);
        assertThat(kept.acceptedBy()).contains(user.id());
        assertThat(actions()).contains("invitation.created", "invitation.accepted");
    }

    @Test
    void the_token_is_mailed_and_stands_nowhere_else() {
        var user = given.user();

        var issued = invited(owner, user, SystemRole.MEMBER);

        assertThat(issued.token()).matches("allot_invite_[0-9A-Za-z]{43}");
        assertThat(issued.toString()).doesNotContain(issued.token());
        var mails = inPlatform(() -> persistence.mails().list(PageRequest.first(200))).items().stream()
                .filter(mail -> mail.recipient().equals(user.email()))
                .toList();
        assertThat(mails).hasSize(1);
        assertThat(mails.get(0).body())
                .contains(issued.token())
                .contains(tenant.profile().name());
        assertThat(inTenant(id, () -> persistence.audit().list(Optional.of(id), AuditFilter.ALL, FIRST))
                        .items()
                        .toString())
                .doesNotContain(issued.token());
    }

    @Test
    void an_address_is_the_same_in_capitals() {
        var user = given.user();
        var issued = as(owner)
                .invitations()
                .invite(id, Wanted.of(user.email().value().toUpperCase(Locale.ROOT), "member"));

        assertThat(as(user.id()).invitations().accept(issued.token()).userId()).isEqualTo(user.id());
    }

    @Test
    void a_token_that_is_not_ones_own_to_use_is_answered_alike_whatever_the_reason() {
        var user = given.user();
        var thief = given.user().id();
        var used = given.user();
        var good = invited(owner, user, SystemRole.MEMBER).token();
        var revoked = invited(owner, given.user(), SystemRole.MEMBER);
        as(owner).invitations().revoke(id, revoked.invitation().id());
        var again = invited(owner, given.user(), SystemRole.MEMBER);
        as(owner).invitations().sendAgain(id, again.invitation().id());
        var accepted = invited(owner, used, SystemRole.MEMBER).token();
        as(used.id()).invitations().accept(accepted);
        var unknown = good.substring(0, good.length() - 4) + "0000";

        for (var token : List.of(good, revoked.token(), again.token(), accepted, unknown, "", "nonsense", good + "x")) {
            assertNoSuchToken(thief, token);
        }
        assertNoSuchToken(used.id(), accepted);
        assertThatThrownBy(() -> allotment.invitations().accept(good)).isInstanceOf(Forbidden.class);

        clock.advance(Invitation.DEFAULT_VALIDITY);
        assertNoSuchToken(user.id(), good);
        assertThat(members()).containsExactlyInAnyOrder(owner, used.id());
    }

    @Test
    void an_invitation_holds_until_the_moment_it_expires() {
        var user = given.user();
        var issued = as(owner)
                .invitations()
                .invite(id, new Wanted(user.email(), SystemRole.MEMBER.key(), Duration.ofHours(1)));

        clock.advance(Duration.ofHours(1).minusNanos(1_000));

        assertThat(as(user.id()).invitations().accept(issued.token()).userId()).isEqualTo(user.id());
    }

    @Test
    void a_deleted_tenants_invitations_are_gone() {
        var user = given.user();
        var token = invited(owner, user, SystemRole.MEMBER).token();

        allotment.tenants().delete(id);

        assertNoSuchToken(user.id(), token);
    }

    @Test
    void an_invitation_is_worth_what_who_vouches_for_it_may_give() {
        var left = given.member(tenant, SystemRole.ADMIN);
        var suspended = given.member(tenant, SystemRole.ADMIN);
        var demoted = given.member(tenant, SystemRole.ADMIN);
        var former = given.member(tenant, SystemRole.OWNER);
        var toLeft = given.user();
        var toSuspended = given.user();
        var toDemoted = given.user();
        var toFormer = given.user();
        var ofLeft = invited(left, toLeft, SystemRole.MEMBER).token();
        var ofSuspended = invited(suspended, toSuspended, SystemRole.MEMBER).token();
        var ofDemoted = invited(demoted, toDemoted, SystemRole.ADMIN).token();
        var ofFormer = invited(former, toFormer, SystemRole.OWNER).token();

        as(left).members().leave(id);
        as(owner).members().suspend(id, suspended);
        give(demoted, SystemRole.MODERATOR);
        take(demoted, SystemRole.ADMIN);
        give(former, SystemRole.ADMIN);
        take(former, SystemRole.OWNER);

        assertVoid(toLeft, ofLeft);
        assertVoid(toSuspended, ofSuspended);
        assertVoid(toDemoted, ofDemoted);
        assertVoid(toFormer, ofFormer);
        // Who is a moderator may still ask members in, and so may who has come back.
        var member = given.user();
        assertThat(as(member.id())
                        .invitations()
                        .accept(invited(demoted, member, SystemRole.MEMBER).token()))
                .isNotNull();
        as(owner).members().reactivate(id, suspended);
        assertThat(as(toSuspended.id()).invitations().accept(ofSuspended)).isNotNull();
    }

    @Test
    void an_invitation_by_somebody_who_was_deactivated_is_void_until_they_are_back() {
        var admin = given.member(tenant, SystemRole.ADMIN);
        var user = given.user();
        var token = invited(admin, user, SystemRole.MEMBER).token();

        allotment.users().deactivate(admin);

        assertVoid(user, token);
        allotment.users().reactivate(admin);
        assertThat(as(user.id()).invitations().accept(token)).isNotNull();
    }

    @Test
    void who_sends_an_invitation_again_vouches_for_it() {
        var admin = given.member(tenant, SystemRole.ADMIN);
        var user = given.user();
        var first = invited(admin, user, SystemRole.MEMBER);
        as(admin).members().leave(id);
        assertVoid(user, first.token());

        var second = as(owner).invitations().sendAgain(id, first.invitation().id());

        assertNoSuchToken(user.id(), first.token());
        assertThat(as(user.id()).invitations().accept(second.token())).isNotNull();
        assertThatThrownBy(() ->
                        as(owner).invitations().sendAgain(id, first.invitation().id()))
                .isInstanceOf(InvitationEnded.class);
        assertThatThrownBy(() ->
                        as(owner).invitations().revoke(id, first.invitation().id()))
                .isInstanceOf(InvitationEnded.class);
    }

    @Test
    void what_an_operator_vouches_for_holds() {
        var operator = given.user().id();
        var user = given.user();
        var issued = allotment
                .as(Caller.user(operator, PlatformRole.OPERATOR, Origin.HERE))
                .invitations()
                .invite(id, new Wanted(user.email(), SystemRole.OWNER.key(), Invitation.MAX_VALIDITY));

        as(user.id()).invitations().accept(issued.token());

        as(owner).members().leave(id);
        assertThat(members()).containsExactly(user.id());
    }

    @Test
    void nobody_invites_to_more_than_they_hold() {
        var moderator = given.member(tenant, SystemRole.MODERATOR);
        var admin = given.member(tenant, SystemRole.ADMIN);
        var member = given.member(tenant);

        assertThatThrownBy(() -> invited(moderator, given.user(), SystemRole.ADMIN))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> invited(admin, given.user(), SystemRole.OWNER)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> invited(member, given.user(), SystemRole.VIEWER))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> invited(given.user().id(), given.user(), SystemRole.VIEWER))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> as(owner)
                        .invitations()
                        .invite(id, Wanted.of(given.user().email().value(), "no-such-role")))
                .isInstanceOf(Unknown.class);
        var byOwner =
                invited(owner, given.user(), SystemRole.OWNER).invitation().id();
        assertThatThrownBy(() -> as(moderator).invitations().sendAgain(id, byOwner))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> as(member).invitations().list(id, FIRST)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> as(member).invitations().revoke(id, byOwner)).isInstanceOf(Forbidden.class);
        assertThat(as(owner).invitations().list(id, FIRST).items()).hasSize(1);
    }

    @Test
    void nobody_gives_for_longer_than_they_have() {
        var passing = given.member(tenant, SystemRole.MODERATOR);
        inTenant(
                id,
                () -> persistence
                        .roles()
                        .assign(new RoleAssignment(
                                id,
                                passing,
                                SystemRole.OWNER.key(),
                                Optional.empty(),
                                START,
                                Optional.of(START.plus(Duration.ofDays(1))))));

        assertThatThrownBy(() -> invited(passing, given.user(), SystemRole.OWNER))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> invited(passing, given.user(), SystemRole.ADMIN))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> as(passing).members().transferOwnership(id, Optional.empty(), owner))
                .isInstanceOf(Forbidden.class);
        assertThat(invited(passing, given.user(), SystemRole.MEMBER)).isNotNull();
    }

    @Test
    void a_role_that_is_gone_cannot_be_given() {
        var key = new RoleKey(Fixtures.word());
        inTenant(
                id,
                () -> persistence
                        .roles()
                        .insert(new Role(id, key, "Cutter", Optional.empty(), Set.of(), START, START, 1)));
        var user = given.user();
        var issued = as(owner).invitations().invite(id, new Wanted(user.email(), key, Invitation.DEFAULT_VALIDITY));

        inTenant(id, () -> persistence.roles().delete(id, key));

        assertVoid(user, issued.token());
    }

    @Test
    void who_is_a_member_and_who_has_an_open_invitation_is_not_invited_again() {
        var member = given.user();
        allotment.members().add(id, member.id(), "Ada", SystemRole.MEMBER.key());
        var user = given.user();
        invited(owner, user, SystemRole.MEMBER);

        assertThatThrownBy(() -> invited(owner, member, SystemRole.ADMIN)).isInstanceOf(AlreadyExists.class);
        assertThatThrownBy(() -> invited(owner, user, SystemRole.ADMIN)).isInstanceOf(AlreadyExists.class);

        clock.advance(Invitation.DEFAULT_VALIDITY);
        var issued = invited(owner, user, SystemRole.VIEWER);
        as(user.id()).invitations().accept(issued.token());
        assertThat(as(owner).invitations().list(id, FIRST).items())
                .extracting(invitation -> invitation.status(clock.instant()))
                .containsExactly(Invitation.Status.ACCEPTED, Invitation.Status.REVOKED);
    }

    @Test
    void who_became_a_member_meanwhile_cannot_accept_and_who_is_suspended_does_not_come_back_so() {
        var user = given.user();
        var token = invited(owner, user, SystemRole.ADMIN).token();
        allotment.members().add(id, user.id(), "Ada", SystemRole.VIEWER.key());
        as(owner).members().suspend(id, user.id());

        assertThatThrownBy(() -> as(user.id()).invitations().accept(token)).isInstanceOf(AlreadyExists.class);

        assertThat(as(owner).members().get(id, user.id()).isActive()).isFalse();
        assertThat(inTenant(id, () -> persistence.roles().of(id, user.id()))).hasSize(1);
    }

    @Test
    void an_invitation_is_valid_from_a_minute_to_thirty_days() {
        for (var validity : List.of(
                Duration.ZERO,
                Duration.ofSeconds(-1),
                Duration.ofSeconds(59),
                Invitation.MAX_VALIDITY.plusSeconds(1),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> as(owner)
                            .invitations()
                            .invite(
                                    id,
                                    new Wanted(
                                            new Email(Fixtures.word() + "@example.org"),
                                            SystemRole.MEMBER.key(),
                                            validity)))
                    .isInstanceOf(InvalidValue.class);
        }
    }

    @Test
    void a_personal_tenant_invites_nobody() {
        var user = given.user();
        var personal = allotment.tenants().createPersonal(user.id()).id();

        assertThatThrownBy(() -> as(user.id())
                        .invitations()
                        .invite(personal, Wanted.of(given.user().email().value(), "member")))
                .isInstanceOf(PersonalTenant.class);
    }

    @Test
    void an_invitation_that_many_accept_at_the_same_moment_is_accepted_once() {
        var user = given.user();
        var token = invited(owner, user, SystemRole.MEMBER).token();

        var results =
                Together.run(THREADS, thread -> as(user.id()).invitations().accept(token));

        assertThat(results.stream().filter(result -> result.value().isPresent()))
                .hasSize(1);
        assertThat(results.stream().flatMap(result -> result.failure().stream()))
                .hasSize(THREADS - 1)
                .allMatch(NotFound.class::isInstance);
        assertThat(members()).containsExactlyInAnyOrder(owner, user.id());
    }

    @Test
    void of_many_who_accept_at_the_same_moment_as_many_get_in_as_there_are_seats() {
        given.subscribe(
                tenant,
                Fixtures.accountOf(tenant),
                new PlanVersionTerms(
                        0, 0, Optional.of(3), Credits.ZERO, Credits.ZERO, Document.EMPTY, List.of(), List.of()));
        var users = Stream.generate(given::user).limit(THREADS).toList();
        var tokens = users.stream()
                .map(user -> invited(owner, user, SystemRole.MEMBER).token())
                .toList();

        var results = Together.run(
                THREADS, thread -> as(users.get(thread).id()).invitations().accept(tokens.get(thread)));

        assertThat(results.stream().filter(result -> result.value().isPresent()))
                .hasSize(2);
        assertThat(results.stream().flatMap(result -> result.failure().stream()))
                .hasSize(THREADS - 2)
                .allMatch(SeatsTaken.class::isInstance);
        assertThat(members()).hasSize(3);
        // Who came too late still has their invitation.
        as(owner)
                .members()
                .remove(
                        id,
                        members().stream()
                                .filter(member -> !member.equals(owner))
                                .findFirst()
                                .orElseThrow());
        int late = firstFailed(results);
        assertThat(as(users.get(late).id()).invitations().accept(tokens.get(late)))
                .isNotNull();
    }

    @Test
    void of_revoking_and_accepting_at_the_same_moment_one_happens() {
        for (int i = 0; i < 5; i++) {
            var user = given.user();
            var issued = invited(owner, user, SystemRole.MEMBER);

            var results = Together.run(
                    2,
                    thread -> thread == 0
                            ? as(user.id()).invitations().accept(issued.token())
                            : as(owner)
                                    .invitations()
                                    .revoke(id, issued.invitation().id()));

            assertThat(results.stream().filter(result -> result.value().isPresent()))
                    .hasSize(1);
            assertThat(members().contains(user.id()))
                    .isEqualTo(results.get(0).value().isPresent());
        }
    }

    private static <T> int firstFailed(List<Together.Result<T>> results) {
        int number = 0;
        while (results.get(number).failure().isEmpty()) {
            number++;
        }
        return number;
    }

    private Allotment as(UserId user) {
        return allotment.as(Caller.user(user, Origin.HERE));
    }

    private Issued invited(UserId by, User user, SystemRole role) {
        return as(by).invitations().invite(id, new Wanted(user.email(), role.key(), Invitation.DEFAULT_VALIDITY));
    }

    private void give(UserId user, SystemRole role) {
        inTenant(id, () -> {
            persistence.tenants().lockRights(id);
            persistence
                    .roles()
                    .assign(new RoleAssignment(id, user, role.key(), Optional.empty(), START, Optional.empty()));
        });
    }

    private void take(UserId user, SystemRole role) {
        inTenant(id, () -> {
            persistence.tenants().lockRights(id);
            persistence.roles().unassign(id, user, role.key());
        });
        // Another process did it: this one knows a moment later.
        clock.advance(Duration.ofSeconds(2));
    }

    private void assertVoid(User user, String token) {
        assertThatThrownBy(() -> as(user.id()).invitations().accept(token)).isInstanceOf(InvitationVoid.class);
        assertThat(members()).doesNotContain(user.id());
    }

    private void assertNoSuchToken(UserId user, String token) {
        assertThatThrownBy(() -> as(user).invitations().accept(token))
                .isInstanceOf(NotFound.class)
                .hasMessage("There is no invitation of this token that you could accept.");
    }

    private List<UserId> members() {
        return allotment.members().list(id, FIRST).items().stream()
                .map(member -> member.userId())
                .toList();
    }

    private List<String> actions() {
        return inTenant(id, () -> persistence.audit().list(Optional.of(id), AuditFilter.ALL, FIRST)).items().stream()
                .map(entry -> entry.event().action())
                .toList();
    }
}

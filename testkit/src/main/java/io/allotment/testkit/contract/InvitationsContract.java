package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.testkit.Fixtures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Invitations as they are kept, and the way to them from their tokens. */
public abstract class InvitationsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(10);

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void an_invitation_comes_back_as_it_was_given() {
        var invitation = inserted(newInvitation(), Fixtures.word());
        var byOperator = inserted(
                Invitation.created(
                        tenant,
                        new InvitationId(ids.next()),
                        email(),
                        SystemRole.OWNER.key(),
                        Optional.empty(),
                        Invitation.MAX_VALIDITY,
                        START),
                Fixtures.word());

        assertThat(found(invitation)).contains(invitation);
        assertThat(found(byOperator)).contains(byOperator);
    }

    @Test
    void an_invitation_is_found_by_its_token_from_the_platform_and_from_its_tenant_alone() {
        var token = Fixtures.word();
        var invitation = inserted(newInvitation(), token);

        assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(token))))
                .contains(invitation);
        assertThat(inTenant(tenant, () -> persistence.invitations().findByToken(tenant, digest(token))))
                .contains(invitation);
        for (var asked : new TenantId[] {tenant, other}) {
            assertThat(inTenant(other, () -> persistence.invitations().findByToken(asked, digest(token))))
                    .isEmpty();
        }
        assertImpossible(() -> inTenant(tenant, () -> persistence.invitations().findByToken(digest(token))));
        assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(token + "x"))))
                .isEmpty();
    }

    @Test
    void who_is_sent_an_invitation_again_has_another_token_and_the_first_is_dead() {
        var first = Fixtures.word();
        var second = Fixtures.word();
        var invitation = inserted(newInvitation(), first);
        var voucher = given.user().id();
        var renewed = invitation.renewed(Optional.of(voucher), Invitation.MAX_VALIDITY, START.plusSeconds(60));

        inTenant(tenant, () -> persistence.invitations().renew(renewed, digest(second)));

        assertThat(found(invitation)).contains(renewed);
        assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(first))))
                .isEmpty();
        assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(second))))
                .contains(renewed);
    }

    @Test
    void the_token_of_one_that_has_ended_is_dead() {
        var user = given.user().id();
        var accepted = Fixtures.word();
        var revoked = Fixtures.word();
        var first = inserted(newInvitation(), accepted).accepted(user, START.plusSeconds(1));
        var second = inserted(newInvitation(), revoked).revoked(START.plusSeconds(1));

        inTenant(tenant, () -> {
            persistence.invitations().end(first);
            persistence.invitations().end(second);
        });

        assertThat(found(first)).contains(first);
        assertThat(found(second)).contains(second);
        for (var token : new String[] {accepted, revoked}) {
            assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(token))))
                    .isEmpty();
        }
    }

    @Test
    void an_address_has_one_pending_invitation_in_a_tenant() {
        var invitation = inserted(newInvitation(), Fixtures.word());
        var again = Invitation.created(
                tenant,
                new InvitationId(ids.next()),
                invitation.email(),
                SystemRole.ADMIN.key(),
                Optional.empty(),
                Invitation.DEFAULT_VALIDITY,
                START);
        var elsewhere = Invitation.created(
                other,
                new InvitationId(ids.next()),
                invitation.email(),
                SystemRole.ADMIN.key(),
                Optional.empty(),
                Invitation.DEFAULT_VALIDITY,
                START);

        assertThatThrownBy(() -> inserted(again, Fixtures.word())).isInstanceOf(AlreadyExists.class);
        inserted(elsewhere, Fixtures.word());
        assertThat(inTenant(tenant, () -> persistence.invitations().findPending(tenant, invitation.email())))
                .contains(invitation);

        inTenant(tenant, () -> persistence.invitations().end(invitation.revoked(START)));
        assertThat(inTenant(tenant, () -> persistence.invitations().findPending(tenant, invitation.email())))
                .isEmpty();
        inserted(again, Fixtures.word());
        assertThat(inTenant(tenant, () -> persistence.invitations().findPending(tenant, invitation.email())))
                .contains(again);
    }

    @Test
    void invitations_are_listed_newest_first() {
        var invitations = new ArrayList<>(Stream.generate(this::newInvitation)
                .limit(5)
                .map(invitation -> inserted(invitation, Fixtures.word()))
                .toList());
        Collections.reverse(invitations);

        assertListing(
                invitations,
                page -> inTenant(tenant, () -> persistence.invitations().list(tenant, page)));
    }

    @Test
    void another_tenant_neither_sees_nor_changes_invitations() {
        var token = Fixtures.word();
        var invitation = inserted(newInvitation(), token);

        inTenant(other, () -> {
            assertThat(persistence.invitations().find(tenant, invitation.id())).isEmpty();
            assertThat(persistence.invitations().find(other, invitation.id())).isEmpty();
            assertThat(persistence.invitations().findPending(tenant, invitation.email()))
                    .isEmpty();
            assertThat(persistence.invitations().list(tenant, FIRST).items()).isEmpty();
        });
        assertImpossible(() ->
                inTenant(other, () -> persistence.invitations().insert(newInvitation(), digest(Fixtures.word()))));
        assertImpossible(() -> inTenant(other, () -> persistence.invitations().end(invitation.revoked(START))));
        assertImpossible(() -> inTenant(
                other,
                () -> persistence
                        .invitations()
                        .renew(
                                invitation.renewed(Optional.empty(), Invitation.MAX_VALIDITY, START),
                                digest(Fixtures.word()))));
        assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(token))))
                .contains(invitation);
    }

    @Test
    void a_tenant_that_does_not_exist_has_no_invitations() {
        var nowhere = new TenantId(ids.next());
        var invitation = Invitation.created(
                nowhere,
                new InvitationId(ids.next()),
                email(),
                SystemRole.MEMBER.key(),
                Optional.empty(),
                Invitation.DEFAULT_VALIDITY,
                START);

        assertImpossible(() -> inserted(invitation, Fixtures.word()));
    }

    @Test
    void a_failed_unit_leaves_invitations_and_tokens_as_they_were() {
        var token = Fixtures.word();
        var invitation = inserted(newInvitation(), token);
        var never = newInvitation();

        inTenantThenUndone(tenant, () -> {
            persistence.invitations().insert(never, digest(Fixtures.word()));
            persistence
                    .invitations()
                    .renew(
                            invitation.renewed(Optional.empty(), Invitation.MAX_VALIDITY, START),
                            digest(Fixtures.word()));
            persistence.invitations().end(invitation.revoked(START));
        });

        assertThat(found(never)).isEmpty();
        assertThat(inPlatform(() -> persistence.invitations().findByToken(digest(token))))
                .contains(invitation);
    }

    private Invitation newInvitation() {
        return Invitation.created(
                tenant,
                new InvitationId(ids.next()),
                email(),
                SystemRole.MEMBER.key(),
                Optional.of(given.user().id()),
                Invitation.DEFAULT_VALIDITY,
                START);
    }

    private static Email email() {
        return new Email(Fixtures.word() + "@example.org");
    }

    /** Not a digest, but as long as one, and another for each text. */
    private static byte[] digest(String text) {
        return Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), 32);
    }

    private Invitation inserted(Invitation invitation, String token) {
        inTenant(invitation.tenantId(), () -> persistence.invitations().insert(invitation, digest(token)));
        return invitation;
    }

    private Optional<Invitation> found(Invitation invitation) {
        return inTenant(tenant, () -> persistence.invitations().find(tenant, invitation.id()));
    }
}

package io.allotment.domain.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class InvitationTest {

    private static final Instant NOW = Instant.parse("2026-03-10T09:30:00Z");
    private static final UserId ADA = new UserId(UUID.randomUUID());
    private static final UserId GRACE = new UserId(UUID.randomUUID());

    @Test
    void it_is_open_until_the_moment_it_expires() {
        var invitation = invitation(Duration.ofHours(1));

        assertThat(invitation.status(NOW)).isEqualTo(Invitation.Status.OPEN);
        assertThat(invitation.isOpen(NOW.plusSeconds(3_599))).isTrue();
        assertThat(invitation.status(NOW.plusSeconds(3_600))).isEqualTo(Invitation.Status.EXPIRED);
    }

    @Test
    void it_is_accepted_once_and_while_it_is_open() {
        var invitation = invitation(Duration.ofHours(1));

        var accepted = invitation.accepted(GRACE, NOW.plusSeconds(1));

        assertThat(accepted.status(NOW.plusSeconds(2))).isEqualTo(Invitation.Status.ACCEPTED);
        assertThat(accepted.acceptedBy()).contains(GRACE);
        assertThatThrownBy(() -> accepted.accepted(ADA, NOW)).isInstanceOf(InvitationEnded.class);
        assertThatThrownBy(() -> accepted.revoked(NOW)).isInstanceOf(InvitationEnded.class);
        assertThatThrownBy(() -> accepted.renewed(Optional.of(ADA), Duration.ofDays(1), NOW))
                .isInstanceOf(InvitationEnded.class);
        assertThatThrownBy(() -> invitation.accepted(GRACE, NOW.plusSeconds(3_600)))
                .isInstanceOf(InvitationEnded.class);
        assertThatThrownBy(() -> invitation.revoked(NOW).accepted(GRACE, NOW)).isInstanceOf(InvitationEnded.class);
    }

    @Test
    void one_that_was_revoked_stays_as_it_is() {
        var revoked = invitation(Duration.ofHours(1)).revoked(NOW.plusSeconds(1));

        assertThat(revoked.revokedAt()).contains(NOW.plusSeconds(1));
        assertThat(revoked.revoked(NOW.plusSeconds(2))).isSameAs(revoked);
    }

    @Test
    void an_expired_one_can_be_sent_again_by_who_vouches_for_it_from_then_on() {
        var later = NOW.plus(Duration.ofDays(9));

        var renewed = invitation(Duration.ofHours(1)).renewed(Optional.of(GRACE), Duration.ofDays(7), later);

        assertThat(renewed.isOpen(later)).isTrue();
        assertThat(renewed.expiresAt()).isEqualTo(later.plus(Duration.ofDays(7)));
        assertThat(renewed.invitedBy()).contains(GRACE);
    }

    @Test
    void it_is_valid_from_a_minute_to_thirty_days() {
        assertThat(invitation(Duration.ofSeconds(60)).expiresAt()).isEqualTo(NOW.plusSeconds(60));
        assertThat(invitation(Duration.ofDays(30)).isOpen(NOW.plus(Duration.ofDays(29))))
                .isTrue();
        assertThatThrownBy(() -> invitation(Duration.ofSeconds(59))).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> invitation(Duration.ofDays(30).plusNanos(1))).isInstanceOf(InvalidValue.class);
    }

    private static Invitation invitation(Duration validity) {
        return Invitation.created(
                new TenantId(UUID.randomUUID()),
                new InvitationId(UUID.randomUUID()),
                new Email("grace@example.org"),
                SystemRole.MEMBER.key(),
                Optional.of(ADA),
                validity,
                NOW);
    }
}

package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Lets one person become a member, with a role. It is bound to an e-mail address and used once, by the token that was told for
 * it; of the token itself nothing is kept here.
 *
 * @param invitedBy who vouches for it: it is worth what they may give when it is accepted. Empty where the platform's operator
 *     or the product itself did
 * @param expiresAt from then on it cannot be accepted
 * @param acceptedBy there with {@code acceptedAt}
 */
public record Invitation(
        TenantId tenantId,
        InvitationId id,
        Email email,
        RoleKey role,
        Optional<UserId> invitedBy,
        Instant createdAt,
        Instant expiresAt,
        Optional<Instant> acceptedAt,
        Optional<UserId> acceptedBy,
        Optional<Instant> revokedAt) {

    public static final Duration DEFAULT_VALIDITY = Duration.ofDays(7);
    public static final Duration MAX_VALIDITY = Duration.ofDays(30);

    private static final Duration MIN_VALIDITY = Duration.ofMinutes(1);

    /** How it stands at a time. */
    public enum Status {
        OPEN,
        ACCEPTED,
        REVOKED,
        EXPIRED
    }

    public Invitation {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(email, "email");
        requireNonNull(role, "role");
        requireNonNull(invitedBy, "invitedBy");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(revokedAt, "revokedAt");
        if (acceptedAt.isPresent() != acceptedBy.isPresent()) {
            throw new IllegalArgumentException("accepted by somebody at some time, or neither");
        }
        if (acceptedAt.isPresent() && revokedAt.isPresent()) {
            throw new IllegalArgumentException("accepted or revoked, not both");
        }
    }

    /**
     * A new one.
     *
     * @param validity 1 minute to 30 days
     */
    public static Invitation created(
            TenantId tenantId,
            InvitationId id,
            Email email,
            RoleKey role,
            Optional<UserId> invitedBy,
            Duration validity,
            Instant now) {
        return new Invitation(
                tenantId,
                id,
                email,
                role,
                invitedBy,
                now,
                now.plus(checked(validity)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public Status status(Instant now) {
        if (acceptedAt.isPresent()) {
            return Status.ACCEPTED;
        }
        if (revokedAt.isPresent()) {
            return Status.REVOKED;
        }
        return now.isBefore(expiresAt) ? Status.OPEN : Status.EXPIRED;
    }

    public boolean isOpen(Instant now) {
        return status(now) == Status.OPEN;
    }

    /** Whether it was neither accepted nor revoked: an expired one can be sent again. */
    public boolean isPending() {
        return acceptedAt.isEmpty() && revokedAt.isEmpty();
    }

    /** Valid for so long from now on, vouched for by whoever sends it again. Refuses one that was accepted or revoked. */
    public Invitation renewed(Optional<UserId> voucher, Duration validity, Instant now) {
        requirePending();
        return new Invitation(
                tenantId,
                id,
                email,
                role,
                voucher,
                createdAt,
                now.plus(checked(validity)),
                acceptedAt,
                acceptedBy,
                revokedAt);
    }

    /** Revoked, or as it is where it was revoked already; refuses one that was accepted. */
    public Invitation revoked(Instant now) {
        if (revokedAt.isPresent()) {
            return this;
        }
        requirePending();
        return new Invitation(
                tenantId, id, email, role, invitedBy, createdAt, expiresAt, acceptedAt, acceptedBy, Optional.of(now));
    }

    /** One that is open. */
    public Invitation accepted(UserId user, Instant now) {
        if (!isOpen(now)) {
            throw new InvitationEnded(this, now);
        }
        return new Invitation(
                tenantId,
                id,
                email,
                role,
                invitedBy,
                createdAt,
                expiresAt,
                Optional.of(now),
                Optional.of(user),
                revokedAt);
    }

    private void requirePending() {
        if (!isPending()) {
            throw new InvitationEnded(this, createdAt);
        }
    }

    private static Duration checked(Duration validity) {
        if (validity.compareTo(MIN_VALIDITY) < 0 || validity.compareTo(MAX_VALIDITY) > 0) {
            throw new InvalidValue("validForSeconds", "must be from 60 to " + MAX_VALIDITY.toSeconds() + ", 30 days");
        }
        return validity;
    }
}

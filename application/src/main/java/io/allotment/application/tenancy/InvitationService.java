package io.allotment.application.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailLinks;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.InvitationVoid;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Tenant;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How people are asked to join a tenant, and do. An invitation is for one e-mail address and one use; its token is told once
 * and not kept. It is worth what who vouches for it may give when it is accepted. Thread-safe.
 */
public final class InvitationService {

    private static final String TOKEN_PREFIX = "allot_invite_";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
                    "d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final RandomGenerator secrets;
    private final MailLinks links;
    private final Holdings holdings;
    private final Joining joining;

    /** @param secrets unpredictable and thread-safe */
    public InvitationService(
            Persistence persistence,
            Ids ids,
            Moments moments,
            Acting acting,
            RandomGenerator secrets,
            MailLinks links) {
        this.links = links;
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.secrets = secrets;
        this.holdings = new Holdings(persistence, acting);
        this.joining = new Joining(persistence);
    }

    /**
     * Whom to invite.
     *
     * @param validity 1 minute to 30 days
     */
    public record Wanted(Email email, RoleKey role, Duration validity) {

        public Wanted {
            requireNonNull(email, "email");
            requireNonNull(role, "role");
            requireNonNull(validity, "validity");
        }

        public static Wanted of(String email, String role) {
            return new Wanted(new Email(email), new RoleKey(role), Invitation.DEFAULT_VALIDITY);
        }
    }

    /** The same, and whose address it is, where it is a user's. */
    public record Addressed(TenantId tenantId, Wanted wanted, Optional<UserId> user) {}

    /** What was made, and the token, which is told here and nowhere else. */
    public record Issued(Invitation invitation, String tenantName, String token) {

        /** Without the token: this may be logged. */
        @Override
        public String toString() {
            return "Issued[" + invitation.id() + "]";
        }
    }

    /**
     * Invites, and mails the token. Refuses a role that holds more than the caller does, an address with an open invitation or
     * whose user is a member ({@link AlreadyExists}), and a personal tenant. In no unit of work; whoever needs one takes
     * the three steps by hand: {@link #address}, in it {@link #issue}, then {@link #mail}.
     */
    public Issued invite(TenantId tenant, Wanted wanted) {
        var issued = issue(address(tenant, wanted));
        mail(issued);
        return issued;
    }

    /** Finds out whose address it is: the platform knows, the tenant does not. In no unit of work. */
    public Addressed address(TenantId tenant, Wanted wanted) {
        acting.require(tenant, Right.MEMBER_INVITE);
        requireVoucher();
        var user = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.users().findByEmail(wanted.email()))
                .map(User::id);
        return new Addressed(tenant, wanted, user);
    }

    /** Makes the invitation, and mails nothing. */
    public Issued issue(Addressed addressed) {
        var tenant = addressed.tenantId();
        var wanted = addressed.wanted();
        requireVoucher();
        return acting.changingRights(tenant, Right.MEMBER_INVITE, () -> {
            var now = moments.now();
            joining.requireShared(tenant);
            holdings.requireMayGive(tenant, wanted.role(), now);
            if (addressed
                    .user()
                    .flatMap(user -> persistence.memberships().find(tenant, user))
                    .isPresent()) {
                throw new AlreadyExists("member", "email", wanted.email());
            }
            endExpired(tenant, wanted.email(), now);
            var invitation = Invitation.created(
                    tenant,
                    new InvitationId(ids.next()),
                    wanted.email(),
                    wanted.role(),
                    People.giver(acting),
                    wanted.validity(),
                    now);
            var token = Tokens.make(TOKEN_PREFIX, secrets);
            persistence.invitations().insert(invitation, Tokens.sha256(token));
            acting.record(tenant, event("invitation.created", invitation));
            return new Issued(invitation, name(tenant), token);
        });
    }

    /** An expired one gives way to a new one. */
    private void endExpired(TenantId tenant, Email email, Instant now) {
        persistence
                .invitations()
                .findPending(tenant, email)
                .filter(pending -> !pending.isOpen(now))
                .ifPresent(expired -> persistence.invitations().end(expired.revoked(now)));
    }

    /** Mails the token, in a link where there is a page for it; in no unit of work, after the one that made the invitation. */
    public void mail(Issued issued) {
        var invitation = issued.invitation();
        var mail = Mail.to(
                ids.next(),
                invitation.email(),
                "You are invited to " + issued.tenantName(),
                """
                You are invited to join %s.

                To accept, sign in with this e-mail address, or sign up with it if you never have, and %s:

                    %s

                It works once, until %s. If you did not expect it, do nothing.
                """.formatted(
                                issued.tenantName(),
                                links.invitation().isPresent() ? "open this link" : "give this token",
                                links.invitation()
                                        .map(link -> link.with(issued.token()))
                                        .orElse(issued.token()),
                                TIME.format(invitation.expiresAt())),
                moments.now());
        persistence.unitOfWork().forPlatform(() -> persistence.mails().append(mail));
    }

    /** Newest first, those too that have ended. */
    public Page<Invitation> list(TenantId tenant, PageRequest page) {
        requireToSee(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            tenant(tenant);
            return persistence.invitations().list(tenant, page);
        });
    }

    public Invitation get(TenantId tenant, InvitationId id) {
        requireToSee(tenant);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            tenant(tenant);
            return find(tenant, id);
        });
    }

    /** Its token is worth nothing from now on. Nothing happens to one that was revoked; refuses one that was accepted. */
    public Invitation revoke(TenantId tenant, InvitationId id) {
        return acting.changingRights(tenant, Right.MEMBER_INVITE, () -> {
            var before = find(tenant, id);
            var revoked = before.revoked(moments.now());
            if (!revoked.equals(before)) {
                persistence.invitations().end(revoked);
                acting.record(tenant, event("invitation.revoked", revoked));
            }
            return revoked;
        });
    }

    /** Tells a new token, by mail too; the one before is worth nothing any more. In no unit of work; see {@link #renew}. */
    public Issued sendAgain(TenantId tenant, InvitationId id) {
        var issued = renew(tenant, id);
        mail(issued);
        return issued;
    }

    /**
     * Makes a new token, valid for 7 days, and mails nothing: that is for {@link #mail}. The caller vouches for the
     * invitation from now on. Refuses one that was accepted or revoked, and a role that holds more than the caller does.
     */
    public Issued renew(TenantId tenant, InvitationId id) {
        requireVoucher();
        return acting.changingRights(tenant, Right.MEMBER_INVITE, () -> {
            var now = moments.now();
            var before = find(tenant, id);
            var renewed = before.renewed(People.giver(acting), Invitation.DEFAULT_VALIDITY, now);
            holdings.requireMayGive(tenant, renewed.role(), now);
            var token = Tokens.make(TOKEN_PREFIX, secrets);
            persistence.invitations().renew(renewed, Tokens.sha256(token));
            acting.record(tenant, event("invitation.sent-again", renewed));
            return new Issued(renewed, name(tenant), token);
        });
    }

    /**
     * Makes the caller a member, with the invitation's role. Any token that is not theirs to use, whatever the reason, is
     * answered alike ({@link NotFound}). Refuses where who invited them can no longer give the role ({@link InvitationVoid}),
     * where seats are taken, and where they are a member. In no unit of work.
     */
    public Membership accept(String token) {
        var person = People.require(acting);
        if (token == null || !Tokens.hasForm(TOKEN_PREFIX, token)) {
            throw unknownToken();
        }
        var digest = Tokens.sha256(token);
        var user = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.users().find(person))
                .orElseThrow(InvitationService::unknownToken);
        var tenant = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.invitations().findByToken(digest))
                .filter(invitation -> isFor(user, invitation))
                .map(Invitation::tenantId)
                .orElseThrow(InvitationService::unknownToken);
        try {
            return acting.changingRights(tenant, () -> accepted(tenant, digest, user));
        } catch (NotFound gone) {
            throw unknownToken();
        }
    }

    private Membership accepted(TenantId tenant, byte[] digest, User user) {
        var now = moments.now();
        var invitation = persistence
                .invitations()
                .findByToken(tenant, digest)
                .filter(present -> isFor(user, present))
                .orElseThrow(InvitationService::unknownToken);
        if (!holdings.isGood(invitation, now)) {
            throw new InvitationVoid();
        }
        var membership = Membership.joined(tenant, user.id(), user.displayName(), now);
        joining.join(membership, invitation.role(), invitation.invitedBy());
        persistence.invitations().end(invitation.accepted(user.id(), now));
        acting.record(tenant, event("invitation.accepted", invitation));
        return membership;
    }

    private boolean isFor(User user, Invitation invitation) {
        return invitation.isOpen(moments.now()) && invitation.email().equals(user.email());
    }

    private static NotFound unknownToken() {
        return new NotFound("invitation", "of this token that you could accept");
    }

    /** Addresses of people who are no members are for those who invite, and for who reads across tenants. */
    private void requireToSee(TenantId tenant) {
        if (!acting.caller().readsAll()) {
            acting.require(tenant, Right.MEMBER_INVITE);
        }
    }

    /** An invitation is worth what somebody may give; a tenant's own key is nobody. */
    private void requireVoucher() {
        if (!acting.caller().isOperator() && acting.actor().member().isEmpty()) {
            throw Forbidden.because("person-needed", "Somebody has to vouch for an invitation: a key alone cannot.");
        }
    }

    private static AuditEvent event(String action, Invitation invitation) {
        return AuditEvent.of(action, "invitation", invitation.id())
                .to(Map.of(
                        "role", invitation.role().value(),
                        "expiresAt", invitation.expiresAt().toString()))
                .about(Map.of("email", invitation.email().value()));
    }

    private Invitation find(TenantId tenant, InvitationId id) {
        return persistence.invitations().find(tenant, id).orElseThrow(() -> new NotFound("invitation", id));
    }

    private String name(TenantId tenant) {
        return tenant(tenant).profile().name();
    }

    private Tenant tenant(TenantId id) {
        return persistence.tenants().find(id).orElseThrow(() -> new NotFound("tenant", id));
    }
}

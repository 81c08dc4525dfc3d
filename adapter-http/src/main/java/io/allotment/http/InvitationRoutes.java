package io.allotment.http;

import io.allotment.application.tenancy.InvitationService;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Membership;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** How people are asked to join a tenant, and do. */
final class InvitationRoutes {

    private final Routes routes;

    InvitationRoutes(Routes routes) {
        this.routes = routes;
    }

    void add() {
        var invitation = "/tenants/{tenant}/invitations/{invitation}";
        routes.get("/tenants/{tenant}/invitations", this::list);
        routes.post("/tenants/{tenant}/invitations", this::invite);
        routes.get(invitation, this::get);
        routes.postForTenant(invitation + "/revoke", this::revoke);
        routes.post(invitation + "/send-again", this::sendAgain);
        // Its token is used once, so that it needs no key.
        routes.post("/invitations/accept", this::accept);
    }

    /** @param role a plain member's where it is missing */
    record NewInvitation(Email email, Optional<RoleKey> role, Optional<Long> validForSeconds) {

        InvitationService.Wanted wanted() {
            return new InvitationService.Wanted(
                    email,
                    role.orElse(SystemRole.MEMBER.key()),
                    validForSeconds.map(Duration::ofSeconds).orElse(Invitation.DEFAULT_VALIDITY));
        }
    }

    /** Prints no token. */
    record Acceptance(String token) {
        @Override
        public String toString() {
            return "Acceptance[]";
        }
    }

    /** @param token told once, to who made it */
    record InvitationView(
            InvitationId id,
            Email email,
            RoleKey role,
            Invitation.Status status,
            Optional<UserId> invitedBy,
            Instant createdAt,
            Instant expiresAt,
            Optional<Instant> acceptedAt,
            Optional<UserId> acceptedBy,
            Optional<Instant> revokedAt,
            Optional<String> token) {

        static InvitationView of(Invitation invitation, Instant now, Optional<String> token) {
            return new InvitationView(
                    invitation.id(),
                    invitation.email(),
                    invitation.role(),
                    invitation.status(now),
                    invitation.invitedBy(),
                    invitation.createdAt(),
                    invitation.expiresAt(),
                    invitation.acceptedAt(),
                    invitation.acceptedBy(),
                    invitation.revokedAt(),
                    token);
        }

        @Override
        public String toString() {
            return "InvitationView[" + id + "]";
        }
    }

    record AcceptedView(TenantId tenant, UserId userId, String displayName, Instant createdAt) {

        static AcceptedView of(Membership membership) {
            return new AcceptedView(
                    membership.tenantId(), membership.userId(), membership.displayName(), membership.createdAt());
        }
    }

    private Reply list(Call call) {
        var page = call.query(Paging.class).page();
        var now = call.allotment().clock().instant();
        return Reply.ok(Items.of(
                invitations(call).list(call.tenant(), page),
                invitation -> InvitationView.of(invitation, now, Optional.empty())));
    }

    private Reply get(Call call) {
        return Reply.ok(view(call, invitations(call).get(call.tenant(), id(call))));
    }

    private Reply invite(Call call) {
        call.requireIdempotencyKey();
        var addressed = invitations(call)
                .address(call.tenant(), call.body(NewInvitation.class).wanted());
        return mailed(call, same -> {
            var issued = invitations(call).issue(addressed);
            return new Told(
                    issued,
                    Reply.created(view(same, issued.invitation()))
                            .at("/tenants/" + same.tenant() + "/invitations/"
                                    + issued.invitation().id()));
        });
    }

    private Reply sendAgain(Call call) {
        call.requireIdempotencyKey();
        call.refuseBody();
        return mailed(call, same -> {
            var issued = invitations(call).renew(same.tenant(), id(same));
            return new Told(issued, Reply.ok(view(same, issued.invitation())));
        });
    }

    /** @param reply without the token */
    private record Told(InvitationService.Issued issued, Reply reply) {

        /**
         * The token is told to operators alone. It proves that its bearer reads the mail of the address: who could invite
         * any address and read the token would be taken for its owner.
         */
        Reply once(Call call) {
            return call.allotment().caller().isOperator()
                    ? reply.toldOnce(view(call, issued.invitation(), Optional.of(issued.token())))
                    : reply;
        }
    }

    /** Mails what was issued once its transaction is done; whoever repeats the request mails nothing. */
    private Reply mailed(Call call, Function<Call, Told> issue) {
        var issued = new AtomicReference<InvitationService.Issued>();
        var reply = routes.once(call, Optional.of(call.tenant()), same -> {
            var told = issue.apply(same);
            issued.set(told.issued());
            return told.once(same);
        });
        if (!reply.replayed()) {
            invitations(call).mail(issued.get());
        }
        return reply;
    }

    private Reply revoke(Call call) {
        call.refuseBody();
        return Reply.ok(view(call, invitations(call).revoke(call.tenant(), id(call))));
    }

    private Reply accept(Call call) {
        return Reply.ok(AcceptedView.of(
                invitations(call).accept(call.body(Acceptance.class).token())));
    }

    private static InvitationView view(Call call, Invitation invitation) {
        return view(call, invitation, Optional.empty());
    }

    private static InvitationView view(Call call, Invitation invitation, Optional<String> token) {
        return InvitationView.of(invitation, call.allotment().clock().instant(), token);
    }

    private static InvitationId id(Call call) {
        return call.path("invitation", InvitationId::of);
    }

    private static InvitationService invitations(Call call) {
        return call.allotment().invitations();
    }
}

package io.allotment.http;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.http.IdentityRoutes.UserView;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/** Who calls, for themselves: whoever signed in, and as far as they are asked who they are, keys too. */
final class MeRoutes {

    void addTo(Routes routes) {
        routes.get("/me", this::get);
        routes.patch("/me", this::change);
        routes.put("/me/onboarded", this::onboard);
        routes.put("/me/password", this::changePassword);
        routes.get("/me/sessions", this::listSessions);
        routes.delete("/me/sessions", this::endSessions);
        routes.delete("/me/sessions/{session}", this::endSession);
        routes.post("/sign-out", this::signOut);
    }

    /** Somebody who signed in: what is told of a user, and what kind of caller that is. */
    record MyselfView(ActorView.Type type, @JsonUnwrapped IdentityRoutes.UserView user) {

        static MyselfView of(User user) {
            return new MyselfView(ActorView.Type.USER, IdentityRoutes.UserView.of(user));
        }
    }

    /**
     * A program with a key.
     *
     * @param owner the member whose own the key is; empty for the tenant's
     */
    record CallingKeyView(
            ActorView.Type type,
            ApiKeyId id,
            TenantId tenant,
            Optional<UserId> owner,
            String name,
            String environment,
            List<PermissionKey> scopes,
            Optional<Instant> expiresAt) {

        static CallingKeyView of(ApiKey key) {
            return new CallingKeyView(
                    ActorView.Type.API_KEY,
                    key.id(),
                    key.tenantId(),
                    key.owner(),
                    key.settings().name(),
                    key.environment(),
                    ApiKeyRoutes.sorted(key.settings().scopes()),
                    key.expiresAt());
        }
    }

    /** The bearer of the root key. */
    record OperatorView(ActorView.Type type) {

        static final OperatorView ROOT = new OperatorView(ActorView.Type.SYSTEM);
    }

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record MyChange(
            Optional<String> displayName,
            Change<String> fullName,
            Change<String> avatarUrl,
            Optional<ZoneId> timeZone,
            Optional<String> language,
            Optional<Long> version) {

        UserProfile of(UserProfile present) {
            return new UserProfile(
                    displayName.orElse(present.displayName()),
                    fullName.from(present.fullName()),
                    avatarUrl.from(present.avatarUrl()),
                    timeZone.orElse(present.timeZone()),
                    language.orElse(present.language()));
        }
    }

    record PasswordChange(String oldPassword, String newPassword) {

        /** Without the passwords. */
        @Override
        public String toString() {
            return "PasswordChange[…]";
        }
    }

    /** @param current whether this very request came by it */
    record SessionView(
            SessionId id,
            Instant createdAt,
            Instant lastUsedAt,
            Instant expiresAt,
            Optional<String> ipAddress,
            Optional<String> userAgent,
            boolean current) {

        static SessionView of(Session session, boolean current) {
            return new SessionView(
                    session.id(),
                    session.createdAt(),
                    session.lastUsedAt(),
                    session.expiresAt(),
                    session.ipAddress(),
                    session.userAgent(),
                    current);
        }
    }

    private Reply get(Call call) {
        var allotment = call.allotment();
        if (allotment.caller().actor() instanceof Actor.System) {
            return Reply.ok(OperatorView.ROOT);
        }
        return allotment
                .apiKeys()
                .me()
                .map(key -> Reply.ok(CallingKeyView.of(key)))
                .orElseGet(() -> Reply.ok(MyselfView.of(allotment.users().me())));
    }

    private Reply change(Call call) {
        var body = call.body(MyChange.class);
        return Reply.ok(UserView.of(call.allotment().users().updateMe(body.version(), body::of)));
    }

    private Reply onboard(Call call) {
        call.refuseBody();
        return Reply.ok(UserView.of(call.allotment().users().onboardMe()));
    }

    private Reply changePassword(Call call) {
        var body = call.body(PasswordChange.class);
        call.allotment().passwords().change(body.oldPassword(), body.newPassword(), session(call));
        return Reply.noContent();
    }

    private Reply listSessions(Call call) {
        var page = call.query(Paging.class).page();
        var current = session(call);
        return Reply.ok(Items.of(
                call.allotment().sessions().list(page),
                session -> SessionView.of(session, current.equals(Optional.of(session.id())))));
    }

    private Reply endSessions(Call call) {
        call.refuseBody();
        call.allotment().sessions().revokeAll();
        return Reply.noContent();
    }

    private Reply endSession(Call call) {
        call.refuseBody();
        call.allotment().sessions().revoke(call.path("session", SessionId::of));
        return Reply.noContent();
    }

    /** With a token of an outside issuer there is nothing here that could end. */
    private Reply signOut(Call call) {
        call.refuseBody();
        session(call).ifPresent(call.allotment().sessions()::revoke);
        return Reply.noContent();
    }

    private static Optional<SessionId> session(Call call) {
        return call.allotment().sessions().idOf(call.bearer());
    }
}

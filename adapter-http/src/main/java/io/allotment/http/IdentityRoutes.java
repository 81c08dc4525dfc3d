package io.allotment.http;

import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** People, for the platform's operator. */
final class IdentityRoutes {

    void addTo(Routes routes) {
        routes.get("/users", this::list);
        routes.postForPlatform("/users", this::create);
        routes.get("/users/{user}", this::get);
        routes.patch("/users/{user}", this::change);
        routes.put("/users/{user}/active", this::setActive);
        // No POST: the digest of a password would be kept with the idempotency key.
        routes.put("/users/{user}/password", this::setPassword);
        routes.delete("/users/{user}/sessions", this::endSessions);
    }

    record NewUser(
            Email email,
            String displayName,
            Optional<String> fullName,
            Optional<String> avatarUrl,
            Optional<ZoneId> timeZone,
            Optional<String> language) {

        UserProfile profile() {
            return new UserProfile(
                    displayName, fullName, avatarUrl, timeZone.orElse(Times.UTC), language.orElse(UserProfile.ENGLISH));
        }
    }

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record UserChange(
            Optional<Email> email,
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

    /** @param leavingWithoutOwner tenants whose last owner may be deactivated */
    record Activity(boolean active, Optional<Set<TenantId>> leavingWithoutOwner) {}

    record NewPassword(String password) {

        /** Without the password. */
        @Override
        public String toString() {
            return "NewPassword[…]";
        }
    }

    record UserQuery(Optional<Email> email, Optional<Integer> limit, Optional<String> after) {}

    record UserView(
            UserId id,
            Email email,
            String displayName,
            Optional<String> fullName,
            Optional<String> avatarUrl,
            ZoneId timeZone,
            String language,
            boolean active,
            Optional<Instant> onboardedAt,
            Optional<Instant> lastLoginAt,
            Instant createdAt,
            Instant updatedAt,
            long version) {

        static UserView of(User user) {
            var profile = user.profile();
            return new UserView(
                    user.id(),
                    user.email(),
                    profile.displayName(),
                    profile.fullName(),
                    profile.avatarUrl(),
                    profile.timeZone(),
                    profile.language(),
                    user.active(),
                    user.onboardedAt(),
                    user.lastLoginAt(),
                    user.createdAt(),
                    user.updatedAt(),
                    user.version());
        }
    }

    private Reply list(Call call) {
        var query = call.query(UserQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return query.email().isPresent()
                ? Reply.ok(Items.all(found(call, query.email().get()), UserView::of))
                : Reply.ok(Items.of(call.allotment().users().list(page), UserView::of));
    }

    private List<User> found(Call call, Email email) {
        return call.allotment().users().findByEmail(email).stream().toList();
    }

    private Reply create(Call call) {
        var body = call.body(NewUser.class);
        var user = call.allotment().users().create(body.email(), body.profile());
        return Reply.created(UserView.of(user)).at("/users/" + user.id());
    }

    private Reply get(Call call) {
        return Reply.ok(UserView.of(call.allotment().users().get(user(call))));
    }

    private Reply change(Call call) {
        var body = call.body(UserChange.class);
        return Reply.ok(
                UserView.of(call.allotment().users().update(user(call), body.version(), body.email(), body::of)));
    }

    private Reply setActive(Call call) {
        var users = call.allotment().users();
        var user = user(call);
        var wanted = call.body(Activity.class);
        return Reply.ok(UserView.of(
                wanted.active()
                        ? users.reactivate(user)
                        : users.deactivate(user, wanted.leavingWithoutOwner().orElse(Set.of()))));
    }

    private Reply setPassword(Call call) {
        call.allotment()
                .passwords()
                .set(user(call), call.body(NewPassword.class).password());
        return Reply.noContent();
    }

    private Reply endSessions(Call call) {
        call.refuseBody();
        call.allotment().sessions().revokeAll(user(call));
        return Reply.noContent();
    }

    private static UserId user(Call call) {
        return call.path("user", UserId::of);
    }
}

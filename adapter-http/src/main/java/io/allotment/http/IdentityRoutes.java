package io.allotment.http;

import io.allotment.application.identity.UserService;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** People. */
final class IdentityRoutes {

    private final UserService users;

    IdentityRoutes(UserService users) {
        this.users = users;
    }

    void addTo(Routes routes) {
        routes.get("/users", this::list);
        routes.postForPlatform("/users", this::create);
        routes.get("/users/{user}", this::get);
    }

    record NewUser(Email email, String displayName) {}

    record UserQuery(Optional<Email> email, Optional<Integer> limit, Optional<String> after) {}

    record UserView(UserId id, Email email, String displayName, Instant createdAt) {

        static UserView of(User user) {
            return new UserView(user.id(), user.email(), user.displayName(), user.createdAt());
        }
    }

    private Reply list(Call call) {
        var query = call.query(UserQuery.class);
        var page = Paging.page(query.limit(), query.after());
        return query.email().isPresent()
                ? Reply.ok(Items.all(found(query.email().get()), UserView::of))
                : Reply.ok(Items.of(users.list(page), UserView::of));
    }

    private List<User> found(Email email) {
        return users.findByEmail(email).stream().toList();
    }

    private Reply create(Call call) {
        var body = call.body(NewUser.class);
        var user = users.create(body.email(), body.displayName());
        return Reply.created(UserView.of(user)).at("/users/" + user.id());
    }

    private Reply get(Call call) {
        return Reply.ok(UserView.of(users.get(call.path("user", UserId::of))));
    }
}

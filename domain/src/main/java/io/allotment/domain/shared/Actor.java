package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

/** Who does it. */
public sealed interface Actor permits Actor.User, Actor.System {

    /** A person. */
    record User(UserId id) implements Actor {
        public User {
            requireNonNull(id, "id");
        }
    }

    /** The product itself: its own jobs and its operator. */
    record System() implements Actor {}

    static Actor user(UserId id) {
        return new User(id);
    }

    static Actor system() {
        return new System();
    }
}

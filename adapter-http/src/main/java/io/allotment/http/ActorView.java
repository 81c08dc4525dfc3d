package io.allotment.http;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** An actor in JSON, both ways. */
record ActorView(Type type, Optional<UserId> id) {

    enum Type {
        USER,
        SYSTEM
    }

    ActorView {
        if ((type == Type.USER) != id.isPresent()) {
            throw new InvalidValue("id", type == Type.USER ? "must be given for a user" : "is only for a user");
        }
    }

    static ActorView of(Actor actor) {
        return actor instanceof Actor.User user
                ? new ActorView(Type.USER, Optional.of(user.id()))
                : new ActorView(Type.SYSTEM, Optional.empty());
    }

    Actor actor() {
        return id.map(Actor::user).orElseGet(Actor::system);
    }
}

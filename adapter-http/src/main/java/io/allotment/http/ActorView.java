package io.allotment.http;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.UserId;
import java.util.Optional;
import java.util.UUID;

/**
 * An actor in JSON, both ways.
 *
 * @param id the user's or the key's
 * @param member on whose behalf a key acts, where it is a member's own
 */
record ActorView(Type type, Optional<UUID> id, Optional<UserId> member) {

    enum Type {
        USER,
        API_KEY,
        SYSTEM
    }

    ActorView {
        if ((type == Type.SYSTEM) == id.isPresent()) {
            throw new InvalidValue(
                    "id", id.isPresent() ? "is not for the system" : "must be given for a user or an API key");
        }
        if (type != Type.API_KEY && member.isPresent()) {
            throw new InvalidValue("member", "is only for an API key");
        }
    }

    static ActorView of(Actor actor) {
        if (actor instanceof Actor.User user) {
            return new ActorView(Type.USER, Optional.of(user.id().value()), Optional.empty());
        } else if (actor instanceof Actor.ApiKey key) {
            return new ActorView(Type.API_KEY, Optional.of(key.id().value()), key.member());
        }
        return new ActorView(Type.SYSTEM, Optional.empty(), Optional.empty());
    }

    /** Who acts where a request says it; the root key does, as the system, where it says nothing. */
    static Actor orSystem(Optional<ActorView> named) {
        return named.map(ActorView::actor).orElseGet(Actor::system);
    }

    private Actor actor() {
        return switch (type) {
            case USER -> Actor.user(new UserId(id.orElseThrow()));
            case API_KEY -> new Actor.ApiKey(new ApiKeyId(id.orElseThrow()), member);
            case SYSTEM -> Actor.system();
        };
    }
}

package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** Who does it. */
public sealed interface Actor permits Actor.User, Actor.ApiKey, Actor.System {

    /** A person. */
    record User(UserId id) implements Actor {
        public User {
            requireNonNull(id, "id");
        }
    }

    /**
     * A program with a key.
     *
     * @param member on whose behalf, where the key is a member's own
     */
    record ApiKey(ApiKeyId id, Optional<UserId> member) implements Actor {
        public ApiKey {
            requireNonNull(id, "id");
            requireNonNull(member, "member");
        }
    }

    /** The product itself: its own jobs and its operator. */
    record System() implements Actor {}

    static Actor user(UserId id) {
        return new User(id);
    }

    /** A key of the tenant's. */
    static Actor apiKey(ApiKeyId id) {
        return new ApiKey(id, Optional.empty());
    }

    /** A member's own key. */
    static Actor apiKey(ApiKeyId id, UserId member) {
        return new ApiKey(id, Optional.of(member));
    }

    static Actor system() {
        return new System();
    }

    /** The member who acts, or on whose behalf a key does. */
    default Optional<UserId> member() {
        return this instanceof User user
                ? Optional.of(user.id())
                : this instanceof ApiKey key ? key.member() : Optional.empty();
    }

    /** The key that acts. */
    default Optional<ApiKeyId> key() {
        return this instanceof ApiKey key ? Optional.of(key.id()) : Optional.empty();
    }

    /** Who it is from what is stored of it: neither is the system. */
    static Actor of(Optional<UserId> member, Optional<ApiKeyId> key) {
        return key.isPresent()
                ? new ApiKey(key.get(), member)
                : member.map(Actor::user).orElseGet(Actor::system);
    }
}

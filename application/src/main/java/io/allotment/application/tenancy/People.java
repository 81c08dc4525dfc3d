package io.allotment.application.tenancy;

import io.allotment.application.access.Acting;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** Who of the callers is a person. */
final class People {

    private People() {}

    /** Refuses everybody who did not sign in: what this is for, nobody does on another's behalf. */
    static UserId require(Acting acting) {
        if (acting.actor() instanceof Actor.User user) {
            return user.id();
        }
        throw Forbidden.because("signed-in-only", "This is for somebody who signed in, and nobody on their behalf.");
    }

    static boolean is(Acting acting, UserId user) {
        return acting.actor().equals(Actor.user(user));
    }

    /** Who answers for what the caller gives; empty for operators, who answer to no tenant. */
    static Optional<UserId> giver(Acting acting) {
        return acting.caller().isOperator() ? Optional.empty() : acting.actor().member();
    }
}

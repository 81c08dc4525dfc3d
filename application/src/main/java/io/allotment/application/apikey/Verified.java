package io.allotment.application.apikey;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.access.Caller;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.KeyRefusal;
import io.allotment.domain.shared.Origin;
import java.util.Optional;

/**
 * What became of a key that was shown.
 *
 * @param key empty where there is none
 * @param refusal why it is not taken; empty where it is. Who showed it is not told
 */
public record Verified(Optional<ApiKey> key, Optional<KeyRefusal> refusal) {

    public Verified {
        requireNonNull(refusal, "refusal");
        if (key.isEmpty() && refusal.isEmpty()) {
            throw new IllegalArgumentException("only a key that there is can be taken");
        }
    }

    static Verified refused(KeyRefusal why) {
        return new Verified(Optional.empty(), Optional.of(why));
    }

    /** Who calls with the key, where it is taken. */
    public Optional<Caller> caller(Origin origin) {
        return key.filter(known -> refusal.isEmpty())
                .map(known -> Caller.key(known.tenantId(), known.id(), known.owner(), origin));
    }
}

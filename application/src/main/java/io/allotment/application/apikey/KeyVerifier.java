package io.allotment.application.apikey;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.application.access.AccessCache;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.apikey.ApiKeys.Found;
import io.allotment.domain.apikey.KeyRefusal;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.Origin;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Tells by a secret whose key it is. A checksum that is wrong is noticed without a question; else there is one question to the
 * database, the same one for a key of any tenant and for none, and its answer is believed for a second. What this process
 * changed of rights is known at once. Thread-safe.
 */
public final class KeyVerifier {

    private static final Duration MEMORY = Duration.ofSeconds(1);

    private final Persistence persistence;
    private final AccessCache access;
    private final Moments moments;
    private final KeyUses uses;
    private final Cache<ByteBuffer, Known> keys = cache(100_000);
    /** Apart, so that guesses do not drive out what is used. */
    private final Cache<ByteBuffer, Known> guesses = cache(10_000);

    /** What was read, and of how many changes this process knew before. */
    private record Known(Optional<Found> found, long changes, Instant readAt) {}

    public KeyVerifier(Persistence persistence, AccessCache access, Moments moments) {
        this.persistence = persistence;
        this.access = access;
        this.moments = moments;
        this.uses = new KeyUses(persistence);
    }

    private static Cache<ByteBuffer, Known> cache(int size) {
        return Caffeine.newBuilder()
                .maximumSize(size)
                .expireAfterWrite(Duration.ofMinutes(10))
                .executor(Runnable::run)
                .build();
    }

    /** Whether the key is taken; one that is counts as used. */
    Verified verify(String text, Origin origin) {
        var secret = KeySecret.parse(text);
        if (secret.isEmpty()) {
            return Verified.refused(KeyRefusal.MALFORMED);
        }
        var found = find(secret.get().sha256());
        if (found.isEmpty()) {
            return Verified.refused(KeyRefusal.UNKNOWN);
        }
        var key = found.get().key();
        var now = moments.now();
        var refusal =
                key.refusal(now, found.get().ownerIsActive(), origin.ipAddress().flatMap(IpRange::address));
        if (refusal.isPresent()) {
            return new Verified(Optional.of(key), refusal);
        }
        uses.count(key, now);
        return new Verified(Optional.of(key), Optional.empty());
    }

    void writeUses() {
        uses.write();
    }

    private Optional<Found> find(byte[] sha256) {
        var digest = ByteBuffer.wrap(sha256);
        var known = keys.getIfPresent(digest);
        if (known == null) {
            known = guesses.getIfPresent(digest);
        }
        return known != null && isFresh(known) ? known.found() : read(digest);
    }

    private boolean isFresh(Known known) {
        return known.changes() == access.changes()
                && Duration.between(known.readAt(), moments.now()).abs().compareTo(MEMORY) < 0;
    }

    private Optional<Found> read(ByteBuffer digest) {
        long changes = access.changes();
        var now = moments.now();
        var found =
                persistence.unitOfWork().forPlatform(() -> persistence.apiKeys().findBySecret(digest.array()));
        var known = new Known(found, changes, now);
        if (found.isPresent()) {
            guesses.invalidate(digest);
            keys.put(digest, known);
        } else {
            keys.invalidate(digest);
            guesses.put(digest, known);
        }
        return found;
    }
}

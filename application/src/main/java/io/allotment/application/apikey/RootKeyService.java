package io.allotment.application.apikey;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.shared.IdempotencyKey;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The key of the platform's operator, which may do everything. It is told once, when it is made; kept is its SHA-256
 * alone. Thread-safe.
 */
public final class RootKeyService {

    /** So long another process may still take a key that was replaced here. */
    private static final Duration MEMORY = Duration.ofSeconds(1);

    /** Claimed by whoever makes the first key: of several that start together, the others wait for it and see. */
    private static final IdempotencyKey FIRST = new IdempotencyKey("allotment:first-root-key");

    private final Persistence persistence;
    private final Moments moments;
    private final RandomGenerator random;
    private final Acting acting;
    private final Memory memory;

    private record Known(List<byte[]> digests, Instant readAt) {}

    /** What was read last; the same one for all callers. Changed by one at a time. */
    private static final class Memory {
        private volatile Known known;
    }

    /** @param random unpredictable and thread-safe */
    public RootKeyService(Persistence persistence, Moments moments, RandomGenerator random, Acting acting) {
        this(persistence, moments, random, acting, new Memory());
    }

    private RootKeyService(
            Persistence persistence, Moments moments, RandomGenerator random, Acting acting, Memory memory) {
        this.persistence = persistence;
        this.moments = moments;
        this.random = random;
        this.acting = acting;
        this.memory = memory;
    }

    /** The same for another caller. */
    public RootKeyService as(Acting other) {
        return new RootKeyService(persistence, moments, random, other, memory);
    }

    /** Makes the first key; empty where one was made before. One of several callers gets it, in several processes too. */
    public Optional<String> createFirst() {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            if (!persistence.rootKeys().digests().isEmpty()) {
                return Optional.empty();
            }
            var requests = persistence.requests();
            if (requests.claim(Optional.empty(), FIRST, "", moments.now()).isPresent()) {
                return Optional.empty();
            }
            requests.answer(Optional.empty(), FIRST, "made");
            return Optional.of(replace());
        });
    }

    /** Makes a key that is accepted from now on, instead of all before it. */
    public String replace() {
        acting.requireOperator();
        var key = Tokens.make(RootKeyForm.PREFIX, random);
        persistence.unitOfWork().forPlatform(() -> {
            persistence.rootKeys().replaceAll(Tokens.sha256(key), moments.now());
            acting.record(AuditEvent.of("root-key.replaced", "root-key", "root"));
        });
        forget();
        return key;
    }

    /** After a read that may have begun before the change. */
    private void forget() {
        synchronized (memory) {
            memory.known = null;
        }
    }

    /** Whether this is a key that was made here and not replaced since. Takes the same time for every wrong key. */
    public boolean accepts(String key) {
        var given = Tokens.sha256(key);
        boolean accepted = false;
        for (var digest : digests()) {
            accepted |= MessageDigest.isEqual(digest, given);
        }
        return accepted;
    }

    private List<byte[]> digests() {
        var present = memory.known;
        return isFresh(present) ? present.digests() : read();
    }

    /** One reads for all that wait. */
    private List<byte[]> read() {
        synchronized (memory) {
            if (!isFresh(memory.known)) {
                var now = moments.now();
                memory.known = new Known(
                        persistence
                                .unitOfWork()
                                .forPlatform(() -> persistence.rootKeys().digests()),
                        now);
            }
            return memory.known.digests();
        }
    }

    private boolean isFresh(Known present) {
        return present != null
                && Duration.between(present.readAt(), moments.now()).abs().compareTo(MEMORY) < 0;
    }
}

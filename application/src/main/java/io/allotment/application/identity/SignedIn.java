package io.allotment.application.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.application.access.AccessCache;
import io.allotment.application.shared.Tokens;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Who the bearers of tokens are, kept in the process for a second. What this process changes is forgotten at once; of what
 * another one does it hears after that second. Thread-safe.
 */
public final class SignedIn {

    private static final Duration MEMORY = Duration.ofSeconds(1);

    /** By the digests of the tokens, so that they are not kept. It tidies up in the thread that comes by. */
    private final Cache<String, Kept> standings =
            Caffeine.newBuilder().maximumSize(100_000).executor(Runnable::run).build();

    private final AccessCache access;

    /** Counts what this process changed: what was read before a change must not be kept after it. */
    private final AtomicLong changes = new AtomicLong();

    /** What was read when this process had changed roles on the platform so often. */
    private record Kept(Standing standing, long platformChanges) {}

    public SignedIn(AccessCache access) {
        this.access = access;
    }

    /**
     * Whose token it is.
     *
     * @param session empty where it is an outside issuer's
     * @param until when it stops being valid; empty where that is not known here
     */
    record Standing(
            UserId user,
            Optional<SessionId> session,
            Optional<PlatformRole> role,
            Optional<Instant> until,
            Instant readAt) {

        Caller caller(Origin origin) {
            return role.map(platform -> Caller.user(user, platform, origin)).orElseGet(() -> Caller.user(user, origin));
        }

        private boolean isPresent(Instant now) {
            return Duration.between(readAt, now).abs().compareTo(MEMORY) < 0
                    && until.filter(end -> !now.isBefore(end)).isEmpty();
        }
    }

    /** What was read within the last second, or what reading it gives now; what gives nothing is asked again. */
    Optional<Standing> of(String token, Instant now, Supplier<Optional<Standing>> read) {
        var key = Tokens.hex(Tokens.sha256(token));
        var known = standings.getIfPresent(key);
        long platformChanges = access.platformChanges();
        if (known != null
                && known.platformChanges() == platformChanges
                && known.standing().isPresent(now)) {
            return Optional.of(known.standing());
        }
        long before = changes.get();
        var standing = read.get();
        standing.ifPresent(present -> {
            standings.put(key, new Kept(present, platformChanges));
            if (changes.get() != before) {
                standings.invalidate(key);
            }
        });
        return standing;
    }

    /** To be called when somebody's being signed in has ended, after it is committed. */
    void changed() {
        changes.incrementAndGet();
        standings.invalidateAll();
    }
}

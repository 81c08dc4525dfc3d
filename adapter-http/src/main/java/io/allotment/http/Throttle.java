package io.allotment.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.domain.access.Caller;
import io.allotment.domain.shared.Actor;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Holds callers to a number of requests in a minute, each to their own: a bucket that is full at first and refills evenly. The
 * root key and operators are held to none. Thread-safe.
 */
final class Throttle {

    /** Those that were asked longest ago are forgotten, and full when they come again. */
    private static final int MAX_BUCKETS = 100_000;

    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final HttpApi.RateLimits limits;
    private final TimeMeter time;
    private final Cache<Object, Limited> buckets = Caffeine.newBuilder()
            .maximumSize(MAX_BUCKETS)
            .executor(Runnable::run)
            .build();

    private record Limited(int perMinute, Bucket bucket) {}

    private record Stranger(String address) {}

    /** @param nanoseconds goes on evenly, from wherever it likes */
    Throttle(HttpApi.RateLimits limits, LongSupplier nanoseconds) {
        this.limits = limits;
        this.time = new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return nanoseconds.getAsLong();
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
    }

    /**
     * Counts a request of somebody who is known, and refuses one too many.
     *
     * @param ofKey how often the key may be used in a minute, where it says
     */
    void count(Context context, Caller caller, Optional<Integer> ofKey) {
        if (caller.isOperator()) {
            return;
        }
        var actor = caller.actor();
        if (actor instanceof Actor.ApiKey key) {
            int own = ofKey.orElse(0);
            var tenant = caller.tenant().orElseThrow();
            if (own > 0) {
                take(context, key.id(), own);
            }
            if (limits.tenantPerMinute() > 0) {
                try {
                    take(context, tenant, limits.tenantPerMinute());
                } catch (Rejected tooMany) {
                    if (own > 0) {
                        limited(key.id(), own).bucket().addTokens(1);
                    }
                    throw tooMany;
                }
            }
        } else if (limits.userPerMinute() > 0) {
            take(context, actor.member().orElseThrow(), limits.userPerMinute());
        }
    }

    /** Counts a request of nobody that is known, by the address it came from, and refuses one too many. */
    void countStranger(Context context, String address) {
        if (limits.strangerPerMinute() > 0) {
            take(context, new Stranger(address), limits.strangerPerMinute());
        }
    }

    private void take(Context context, Object who, int perMinute) {
        var probe = limited(who, perMinute).bucket().tryConsumeAndReturnRemaining(1);
        tell(context, perMinute, probe);
        if (!probe.isConsumed()) {
            throw Rejected.tooManyRequests(seconds(probe.getNanosToWaitForRefill()));
        }
    }

    private Limited limited(Object who, int perMinute) {
        return buckets.asMap()
                .compute(
                        who,
                        (same, known) -> known != null && known.perMinute() == perMinute
                                ? known
                                : new Limited(perMinute, bucket(perMinute)));
    }

    private Bucket bucket(int perMinute) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, PERIOD))
                .withCustomTimePrecision(time)
                .build();
    }

    /** Of several limits that one is told which leaves least. */
    private static void tell(Context context, int perMinute, ConsumptionProbe probe) {
        var told = context.res().getHeader("RateLimit-Remaining");
        if (told == null || probe.getRemainingTokens() < Long.parseLong(told)) {
            context.header("RateLimit-Limit", Integer.toString(perMinute));
            context.header("RateLimit-Remaining", Long.toString(probe.getRemainingTokens()));
            context.header("RateLimit-Reset", Long.toString(seconds(probe.getNanosToWaitForReset())));
        }
    }

    private static long seconds(long nanos) {
        return Math.max(1, Duration.ofNanos(nanos).plusNanos(999_999_999).toSeconds());
    }
}

package io.allotment.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.allotment.domain.access.Caller;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.IpRange;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.javalin.http.Context;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Holds callers to a number of requests in a minute, each to their own: a bucket that is full at first and refills evenly. The
 * root key and operators are held to none. Thread-safe.
 */
final class Throttle {

    /** Those that were asked longest ago are forgotten, and full when they come again. */
    private static final int MAX_BUCKETS = 100_000;

    private static final int V6_BLOCK_BYTES = 8;

    private static final Duration PERIOD = Duration.ofMinutes(1);

    private final HttpApi.RateLimits limits;
    private final TimeMeter time;
    private final Cache<Object, Limited> buckets;
    /** Apart, so that strangers, who can come from anywhere, drive out nobody who is known. */
    private final Cache<Object, Limited> strangers;

    private record Limited(int perMinute, Bucket bucket) {}

    /** @param nanoseconds goes on evenly, from wherever it likes */
    Throttle(HttpApi.RateLimits limits, LongSupplier nanoseconds) {
        this(limits, nanoseconds, MAX_BUCKETS);
    }

    /** @param maxBuckets of those who are known, and again of strangers */
    Throttle(HttpApi.RateLimits limits, LongSupplier nanoseconds, int maxBuckets) {
        this.limits = limits;
        this.buckets = cache(maxBuckets);
        this.strangers = cache(maxBuckets);
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

    private static Cache<Object, Limited> cache(int size) {
        return Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
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
                take(context, buckets, key.id(), own);
            }
            if (limits.tenantPerMinute() > 0) {
                try {
                    take(context, buckets, tenant, limits.tenantPerMinute());
                } catch (Rejected tooMany) {
                    if (own > 0) {
                        limited(buckets, key.id(), own).bucket().addTokens(1);
                    }
                    throw tooMany;
                }
            }
        } else if (limits.userPerMinute() > 0) {
            take(context, buckets, actor.member().orElseThrow(), limits.userPerMinute());
        }
    }

    /**
     * Counts a request of nobody that is known, by the address it came from, and refuses one too many. Over IPv6 by the block of 64
     * bits, which is what one subscriber has at the least.
     *
     * @param address empty where it is not known
     */
    void countStranger(Context context, String address) {
        if (limits.strangerPerMinute() > 0) {
            take(context, strangers, neighbourhood(address), limits.strangerPerMinute());
        }
    }

    private static String neighbourhood(String address) {
        return IpRange.address(address)
                .filter(Inet6Address.class::isInstance)
                .map(found -> HexFormat.of().formatHex(found.getAddress(), 0, V6_BLOCK_BYTES))
                .orElse(address);
    }

    private void take(Context context, Cache<Object, Limited> known, Object who, int perMinute) {
        var probe = limited(known, who, perMinute).bucket().tryConsumeAndReturnRemaining(1);
        tell(context, perMinute, probe);
        if (!probe.isConsumed()) {
            throw Rejected.tooManyRequests(seconds(probe.getNanosToWaitForRefill()));
        }
    }

    private Limited limited(Cache<Object, Limited> known, Object who, int perMinute) {
        return known.asMap()
                .compute(
                        who,
                        (same, present) -> present != null && present.perMinute() == perMinute
                                ? present
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

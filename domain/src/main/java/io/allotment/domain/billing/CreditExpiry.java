package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * When credits of a product expire, counted from when they are paid for or given.
 *
 * @param count how many days or months, where it is a number of them
 */
public record CreditExpiry(Kind kind, Optional<Integer> count) {

    private static final int MAX_DAYS = 3_660;
    private static final int MAX_MONTHS = 120;

    /** By what it is reckoned. */
    public enum Kind {
        NEVER,
        /** So many days of the tenant's calendar. */
        AFTER_DAYS,
        AFTER_MONTHS,
        /** With the subscription's period that goes on then. */
        PERIOD_END
    }

    public static final CreditExpiry NEVER = new CreditExpiry(Kind.NEVER, Optional.empty());

    public static final CreditExpiry PERIOD_END = new CreditExpiry(Kind.PERIOD_END, Optional.empty());

    public CreditExpiry {
        requireNonNull(kind, "kind");
        int max = kind == Kind.AFTER_DAYS ? MAX_DAYS : kind == Kind.AFTER_MONTHS ? MAX_MONTHS : 0;
        if (max == 0 && count.isPresent()) {
            throw new InvalidValue("expiry.count", "goes only with AFTER_DAYS and AFTER_MONTHS");
        }
        if (max > 0 && count.filter(n -> n >= 1 && n <= max).isEmpty()) {
            throw new InvalidValue("expiry.count", "must be from 1 to " + max);
        }
    }

    public static CreditExpiry afterDays(int days) {
        return new CreditExpiry(Kind.AFTER_DAYS, Optional.of(days));
    }

    public static CreditExpiry afterMonths(int months) {
        return new CreditExpiry(Kind.AFTER_MONTHS, Optional.of(months));
    }

    /** Refuses to be promised to an account without a period that goes on, where it goes by that ({@link NoPeriod}). */
    public void requirePeriod(Optional<Subscription> subscription, Instant now) {
        if (kind == Kind.PERIOD_END && periodEnd(subscription, now).isEmpty()) {
            throw new NoPeriod();
        }
    }

    /**
     * When credits expire that come now; empty for never. Where they were to expire with a period and none goes on any more, they
     * do not: they are paid for.
     *
     * @param zone whose days and months are counted
     * @param subscription of the account, as it is now
     */
    public Optional<Instant> endsAt(Instant now, ZoneId zone, Optional<Subscription> subscription) {
        return switch (kind) {
            case NEVER -> Optional.empty();
            case AFTER_DAYS ->
                Optional.of(now.atZone(zone).plusDays(count.orElseThrow()).toInstant());
            case AFTER_MONTHS ->
                Optional.of(now.atZone(zone).plusMonths(count.orElseThrow()).toInstant());
            case PERIOD_END -> periodEnd(subscription, now);
        };
    }

    private static Optional<Instant> periodEnd(Optional<Subscription> subscription, Instant now) {
        return subscription
                .filter(present -> !present.status().isEnded())
                .map(Subscription::currentPeriod)
                .flatMap(Period::end)
                .filter(end -> end.isAfter(now));
    }
}

package io.allotment.server.prove;

import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.SubscriptionId;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;

/** An account in the model: its credits, and what it has used of its quotas in the periods its subscription gives. */
final class ModelAccount {

    /** What is used of a feature in a period; without an end it never ends. */
    static final class Counter {
        final Instant start;
        final Instant end;
        BigDecimal used = BigDecimal.ZERO;
        BigDecimal overage = BigDecimal.ZERO;
        BigDecimal held = BigDecimal.ZERO;

        Counter(Instant start, Instant end) {
            this.start = start;
            this.end = end;
        }

        Counter copy() {
            var copy = new Counter(start, end);
            copy.used = used;
            copy.overage = overage;
            copy.held = held;
            return copy;
        }

        void release(BigDecimal quantity) {
            held = held.subtract(quantity).max(BigDecimal.ZERO);
        }
    }

    final String id;
    final ZoneId zone;
    /** When its monthly subscription began; null where it has none. */
    final Instant subscribed;

    final Map<String, Counter> counters = new HashMap<>();
    private final ModelCredits credits;
    private final String subscription;
    /** What a period includes; null for nothing. */
    private final ModelGrant included;
    /** So many periods after the first one have brought what they include. */
    private int renewals;

    /** @param included what the first period of the subscription brought, as it was granted; null for nothing */
    ModelAccount(String id, ZoneId zone, Instant subscribed, String subscription, ModelGrant included) {
        this(id, zone, subscribed, subscription, included, new ModelCredits());
    }

    private ModelAccount(
            String id,
            ZoneId zone,
            Instant subscribed,
            String subscription,
            ModelGrant included,
            ModelCredits credits) {
        this.id = id;
        this.zone = zone;
        this.subscribed = subscribed;
        this.subscription = subscription;
        this.included = included;
        this.credits = credits;
    }

    ModelAccount copy() {
        var copy = new ModelAccount(id, zone, subscribed, subscription, included, credits.copy());
        copy.renewals = renewals;
        counters.forEach((feature, counter) -> copy.counters.put(feature, counter.copy()));
        return copy;
    }

    /** What time does: periods that began bring what they include, what ended is gone. */
    void touch(Instant now) {
        credits.touch(now);
        if (included == null || billing(renewals + 1).isAfter(now)) {
            return;
        }
        while (!billing(renewals + 1).isAfter(now)) {
            renewals++;
            var grant = new ModelGrant(
                    included,
                    GrantId.of(SubscriptionId.of(subscription), billing(renewals))
                            .toString(),
                    billing(renewals + 1),
                    billing(renewals + 2),
                    now);
            if (grant.lives(now)) {
                credits.grant(grant, "GRANTED", now);
            }
        }
        credits.touch(now);
    }

    ModelCredits credits() {
        return credits;
    }

    /** The feature's counter as it is now: a new one where its period is over, kept from then on. */
    Counter rolled(String feature, Quota quota, Instant now) {
        var counter = counters.get(feature);
        if (counter == null) {
            return period(quota, now);
        }
        if (counter.end == null || now.isBefore(counter.end)) {
            return counter;
        }
        var next = period(quota, now);
        counters.put(feature, next);
        return next;
    }

    /** The counter of a hold or a charge, while its period goes on. */
    Counter counterOf(String feature, Instant start) {
        var counter = counters.get(feature);
        return counter != null && counter.start.equals(start) ? counter : null;
    }

    private Counter period(Quota quota, Instant now) {
        var today = LocalDate.ofInstant(now, zone);
        return switch (quota.reset()) {
            case NEVER -> new Counter(subscribed, null);
            case CALENDAR_DAY -> new Counter(midnight(today), midnight(today.plusDays(1)));
            case CALENDAR_MONTH ->
                new Counter(
                        midnight(today.withDayOfMonth(1)),
                        midnight(YearMonth.from(today).plusMonths(1).atDay(1)));
            case FIXED_WINDOW -> {
                long length = quota.windowSeconds().orElseThrow();
                var start = subscribed;
                while (!start.plusSeconds(length).isAfter(now)) {
                    start = start.plusSeconds(length);
                }
                yield new Counter(start, start.plusSeconds(length));
            }
            case BILLING_CYCLE -> {
                int n = 0;
                while (!billing(n + 1).isAfter(now)) {
                    n++;
                }
                yield new Counter(billing(n), billing(n + 1));
            }
        };
    }

    private Instant midnight(LocalDate day) {
        return ZonedDateTime.of(day, LocalTime.MIDNIGHT, zone).toInstant();
    }

    /** The day and time of the beginning so many months later; the last day where a month is too short. */
    private Instant billing(int months) {
        var began = subscribed.atZone(zone);
        var month = YearMonth.from(began).plusMonths(months);
        var day = month.atDay(Math.min(began.getDayOfMonth(), month.lengthOfMonth()));
        return ZonedDateTime.of(day, began.toLocalTime(), zone).toInstant();
    }

    /** What a quantity costs, rounded half up to nine decimals. */
    static BigDecimal price(BigDecimal rate, BigDecimal quantity) {
        return rate.multiply(quantity).setScale(9, RoundingMode.HALF_UP);
    }
}

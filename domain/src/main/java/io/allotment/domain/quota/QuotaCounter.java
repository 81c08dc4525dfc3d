package io.allotment.domain.quota;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.Subscription;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Optional;

/**
 * How much of a feature an account has used in the present period.
 *
 * @param used all of it, overage included
 * @param overage what of it was counted as billable above the limit
 * @param held set aside for work under way, beside what is used
 * @param noticedPercent the highest threshold of the limit that was told in this period; 0 for none
 */
public record QuotaCounter(
        TenantId tenantId,
        AccountId accountId,
        FeatureKey feature,
        Period period,
        Quantity used,
        Quantity overage,
        Quantity held,
        int noticedPercent) {

    private static final Quantity MAX_CORRECTION = Quantity.of(1_000_000_000_000L);
    private static final BigDecimal MAX_PERCENT = BigDecimal.valueOf(1_000_000);

    public QuotaCounter {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(accountId, "accountId");
        requireNonNull(feature, "feature");
        requireNonNull(period, "period");
        requireNonNull(used, "used");
        requireNonNull(overage, "overage");
        requireNonNull(held, "held");
    }

    public static QuotaCounter empty(TenantId tenant, AccountId account, FeatureKey feature, Period period) {
        return new QuotaCounter(tenant, account, feature, period, Quantity.ZERO, Quantity.ZERO, Quantity.ZERO, 0);
    }

    /**
     * A quota's counter in the period that goes on.
     *
     * @param ended the one before it, whose period is over: its reset belongs in the history
     */
    public record Present(QuotaCounter counter, Optional<QuotaCounter> ended) {}

    /** The counter a quota has at a time; calendar days and months are those of the zone. */
    public static Present at(
            Instant now,
            Optional<QuotaCounter> stored,
            Entitlement.Metered metered,
            Subscription subscription,
            ZoneId zone) {
        var target = periodOf(metered.quota(), subscription, zone, now);
        if (stored.isEmpty()) {
            return new Present(
                    empty(subscription.tenantId(), subscription.accountId(), metered.feature(), target),
                    Optional.empty());
        }
        return stored.get()
                .rolledOver(target, now)
                .map(rolled -> new Present(rolled, stored))
                .orElseGet(() -> new Present(stored.get(), Optional.empty()));
    }

    /** The period a quota counts in at a time; calendar days and months are those of the zone. */
    static Period periodOf(Quota quota, Subscription subscription, ZoneId zone, Instant now) {
        return switch (quota.reset()) {
            case BILLING_CYCLE -> subscription.currentPeriod();
            case CALENDAR_MONTH -> {
                var first = LocalDate.ofInstant(now, zone).withDayOfMonth(1);
                yield days(first, first.plusMonths(1), zone);
            }
            case CALENDAR_DAY -> {
                var day = LocalDate.ofInstant(now, zone);
                yield days(day, day.plusDays(1), zone);
            }
            case FIXED_WINDOW -> {
                var window = Duration.ofSeconds(quota.windowSeconds().orElseThrow());
                var anchor = subscription.cycle().anchor();
                long n = Math.floorDiv(Duration.between(anchor, now).toSeconds(), window.toSeconds());
                var start = anchor.plus(window.multipliedBy(n));
                yield Period.between(start, start.plus(window));
            }
            case NEVER -> Period.startingAt(subscription.createdAt());
        };
    }

    /**
     * The counter for a new period, where its own is over; also where it would never end but its quota now resets. Empty
     * while its own goes on, and where no other has begun (the subscription is paused or has ended).
     */
    Optional<QuotaCounter> rolledOver(Period target, Instant now) {
        boolean over = period.hasEndedAt(now)
                || (period.end().isEmpty() && target.end().isPresent());
        return over && !target.equals(period)
                ? Optional.of(empty(tenantId, accountId, feature, target))
                : Optional.empty();
    }

    /**
     * The counter for a period that the subscription began before this one was over; empty for a quota that does not count
     * by billing cycles, and where nothing begins.
     */
    public Optional<QuotaCounter> restarted(Quota quota, Subscription subscription) {
        var target = subscription.currentPeriod();
        return quota.reset() == Quota.Reset.BILLING_CYCLE && target.start().isAfter(period.start())
                ? Optional.of(empty(tenantId, accountId, feature, target))
                : Optional.empty();
    }

    public QuotaCounter plus(Quantity amount, Quantity billable) {
        return counting(used.plus(amount), overage.plus(billable));
    }

    /** With so much set aside. */
    public QuotaCounter holding(Quantity amount) {
        return new QuotaCounter(tenantId, accountId, feature, period, used, overage, held.plus(amount), noticedPercent);
    }

    /** With so much no longer set aside. */
    public QuotaCounter releasing(Quantity amount) {
        return new QuotaCounter(
                tenantId, accountId, feature, period, used, overage, held.minusOrZero(amount), noticedPercent);
    }

    public QuotaCounter noticed(int percent) {
        return new QuotaCounter(tenantId, accountId, feature, period, used, overage, held, percent);
    }

    /** Which part of the limit is used, in whole percent, cut; empty for no limit, or one of zero. */
    public Optional<Integer> usedPercent(Optional<Quantity> limit) {
        return limit.filter(l -> !l.isZero())
                .map(l -> used.value()
                        .movePointRight(2)
                        .divideToIntegralValue(l.value())
                        .min(MAX_PERCENT)
                        .intValueExact());
    }

    /**
     * Less used, at least zero, and less of it billable: what a wrong charge had counted. No more stays billable than what
     * still lies above the limit.
     */
    public QuotaCounter givenBack(Quantity amount, Quantity billable, Optional<Quantity> limit) {
        var left = used.minusOrZero(amount);
        var above = limit.map(left::minusOrZero).orElse(Quantity.ZERO);
        return counting(left, overage.minusOrZero(billable).min(above));
    }

    private QuotaCounter counting(Quantity usedNow, Quantity overageNow) {
        return new QuotaCounter(tenantId, accountId, feature, period, usedNow, overageNow, held, noticedPercent);
    }

    /** Less used, at least zero; of the overage no more stays than what still lies above the limit. */
    public QuotaCounter minus(Quantity amount, Optional<Quantity> limit) {
        return givenBack(amount, Quantity.ZERO, limit);
    }

    /**
     * After a change by hand; an amount is needed for all but a reset: more than zero, below 10^12.
     *
     * @param limit of the quota; empty for no limit
     */
    public QuotaCounter corrected(
            QuotaChange.Operation operation, Optional<Quantity> amount, Optional<Quantity> limit) {
        if ((operation == QuotaChange.Operation.RESET) == amount.isPresent()) {
            throw new InvalidValue(
                    "amount", operation == QuotaChange.Operation.RESET ? "is not for a reset" : "must not be empty");
        }
        return switch (operation) {
            case INCREMENT -> plus(bounded(amount.orElseThrow()), Quantity.ZERO);
            case DECREMENT -> minus(bounded(amount.orElseThrow()), limit);
            case RESET -> counting(Quantity.ZERO, Quantity.ZERO);
        };
    }

    /** How far apart the used counts are. */
    public Quantity differenceFrom(QuotaCounter other) {
        return new Quantity(used.value().subtract(other.used.value()).abs());
    }

    private static Quantity bounded(Quantity amount) {
        if (amount.compareTo(MAX_CORRECTION) >= 0) {
            throw new InvalidValue("amount", "must be below " + MAX_CORRECTION);
        }
        return amount.requirePositive("amount");
    }

    private static Period days(LocalDate start, LocalDate end, ZoneId zone) {
        return Period.between(
                start.atStartOfDay(zone).toInstant(), end.atStartOfDay(zone).toInstant());
    }
}

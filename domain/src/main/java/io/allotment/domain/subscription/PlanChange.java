package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A change of plan and all that comes of it: computed alike for a preview and for the change itself.
 *
 * @param subscription as it is after it
 * @param effectiveAt when the other plan counts
 * @param beginsPeriod whether a new period begins with it
 * @param granted included credits that come now
 * @param clawedBack included credits that are taken back now
 * @param chargeMinor what is due now, in minor units of {@code currency}; negative for what is given back
 * @param currency of the prices; empty where neither plan has one
 */
public record PlanChange(
        Subscription subscription,
        Instant effectiveAt,
        boolean beginsPeriod,
        Credits granted,
        Credits clawedBack,
        long chargeMinor,
        Optional<String> currency) {

    /** What is subscribed to. */
    public record Side(PlanVersion version, Optional<Price> price) {

        /** One month where it has no price. */
        public int months() {
            return price.map(Price::months).orElse(1);
        }

        /** Whether nothing is paid for it. */
        public boolean isFree() {
            return amount() == 0;
        }

        private long amount() {
            return price.map(Price::money).map(Money::amountMinor).orElse(0L);
        }

        private Optional<String> currency() {
            return price.map(Price::money).map(Money::currency);
        }

        private Credits credits() {
            return version.terms().includedCredits();
        }

        private ScheduledChange change() {
            return new ScheduledChange(version.id(), price.map(Price::key), months());
        }
    }

    /** A part of a whole, exact. */
    private record Share(BigDecimal part, BigDecimal whole) {

        static final Share NONE = new Share(BigDecimal.ZERO, BigDecimal.ONE);
        static final Share ALL = new Share(BigDecimal.ONE, BigDecimal.ONE);

        /** What is left of the period's time. */
        static Share left(Subscription live, Instant now) {
            var period = live.currentPeriod();
            var end = period.end().orElseThrow();
            return new Share(micros(now, end), micros(period.start(), end));
        }

        static Share of(Credits part, Credits whole) {
            return whole.isPositive() ? new Share(part.value(), whole.value()) : ALL;
        }

        private static BigDecimal micros(Instant from, Instant to) {
            return BigDecimal.valueOf(ChronoUnit.MICROS.between(from, to));
        }

        Share min(Share other) {
            return part.multiply(other.whole).compareTo(other.part.multiply(whole)) <= 0 ? this : other;
        }

        Share times(Share other) {
            return new Share(part.multiply(other.part), whole.multiply(other.whole));
        }

        /** Rounded half up to nine decimals. */
        Credits of(Credits amount) {
            return new Credits(of(amount.value(), 9));
        }

        /** Rounded half up. */
        long of(long minor) {
            return of(BigDecimal.valueOf(minor), 0).longValueExact();
        }

        private BigDecimal of(BigDecimal amount, int scale) {
            return amount.multiply(part).divide(whole, scale, RoundingMode.HALF_UP);
        }
    }

    public PlanChange {
        requireNonNull(subscription, "subscription");
        requireNonNull(effectiveAt, "effectiveAt");
        requireNonNull(granted, "granted");
        requireNonNull(clawedBack, "clawedBack");
        requireNonNull(currency, "currency");
    }

    /** The other plan comes with the next period; nothing else happens until then. */
    public static PlanChange atPeriodEnd(Subscription live, Side from, Side to, Instant now) {
        requirePayable(live, to);
        return new PlanChange(
                live.scheduling(Optional.of(to.change()), now),
                live.currentPeriod().end().orElseThrow(),
                false,
                Credits.ZERO,
                Credits.ZERO,
                0,
                currency(from, to));
    }

    /**
     * The other plan counts from now on. Another length of period begins a new one; during a trial nothing is charged, and
     * the trial goes on.
     *
     * @param live as it is now, with its period's included credits
     * @param unused what of these is neither spent nor held
     */
    public static PlanChange atOnce(
            Subscription live, Side from, Side to, CreditPolicy policy, Credits unused, Instant now, ZoneId zone) {
        requirePayable(live, to);
        boolean trial = live.status() == SubscriptionStatus.TRIALING;
        boolean restarts = !trial
                && (policy == CreditPolicy.FULL_NEW
                        || to.months() != live.cycle().months());
        var changed = live.changedTo(to.change(), restarts, now, zone);
        var had = live.included()
                .orElseThrow(() -> new IllegalStateException("The period of " + live.id() + " is not credited"));
        if (restarts) {
            boolean keeps = policy == CreditPolicy.KEEP || policy == CreditPolicy.FULL_NEW;
            var back = keeps ? Share.NONE : Share.left(live, now).min(Share.of(unused, had.granted()));
            return new PlanChange(
                    changed,
                    now,
                    true,
                    to.credits(),
                    keeps ? Credits.ZERO : unused,
                    to.amount() - back.of(from.amount()),
                    currency(from, to));
        }
        var left = Share.left(live, now);
        var entitled = trial && policy != CreditPolicy.KEEP
                ? to.credits()
                : had.entitled().plus(moved(from, to, policy, left)).max(Credits.ZERO);
        var missing = policy == CreditPolicy.KEEP ? Credits.ZERO : entitled.minus(had.granted());
        var granted = missing.isPositive() ? missing : Credits.ZERO;
        var tooMuch = missing.isNegative() ? missing.negated() : Credits.ZERO;
        var clawedBack = tooMuch.min(unused);
        var included = new IncludedCredits(
                had.periodStart(), entitled, had.granted().plus(granted).minus(clawedBack));
        return new PlanChange(
                changed.with(Optional.of(included)),
                now,
                false,
                granted,
                clawedBack,
                trial ? 0 : charge(from, to, policy, left, Share.of(clawedBack, tooMuch)),
                currency(from, to));
    }

    /** Whoever begins to pay subscribes: a free subscription then gives way. */
    private static void requirePayable(Subscription live, Side to) {
        if (live.status() == SubscriptionStatus.FREE && !to.isFree()) {
            throw new TransitionRefused(live.status(), SubscriptionStatus.Event.CHANGE_PLAN);
        }
    }

    /** What the period gives more: of a whole period where one is charged, none where they come later. */
    private static Credits moved(Side from, Side to, CreditPolicy policy, Share left) {
        var more = to.credits().minus(from.credits());
        return switch (policy) {
            case KEEP -> Credits.ZERO;
            case PRORATE_REMAINING -> left.of(more);
            case CLAW_BACK_UNUSED, FULL_NEW -> more;
        };
    }

    /** The same with the subscription as it was then brought to the time. */
    public PlanChange as(Subscription present) {
        return new PlanChange(present, effectiveAt, beginsPeriod, granted, clawedBack, chargeMinor, currency);
    }

    /** @param returned which part of the credits that were too much could be taken back: money follows them */
    private static long charge(Side from, Side to, CreditPolicy policy, Share left, Share returned) {
        long dearer = to.amount() - from.amount();
        if (dearer >= 0) {
            return policy == CreditPolicy.CLAW_BACK_UNUSED ? dearer : left.of(dearer);
        }
        return policy == CreditPolicy.KEEP ? 0 : -left.times(returned).of(-dearer);
    }

    private static Optional<String> currency(Side from, Side to) {
        var before = from.currency();
        var after = to.currency();
        if (before.isPresent() && after.isPresent() && !before.equals(after)) {
            throw new InvalidValue("price", "is in " + after.get() + ", but " + before.get() + " is paid so far");
        }
        return after.or(() -> before);
    }
}

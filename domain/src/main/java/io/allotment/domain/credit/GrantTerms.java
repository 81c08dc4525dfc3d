package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * What is granted: fixed from the beginning.
 *
 * @param sourceId the subscription, order or campaign it came from, in its own system's words
 * @param priority 0 to 1,000, lowest burns first
 * @param effectiveFrom from when it can be drawn on, empty for at once; times are of the years 1970 to 9999 and cut to
 *     microseconds, as they are stored
 * @param expiresAt from when on what remains is lost; empty for never
 * @param rollover what of an unused rest lives on at {@code expiresAt}; empty for nothing
 * @param paymentReference the payment behind it, such as a Stripe payment intent
 */
public record GrantTerms(
        Credits amount,
        GrantSource source,
        Optional<String> sourceId,
        int priority,
        Optional<Instant> effectiveFrom,
        Optional<Instant> expiresAt,
        Optional<String> paymentReference,
        Optional<String> description,
        Document metadata,
        Optional<Rollover> rollover) {

    public static final int DEFAULT_PRIORITY = 100;

    /**
     * What becomes of an unused rest at {@code expiresAt}: as much of it as {@code max} lives on.
     *
     * @param max more than zero
     * @param until when that expires too; after {@code expiresAt}
     */
    public record Rollover(Credits max, Instant until) {
        public Rollover {
            max = max.requirePositive("rollover.max");
            until = Times.stored("rollover.until", until);
        }
    }

    public GrantTerms {
        amount = amount.requirePositive("amount");
        requireNonNull(source, "source");
        sourceId = sourceId.map(text -> Text.name("sourceId", text, 200));
        if (priority < 0 || priority > 1_000) {
            throw new InvalidValue("priority", "must be from 0 to 1000");
        }
        effectiveFrom = effectiveFrom.map(start -> Times.stored("effectiveFrom", start));
        expiresAt = expiresAt.map(end -> Times.stored("expiresAt", end));
        var start = effectiveFrom;
        if (start.isPresent()
                && expiresAt.filter(end -> !end.isAfter(start.get())).isPresent()) {
            throw new InvalidValue("expiresAt", "must be after effectiveFrom " + start.get());
        }
        paymentReference = paymentReference.map(text -> Text.name("paymentReference", text, 255));
        description = description.map(text -> Text.prose("description", text, 2_000));
        requireNonNull(metadata, "metadata");
        requireNonNull(rollover, "rollover");
        if (rollover.isPresent()
                && expiresAt.filter(end -> rollover.get().until().isAfter(end)).isEmpty()) {
            throw new InvalidValue("rollover.until", "must be after expiresAt, and goes only with it");
        }
    }

    /** Credits that count at once and never expire. */
    public static GrantTerms of(Credits amount, GrantSource source) {
        return new GrantTerms(
                amount,
                source,
                Optional.empty(),
                DEFAULT_PRIORITY,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());
    }

    /**
     * Included credits for the rest of the subscription's present period: they expire with it, but for what may roll over
     * into the next.
     *
     * @param amount all that the plan version includes, or a part of it
     */
    public static GrantTerms included(Credits amount, PlanVersionTerms plan, Subscription subscription, ZoneId zone) {
        var end = subscription.currentPeriod().end().orElseThrow();
        var terms = of(amount, GrantSource.SUBSCRIPTION)
                .from(subscription.id().toString())
                .expiring(end);
        return plan.rolloverMax().isZero()
                ? terms
                : terms.rollingOver(
                        plan.rolloverMax(),
                        subscription.cycle().at(end, zone).end().orElseThrow());
    }

    /** Whether they are included credits of the subscription's present period. */
    public boolean isIncludedIn(Subscription subscription) {
        return source == GrantSource.SUBSCRIPTION
                && sourceId.filter(subscription.id().toString()::equals).isPresent()
                && expiresAt.equals(subscription.currentPeriod().end());
    }

    public GrantTerms withPriority(int changed) {
        return new GrantTerms(
                amount,
                source,
                sourceId,
                changed,
                effectiveFrom,
                expiresAt,
                paymentReference,
                description,
                metadata,
                rollover);
    }

    public GrantTerms expiring(Instant end) {
        return new GrantTerms(
                amount,
                source,
                sourceId,
                priority,
                effectiveFrom,
                Optional.of(end),
                paymentReference,
                description,
                metadata,
                rollover);
    }

    public GrantTerms from(String origin) {
        return new GrantTerms(
                amount,
                source,
                Optional.of(origin),
                priority,
                effectiveFrom,
                expiresAt,
                paymentReference,
                description,
                metadata,
                rollover);
    }

    /** As much as {@code max} of what is unused at the end lives on until a later one. */
    public GrantTerms rollingOver(Credits max, Instant until) {
        return new GrantTerms(
                amount,
                source,
                sourceId,
                priority,
                effectiveFrom,
                expiresAt,
                paymentReference,
                description,
                metadata,
                Optional.of(new Rollover(max, until)));
    }

    /** When nothing of it is left, whatever happens: empty for never. */
    public Optional<Instant> endsAt() {
        return rollover.map(Rollover::until).or(() -> expiresAt);
    }
}

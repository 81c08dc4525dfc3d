package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * An account's subscription to one plan version.
 *
 * @param cycle where its periods are counted from: the end of the trial, else its start
 * @param currentPeriod the period last seen; {@link #at} brings it up to a time
 * @param pastDueSince when the payment failed, while it is past due
 * @param canceledAt when it was canceled, also while it runs to the period's end
 * @param endedAt when it stopped for good
 */
public record Subscription(
        TenantId tenantId,
        SubscriptionId id,
        AccountId accountId,
        PlanVersionId planVersionId,
        Optional<PriceKey> price,
        SubscriptionStatus status,
        BillingCycle cycle,
        Period currentPeriod,
        Optional<Period> trial,
        Optional<Instant> pastDueSince,
        boolean cancelAtPeriodEnd,
        Optional<Instant> canceledAt,
        Optional<String> cancellationReason,
        Optional<Instant> endedAt,
        Document metadata,
        Instant createdAt,
        Instant updatedAt) {

    public Subscription {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(planVersionId, "planVersionId");
        requireNonNull(price, "price");
        requireNonNull(status, "status");
        requireNonNull(cycle, "cycle");
        requireNonNull(currentPeriod, "currentPeriod");
        requireNonNull(trial, "trial");
        requireNonNull(pastDueSince, "pastDueSince");
        requireNonNull(canceledAt, "canceledAt");
        cancellationReason = cancellationReason.map(text -> Text.prose("reason", text, 500));
        requireNonNull(endedAt, "endedAt");
        requireNonNull(metadata, "metadata");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    /**
     * A subscription that starts now: {@code TRIALING} where there are trial days, else in the given state.
     *
     * @param months the length of a period after the trial
     */
    public static Subscription started(
            TenantId tenant,
            SubscriptionId id,
            AccountId account,
            PlanVersionId planVersion,
            Optional<PriceKey> price,
            SubscriptionStatus status,
            int trialDays,
            int months,
            ZoneId zone,
            Document metadata,
            Instant now) {
        Optional<Period> trial = trialDays == 0
                ? Optional.empty()
                : Optional.of(
                        Period.between(now, now.atZone(zone).plusDays(trialDays).toInstant()));
        var cycle = new BillingCycle(trial.flatMap(Period::end).orElse(now), months);
        return new Subscription(
                tenant,
                id,
                account,
                planVersion,
                price,
                trial.isPresent() ? SubscriptionStatus.TRIALING : status,
                cycle,
                trial.orElseGet(() -> cycle.at(now, zone)),
                trial,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                metadata,
                now,
                now);
    }

    /**
     * What it is at a time that is not before its last change, nobody having touched it meanwhile: a trial that is over
     * has become active, a period that is over has given way to the next, a cancellation at the period's end has
     * happened. Time alone decides, so nothing depends on a job having run.
     */
    public Subscription at(Instant now, ZoneId zone) {
        if (status.isEnded() || !currentPeriod.hasEndedAt(now)) {
            return this;
        }
        if (cancelAtPeriodEnd) {
            return in(
                    SubscriptionStatus.CANCELED,
                    currentPeriod,
                    currentPeriod.end().orElseThrow());
        }
        if (status == SubscriptionStatus.PAUSED) {
            return this;
        }
        var next = status == SubscriptionStatus.TRIALING ? SubscriptionStatus.ACTIVE : status;
        return in(next, cycle.at(now, zone), now);
    }

    /** Whether it lets its account spend: past due only within the plan version's grace days. */
    public boolean maySpend(int graceDays, Instant now) {
        return switch (status) {
            case FREE, TRIALING, ACTIVE -> true;
            case PAST_DUE ->
                pastDueSince
                        .map(since -> now.isBefore(since.plus(Duration.ofDays(graceDays))))
                        .orElse(false);
            case PAUSED, CANCELED, EXPIRED -> false;
        };
    }

    /** The state after the event; refuses one the table does not hold ({@link TransitionRefused}). */
    public Subscription after(SubscriptionStatus.Event event, Instant now, ZoneId zone) {
        var next = status.after(event).orElseThrow(() -> new TransitionRefused(status, event));
        var changed = in(next, currentPeriod, now);
        // A pause stops the periods; the one that holds the present goes on where it ended meanwhile.
        return event == SubscriptionStatus.Event.RESUME ? changed.at(now, zone) : changed;
    }

    /** Canceled now, or marked to end with the current period. */
    public Subscription canceled(boolean atPeriodEnd, Optional<String> reason, Instant now, ZoneId zone) {
        var ended = after(SubscriptionStatus.Event.CANCEL, now, zone);
        var marked = atPeriodEnd ? this : ended;
        return new Subscription(
                tenantId,
                id,
                accountId,
                planVersionId,
                price,
                marked.status,
                cycle,
                currentPeriod,
                trial,
                marked.pastDueSince,
                atPeriodEnd,
                Optional.of(now),
                reason,
                marked.endedAt,
                metadata,
                createdAt,
                now);
    }

    private Subscription in(SubscriptionStatus next, Period period, Instant time) {
        return new Subscription(
                tenantId,
                id,
                accountId,
                planVersionId,
                price,
                next,
                cycle,
                period,
                trial,
                next != SubscriptionStatus.PAST_DUE ? Optional.empty() : pastDueSince.or(() -> Optional.of(time)),
                cancelAtPeriodEnd,
                next == SubscriptionStatus.CANCELED ? canceledAt.or(() -> Optional.of(time)) : canceledAt,
                cancellationReason,
                next.isEnded() ? Optional.of(time) : Optional.empty(),
                metadata,
                createdAt,
                time);
    }
}

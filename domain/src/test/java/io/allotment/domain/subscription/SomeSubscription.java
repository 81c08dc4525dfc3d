package io.allotment.domain.subscription;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.SubscriptionStatus.Event;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Subscriptions billed monthly since the first of March. */
final class SomeSubscription {

    static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");
    static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    static final Instant MAY = Instant.parse("2026-05-01T00:00:00Z");

    private SomeSubscription() {}

    /** In the state since {@link #NOW}, or from the beginning where that is a state to begin in. */
    static Subscription in(SubscriptionStatus status) {
        return switch (status) {
            case FREE -> started(SubscriptionStatus.FREE, 0);
            case TRIALING -> withTrial(14);
            case ACTIVE -> active();
            case PAST_DUE -> after(Event.PAYMENT_FAILED);
            case PAUSED -> after(Event.PAUSE);
            case CANCELED -> after(Event.CANCEL);
            case EXPIRED -> after(Event.EXPIRE);
        };
    }

    static Subscription active() {
        return started(SubscriptionStatus.ACTIVE, 0);
    }

    static Subscription withTrial(int days) {
        return started(SubscriptionStatus.ACTIVE, days);
    }

    private static Subscription after(Event event) {
        return after(active(), event);
    }

    /** Sixty days of grace, where a payment failed. */
    static Subscription after(Subscription subscription, Event event) {
        return after(subscription, event, NOW);
    }

    static Subscription after(Subscription subscription, Event event, Instant now) {
        return switch (event) {
            case ACTIVATE -> subscription.activated(now, Times.UTC);
            case PAYMENT_FAILED -> subscription.pastDue(60, now, Times.UTC);
            case PAUSE -> subscription.paused(Optional.empty(), now);
            case RESUME -> subscription.resumed(now, Times.UTC);
            case CANCEL -> subscription.canceled(false, Optional.empty(), now);
            case UNCANCEL -> subscription.uncanceled(now);
            case SET_AUTO_RENEW -> subscription.renewing(false, now);
            case CHANGE_PLAN -> subscription.scheduling(Optional.empty(), now);
            case EXPIRE -> subscription.expired(now);
            case REACTIVATE, PERIOD_ENDED, GRACE_ENDED ->
                throw new IllegalArgumentException(event + " is brought by time, or begins another subscription");
        };
    }

    private static Subscription started(SubscriptionStatus status, int trialDays) {
        return Subscription.started(
                new TenantId(new UUID(1, 1)),
                new SubscriptionId(new UUID(1, 2)),
                new AccountId(new UUID(1, 1)),
                new PlanVersionId(new UUID(1, 3)),
                Optional.empty(),
                status,
                trialDays,
                1,
                Times.UTC,
                Document.EMPTY,
                MARCH);
    }
}

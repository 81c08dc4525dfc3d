package io.allotment.domain.subscription;

import java.util.Map;
import java.util.Optional;

/** The states of a subscription, and which event leads where: what the table does not hold is refused. */
public enum SubscriptionStatus {
    /** On the default plan, unpaid and without end. */
    FREE,
    TRIALING,
    ACTIVE,
    /** A payment failed; spends until the plan version's grace days are over. */
    PAST_DUE,
    PAUSED,
    CANCELED,
    EXPIRED;

    /** What can happen to a subscription. */
    public enum Event {
        /** The trial became a paid subscription, or a late payment came. */
        ACTIVATE,
        PAYMENT_FAILED,
        PAUSE,
        RESUME,
        CANCEL,
        EXPIRE
    }

    private static final Map<SubscriptionStatus, Map<Event, SubscriptionStatus>> NEXT = Map.of(
            FREE, Map.of(Event.CANCEL, CANCELED),
            TRIALING,
                    Map.of(
                            Event.ACTIVATE, ACTIVE,
                            Event.PAYMENT_FAILED, PAST_DUE,
                            Event.PAUSE, PAUSED,
                            Event.CANCEL, CANCELED,
                            Event.EXPIRE, EXPIRED),
            ACTIVE,
                    Map.of(
                            Event.PAYMENT_FAILED, PAST_DUE,
                            Event.PAUSE, PAUSED,
                            Event.CANCEL, CANCELED,
                            Event.EXPIRE, EXPIRED),
            PAST_DUE,
                    Map.of(
                            Event.ACTIVATE, ACTIVE,
                            Event.CANCEL, CANCELED,
                            Event.EXPIRE, EXPIRED),
            PAUSED, Map.of(Event.RESUME, ACTIVE, Event.CANCEL, CANCELED, Event.EXPIRE, EXPIRED),
            CANCELED, Map.of(),
            EXPIRED, Map.of());

    /** Where the event leads from here; empty where it is refused. */
    public Optional<SubscriptionStatus> after(Event event) {
        return Optional.ofNullable(NEXT.get(this).get(event));
    }

    /** Whether nothing can follow. */
    public boolean isEnded() {
        return this == CANCELED || this == EXPIRED;
    }
}

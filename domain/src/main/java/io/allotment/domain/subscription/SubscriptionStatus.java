package io.allotment.domain.subscription;

import java.util.Map;
import java.util.Optional;

/** The states of a subscription, and which event leads where: what the table does not hold is refused. */
public enum SubscriptionStatus {
    /** On the default plan, unpaid and without end. */
    FREE,
    TRIALING,
    ACTIVE,
    /** A payment failed; spends until its days of grace are over. */
    PAST_DUE,
    PAUSED,
    CANCELED,
    EXPIRED;

    /** What can happen to a subscription. */
    public enum Event {
        /** The trial becomes a paid subscription before its end, or a late payment came. */
        ACTIVATE,
        PAYMENT_FAILED,
        PAUSE,
        /** Back to a trial that goes on. */
        RESUME,
        /** Now, or marked for the period's end. */
        CANCEL,
        /** The mark is taken back. */
        UNCANCEL,
        /** Whether it goes on by itself at its period's end. */
        SET_AUTO_RENEW,
        /** From {@link #FREE} only to what costs nothing either. */
        CHANGE_PLAN,
        EXPIRE,
        /** A new subscription on the same plan version, without a trial, follows one that has ended. */
        REACTIVATE,
        /** The period is over, and it goes on: the trial's end, or a renewal. Time alone brings it. */
        PERIOD_ENDED,
        /** Nothing was paid in the days of grace. Time alone brings it. */
        GRACE_ENDED
    }

    private static final Map<SubscriptionStatus, Map<Event, SubscriptionStatus>> NEXT = Map.of(
            FREE,
                    Map.of(
                            Event.CANCEL, CANCELED,
                            Event.UNCANCEL, FREE,
                            Event.CHANGE_PLAN, FREE,
                            Event.PERIOD_ENDED, FREE),
            TRIALING,
                    Map.of(
                            Event.ACTIVATE, ACTIVE,
                            Event.PAYMENT_FAILED, PAST_DUE,
                            Event.PAUSE, PAUSED,
                            Event.CANCEL, CANCELED,
                            Event.UNCANCEL, TRIALING,
                            Event.SET_AUTO_RENEW, TRIALING,
                            Event.CHANGE_PLAN, TRIALING,
                            Event.EXPIRE, EXPIRED,
                            Event.PERIOD_ENDED, ACTIVE),
            ACTIVE,
                    Map.of(
                            Event.PAYMENT_FAILED, PAST_DUE,
                            Event.PAUSE, PAUSED,
                            Event.CANCEL, CANCELED,
                            Event.UNCANCEL, ACTIVE,
                            Event.SET_AUTO_RENEW, ACTIVE,
                            Event.CHANGE_PLAN, ACTIVE,
                            Event.EXPIRE, EXPIRED,
                            Event.PERIOD_ENDED, ACTIVE),
            PAST_DUE,
                    Map.of(
                            Event.ACTIVATE, ACTIVE,
                            Event.CANCEL, CANCELED,
                            Event.UNCANCEL, PAST_DUE,
                            Event.SET_AUTO_RENEW, PAST_DUE,
                            Event.EXPIRE, EXPIRED,
                            Event.PERIOD_ENDED, PAST_DUE,
                            Event.GRACE_ENDED, EXPIRED),
            PAUSED,
                    Map.of(
                            Event.RESUME, ACTIVE,
                            Event.CANCEL, CANCELED,
                            Event.UNCANCEL, PAUSED,
                            Event.SET_AUTO_RENEW, PAUSED,
                            Event.EXPIRE, EXPIRED),
            CANCELED, Map.of(Event.REACTIVATE, ACTIVE),
            EXPIRED, Map.of(Event.REACTIVATE, ACTIVE));

    /** Where the event leads from here; empty where it is refused. */
    public Optional<SubscriptionStatus> after(Event event) {
        return Optional.ofNullable(NEXT.get(this).get(event));
    }

    /** Whether it is over: only another subscription can follow. */
    public boolean isEnded() {
        return this == CANCELED || this == EXPIRED;
    }

    /** Whether it lets its account spend. */
    public boolean maySpend() {
        return this == FREE || this == TRIALING || this == ACTIVE || this == PAST_DUE;
    }

    /** Whether a period that begins brings its included credits: not before a late payment has come. */
    boolean earnsCredits() {
        return this == FREE || this == TRIALING || this == ACTIVE;
    }
}

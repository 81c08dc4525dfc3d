package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BilledState;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * A subscription at a gateway.
 *
 * @param priceId the price it is billed by: our own name where it bears that ({@link PlanPriceId}), else the gateway's
 * @param quantity how many of it, such as seats
 * @param currentPeriod what is billed now; both ends are known
 * @param trial its trial, past or present
 * @param cancelAtPeriodEnd whether it ends with its period
 * @param canceledAt when it was canceled, also while it runs on to its period's end
 * @param endedAt when it stopped for good
 * @param resumesAt when a pause ends by itself
 */
public record GatewaySubscription(
        String id,
        Optional<String> customerId,
        Status status,
        String priceId,
        int quantity,
        Period currentPeriod,
        Optional<Period> trial,
        boolean cancelAtPeriodEnd,
        Optional<Instant> canceledAt,
        Optional<Instant> endedAt,
        Optional<Instant> resumesAt,
        Instant asOf)
        implements GatewayObject {

    /** How it stands. */
    public enum Status {
        /** The first payment has not come yet: it gives nothing. */
        INCOMPLETE,
        TRIALING,
        ACTIVE,
        PAST_DUE,
        /** The gateway tries no more to collect; a payment can still come. */
        UNPAID,
        PAUSED,
        CANCELED,
        /** The first payment never came. */
        EXPIRED
    }

    public GatewaySubscription {
        id = Text.name("subscriptionId", id, 255);
        customerId = customerId.map(name -> Text.name("customerId", name, 255));
        requireNonNull(status, "status");
        priceId = Text.name("priceId", priceId, 255);
        if (quantity < 0) {
            throw new InvalidValue("quantity", "must not be negative");
        }
        if (currentPeriod.end().isEmpty()) {
            throw new InvalidValue("currentPeriod", "must have an end");
        }
        requireNonNull(trial, "trial");
        requireNonNull(canceledAt, "canceledAt");
        requireNonNull(endedAt, "endedAt");
        requireNonNull(resumesAt, "resumesAt");
        requireNonNull(asOf, "asOf");
    }

    /** One that is known here, and not at the gateway any more: as if it had been deleted there now. */
    public static GatewaySubscription gone(Subscription known, Instant now) {
        var by = known.billed().orElseThrow();
        return new GatewaySubscription(
                by.gatewayId(),
                Optional.empty(),
                Status.CANCELED,
                new PlanPriceId(known.planVersionId(), known.price().orElseThrow()).toString(),
                by.quantity(),
                known.currentPeriod(),
                known.trial(),
                known.cancelAtPeriodEnd(),
                known.canceledAt().or(() -> Optional.of(now)),
                known.endedAt().or(() -> Optional.of(now)),
                Optional.empty(),
                now);
    }

    /** Whether there is something to be had of it: one whose first payment never came is none of ours. */
    public boolean isBegun() {
        return status != Status.INCOMPLETE && status != Status.EXPIRED;
    }

    /**
     * In our words; one that is begun.
     *
     * @param plan which plan version its price is of
     */
    public BilledState in(String gateway, PlanVersionId plan, Price price) {
        var ours = switch (status) {
            case TRIALING -> SubscriptionStatus.TRIALING;
            case ACTIVE -> SubscriptionStatus.ACTIVE;
            case PAST_DUE -> SubscriptionStatus.PAST_DUE;
            case PAUSED -> SubscriptionStatus.PAUSED;
            case CANCELED -> SubscriptionStatus.CANCELED;
            case UNPAID, INCOMPLETE, EXPIRED -> SubscriptionStatus.EXPIRED;
        };
        return new BilledState(
                new Billed(gateway, id, quantity, asOf, isFinal()),
                plan,
                Optional.of(price.key()),
                price.months(),
                ours,
                currentPeriod,
                trial,
                cancelAtPeriodEnd,
                canceledAt,
                resumesAt,
                endedAt);
    }

    @Override
    public Kind kind() {
        return Kind.SUBSCRIPTION;
    }

    @Override
    public boolean isFinal() {
        return status == Status.CANCELED || status == Status.EXPIRED;
    }
}

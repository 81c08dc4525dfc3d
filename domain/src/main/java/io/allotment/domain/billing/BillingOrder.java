package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.BillingOrderId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * What is to become of a subscription that a gateway bills: written down before the gateway is asked, and done once for its key, however
 * long the gateway remembers ours.
 *
 * @param fingerprint of what was asked for; another one under the same key is refused
 * @param refusal why the gateway would not
 * @param doneAt when its outcome was known; while it is not, the gateway may be asked again, under the same key
 */
public record BillingOrder(
        TenantId tenantId,
        BillingOrderId id,
        AccountId accountId,
        SubscriptionId subscription,
        IdempotencyKey key,
        String fingerprint,
        Wish wish,
        Optional<String> refusal,
        Instant createdAt,
        Optional<Instant> doneAt) {

    private static final int MAX_REFUSAL = 2_000;

    /** What is wanted, with all that was left open decided: asked again, it is the same. */
    public sealed interface Wish {}

    /**
     * Another price or quantity.
     *
     * @param planVersion what it is to; empty of one that was ordered before that was written down
     * @param priceId what the gateway calls the price, else what we do: {@link PlanPriceId}
     * @param prorated whether the rest of the period is charged or given back
     */
    public record Change(Optional<PlanVersionId> planVersion, String priceId, int quantity, boolean prorated)
            implements Wish {
        public Change {
            requireNonNull(planVersion, "planVersion");
            priceId = Text.name("priceId", priceId, 255);
            if (quantity < 1) {
                throw new InvalidValue("quantity", "must be at least 1");
            }
        }
    }

    /** Its end. */
    public record Cancel(boolean atPeriodEnd) implements Wish {}

    /** That it runs on. */
    public record Resume() implements Wish {}

    public BillingOrder {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(subscription, "subscription");
        requireNonNull(key, "key");
        requireNonNull(fingerprint, "fingerprint");
        requireNonNull(wish, "wish");
        refusal = refusal.map(text -> text.length() > MAX_REFUSAL ? text.substring(0, MAX_REFUSAL) : text);
        requireNonNull(createdAt, "createdAt");
        requireNonNull(doneAt, "doneAt");
        if (refusal.isPresent() && doneAt.isEmpty()) {
            throw new InvalidValue("doneAt", "is missing: a refusal is an outcome");
        }
    }

    /** The gateway did it. */
    public BillingOrder done(Instant now) {
        return ended(Optional.empty(), now);
    }

    /** The gateway would not, and will not. */
    public BillingOrder refused(String why, Instant now) {
        return ended(Optional.of(why), now);
    }

    private BillingOrder ended(Optional<String> why, Instant now) {
        return new BillingOrder(
                tenantId, id, accountId, subscription, key, fingerprint, wish, why, createdAt, Optional.of(now));
    }

    /** Ours for the gateway: the caller's is known in the tenant alone, and can be longer than a gateway takes. */
    public IdempotencyKey gatewayKey() {
        return new IdempotencyKey("order-" + id);
    }
}

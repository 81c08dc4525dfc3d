package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Port: a gateway that knows customers, bills subscriptions by itself, pays back, and tells what happens there. Used outside of
 * units of work, since it is far away. Methods refuse where it cannot be reached ({@link GatewayAway}), where a right is missing to us there ({@code Unavailable}), and what it does not know
 * ({@code NotFound}). What changes something happens once for our own key.
 */
public interface BillingGateway extends PaymentGateway {

    /**
     * Who pays: a billing account.
     *
     * @param name what the gateway shows
     */
    record NewCustomer(TenantId tenantId, AccountId accountId, String name, Optional<Email> email) {
        public NewCustomer {
            requireNonNull(tenantId, "tenantId");
            requireNonNull(accountId, "accountId");
            requireNonNull(name, "name");
            requireNonNull(email, "email");
        }

        public IdempotencyKey idempotencyKey() {
            return new IdempotencyKey("customer-" + tenantId + "-" + accountId);
        }
    }

    /**
     * What is to be subscribed to.
     *
     * @param description what the payer reads
     * @param priceId what the gateway calls the price, else what we do: {@link PlanPriceId}
     * @param price of one period, for one
     * @param months the length of a period
     * @param quantity how many, such as seats
     * @param trialDays before the first payment; 0 for none
     * @param promotionCode what the gateway calls the promotion
     * @param promotionCodesAllowed whether the payer may type one
     * @param automaticTax whether the gateway reckons taxes; where it is not said it does as it does otherwise
     */
    record SubscriptionOrder(
            CheckoutId id,
            TenantId tenantId,
            AccountId accountId,
            String customerId,
            String description,
            String priceId,
            Money price,
            int months,
            int quantity,
            int trialDays,
            Optional<String> promotionCode,
            boolean promotionCodesAllowed,
            Optional<Boolean> automaticTax,
            ReturnAddresses returnTo,
            Instant orderedAt) {

        public SubscriptionOrder {
            requireNonNull(id, "id");
            requireNonNull(tenantId, "tenantId");
            requireNonNull(accountId, "accountId");
            requireNonNull(customerId, "customerId");
            requireNonNull(description, "description");
            requireNonNull(priceId, "priceId");
            requireNonNull(price, "price");
            if (months < 1) {
                throw new InvalidValue("months", "must be at least 1");
            }
            if (quantity < 1) {
                throw new InvalidValue("quantity", "must be at least 1");
            }
            requireNonNull(promotionCode, "promotionCode");
            requireNonNull(automaticTax, "automaticTax");
            requireNonNull(returnTo, "returnTo");
            requireNonNull(orderedAt, "orderedAt");
        }

        public IdempotencyKey idempotencyKey() {
            return new IdempotencyKey("subscribe-" + id);
        }
    }

    /**
     * What a subscription becomes, from now on.
     *
     * @param key ours, of the request
     * @param price of one period, for one
     * @param prorated whether the rest of the period is charged or given back; where not, the next invoice is the first of the new price
     */
    record SubscriptionChange(
            IdempotencyKey key,
            String subscriptionId,
            String description,
            String priceId,
            Money price,
            int months,
            int quantity,
            boolean prorated) {
        public SubscriptionChange {
            requireNonNull(key, "key");
            requireNonNull(subscriptionId, "subscriptionId");
            requireNonNull(description, "description");
            requireNonNull(priceId, "priceId");
            requireNonNull(price, "price");
            if (quantity < 1) {
                throw new InvalidValue("quantity", "must be at least 1");
            }
        }
    }

    /** What is to go back; the payment is known by an invoice or a checkout. */
    record RefundOrder(RefundId id, String paymentId, Money amount, Optional<String> reason) {
        public RefundOrder {
            requireNonNull(id, "id");
            requireNonNull(paymentId, "paymentId");
            requireNonNull(amount, "amount");
            requireNonNull(reason, "reason");
        }

        public IdempotencyKey idempotencyKey() {
            return new IdempotencyKey("refund-" + id);
        }
    }

    /**
     * Usage that the gateway bills.
     *
     * @param meter what the gateway calls the meter
     * @param units a whole number; less than zero takes back what was told before in the same period
     * @param identifier ours: the same again counts once, for a day at the least
     */
    record MeteredUsage(String meter, String customerId, BigDecimal units, String identifier, Instant at) {
        public MeteredUsage {
            requireNonNull(meter, "meter");
            requireNonNull(customerId, "customerId");
            units = units.setScale(0);
            requireNonNull(identifier, "identifier");
            requireNonNull(at, "at");
        }
    }

    /**
     * What was posted to us, and is the gateway's.
     *
     * @param payload as it came
     */
    record Delivery(String eventId, String type, Instant at, String payload) {
        public Delivery {
            requireNonNull(eventId, "eventId");
            requireNonNull(type, "type");
            requireNonNull(at, "at");
            requireNonNull(payload, "payload");
        }
    }

    /** What the gateway calls the account: the same again while it is known there, else a new one. */
    String customer(NewCustomer account);

    /**
     * Who the customer is is not known there any more, and nobody can pay for them: what is open of their checkouts expires. One for whom nothing is billed goes with all that was kept for payments to come; else name and addresses
     * go and the subscription runs on. What was billed stays. Again it closes what opened since, and changes nothing else, nor for a customer who is not there.
     */
    void eraseCustomer(String customerId);

    /** Where it can be subscribed to. The same order again is the same checkout. */
    Checkout subscribe(SubscriptionOrder order);

    /** Nobody can pay at the checkout any more, unless somebody has, or is about to. The checkout as it then is. */
    GatewayCheckout expire(String checkoutId);

    /**
     * Where the customer sees their invoices and changes how they pay: an address that is theirs alone, for some minutes.
     *
     * @param returnUrl where it leads back
     */
    String portal(String customerId, Optional<String> returnUrl);

    /** The subscription as it then is. */
    GatewaySubscription change(SubscriptionChange change);

    /**
     * Ends with the current period, or now. The subscription as it then is.
     *
     * @param key ours, of the request
     */
    GatewaySubscription cancel(IdempotencyKey key, String subscriptionId, boolean atPeriodEnd);

    /**
     * Runs on: what was to end with its period does not, what was paused goes on. The subscription as it then is.
     *
     * @param key ours, of the request
     */
    GatewaySubscription resume(IdempotencyKey key, String subscriptionId);

    /** Pays back; refuses more than was paid ({@link GatewayRefused}). */
    GatewayRefund refund(RefundOrder order);

    /**
     * Usage to be billed. Refuses what it does not take: {@link GatewayRefused}, {@code InvalidValue} for a time that is too long ago or ahead. It may still be rejected later: {@link PaymentEvent.UsageRejected}.
     */
    void report(MeteredUsage usage);

    /**
     * Takes back what was reported under the identifier, where that is possible still.
     *
     * @return whether it was
     */
    boolean takeBackReport(String meter, String identifier);

    /**
     * What it counts of a customer's usage in whole minutes, for reports of which it is not known whether they arrived; empty where it cannot say.
     * What was reported within the last hours may be missing.
     */
    default Optional<BigDecimal> countedUsage(String meter, String customerId, Period minutes) {
        return Optional.empty();
    }

    /** How it stands now; empty where there is no such thing. */
    Optional<GatewayObject> fetch(GatewayObject.Kind kind, String id);

    /** What an event says that was posted without it ({@link PaymentEvent.Thin}); empty where it is not known, or none is posted so. */
    default Optional<PaymentEvent> fetchEvent(String eventId) {
        return Optional.empty();
    }

    /** What it told since then, oldest first, as it posts it and as far as it remembers. */
    Page<Delivery> listEvents(Instant since, PageRequest page);

    /**
     * What it told since then without saying more ({@link PaymentEvent.Thin}), in any order: where such events are kept apart from the others, so that {@link
     * #listEvents} leaves them out.
     */
    default Page<Delivery> listThinEvents(Instant since, PageRequest page) {
        return new Page<>(List.of(), Optional.empty());
    }

    /** All of a kind, as they stand now. */
    Page<GatewayObject> list(GatewayObject.Kind kind, PageRequest page);

    /**
     * Whether what was posted is the gateway's; nothing of it is believed before. Refuses all else ({@link EventRefused}). Asks nobody.
     *
     * @param signature what was said of it, such as a header's text
     */
    Delivery verify(byte[] body, Optional<String> signature, Instant now);

    /** What a delivery says. Asks nobody, and gives {@link PaymentEvent.Ignored} for what it does not know. */
    PaymentEvent read(String payload);
}

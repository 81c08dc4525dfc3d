package io.allotment.sandbox;

import io.allotment.domain.billing.BillingGateway.SubscriptionChange;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.BillingCycle;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** All that the sandbox knows, as it is written to its file. Names are the book's own, so that those of a lost one never come again. */
final class Book {

    /** What a card does. */
    enum Card {
        GOOD,
        /** The first payment passes, those of other periods fail. */
        FAILS_LATER,
        /** The money comes after a minute. */
        SLOW,
        /** The money does not come after a minute. */
        SLOW_AND_FAILS,
        DECLINED
    }

    /**
     * Who pays.
     *
     * @param name empty of one who was erased
     * @param returnUrl where their page leads back
     */
    record Customer(String id, String name, Card card, Optional<String> returnUrl) {

        Customer holding(Card another) {
            return new Customer(id, name, another, returnUrl);
        }

        Customer erased() {
            return new Customer(id, "", card, returnUrl);
        }

        Customer leadingTo(Optional<String> url) {
            return new Customer(id, name, card, url);
        }

        /** What pages call them. */
        String title() {
            return name.isEmpty() ? "Erased customer" : name;
        }
    }

    /**
     * Usage that was reported.
     *
     * @param billed whether it stands on an invoice
     */
    record Used(String meter, String customerId, BigDecimal units, Instant at, boolean billed) {

        Used asBilled() {
            return new Used(meter, customerId, units, at, true);
        }
    }

    /**
     * What is paid at a checkout.
     *
     * @param months of a subscription's period; 0 for what is bought once
     * @param paid when the payer was done, for a card that is slow
     */
    record Ordered(
            GatewayCheckout state,
            String description,
            Money price,
            int months,
            int quantity,
            int trialDays,
            String priceId,
            Instant expiresAt,
            Optional<String> successUrl,
            Optional<String> cancelUrl,
            Optional<Instant> paid,
            Optional<Card> card) {

        Ordered as(GatewayCheckout now, Optional<Instant> done, Optional<Card> by) {
            return new Ordered(
                    now,
                    description,
                    price,
                    months,
                    quantity,
                    trialDays,
                    priceId,
                    expiresAt,
                    successUrl,
                    cancelUrl,
                    done,
                    by);
        }

        /** Its state where nothing came of it yet, or nothing will. */
        GatewayCheckout in(GatewayCheckout.Status status, Instant at) {
            return new GatewayCheckout(
                    state.id(), state.customerId(), status, Optional.empty(), Optional.empty(), Optional.empty(), at);
        }
    }

    /**
     * A subscription and what it is billed by.
     *
     * @param anchor where its periods are counted from
     * @param chargedMinor for the period that runs, where it was not what one costs now: a change that was not prorated
     */
    record Sub(
            GatewaySubscription state,
            String description,
            Money price,
            int months,
            Instant anchor,
            Optional<Long> chargedMinor) {

        /** What a period of it costs. */
        long dueMinor() {
            return Math.multiplyExact(price.amountMinor(), (long) state.quantity());
        }

        /** What the period that runs was charged at. */
        long inPeriodMinor() {
            return chargedMinor.orElseGet(this::dueMinor);
        }

        Sub as(GatewaySubscription.Status status) {
            return as(with(status, state.priceId(), state.quantity(), state.currentPeriod(), state.asOf()));
        }

        Sub asOf(Instant time) {
            return as(with(state.status(), state.priceId(), state.quantity(), state.currentPeriod(), time));
        }

        /** In its next period: a trial is over. */
        Sub in(Period period) {
            var status = state.status() == GatewaySubscription.Status.TRIALING
                    ? GatewaySubscription.Status.ACTIVE
                    : state.status();
            return new Sub(
                    with(status, state.priceId(), state.quantity(), period, state.asOf()),
                    description,
                    price,
                    months,
                    anchor,
                    Optional.empty());
        }

        /** Whether a period becomes longer or shorter, and another one begins at once; a trial goes on. */
        boolean beginsAnewBy(SubscriptionChange change) {
            return change.months() != months && state.status() != GatewaySubscription.Status.TRIALING;
        }

        /** Why it cannot be. */
        Optional<String> refusal(SubscriptionChange change) {
            if (!change.price().currency().equals(price.currency())) {
                return Optional.of("A subscription keeps its currency: this one is paid in " + price.currency()
                        + ", and the price is in " + change.price().currency() + ".");
            }
            boolean isHeld = state.status() == GatewaySubscription.Status.PAUSED
                    || state.status() == GatewaySubscription.Status.UNPAID;
            return isHeld && beginsAnewBy(change)
                    ? Optional.of("Nothing is billed while the subscription is "
                            + state.status().name().toLowerCase(Locale.ROOT)
                            + ", so no other period can begin: resume it, or pay, before that.")
                    : Optional.empty();
        }

        boolean isAs(Sub other) {
            return state.priceId().equals(other.state.priceId())
                    && state.quantity() == other.state.quantity()
                    && inPeriodMinor() == other.inPeriodMinor();
        }

        Sub changed(SubscriptionChange change, Instant now) {
            boolean isAnew = beginsAnewBy(change);
            var from = isAnew ? now : anchor;
            var period = isAnew ? new BillingCycle(now, change.months()).at(now, Times.UTC) : state.currentPeriod();
            return new Sub(
                    with(state.status(), change.priceId(), change.quantity(), period, state.asOf()),
                    change.description(),
                    change.price(),
                    change.months(),
                    from,
                    isAnew || change.prorated() ? Optional.empty() : Optional.of(inPeriodMinor()));
        }

        Sub paused() {
            return as(GatewaySubscription.Status.PAUSED);
        }

        /** It ends with its period. */
        Sub ending(Instant canceledAt) {
            return as(ending(state.status(), true, Optional.of(canceledAt), Optional.empty()));
        }

        Sub canceled(Instant at) {
            return as(ending(GatewaySubscription.Status.CANCELED, false, Optional.of(at), Optional.of(at)));
        }

        /** The period is over that it was to end with. */
        Sub ended(Instant at) {
            return as(ending(GatewaySubscription.Status.CANCELED, true, state.canceledAt(), Optional.of(at)));
        }

        Sub resumed() {
            var status = state.status() == GatewaySubscription.Status.PAUSED
                    ? GatewaySubscription.Status.ACTIVE
                    : state.status();
            return as(ending(status, false, Optional.empty(), Optional.empty()));
        }

        private Sub as(GatewaySubscription now) {
            return new Sub(now, description, price, months, anchor, chargedMinor);
        }

        private GatewaySubscription with(
                GatewaySubscription.Status status, String priceId, int quantity, Period period, Instant asOf) {
            return new GatewaySubscription(
                    state.id(),
                    state.customerId(),
                    status,
                    priceId,
                    quantity,
                    period,
                    state.trial(),
                    state.cancelAtPeriodEnd(),
                    state.canceledAt(),
                    state.endedAt(),
                    state.resumesAt(),
                    asOf);
        }

        private GatewaySubscription ending(
                GatewaySubscription.Status status,
                boolean atPeriodEnd,
                Optional<Instant> canceledAt,
                Optional<Instant> endedAt) {
            return new GatewaySubscription(
                    state.id(),
                    state.customerId(),
                    status,
                    state.priceId(),
                    state.quantity(),
                    state.currentPeriod(),
                    state.trial(),
                    atPeriodEnd,
                    canceledAt,
                    endedAt,
                    Optional.empty(),
                    state.asOf());
        }
    }

    /** An event, and whether it was delivered. */
    record Post(String id, Instant at, String payload, boolean delivered) {

        Post done() {
            return new Post(id, at, payload, true);
        }
    }

    String name = "";
    String secret = "";
    long last;
    Map<String, Customer> customers = new LinkedHashMap<>();
    Map<String, Ordered> checkouts = new LinkedHashMap<>();
    Map<String, Sub> subscriptions = new LinkedHashMap<>();
    Map<String, GatewayInvoice> invoices = new LinkedHashMap<>();
    /** When the payment of an invoice is tried again. */
    Map<String, Instant> retries = new LinkedHashMap<>();

    /** What changes of a subscription cost or give back, until an invoice has it. */
    Map<String, List<GatewayInvoice.Line>> pending = new LinkedHashMap<>();

    /** What goes back of an invoice once that is paid. */
    Map<String, List<GatewayInvoice.Line>> withheld = new LinkedHashMap<>();

    /** What is kept for the next invoice of a customer, by customer and currency. */
    Map<String, Map<String, Long>> kept = new LinkedHashMap<>();

    Map<String, GatewayRefund> refunds = new LinkedHashMap<>();
    Map<String, GatewayDispute> disputes = new LinkedHashMap<>();
    /** Our keys, and what was made for them. */
    Map<String, String> made = new LinkedHashMap<>();

    /** Usage that was reported, by meter and identifier. */
    Map<String, Used> usage = new LinkedHashMap<>();

    Map<String, Post> posts = new LinkedHashMap<>();

    String next(String kind) {
        last++;
        return kind + "_" + name + "_" + last;
    }
}

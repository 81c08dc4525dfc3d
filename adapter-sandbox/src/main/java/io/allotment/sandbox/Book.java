package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.Money;
import java.time.Instant;
import java.util.LinkedHashMap;
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

    record Customer(String id, String name, Card card) {}

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
            Optional<Instant> paid,
            Optional<Card> card) {

        Ordered as(GatewayCheckout now, Optional<Instant> done, Optional<Card> by) {
            return new Ordered(
                    now, description, price, months, quantity, trialDays, priceId, expiresAt, successUrl, done, by);
        }
    }

    /**
     * A subscription and what it is billed by.
     *
     * @param anchor where its periods are counted from
     */
    record Sub(GatewaySubscription state, String description, Money price, int months, Instant anchor) {

        Sub as(GatewaySubscription now) {
            return new Sub(now, description, price, months, anchor);
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

    Map<String, GatewayRefund> refunds = new LinkedHashMap<>();
    Map<String, GatewayDispute> disputes = new LinkedHashMap<>();
    /** Our keys, and what was made for them. */
    Map<String, String> made = new LinkedHashMap<>();

    /** Usage that was reported, by meter and identifier. */
    Map<String, String> usage = new LinkedHashMap<>();

    Map<String, Post> posts = new LinkedHashMap<>();

    String next(String kind) {
        last++;
        return kind + "_" + name + "_" + last;
    }
}

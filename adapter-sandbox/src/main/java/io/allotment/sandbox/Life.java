package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.sandbox.Book.Card;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What happens without us: time passes, payers pay or do not, banks decide. */
final class Life {

    private static final Duration SLOW = Duration.ofMinutes(1);

    private final Ledger ledger;
    private final Bills bills;

    Life(Ledger ledger, Bills bills) {
        this.ledger = ledger;
        this.bills = bills;
    }

    // Time

    /** What is due by now happens. */
    void advance() {
        var until = ledger.now();
        boolean isChanged = false;
        for (var checkout : List.copyOf(ledger.book.checkouts.values())) {
            isChanged |= advance(checkout, until);
        }
        for (var next = nextDue(until); next.isPresent(); next = nextDue(until)) {
            happen(next.get());
            isChanged = true;
        }
        if (isChanged) {
            ledger.write();
        }
    }

    private boolean advance(Book.Ordered ordered, Instant until) {
        var status = ordered.state().status();
        if (status == GatewayCheckout.Status.OPEN && !until.isBefore(ordered.expiresAt())) {
            close(ordered, GatewayCheckout.Status.EXPIRED);
            return true;
        }
        if (status == GatewayCheckout.Status.PAYING
                && !until.isBefore(ordered.paid().orElseThrow().plus(SLOW))) {
            if (ordered.card().orElseThrow() == Card.SLOW) {
                complete(ordered, Card.GOOD);
            } else {
                close(ordered, GatewayCheckout.Status.FAILED);
            }
            return true;
        }
        return false;
    }

    private record Due(Instant at, String id, boolean isRetry) {}

    /** In the order of time, so that it does not matter how seldom the clock is looked at. */
    private Optional<Due> nextDue(Instant until) {
        var periods = ledger.book.subscriptions.values().stream()
                .map(Book.Sub::state)
                .filter(state -> !state.isFinal()
                        && state.status() != GatewaySubscription.Status.PAUSED
                        && state.status() != GatewaySubscription.Status.UNPAID)
                .map(state -> new Due(state.currentPeriod().end().orElseThrow(), state.id(), false));
        var retries =
                ledger.book.retries.entrySet().stream().map(retry -> new Due(retry.getValue(), retry.getKey(), true));
        return Stream.concat(periods, retries)
                .filter(due -> !due.at().isAfter(until))
                .min(Comparator.comparing(Due::at).thenComparing(Due::id));
    }

    private void happen(Due due) {
        if (due.isRetry()) {
            bills.retry(due.id(), due.at());
            return;
        }
        var sub = ledger.subscription(due.id());
        if (sub.state().cancelAtPeriodEnd()) {
            end(sub, sub.ended(due.at()), due.at());
            return;
        }
        var renewed = sub.in(new BillingCycle(sub.anchor(), sub.months()).at(due.at(), Times.UTC));
        ledger.put(renewed, due.at());
        bills.renew(renewed, due.at());
    }

    /** For good, once what is on no invoice yet was billed. */
    void end(Book.Sub sub, Book.Sub ended, Instant at) {
        bills.last(sub, at);
        ledger.put(ended, at);
    }

    // Paying

    /**
     * The payer says how it ends.
     *
     * @param card what the payer's card does
     * @return what the payer reads
     */
    String pay(String checkoutId, Card card) {
        var ordered = ledger.checkout(checkoutId);
        if (ordered.state().status() != GatewayCheckout.Status.OPEN) {
            return over(ordered);
        }
        if (card == Card.DECLINED) {
            return "The card was declined. Nothing was paid; try another one.";
        }
        if (card == Card.SLOW || card == Card.SLOW_AND_FAILS) {
            ledger.put(
                    "checkout.completed",
                    ordered.as(
                            ordered.in(GatewayCheckout.Status.PAYING, ledger.now()),
                            Optional.of(ledger.now()),
                            Optional.of(card)));
        } else {
            complete(ordered, card);
        }
        ledger.write();
        return "Thank you. No money was taken: this is a sandbox.";
    }

    /** Why nothing comes of paying there. */
    static String over(Book.Ordered ordered) {
        return "Nothing has changed: "
                + switch (ordered.state().status()) {
                    case PAID, NOTHING_DUE -> "this checkout is paid already.";
                    case PAYING -> "a payment of this checkout is under way.";
                    case OPEN, FAILED, EXPIRED -> "this checkout could not be paid any more.";
                };
    }

    /** Nobody can pay there any more, unless somebody has. */
    void expire(String checkoutId) {
        var ordered = ledger.checkout(checkoutId);
        if (ordered.state().status() == GatewayCheckout.Status.OPEN) {
            close(ordered, GatewayCheckout.Status.EXPIRED);
            ledger.write();
        }
    }

    private void close(Book.Ordered ordered, GatewayCheckout.Status status) {
        ledger.put("checkout.closed", ordered.as(ordered.in(status, ledger.now()), ordered.paid(), ordered.card()));
    }

    private void complete(Book.Ordered ordered, Card card) {
        var state = ordered.state();
        state.customerId().ifPresent(id -> holds(id, card));
        var begun = ordered.months() == 0 ? Optional.<Book.Sub>empty() : Optional.of(begin(ordered));
        var invoice = begun.map(bills::start).orElseGet(() -> bills.purchase(ordered));
        var done = new GatewayCheckout(
                state.id(),
                state.customerId(),
                invoice.paidMinor() > 0 ? GatewayCheckout.Status.PAID : GatewayCheckout.Status.NOTHING_DUE,
                begun.map(sub -> sub.state().id()),
                Optional.of(invoice.id()),
                invoice.paymentId(),
                ledger.now());
        ledger.put("checkout.completed", ordered.as(done, Optional.of(ledger.now()), Optional.of(card)));
    }

    private Book.Sub begin(Book.Ordered ordered) {
        var now = ledger.now();
        Optional<Period> trial = ordered.trialDays() == 0
                ? Optional.empty()
                : Optional.of(Period.between(now, now.plus(Duration.ofDays(ordered.trialDays()))));
        var state = new GatewaySubscription(
                ledger.book.next("sub"),
                ordered.state().customerId(),
                trial.isPresent() ? GatewaySubscription.Status.TRIALING : GatewaySubscription.Status.ACTIVE,
                ordered.priceId(),
                ordered.quantity(),
                trial.orElseGet(() -> new BillingCycle(now, ordered.months()).at(now, Times.UTC)),
                trial,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now);
        var anchor = trial.flatMap(Period::end).orElse(now);
        var sub =
                new Book.Sub(state, ordered.description(), ordered.price(), ordered.months(), anchor, Optional.empty());
        ledger.put(sub, now);
        return sub;
    }

    /** The customer pays by another card from now on, and what is not paid is tried with it. */
    void card(String customerId, Card card) {
        ledger.customer(customerId);
        holds(customerId, card);
        bills.tryAgain(customerId);
        ledger.write();
    }

    /** The customer is forgotten, and what was billed to them ends. */
    void forget(String customerId) {
        ledger.customer(customerId);
        ledger.book.subscriptions.values().stream()
                .filter(sub -> sub.state().customerId().equals(Optional.of(customerId))
                        && !sub.state().isFinal())
                .toList()
                .forEach(sub -> ledger.put(sub.canceled(ledger.now()), ledger.now()));
        ledger.book.customers.remove(customerId);
        ledger.book.made.values().removeIf(customerId::equals);
        ledger.book.kept.remove(customerId);
        ledger.tellDeleted(customerId);
        ledger.write();
    }

    /** Who is billed still stays, without a name. */
    void erase(String customerId) {
        ledger.book.checkouts.values().stream()
                .map(Book.Ordered::state)
                .filter(state -> state.customerId().equals(Optional.of(customerId)))
                .map(GatewayCheckout::id)
                .toList()
                .forEach(this::expire);
        boolean isBilled = ledger.book.subscriptions.values().stream()
                .anyMatch(sub -> sub.state().customerId().equals(Optional.of(customerId))
                        && !sub.state().isFinal());
        if (isBilled) {
            ledger.book.customers.computeIfPresent(customerId, (id, known) -> known.erased());
            ledger.write();
        } else if (ledger.book.customers.containsKey(customerId)) {
            forget(customerId);
        }
    }

    // What the merchant does

    /** Nothing is billed until it is resumed. */
    void pause(String subscriptionId) {
        ledger.put(ledger.subscription(subscriptionId).paused(), ledger.now());
        ledger.write();
    }

    /** The period is billed once more, as by mistake. */
    void billAgain(String subscriptionId) {
        bills.renew(ledger.subscription(subscriptionId), ledger.now());
        ledger.write();
    }

    private void holds(String customerId, Card card) {
        ledger.book.customers.computeIfPresent(customerId, (id, known) -> known.holding(card));
    }

    // Banks

    /** A refund that had succeeded does not arrive. */
    void failRefund(String id) {
        var refund = ledger.refund(id);
        ledger.put(
                "refund.failed",
                new GatewayRefund(
                        id,
                        refund.customerId(),
                        refund.paymentId(),
                        refund.amount(),
                        GatewayRefund.Status.FAILED,
                        refund.reason(),
                        ledger.now()));
        ledger.write();
    }

    /** The payer's bank takes back what is left of a payment: once, whatever came of it. */
    String dispute(String paymentId) {
        GatewayInvoice invoice = ledger.paidBy(paymentId);
        ledger.book.disputes.values().stream()
                .filter(known -> known.paymentId().equals(paymentId))
                .findFirst()
                .ifPresent(known -> {
                    throw new GatewayRefused("The payment " + paymentId + " was disputed already: " + known.id());
                });
        long left = ledger.leftMinor(paymentId);
        if (left < 1) {
            throw new GatewayRefused("Of the payment " + paymentId + " nothing is left that could be disputed.");
        }
        var id = ledger.book.next("dp");
        ledger.put(new GatewayDispute(
                id,
                invoice.customerId(),
                paymentId,
                new Money(left, invoice.currency()),
                GatewayDispute.Status.OPEN,
                Optional.empty(),
                ledger.now()));
        ledger.write();
        return id;
    }

    /** The bank decides, once. */
    void decide(String id, boolean won) {
        var open = ledger.dispute(id);
        if (open.status() != GatewayDispute.Status.OPEN) {
            throw new GatewayRefused("The dispute " + id + " was decided already: it was "
                    + open.status().name().toLowerCase(Locale.ROOT) + ".");
        }
        ledger.put(new GatewayDispute(
                id,
                open.customerId(),
                open.paymentId(),
                open.amount(),
                won ? GatewayDispute.Status.WON : GatewayDispute.Status.LOST,
                open.reason(),
                ledger.now()));
        ledger.write();
    }
}

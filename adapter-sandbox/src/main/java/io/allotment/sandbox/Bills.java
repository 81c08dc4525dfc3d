package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import io.allotment.sandbox.Book.Card;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Makes invoices and collects them: at once where the card is good, else again after some days, until it gives up. */
final class Bills {

    /** After each attempt that failed, until the next one. */
    private static final List<Duration> RETRIES = List.of(Duration.ofDays(1), Duration.ofDays(2), Duration.ofDays(3));

    /** So many lines of changes wait for an invoice at the most. */
    private static final int MAX_CHANGES = 100;

    private final Ledger ledger;

    Bills(Ledger ledger) {
        this.ledger = ledger;
    }

    /** What is bought once, paid. */
    GatewayInvoice purchase(Book.Ordered ordered) {
        return pay(
                invoice(
                        ordered.state().customerId(),
                        Optional.empty(),
                        GatewayInvoice.Reason.PURCHASE,
                        Optional.empty(),
                        ordered.price(),
                        1,
                        ordered.description(),
                        Optional.empty(),
                        ledger.now()),
                ledger.now());
    }

    /** The first of a subscription, paid; a trial costs nothing. */
    GatewayInvoice start(Book.Sub sub) {
        return pay(
                invoice(
                        sub,
                        GatewayInvoice.Reason.SUBSCRIPTION_START,
                        sub.state().currentPeriod(),
                        sub.state().trial().isPresent() ? 0 : sub.dueMinor(),
                        ledger.now()),
                ledger.now());
    }

    /** The period that has begun is to be paid. */
    void renew(Book.Sub sub, Instant at) {
        var whole = invoice(
                sub, GatewayInvoice.Reason.SUBSCRIPTION_CYCLE, sub.state().currentPeriod(), sub.dueMinor(), at);
        attempt(withChanges(withUsage(whole, sub.state().currentPeriod().start()), sub), at);
    }

    /** What was used before the period began, and is on no invoice yet: named with its units, and for nothing, since nobody says what one costs. */
    private GatewayInvoice withUsage(GatewayInvoice whole, Instant until) {
        var units = new TreeMap<String, BigDecimal>();
        ledger.book.usage.replaceAll((key, used) -> {
            if (used.billed()
                    || !whole.customerId().filter(used.customerId()::equals).isPresent()
                    || !used.at().isBefore(until)) {
                return used;
            }
            units.merge(used.meter(), used.units(), BigDecimal::add);
            return used.asBilled();
        });
        var lines = new ArrayList<>(whole.lines());
        units.forEach((meter, sum) -> {
            // Less than nothing is nothing, as with gateways that take money.
            if (sum.signum() > 0) {
                lines.add(new GatewayInvoice.Line(
                        "Usage of " + meter, sum.longValue(), 0, Optional.empty(), Optional.empty()));
            }
        });
        return whole.with(lines, whole.totalMinor());
    }

    /** The rest of the period at the one price is given back and at the other charged, on the next invoice. */
    void prorate(Book.Sub before, Book.Sub after) {
        var now = ledger.now();
        var rest = Period.between(now, after.state().currentPeriod().end().orElseThrow());
        var lines =
                new ArrayList<>(ledger.book.pending.getOrDefault(after.state().id(), List.of()));
        lines.add(line("Unused time of " + before.description(), before, -rest(before, before.dueMinor(), now), rest));
        lines.add(line("Remaining time of " + after.description(), after, rest(after, after.dueMinor(), now), rest));
        boolean isTooMany = lines.size() > MAX_CHANGES;
        ledger.book.pending.put(
                after.state().id(), isTooMany ? List.of(carried("Earlier changes", sum(lines))) : List.copyOf(lines));
    }

    private static GatewayInvoice.Line line(String description, Book.Sub sub, long amountMinor, Period period) {
        return new GatewayInvoice.Line(
                description,
                sub.state().quantity(),
                amountMinor,
                Optional.of(period),
                Optional.of(sub.state().priceId()));
    }

    private static GatewayInvoice.Line carried(String description, long amountMinor) {
        return new GatewayInvoice.Line(description, 1, amountMinor, Optional.empty(), Optional.empty());
    }

    private static long sum(List<GatewayInvoice.Line> lines) {
        return lines.stream().mapToLong(GatewayInvoice.Line::amountMinor).sum();
    }

    /** With what was changed before; what is given back beyond its total waits for the one after. */
    private GatewayInvoice withChanges(GatewayInvoice whole, Book.Sub sub) {
        var changes = Optional.ofNullable(ledger.book.pending.remove(sub.state().id()))
                .orElse(List.of());
        if (changes.isEmpty()) {
            return whole;
        }
        var lines = new ArrayList<>(whole.lines());
        lines.addAll(changes);
        long total = whole.totalMinor() + sum(changes);
        if (total < 0) {
            lines.add(carried("Kept for the next invoice", -total));
            ledger.book.pending.put(sub.state().id(), List.of(carried("Kept from the invoice before", total)));
        }
        return whole.with(lines, Math.max(0, total));
    }

    /** It ends with its period: what was changed and is not paid for is. */
    void last(Book.Sub sub, Instant at) {
        var changes = Optional.ofNullable(ledger.book.pending.remove(sub.state().id()))
                .orElse(List.of());
        if (sum(changes) > 0) {
            attempt(
                    invoice(
                                    sub,
                                    GatewayInvoice.Reason.SUBSCRIPTION_CHANGE,
                                    sub.state().currentPeriod(),
                                    sum(changes),
                                    at)
                            .with(changes, sum(changes)),
                    at);
        }
    }

    /** A period of another length has begun: it is to be paid at once, less what is left of the one before; no more than that is given back. */
    void begin(Book.Sub before, Book.Sub after, boolean isProrated) {
        var now = ledger.now();
        long left = isProrated ? rest(before, before.dueMinor(), now) : 0;
        var whole = invoice(
                after, GatewayInvoice.Reason.SUBSCRIPTION_CHANGE, after.state().currentPeriod(), after.dueMinor(), now);
        attempt(withChanges(left == 0 ? whole : less(whole, before, left), after), now);
    }

    private static GatewayInvoice less(GatewayInvoice whole, Book.Sub before, long left) {
        var period = Period.between(
                whole.createdAt(), before.state().currentPeriod().end().orElseThrow());
        var unused = new GatewayInvoice.Line(
                "Unused time on " + before.description(),
                before.state().quantity(),
                -left,
                Optional.of(period),
                Optional.of(before.state().priceId()));
        return whole.with(List.of(unused, whole.lines().get(0)), Math.max(0, whole.totalMinor() - left));
    }

    /** The part of an amount for a period that is still to come of it. */
    private static long rest(Book.Sub sub, long amountMinor, Instant now) {
        var period = sub.state().currentPeriod();
        var end = period.end().orElseThrow();
        long whole = Duration.between(period.start(), end).toSeconds();
        long rest = Math.max(0, Duration.between(now, end).toSeconds());
        return Math.multiplyExact(amountMinor, rest) / whole;
    }

    private GatewayInvoice invoice(
            Book.Sub sub, GatewayInvoice.Reason reason, Period period, long amountMinor, Instant at) {
        return invoice(
                sub.state().customerId(),
                Optional.of(sub.state().id()),
                reason,
                Optional.of(period),
                new Money(amountMinor, sub.price().currency()),
                sub.state().quantity(),
                sub.description(),
                Optional.of(sub.state().priceId()),
                at);
    }

    private GatewayInvoice invoice(
            Optional<String> customer,
            Optional<String> subscription,
            GatewayInvoice.Reason reason,
            Optional<Period> period,
            Money total,
            long quantity,
            String description,
            Optional<String> priceId,
            Instant at) {
        var id = ledger.book.next("in");
        return new GatewayInvoice(
                id,
                customer,
                subscription,
                Optional.of("SANDBOX-" + ledger.book.last),
                GatewayInvoice.Status.OPEN,
                reason,
                period,
                total.currency(),
                total.amountMinor(),
                0,
                0,
                Optional.empty(),
                0,
                Optional.of(ledger.page("invoices", id)),
                Optional.empty(),
                List.of(new GatewayInvoice.Line(description, quantity, total.amountMinor(), period, priceId)),
                at,
                Optional.empty(),
                at);
    }

    /** The customer has another card: what is not paid is tried with it. */
    void tryAgain(String customerId) {
        ledger.invoicesOf(customerId).stream()
                .filter(invoice -> invoice.status() == GatewayInvoice.Status.OPEN
                        || invoice.status() == GatewayInvoice.Status.UNCOLLECTIBLE)
                .filter(invoice -> ledger.subscriptionOf(invoice).isPresent())
                .forEach(invoice -> attempt(invoice, ledger.now()));
    }

    /** It is time to try once more; what was settled meanwhile, or whose subscription has ended, is not tried. */
    void retry(String invoiceId, Instant at) {
        ledger.book.retries.remove(invoiceId);
        var invoice = ledger.invoice(invoiceId);
        if (!invoice.isFinal() && ledger.subscriptionOf(invoice).isPresent()) {
            attempt(invoice, at);
        }
    }

    private void attempt(GatewayInvoice invoice, Instant at) {
        boolean isGood = invoice.customerId()
                .map(ledger::customer)
                .filter(customer -> customer.card() == Card.GOOD)
                .isPresent();
        if (isGood || invoice.totalMinor() == 0) {
            pay(invoice, at);
        } else {
            fail(invoice, at);
        }
    }

    private void fail(GatewayInvoice invoice, Instant at) {
        boolean givenUp = invoice.attempts() >= RETRIES.size();
        var failed = invoice.tried(givenUp ? GatewayInvoice.Status.UNCOLLECTIBLE : GatewayInvoice.Status.OPEN, at);
        ledger.put("invoice.payment-failed", failed);
        if (givenUp) {
            ledger.book.retries.remove(failed.id());
        } else {
            ledger.book.retries.put(failed.id(), at.plus(RETRIES.get(failed.attempts() - 1)));
        }
        ledger.subscriptionOf(failed)
                .map(sub -> sub.as(givenUp ? GatewaySubscription.Status.UNPAID : GatewaySubscription.Status.PAST_DUE))
                .ifPresent(sub -> ledger.put(sub, at));
    }

    private GatewayInvoice pay(GatewayInvoice invoice, Instant at) {
        Optional<String> payment = invoice.totalMinor() > 0 ? Optional.of(ledger.book.next("pay")) : Optional.empty();
        var paid = invoice.tried(GatewayInvoice.Status.PAID, at)
                .paid(payment, invoice.hostedUrl().map(url -> url + "/receipt"), at, at);
        ledger.book.retries.remove(paid.id());
        ledger.put("invoice.paid", paid);
        ledger.subscriptionOf(paid)
                .filter(sub -> sub.state().status() == GatewaySubscription.Status.PAST_DUE
                        || sub.state().status() == GatewaySubscription.Status.UNPAID)
                .ifPresent(sub -> ledger.put(sub.as(GatewaySubscription.Status.ACTIVE), at));
        return paid;
    }
}

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
        attempt(
                billed(
                        invoice(
                                sub,
                                GatewayInvoice.Reason.SUBSCRIPTION_CYCLE,
                                sub.state().currentPeriod(),
                                sub.dueMinor(),
                                at),
                        sub),
                at);
    }

    /** A period of another length has begun: it is to be paid at once, less what is left of the one before. */
    void begin(Book.Sub before, Book.Sub after, boolean isProrated) {
        var now = ledger.now();
        if (isProrated) {
            giveBack(before);
        }
        var whole = invoice(
                after, GatewayInvoice.Reason.SUBSCRIPTION_CHANGE, after.state().currentPeriod(), after.dueMinor(), now);
        attempt(billed(whole, after), now);
    }

    /** The rest of the period goes back as it was charged, and is charged as it is now, on the next invoice. */
    void prorate(Book.Sub before, Book.Sub after) {
        if (!after.isAs(before)) {
            giveBack(before);
            later(after, Owed.remaining(after, ledger.now()));
        }
    }

    /** It ends: what was changed or used, and is on no invoice yet, gets one. */
    void last(Book.Sub sub, Instant at) {
        var whole = invoice(
                sub, GatewayInvoice.Reason.SUBSCRIPTION_CHANGE, sub.state().currentPeriod(), 0, at);
        var last = billed(whole.with(List.of(), 0), sub);
        if (!last.lines().isEmpty()) {
            attempt(last, at);
        }
    }

    /** What was not paid goes back once it is. */
    private void giveBack(Book.Sub sub) {
        var unused = Owed.unused(sub, ledger.now());
        unpaid(sub)
                .ifPresentOrElse(
                        invoice -> ledger.book.withheld.merge(invoice.id(), unused, Owed::joined),
                        () -> later(sub, unused));
    }

    private void later(Book.Sub sub, List<GatewayInvoice.Line> lines) {
        ledger.book.pending.merge(sub.state().id(), lines, Owed::joined);
    }

    /** The invoice of the period that runs, where none of it was paid. */
    private Optional<GatewayInvoice> unpaid(Book.Sub sub) {
        var theirs = ledger.book.invoices.values().stream()
                .filter(invoice -> invoice.subscriptionId()
                                .equals(Optional.of(sub.state().id()))
                        && invoice.period().equals(Optional.of(sub.state().currentPeriod())))
                .toList();
        boolean isPaid = theirs.stream().anyMatch(invoice -> invoice.status() == GatewayInvoice.Status.PAID);
        return isPaid ? Optional.empty() : theirs.stream().findFirst();
    }

    /** With what was used and changed before, and what was kept of invoices of before. */
    private GatewayInvoice billed(GatewayInvoice whole, Book.Sub sub) {
        var lines = new ArrayList<>(whole.lines());
        lines.addAll(usage(whole));
        lines.addAll(Optional.ofNullable(ledger.book.pending.remove(sub.state().id()))
                .orElse(List.of()));
        var customer = whole.customerId().orElseThrow();
        var bill = Owed.bill(lines, ledger.kept(customer).getOrDefault(whole.currency(), 0L));
        ledger.keep(customer, whole.currency(), bill.keptMinor());
        return whole.with(bill.lines(), bill.totalMinor());
    }

    /** What was used before the invoice, and is on none yet: named with its units, and for nothing, since nobody says what one costs. */
    private List<GatewayInvoice.Line> usage(GatewayInvoice invoice) {
        var units = new TreeMap<String, BigDecimal>();
        ledger.book.usage.replaceAll((key, used) -> {
            if (used.billed()
                    || !invoice.customerId().filter(used.customerId()::equals).isPresent()
                    || !used.at().isBefore(invoice.createdAt())) {
                return used;
            }
            units.merge(used.meter(), used.units(), BigDecimal::add);
            return used.asBilled();
        });
        // Less than nothing is nothing, as with gateways that take money.
        return units.entrySet().stream()
                .filter(meter -> meter.getValue().signum() > 0)
                .map(meter -> new GatewayInvoice.Line(
                        "Usage of " + meter.getKey(),
                        meter.getValue().longValue(),
                        0,
                        Optional.empty(),
                        Optional.empty()))
                .toList();
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
        var back = Optional.ofNullable(ledger.book.withheld.remove(paid.id()));
        ledger.subscriptionOf(paid).ifPresent(sub -> back.ifPresent(lines -> later(sub, lines)));
        ledger.subscriptionOf(paid)
                .filter(sub -> sub.state().status() == GatewaySubscription.Status.PAST_DUE
                        || sub.state().status() == GatewaySubscription.Status.UNPAID)
                .ifPresent(sub -> ledger.put(sub.as(GatewaySubscription.Status.ACTIVE), at));
        return paid;
    }
}

package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Refusal;
import io.allotment.sandbox.Book.Card;
import io.allotment.sandbox.SandboxPayments.Shown;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The sandbox's pages: plain HTML, to be read by people and posted to by curl. */
final class Pages {

    /** What is done by posting to it. */
    private static final Set<String> DEEDS = Set.of(
            "customers card",
            "customers delete",
            "subscriptions pause",
            "subscriptions bill-again",
            "payments dispute",
            "disputes won",
            "disputes lost",
            "refunds fail");

    /** What a card can do that is charged without its holder. */
    private static final List<Card> AT_HAND = List.of(Card.GOOD, Card.DECLINED);

    private final Ledger ledger;
    private final Life life;

    Pages(Ledger ledger, Life life) {
        this.ledger = ledger;
        this.life = life;
    }

    Shown answer(String method, String path, Map<String, String> form) {
        var parts = path.split("/");
        try {
            return parts.length == 3 || parts.length == 4 ? answer(method, parts, form) : missing();
        } catch (Refusal refused) {
            int status = switch (refused.kind()) {
                case NOT_FOUND -> 404;
                case CONFLICT -> 409;
                default -> 400;
            };
            var title = status == 404 ? "There is no such thing" : "That does not work";
            return Html.page(status, title, Html.heading(title) + Html.warning(refused.getMessage()));
        }
    }

    private Shown answer(String method, String[] parts, Map<String, String> form) {
        var verb = parts.length > 3 ? parts[3] : "";
        var id = parts[2];
        return switch (method + " " + parts[1] + " " + verb) {
            // Who reloads the page of an answer, or opens where a form is sent to, sees the checkout.
            case "GET checkouts ", "GET checkouts pay" -> checkout(200, id, "");
            case "POST checkouts pay" -> pay(id, form);
            case "GET customers " -> customer(id, "");
            case "POST customers card" -> {
                life.card(id, card(form, AT_HAND));
                yield customer(id, Html.note("The card was taken."));
            }
            case "POST customers delete" -> {
                life.forget(id);
                yield done("The customer was deleted", "");
            }
            case "POST subscriptions pause" -> {
                life.pause(id);
                yield done("The subscription is paused", customerOf(id));
            }
            case "POST subscriptions bill-again" -> {
                life.billAgain(id);
                yield done("The period was billed once more", customerOf(id));
            }
            case "GET invoices ", "GET invoices receipt" -> invoice(id);
            case "POST payments dispute" -> done("Disputed: " + life.dispute(id), invoiceOf(id));
            case "POST disputes won" -> {
                life.decide(id, true);
                yield done("The dispute was won", invoiceOf(ledger.dispute(id).paymentId()));
            }
            case "POST disputes lost" -> {
                life.decide(id, false);
                yield done("The dispute was lost", invoiceOf(ledger.dispute(id).paymentId()));
            }
            case "POST refunds fail" -> {
                life.failRefund(id);
                yield done("The refund failed", invoiceOf(ledger.refund(id).paymentId()));
            }
            default -> DEEDS.contains(parts[1] + " " + verb) ? toBePosted(parts[1], id, verb) : missing();
        };
    }

    private static Card card(Map<String, String> form, List<Card> some) {
        form.keySet().stream()
                .filter(field -> !field.equals("card"))
                .findFirst()
                .ifPresent(unknown -> {
                    throw new InvalidValue(unknown, "is not a field of this form: it has card alone");
                });
        var said = form.getOrDefault("card", "").toLowerCase(Locale.ROOT).replace('_', '-');
        return some.stream()
                .filter(card -> name(card).equals(said))
                .findFirst()
                .orElseThrow(() -> new InvalidValue(
                        "card",
                        "must be one of " + some.stream().map(Pages::name).collect(Collectors.joining(", "))
                                + ", sent as a form is: card=good"));
    }

    /** Who pays once has no other period in which a card could fail. */
    private static List<Card> offered(Book.Ordered ordered) {
        return Stream.of(Card.values())
                .filter(card -> card != Card.FAILS_LATER || ordered.months() > 0)
                .toList();
    }

    private static String name(Card card) {
        return card.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    // Checkouts

    private Shown pay(String id, Map<String, String> form) {
        var before = ledger.checkout(id);
        try {
            var card = card(form, offered(before));
            var said = life.pay(id, card);
            return checkout(200, id, card == Card.DECLINED ? Html.warning(said) : Html.note(said));
        } catch (InvalidValue noSuchCard) {
            var said = before.state().status() == GatewayCheckout.Status.OPEN
                    ? "Nothing was paid: " + noSuchCard.getMessage() + "."
                    : Life.over(before);
            return checkout(400, id, Html.warning(said));
        }
    }

    private Shown checkout(int status, String id, String said) {
        var ordered = ledger.checkout(id);
        var body = new StringBuilder(Html.heading(ordered.description()));
        ordered.state()
                .customerId()
                .map(ledger.book.customers::get)
                .ifPresent(customer -> body.append(Html.soft("For " + customer.title())));
        body.append("<p class=\"price\">").append(Html.escaped(price(ordered))).append("</p>\n");
        if (ordered.quantity() > 1) {
            body.append(Html.soft(ordered.quantity() + " × "
                    + Html.money(ordered.price().amountMinor(), ordered.price().currency())));
        }
        body.append(said).append(standing(ordered));
        return Html.page(status, title(ordered), body.toString());
    }

    private static String total(Book.Ordered ordered) {
        return Html.money(
                Math.multiplyExact(ordered.price().amountMinor(), (long) ordered.quantity()),
                ordered.price().currency());
    }

    private static String price(Book.Ordered ordered) {
        var price = total(ordered) + Html.every(ordered.months());
        return ordered.trialDays() == 0 ? price : "Free for " + ordered.trialDays() + " days, then " + price;
    }

    private static String title(Book.Ordered ordered) {
        var what = ordered.description();
        return switch (ordered.state().status()) {
            case OPEN -> "Pay for " + what;
            case PAYING -> "The payment is under way: " + what;
            case PAID -> "Paid: " + what;
            case NOTHING_DUE -> "Begun: " + what;
            case FAILED -> "Not paid: " + what;
            case EXPIRED -> (isCanceled(ordered) ? "Canceled: " : "Expired: ") + what;
        };
    }

    /** Whether it was closed before its time. */
    private static boolean isCanceled(Book.Ordered ordered) {
        return ordered.state().asOf().isBefore(ordered.expiresAt());
    }

    private String standing(Book.Ordered ordered) {
        var state = ordered.state();
        return switch (state.status()) {
            case OPEN -> paying(ordered);
            case PAYING ->
                "<p>" + Html.badge("Under way", "") + "</p>\n"
                        + Html.paragraph(
                                "The payment is under way. It takes about a minute, and can still fail: nothing more is to be done here.")
                        + "<p>" + Html.link(at("checkouts", state.id()), "Look again") + "</p>\n";
            case PAID ->
                "<p>" + Html.badge("Paid", "good")
                        + state.paymentId().map(this::less).orElse("") + "</p>\n" + paid(ordered);
            case NOTHING_DUE ->
                "<p>" + Html.badge("Begun", "good") + "</p>\n"
                        + Html.paragraph("The subscription has begun. Nothing was to be paid.") + paid(ordered);
            case FAILED ->
                "<p>" + Html.badge("Failed", "bad") + "</p>\n"
                        + Html.paragraph(
                                "The money did not come, and nothing was paid. To try again, order anew where you came from.")
                        + turnBack(ordered);
            case EXPIRED ->
                "<p>" + Html.badge(isCanceled(ordered) ? "Canceled" : "Expired", "") + "</p>\n"
                        + Html.paragraph((isCanceled(ordered)
                                        ? "This checkout was canceled before anybody paid."
                                        : "Nobody paid in time.")
                                + " It cannot be paid any more. If it is still wanted, order anew where you came from.")
                        + turnBack(ordered);
        };
    }

    private static String turnBack(Book.Ordered ordered) {
        return ordered.cancelUrl()
                .map(url -> "<p>" + Html.link(url, "Turn back") + "</p>\n")
                .orElse("");
    }

    private String paying(Book.Ordered ordered) {
        var url = at("checkouts", ordered.state().id()) + "/pay";
        var button = ordered.trialDays() > 0 ? "Begin the trial" : "Pay " + total(ordered);
        var curl =
                "curl -d card=good " + ledger.page("checkouts", ordered.state().id()) + "/pay";
        return form(url, "How does the payment end?", offered(ordered), Card.GOOD, button)
                + Html.soft("Can be paid until " + Html.minute(ordered.expiresAt()) + ".")
                + turnBack(ordered)
                + "<details><summary>Pay from a command line</summary><code>" + Html.escaped(curl)
                + "</code></details>\n";
    }

    private String paid(Book.Ordered ordered) {
        var state = ordered.state();
        var body = new StringBuilder();
        body.append(state.paymentId().map(this::wentBack).orElse(""));
        var links = new ArrayList<String>();
        ordered.successUrl().ifPresent(url -> links.add(Html.link(url, "Go back")));
        state.invoiceId().ifPresent(invoice -> links.add(Html.link(at("invoices", invoice), "See the invoice")));
        state.customerId()
                .filter(ledger.book.customers::containsKey)
                .ifPresent(customer -> links.add(Html.link(at("customers", customer), "See all of this customer")));
        links.forEach(link -> body.append("<p>").append(link).append("</p>\n"));
        return body.toString();
    }

    /** Of a payment, whether it still is one. */
    private String less(String payment) {
        long refunded = ledger.book.refunds.values().stream()
                .filter(refund ->
                        refund.paymentId().equals(payment) && refund.status() == GatewayRefund.Status.SUCCEEDED)
                .mapToLong(refund -> refund.amount().amountMinor())
                .sum();
        boolean isDisputed = ledger.book.disputes.values().stream()
                .anyMatch(dispute ->
                        dispute.paymentId().equals(payment) && dispute.status() == GatewayDispute.Status.OPEN);
        var all = ledger.paidBy(payment).paidMinor();
        var refund = refunded == 0 ? "" : " " + Html.badge(refunded < all ? "Partly refunded" : "Refunded", "");
        return refund + (isDisputed ? " " + Html.badge("Disputed", "bad") : "");
    }

    /** Of a payment, what was paid back or is disputed. */
    private String wentBack(String payment) {
        var rows = new ArrayList<List<String>>();
        for (var refund : ledger.book.refunds.values()) {
            if (refund.paymentId().equals(payment)) {
                var amount = refund.amount();
                rows.add(List.of("Refund", refund(refund), Html.money(amount.amountMinor(), amount.currency())));
            }
        }
        for (var dispute : ledger.book.disputes.values()) {
            if (dispute.paymentId().equals(payment)) {
                var amount = dispute.amount();
                rows.add(List.of("Dispute", dispute(dispute), Html.money(amount.amountMinor(), amount.currency())));
            }
        }
        return rows.isEmpty()
                ? ""
                : Html.section("What went back") + Html.table(List.of("What", "Status", "#Amount"), rows);
    }

    private static String refund(GatewayRefund refund) {
        return switch (refund.status()) {
            case PENDING -> Html.badge("Under way", "");
            case SUCCEEDED -> Html.badge("Refunded", "");
            case FAILED -> Html.badge("Failed", "bad");
            case CANCELED -> Html.badge("Canceled", "");
        };
    }

    private static String dispute(GatewayDispute dispute) {
        return switch (dispute.status()) {
            case INQUIRY -> Html.badge("Inquiry", "");
            case OPEN -> Html.badge("Open", "");
            case WON -> Html.badge("Won", "good");
            case LOST -> Html.badge("Lost", "bad");
        };
    }

    // Customers

    private Shown customer(String id, String said) {
        var customer = ledger.customer(id);
        var body = new StringBuilder(Html.heading(customer.title()))
                .append(Html.soft("What this customer pays, and how"))
                .append(said)
                .append(Html.section("Subscription"))
                .append(subscriptions(id))
                .append(kept(id))
                .append(Html.section("Card"))
                .append(Html.paragraph("They pay by a card that " + does(customer.card()) + "."))
                .append(form(
                        at("customers", id) + "/card",
                        "What does their card do from now on?",
                        AT_HAND,
                        customer.card() == Card.GOOD ? Card.GOOD : Card.DECLINED,
                        "Take this card"))
                .append(Html.section("Invoices"))
                .append(invoices(id));
        var used = ledger.usageOf(id)
                .map(usage -> List.of(
                        Html.escaped(usage.meter()),
                        Html.minute(usage.at()),
                        usage.units().toPlainString()))
                .toList();
        if (!used.isEmpty()) {
            body.append(Html.section("Metered usage")).append(Html.table(List.of("Meter", "At", "#Units"), used));
        }
        customer.returnUrl().ifPresent(url -> body.append("<p>" + Html.link(url, "Go back") + "</p>\n"));
        return Html.page(200, customer.title(), body.toString());
    }

    /** Those that go on first. */
    private String subscriptions(String customerId) {
        var theirs = ledger.book.subscriptions.values().stream()
                .filter(sub -> sub.state().customerId().equals(Optional.of(customerId)))
                .sorted(Comparator.comparing(sub -> sub.state().isFinal()))
                .map(this::subscription)
                .toList();
        return theirs.isEmpty()
                ? Html.paragraph("There is none.")
                : Html.table(List.of("What", "Status", "#Price"), theirs);
    }

    /** What was given back beyond an invoice. */
    private String kept(String customerId) {
        return ledger.kept(customerId).entrySet().stream()
                .map(sum -> Html.paragraph("Kept for the next invoice: " + Html.money(sum.getValue(), sum.getKey())))
                .collect(Collectors.joining());
    }

    private List<String> subscription(Book.Sub sub) {
        var state = sub.state();
        var how = new StringBuilder(Html.escaped(sub.description()));
        if (state.quantity() > 1) {
            how.append(" × ").append(state.quantity());
        }
        how.append("<br><span class=\"soft\">")
                .append(Html.escaped(goesOn(state)))
                .append("</span>");
        long changes = ledger.pendingMinor(state.id());
        if (changes != 0 && !state.isFinal()) {
            how.append("<br><span class=\"soft\">On the next invoice, for changes: ")
                    .append(Html.escaped(Html.money(changes, sub.price().currency())))
                    .append("</span>");
        }
        return List.of(
                how.toString(),
                standing(state.status()),
                Html.escaped(Html.money(sub.dueMinor(), sub.price().currency())) + "<br>"
                        + Html.every(sub.months()).strip());
    }

    private static String goesOn(GatewaySubscription state) {
        var end = state.currentPeriod().end().map(Html::day).orElse("");
        return switch (state.status()) {
            case CANCELED -> "ended on " + state.endedAt().map(Html::day).orElse("");
            case PAUSED -> "nothing is billed until it is resumed";
            case UNPAID -> "nothing is billed until it is paid for";
            case TRIALING -> state.cancelAtPeriodEnd() ? "ends on " + end : "is paid for from " + end + " on";
            default -> (state.cancelAtPeriodEnd() ? "ends on " : "renews on ") + end;
        };
    }

    private static String standing(GatewaySubscription.Status status) {
        return switch (status) {
            case ACTIVE -> Html.badge("Active", "good");
            case TRIALING -> Html.badge("Trial", "good");
            case PAST_DUE -> Html.badge("Past due", "bad");
            case UNPAID -> Html.badge("Unpaid", "bad");
            default -> Html.badge(word(status), "");
        };
    }

    private static String word(Enum<?> status) {
        var words = status.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    private String invoices(String customerId) {
        var rows = ledger.invoicesOf(customerId).stream()
                .map(invoice -> List.of(
                        Html.link(at("invoices", invoice.id()), named(invoice)),
                        Html.day(invoice.createdAt()),
                        standing(invoice) + invoice.paymentId().map(this::less).orElse(""),
                        Html.escaped(Html.money(invoice.totalMinor(), invoice.currency()))))
                .collect(Collectors.toCollection(ArrayList::new));
        Collections.reverse(rows);
        return rows.isEmpty()
                ? Html.paragraph("There are none yet.")
                : Html.table(List.of("Number", "Date", "Status", "#Total"), rows);
    }

    // Invoices

    private Shown invoice(String id) {
        var invoice = ledger.invoice(id);
        var currency = invoice.currency();
        var body = new StringBuilder(Html.heading("Invoice " + named(invoice)));
        invoice.customerId()
                .map(ledger.book.customers::get)
                .ifPresent(customer -> body.append("<p class=\"soft\">For ")
                        .append(Html.link(at("customers", customer.id()), customer.title()))
                        .append("</p>\n"));
        body.append("<p>")
                .append(standing(invoice))
                .append(invoice.paymentId().map(this::less).orElse(""))
                .append("</p>\n");
        body.append(Html.soft("Of " + Html.day(invoice.createdAt())
                + invoice.paidAt().map(at -> ", paid on " + Html.day(at)).orElse("")));
        var rows = invoice.lines().stream()
                .map(line -> List.of(
                        Html.escaped(line.description())
                                + line.period().map(Pages::text).orElse(""),
                        Long.toString(line.quantity()),
                        Html.escaped(Html.money(line.amountMinor(), currency))))
                .collect(Collectors.toCollection(ArrayList::new));
        rows.add(List.of(
                "<strong>Total</strong>",
                "",
                "<strong>" + Html.escaped(Html.money(invoice.totalMinor(), currency)) + "</strong>"));
        body.append(Html.table(List.of("What", "#Quantity", "#Amount"), rows));
        body.append(invoice.paymentId().map(this::wentBack).orElse(""));
        return Html.page(200, "Invoice " + named(invoice), body.toString());
    }

    private static String text(Period period) {
        return "<br><span class=\"soft\">" + Html.day(period.start())
                + period.end().map(end -> " to " + Html.day(end)).orElse("") + "</span>";
    }

    private static String standing(GatewayInvoice invoice) {
        return switch (invoice.status()) {
            case PAID -> Html.badge("Paid", "good");
            case UNCOLLECTIBLE -> Html.badge("Given up", "bad");
            case OPEN -> invoice.attempts() > 0 ? Html.badge("Payment failed", "bad") : Html.badge("Open", "");
            default -> Html.badge(word(invoice.status()), "");
        };
    }

    private static String named(GatewayInvoice invoice) {
        return invoice.number().orElse(invoice.id());
    }

    // Forms and the rest

    private static String at(String kind, String id) {
        return SandboxPayments.PAGES + "/" + kind + "/" + id;
    }

    private static String form(String url, String question, List<Card> cards, Card chosen, String button) {
        var choices = cards.stream()
                .map(card -> "<label><input type=\"radio\" name=\"card\" value=\"" + name(card) + "\""
                        + (card == chosen ? " checked" : "") + "> <span>The card " + does(card) + "</span></label>\n")
                .collect(Collectors.joining());
        return "<form method=\"post\" action=\"" + Html.escaped(url) + "\">\n<fieldset><legend>"
                + Html.escaped(question) + "</legend>\n" + choices + "</fieldset>\n<button>" + Html.escaped(button)
                + "</button>\n</form>\n";
    }

    private static String does(Card card) {
        return switch (card) {
            case GOOD -> "works";
            case FAILS_LATER -> "works today and fails at the next period";
            case SLOW -> "takes a minute";
            case SLOW_AND_FAILS -> "takes a minute and fails";
            case DECLINED -> "is declined";
        };
    }

    /** @param back a link; empty where there is nothing to look at any more */
    private static Shown done(String what, String back) {
        return Html.page(200, what, Html.heading(what) + (back.isEmpty() ? "" : "<p>" + back + "</p>\n"));
    }

    private String customerOf(String subscriptionId) {
        return ledger.subscription(subscriptionId)
                .state()
                .customerId()
                .map(id -> Html.link(at("customers", id), "See all of this customer"))
                .orElse("");
    }

    private String invoiceOf(String paymentId) {
        return Html.link(at("invoices", ledger.paidBy(paymentId).id()), "See the invoice");
    }

    private Shown toBePosted(String kind, String id, String verb) {
        var curl = "curl -X POST " + ledger.page(kind, id) + "/" + verb;
        return Html.page(
                405,
                "This is done by POST",
                Html.heading("This is done by POST")
                        + Html.paragraph("Opening the address changes nothing. Send to it, such as by:") + "<code>"
                        + Html.escaped(curl) + "</code>\n");
    }

    private static Shown missing() {
        return Html.page(
                404,
                "There is no such page",
                Html.heading("There is no such page") + Html.paragraph("Look at the address."));
    }
}

package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Refusal;
import io.allotment.sandbox.Book.Card;
import io.allotment.sandbox.SandboxPayments.Shown;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Currency;
import java.util.Locale;
import java.util.Map;

/** The sandbox's pages: plain HTML, to be read by people and posted to by curl. */
final class Pages {

    private static final int CENTS = 2;
    private static final int MONTHS_OF_YEAR = 12;

    private static final String STYLE = """
            :root { color-scheme: light dark }
            body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: light-dark(#f4f4f1, #1b1b1a) }
            main { max-width: 28rem; margin: 4rem auto; padding: 2rem; border-radius: 8px; background: light-dark(#fff, #262624);
                   box-shadow: 0 1px 4px #0003 }
            h2 { margin: 0; font-size: 1.1rem; font-weight: 600 }
            small { font-size: 1rem; font-weight: 400; color: light-dark(#5c5c58, #aaa9a3) }
            table { width: 100%; border-collapse: collapse; margin: 1rem 0 }
            th, td { text-align: left; padding: .3rem 0; border-bottom: 1px solid #8883 }
            td:nth-child(2), th:nth-child(2) { text-align: right; padding-right: 1rem; font-variant-numeric: tabular-nums }
            form { margin-top: 1.5rem } label { display: block; margin-bottom: 1rem }
            select, button { font: inherit; padding: .4rem .6rem }
            select, button { width: 100%; box-sizing: border-box; margin-top: .25rem }
            button { border: 0; border-radius: 6px; color: #fff; background: #2f6b4f; cursor: pointer }
            .sandbox { margin: -2rem -2rem 1.5rem; padding: .6rem 2rem; border-radius: 8px 8px 0 0; color: #4a3500; background: #ffe9b0 }
            .said { padding: .6rem .8rem; border-left: 4px solid #2f6b4f; background: #2f6b4f1f }
            .price { margin: .25rem 0 1rem; font-size: 1.8rem; font-weight: 600 }
            .status { font-size: .8rem; font-weight: 600; letter-spacing: .04em; padding: .15rem .5rem; border-radius: 1rem; background: #8883 }
            .paid, .nothing_due { color: #fff; background: #2f6b4f }
            .failed, .void, .uncollectible { color: #fff; background: #a33a2c }
            """;

    private final Ledger ledger;
    private final Life life;

    Pages(Ledger ledger, Life life) {
        this.ledger = ledger;
        this.life = life;
    }

    Shown answer(String method, String path, Map<String, String> form) {
        var parts = path.split("/");
        try {
            return parts.length < 3 ? missing() : answer(method, parts, form);
        } catch (Refusal refused) {
            return page(
                    refused.kind() == Refusal.Kind.NOT_FOUND ? 404 : 400,
                    "<p>" + escaped(refused.getMessage()) + "</p>");
        }
    }

    private Shown answer(String method, String[] parts, Map<String, String> form) {
        var verb = parts.length > 3 ? parts[3] : "";
        var id = parts[2];
        return switch (method + " " + parts[1] + " " + verb) {
            case "GET checkouts " -> checkout(id, "");
            case "POST checkouts pay" -> checkout(id, life.pay(id, card(form)));
            case "GET customers " -> customer(id);
            case "POST customers card" -> {
                life.card(id, card(form));
                yield customer(id);
            }
            case "POST customers delete" -> {
                life.forget(id);
                yield done("Deleted.");
            }
            case "POST subscriptions pause" -> {
                life.pause(id);
                yield done("Paused.");
            }
            case "POST subscriptions bill-again" -> {
                life.billAgain(id);
                yield done("Billed once more.");
            }
            case "GET invoices ", "GET invoices receipt" -> invoice(id);
            case "POST payments dispute" -> done("Disputed: " + life.dispute(id));
            case "POST disputes won" -> {
                life.decide(id, true);
                yield done("Won.");
            }
            case "POST disputes lost" -> {
                life.decide(id, false);
                yield done("Lost.");
            }
            case "POST refunds fail" -> {
                life.failRefund(id);
                yield done("Failed.");
            }
            default -> missing();
        };
    }

    private static Card card(Map<String, String> form) {
        var said = form.getOrDefault("card", Card.GOOD.name())
                .toUpperCase(Locale.ROOT)
                .replace('-', '_');
        return Arrays.stream(Card.values())
                .filter(card -> card.name().equals(said))
                .findFirst()
                .orElseThrow(() -> new InvalidValue("card", "must be one of " + Arrays.toString(Card.values())));
    }

    private Shown checkout(String id, String said) {
        var ordered = ledger.checkout(id);
        var body = new StringBuilder();
        if (!said.isEmpty()) {
            body.append("<p class=\"said\">").append(escaped(said)).append("</p>");
        }
        body.append("<h2>")
                .append(escaped(ordered.description()))
                .append("</h2><p class=\"price\">")
                .append(amount(
                        Math.multiplyExact(ordered.price().amountMinor(), ordered.quantity()),
                        ordered.price().currency()))
                .append("<small>")
                .append(every(ordered.months()))
                .append(ordered.trialDays() == 0 ? "" : ", after a trial of " + ordered.trialDays() + " days")
                .append("</small></p>")
                .append(status(ordered.state().status()));
        if (ordered.state().status() == GatewayCheckout.Status.OPEN) {
            body.append("<form method=\"post\" action=\"")
                    .append(SandboxPayments.PAGES)
                    .append("/checkouts/")
                    .append(escaped(id))
                    .append("/pay\">")
                    .append(cards())
                    .append("<button>Pay</button></form>");
        }
        ordered.successUrl()
                .filter(url -> ordered.state().isDone())
                .ifPresent(
                        url -> body.append("<p><a href=\"").append(escaped(url)).append("\">Go back</a></p>"));
        return page(200, body.toString());
    }

    private Shown customer(String id) {
        var customer = ledger.customer(id);
        var body = new StringBuilder("<h2>" + escaped(customer.name()) + "</h2><p>Pays by a card that "
                + does(customer.card()) + ".</p><form method=\"post\" action=\"" + SandboxPayments.PAGES + "/customers/"
                + escaped(id) + "/card\">" + cards() + "<button>Take this card</button></form>");
        var invoices = ledger.invoicesOf(id);
        if (!invoices.isEmpty()) {
            body.append("<table><tr><th>Invoice</th><th>Amount</th><th>Status</th></tr>");
            invoices.forEach(invoice -> body.append("<tr><td>")
                    .append(named(invoice))
                    .append("</td><td>")
                    .append(amount(invoice.totalMinor(), invoice.currency()))
                    .append("</td><td>")
                    .append(status(invoice.status()))
                    .append("</td></tr>"));
            body.append("</table>");
        }
        var used = ledger.usageOf(id).toList();
        if (!used.isEmpty()) {
            body.append("<table><tr><th>Used</th><th>Units</th><th>At</th></tr>");
            used.forEach(usage -> body.append("<tr><td>")
                    .append(escaped(usage.meter()))
                    .append("</td><td>")
                    .append(usage.units().toPlainString())
                    .append("</td><td>")
                    .append(usage.at())
                    .append("</td></tr>"));
            body.append("</table>");
        }
        return page(200, body.toString());
    }

    private Shown invoice(String id) {
        var invoice = ledger.invoice(id);
        var body = new StringBuilder("<h2>Invoice ").append(named(invoice)).append("</h2><table>");
        invoice.lines()
                .forEach(line -> body.append("<tr><td>")
                        .append(escaped(line.description()))
                        .append("</td><td>")
                        .append(amount(line.amountMinor(), invoice.currency()))
                        .append("</td></tr>"));
        return page(
                200,
                body.append("</table><p class=\"price\">")
                        .append(amount(invoice.totalMinor(), invoice.currency()))
                        .append("</p>")
                        .append(status(invoice.status()))
                        .toString());
    }

    private static String named(GatewayInvoice invoice) {
        return escaped(invoice.number().orElse(invoice.id()));
    }

    /** As people write it; a currency that Java does not know has cents. */
    private static String amount(long minor, String code) {
        int digits = Currency.getAvailableCurrencies().stream()
                .filter(currency -> currency.getCurrencyCode().equals(code))
                .findFirst()
                .map(Currency::getDefaultFractionDigits)
                .orElse(CENTS);
        return BigDecimal.valueOf(minor, Math.max(digits, 0)).toPlainString() + " " + escaped(code);
    }

    private static String every(int months) {
        return switch (months) {
            case 0 -> "";
            case 1 -> " a month";
            case MONTHS_OF_YEAR -> " a year";
            default -> " every " + months + " months";
        };
    }

    private static String status(Enum<?> status) {
        return "<span class=\"status " + status.name().toLowerCase(Locale.ROOT) + "\">"
                + status.name().replace('_', ' ') + "</span>";
    }

    private static String cards() {
        var options = new StringBuilder("<label>A card that <select name=\"card\">");
        for (var card : Card.values()) {
            options.append("<option value=\"")
                    .append(card)
                    .append("\">")
                    .append(does(card))
                    .append("</option>");
        }
        return options.append("</select></label> ").toString();
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

    private static Shown done(String what) {
        return page(200, "<p>" + escaped(what) + "</p>");
    }

    private static Shown missing() {
        return page(404, "<p>There is no such page.</p>");
    }

    private static Shown page(int status, String body) {
        return new Shown(
                status,
                "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                        + "<title>Sandbox</title>\n<style>" + STYLE + "</style>\n<main>\n"
                        + "<p class=\"sandbox\"><strong>Sandbox.</strong> No money is taken here.</p>\n" + body
                        + "\n</main>\n</html>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}

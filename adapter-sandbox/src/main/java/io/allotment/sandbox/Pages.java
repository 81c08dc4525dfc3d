package io.allotment.sandbox;

import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Refusal;
import io.allotment.sandbox.Book.Card;
import io.allotment.sandbox.SandboxPayments.Shown;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/** The sandbox's pages: plain HTML, to be read by people and posted to by curl. */
final class Pages {

    private final SandboxPayments sandbox;

    Pages(SandboxPayments sandbox) {
        this.sandbox = sandbox;
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
            case "POST checkouts pay" -> checkout(id, sandbox.pay(id, card(form)));
            case "GET customers " -> customer(id);
            case "POST customers card" -> {
                sandbox.card(id, card(form));
                yield customer(id);
            }
            case "GET invoices ", "GET invoices receipt" -> invoice(id);
            case "POST payments dispute" -> done("Disputed: " + sandbox.dispute(id));
            case "POST disputes won" -> {
                sandbox.decide(id, true);
                yield done("Won.");
            }
            case "POST disputes lost" -> {
                sandbox.decide(id, false);
                yield done("Lost.");
            }
            case "POST refunds fail" -> {
                sandbox.failRefund(id);
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
        var ordered = sandbox.requireCheckout(id);
        var body = new StringBuilder();
        if (!said.isEmpty()) {
            body.append("<p><strong>").append(escaped(said)).append("</strong></p>");
        }
        body.append("<p>")
                .append(escaped(ordered.description()))
                .append(": ")
                .append(ordered.price().amountMinor() * ordered.quantity())
                .append(" minor units of ")
                .append(ordered.price().currency())
                .append(ordered.months() == 0 ? "" : ", every " + ordered.months() + " months")
                .append(ordered.trialDays() == 0 ? "" : ", after a trial of " + ordered.trialDays() + " days")
                .append("</p><p>It is ")
                .append(ordered.state().status())
                .append(".</p>");
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
        var customer = sandbox.requireCustomer(id);
        var body = new StringBuilder("<p>" + escaped(customer.name()) + ", whose card is " + customer.card() + "</p>"
                + "<form method=\"post\" action=\"" + SandboxPayments.PAGES + "/customers/" + escaped(id) + "/card\">"
                + cards() + "<button>Take this card</button></form><ul>");
        sandbox.invoicesOf(id)
                .forEach(invoice -> body.append("<li>").append(line(invoice)).append("</li>"));
        return page(200, body.append("</ul>").toString());
    }

    private Shown invoice(String id) {
        return page(200, "<p>" + line(sandbox.requireInvoice(id)) + "</p>");
    }

    private static String line(GatewayInvoice invoice) {
        return escaped(invoice.number().orElse(invoice.id())) + ": " + invoice.totalMinor() + " minor units of "
                + invoice.currency() + ", " + invoice.status();
    }

    private static String cards() {
        var options = new StringBuilder("<select name=\"card\">");
        for (var card : Card.values()) {
            options.append("<option>").append(card).append("</option>");
        }
        return options.append("</select> ").toString();
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
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sandbox</title><h1>Sandbox</h1>"
                        + "<p>No money is taken here.</p>" + body + "</html>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}

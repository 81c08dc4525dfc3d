package io.allotment.sandbox;

import io.allotment.sandbox.SandboxPayments.Shown;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the sandbox's pages look, in light and dark, on a telephone and on a desk. Text of others is escaped by {@link #escaped}. */
final class Html {

    private static final int CENTS = 2;
    private static final int MONTHS_OF_YEAR = 12;

    private static final DateTimeFormatter DAY = format("d MMMM yyyy");
    private static final DateTimeFormatter MINUTE = format("d MMMM yyyy, HH:mm 'UTC'");

    private static final String STYLE = """
            :root { color-scheme: light dark; --page: #f2f2ee; --card: #fff; --text: #1c1c1a; --soft: #5a5a55; --line: #d9d9d3;
                    --accent: #2a6549; --on-accent: #fff; --note: #e4f0e9; --bad: #9b2c1f; --bad-note: #fbe6e2; --bar: #ffe9b0; --on-bar: #4a3500 }
            @media (prefers-color-scheme: dark) {
              :root { --page: #161615; --card: #242422; --text: #f0f0ea; --soft: #b2b2aa; --line: #45453f;
                      --accent: #7cc7a2; --on-accent: #0d2318; --note: #1e3a2c; --bad: #ff9d8f; --bad-note: #47211b; --bar: #4a3a10; --on-bar: #ffe9b0 } }
            * { box-sizing: border-box }
            body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); overflow-wrap: anywhere }
            main { max-width: 36rem; margin: 3rem auto; border-radius: 10px; overflow: hidden; background: var(--card); box-shadow: 0 1px 5px #0003 }
            .bar { margin: 0; padding: .6rem 2rem; color: var(--on-bar); background: var(--bar) }
            .body { padding: 1.5rem 2rem 2rem }
            h1 { margin: 0; font-size: 1.5rem; line-height: 1.25 }
            h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
            p { margin: .5rem 0 }
            .price { font-size: 1.25rem; font-weight: 600 }
            .soft { color: var(--soft) }
            .note { margin: 1rem 0; padding: .7rem 1rem; border-left: 4px solid var(--accent); background: var(--note) }
            .note.bad { border-color: var(--bad); background: var(--bad-note) }
            .badge { display: inline-block; padding: .1rem .6rem; border: 1px solid currentcolor; border-radius: 1rem; font-size: .85rem; font-weight: 600; white-space: nowrap }
            .good { color: var(--accent) } .badge.bad { color: var(--bad) }
            table { width: 100%; margin: .5rem 0 1rem; border-collapse: collapse }
            th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
            th { font-weight: 600 } thead th { color: var(--soft); font-size: .9rem }
            .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
            th:last-child, td:last-child { padding-right: 0 }
            a { color: var(--accent) }
            fieldset { margin: 1.5rem 0 1rem; padding: 0; border: 0 }
            legend { padding: 0; margin-bottom: .5rem; font-weight: 600 }
            label { display: flex; gap: .7rem; align-items: baseline; padding: .6rem .8rem; border: 1px solid var(--line); cursor: pointer }
            label:first-of-type { border-radius: 8px 8px 0 0 } label:last-of-type { border-radius: 0 0 8px 8px } label + label { border-top: 0 }
            label:has(:checked) { background: var(--note) }
            input { accent-color: var(--accent); margin: 0 }
            button { width: 100%; padding: .7rem 1rem; border: 0; border-radius: 8px; font: inherit; font-weight: 600; color: var(--on-accent);
                     background: var(--accent); cursor: pointer }
            :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
            details { margin-top: 1.5rem } summary { cursor: pointer; color: var(--soft) }
            code { display: block; margin-top: .5rem; padding: .6rem .8rem; border-radius: 6px; background: var(--page); font: .9rem/1.5 ui-monospace, monospace }
            @media (max-width: 40rem) { main { margin: 0; min-height: 100vh; border-radius: 0 } .bar { padding: .6rem 1rem } .body { padding: 1rem } }
            """;

    private Html() {}

    private static DateTimeFormatter format(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
    }

    /** @param title as it is, in the window's title too */
    static Shown page(int status, String title, String body) {
        return new Shown(status, """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s – Sandbox</title>
                <style>%s</style>
                <main>
                <p class="bar"><strong>Sandbox.</strong> No money is taken here.</p>
                <div class="body">
                %s
                </div>
                </main>
                </html>
                """.formatted(escaped(title), STYLE, body));
    }

    static String heading(String text) {
        return "<h1>" + escaped(text) + "</h1>\n";
    }

    static String section(String text) {
        return "<h2>" + escaped(text) + "</h2>\n";
    }

    static String paragraph(String text) {
        return "<p>" + escaped(text) + "</p>\n";
    }

    static String soft(String text) {
        return "<p class=\"soft\">" + escaped(text) + "</p>\n";
    }

    /** What has just happened, or is so now; read aloud at once. */
    static String note(String text) {
        return "<p class=\"note\" role=\"status\">" + escaped(text) + "</p>\n";
    }

    /** The same of what did not go well. */
    static String warning(String text) {
        return "<p class=\"note bad\" role=\"alert\">" + escaped(text) + "</p>\n";
    }

    static String link(String url, String text) {
        return "<a href=\"" + escaped(url) + "\">" + escaped(text) + "</a>";
    }

    /** How something stands: by the word, and by color besides. */
    static String badge(String word, String kind) {
        return "<span class=\"badge " + kind + "\">" + escaped(word) + "</span>";
    }

    /** Columns that are numbers have a name that begins with {@code #}. Cells are HTML. */
    static String table(List<String> columns, List<List<String>> rows) {
        return "<table>\n<thead><tr>"
                + columns.stream()
                        .map(name ->
                                "<th scope=\"col\"" + number(name) + ">" + escaped(name.replace("#", "")) + "</th>")
                        .collect(Collectors.joining())
                + "</tr></thead>\n<tbody>\n"
                + rows.stream().map(row -> row(columns, row)).collect(Collectors.joining()) + "</tbody>\n</table>\n";
    }

    private static String row(List<String> columns, List<String> cells) {
        var row = new StringBuilder("<tr>");
        for (int i = 0; i < cells.size(); i++) {
            row.append("<td")
                    .append(number(columns.get(i)))
                    .append(">")
                    .append(cells.get(i))
                    .append("</td>");
        }
        return row.append("</tr>\n").toString();
    }

    private static String number(String column) {
        return column.startsWith("#") ? " class=\"number\"" : "";
    }

    /** As people write it; a currency that Java does not know has cents. */
    static String money(long minor, String code) {
        int digits = Currency.getAvailableCurrencies().stream()
                .filter(currency -> currency.getCurrencyCode().equals(code))
                .findFirst()
                .map(Currency::getDefaultFractionDigits)
                .orElse(CENTS);
        return BigDecimal.valueOf(minor, Math.max(digits, 0)).toPlainString() + " " + code;
    }

    /** How often, of a period of so many months; nothing for what is bought once. */
    static String every(int months) {
        return switch (months) {
            case 0 -> "";
            case 1 -> " a month";
            case MONTHS_OF_YEAR -> " a year";
            default -> " every " + months + " months";
        };
    }

    static String day(Instant time) {
        return DAY.format(time);
    }

    static String minute(Instant time) {
        return MINUTE.format(time);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}

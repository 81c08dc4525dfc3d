package io.allotment.http;

import io.allotment.application.usage.UsageService;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageSummary;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A summary as CSV (RFC 4180), with a header, written row by row. What is not told apart is empty. Costs in further
 * currencies stand in further rows, which say nothing else, so that each column can be added up.
 *
 * <p>Names that come from callers and that a spreadsheet would take for a formula get an apostrophe before them.
 */
record SummaryCsv(UsageService.Summary summary) implements Reply.Sent {

    private static final Map<TokenClass, String> TOKENS = tokens();

    private static final List<String> COLUMNS = columns();

    private static Map<TokenClass, String> tokens() {
        var columns = new LinkedHashMap<TokenClass, String>();
        for (var tokenClass : TokenClass.values()) {
            var name = new StringBuilder("tokens");
            for (var word : tokenClass.name().split("_")) {
                name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
            }
            columns.put(tokenClass, name.toString());
        }
        return columns;
    }

    private static List<String> columns() {
        var columns = new ArrayList<>(List.of(
                "start",
                "operation",
                "model",
                "provider",
                "account",
                "user",
                "key",
                "relatedType",
                "relatedId",
                "events",
                "lines",
                "quantity",
                "credits",
                "uncoveredCredits",
                "overage",
                "cost",
                "currency"));
        columns.addAll(TOKENS.values());
        return List.copyOf(columns);
    }

    @Override
    public String contentType() {
        return Csv.CONTENT_TYPE;
    }

    @Override
    public void to(OutputStream out) throws IOException {
        try (var rows = Csv.begin(out, COLUMNS)) {
            for (var row : summary.rows()) {
                var costs = new ArrayDeque<>(row.amounts().costs().entrySet());
                rows.write(columns(row, row.amounts(), Optional.ofNullable(costs.poll())));
                while (!costs.isEmpty()) {
                    rows.write(columns(row, UsageAmounts.NONE, Optional.of(costs.poll())));
                }
            }
        }
    }

    private Map<String, Object> columns(
            UsageSummary row, UsageAmounts amounts, Optional<Map.Entry<String, BigDecimal>> cost) {
        var group = row.group();
        var columns = new LinkedHashMap<String, Object>();
        columns.put("start", SummaryViews.startOf(row, summary.zone()));
        Csv.put(columns, "operation", group.operation());
        Csv.put(columns, "model", group.model().map(Csv::harmless));
        Csv.put(columns, "provider", group.provider().map(Csv::harmless));
        Csv.put(columns, "account", group.account());
        Csv.put(columns, "user", group.user());
        Csv.put(columns, "key", group.key());
        Csv.put(columns, "relatedType", group.relatedTo().map(entity -> Csv.harmless(entity.type())));
        Csv.put(columns, "relatedId", group.relatedTo().map(entity -> Csv.harmless(entity.id())));
        columns.put("events", amounts.events());
        columns.put("lines", amounts.lines());
        columns.put("quantity", amounts.quantity().toString());
        columns.put("credits", amounts.credits().toString());
        columns.put("uncoveredCredits", amounts.uncoveredCredits().toString());
        columns.put("overage", amounts.overage().toString());
        columns.put(
                "cost", cost.map(Map.Entry::getValue).orElse(BigDecimal.ZERO).toPlainString());
        Csv.put(columns, "currency", cost.map(Map.Entry::getKey));
        TOKENS.forEach((tokenClass, column) -> columns.put(
                column,
                amounts.tokens()
                        .byClass()
                        .getOrDefault(tokenClass, Quantity.ZERO)
                        .toString()));
        return columns;
    }
}

package io.allotment.http;

import io.allotment.application.usage.UsageService;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageSummary;
import java.math.BigDecimal;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A summary as a table. What is not told apart is empty. Costs in further
 * currencies stand in further rows, which say nothing else, so that each column can be added up.
 *
 * <p>Names that come from callers and that a spreadsheet would take for a formula get an apostrophe before them.
 */
final class SummaryCsv {

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

    private SummaryCsv() {}

    static Csv of(UsageService.Summary summary) {
        return new Csv(COLUMNS, summary.rows().stream().flatMap(row -> rows(row, summary.zone())));
    }

    private static Stream<Map<String, Object>> rows(UsageSummary row, ZoneId zone) {
        var costs = row.amounts().costs().entrySet();
        var first = columns(row, zone, row.amounts(), costs.stream().findFirst());
        return Stream.concat(
                Stream.of(first),
                costs.stream().skip(1).map(cost -> columns(row, zone, UsageAmounts.NONE, Optional.of(cost))));
    }

    private static Map<String, Object> columns(
            UsageSummary row, ZoneId zone, UsageAmounts amounts, Optional<Map.Entry<String, BigDecimal>> cost) {
        var group = row.group();
        var columns = new LinkedHashMap<String, Object>();
        columns.put("start", SummaryViews.startOf(row, zone));
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

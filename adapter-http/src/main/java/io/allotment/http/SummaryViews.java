package io.allotment.http;

import io.allotment.application.usage.UsageService;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageSummary;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Summaries as JSON. */
final class SummaryViews {

    private SummaryViews() {}

    /** @param total of all items together */
    record Summary(Instant from, Instant to, String timeZone, List<Item> items, Amounts total) {

        static Summary of(SummaryRequest request, UsageService.Summary summary) {
            return new Summary(
                    request.from(),
                    request.to(),
                    summary.zone().getId(),
                    summary.rows().stream()
                            .map(row -> Item.of(row, summary.zone()))
                            .toList(),
                    Amounts.of(summary.rows().stream()
                            .map(UsageSummary::amounts)
                            .reduce(UsageAmounts.NONE, UsageAmounts::plus)));
        }
    }

    record Item(
            String start,
            Optional<OperationKey> operation,
            Optional<String> model,
            Optional<String> provider,
            Optional<AccountId> account,
            Optional<UserId> user,
            Optional<ApiKeyId> key,
            Optional<RelatedEntity> relatedTo,
            Amounts amounts) {

        static Item of(UsageSummary row, ZoneId zone) {
            var group = row.group();
            return new Item(
                    startOf(row, zone),
                    group.operation(),
                    group.model(),
                    group.provider(),
                    group.account(),
                    group.user(),
                    group.key(),
                    group.relatedTo(),
                    Amounts.of(row.amounts()));
        }
    }

    record Amounts(
            long events,
            long lines,
            Quantity quantity,
            Credits credits,
            Credits uncoveredCredits,
            Quantity overage,
            Optional<UsageViews.Tokens> tokens,
            List<CostView> costs) {

        static Amounts of(UsageAmounts amounts) {
            return new Amounts(
                    amounts.events(),
                    amounts.lines(),
                    amounts.quantity(),
                    amounts.credits(),
                    amounts.uncoveredCredits(),
                    amounts.overage(),
                    UsageViews.Tokens.of(amounts.tokens()),
                    CostView.all(amounts.costs()));
        }
    }

    record CostView(String amount, String currency) {

        static List<CostView> all(Map<String, BigDecimal> byCurrency) {
            return byCurrency.entrySet().stream()
                    .map(cost -> new CostView(cost.getValue().toPlainString(), cost.getKey()))
                    .toList();
        }
    }

    /** With the offset that the zone has then, since a clock may show an hour twice. */
    static String startOf(UsageSummary row, ZoneId zone) {
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(row.start().atZone(zone));
    }
}

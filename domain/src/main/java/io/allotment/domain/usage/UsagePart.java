package io.allotment.domain.usage;

import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A piece of usage as it is summed.
 *
 * @param at the start of a quarter of an hour, or of a day
 */
public record UsagePart(Instant at, UsageGroup group, UsageAmounts amounts) {

    /** Usage is summed by so many seconds: each zone's days and hours begin at such a quarter of an hour. */
    public static final long QUARTER_SECONDS = 900;

    /** The start of the quarter of an hour that the time is in. */
    public static Instant quarter(Instant time) {
        return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), QUARTER_SECONDS) * QUARTER_SECONDS);
    }

    /** What an event adds: a part for each line, what belongs to the whole with the first. */
    public static List<UsagePart> of(UsageEvent event) {
        var parts = new ArrayList<UsagePart>(event.lines().size());
        for (var line : event.lines()) {
            boolean isFirst = parts.isEmpty();
            var group = new UsageGroup(
                    Optional.of(line.operation()),
                    event.model(),
                    event.provider(),
                    Optional.of(event.accountId()),
                    event.actor().member(),
                    event.actor().key(),
                    event.relatedTo());
            var amounts = new UsageAmounts(
                    isFirst ? 1 : 0,
                    1,
                    line.quantity(),
                    line.credits(),
                    isFirst ? event.uncoveredCredits() : Credits.ZERO,
                    line.quota().map(QuotaUse::above).orElse(Quantity.ZERO),
                    isFirst ? event.tokens() : TokenCounts.NONE,
                    isFirst ? costs(event) : Map.of());
            parts.add(new UsagePart(quarter(event.at()), group, amounts));
        }
        return parts;
    }

    /** What an event adds whose cost was told later than itself: the cost alone, where the first line stands. */
    public static UsagePart ofCost(UsageEvent event) {
        var first = of(event).get(0);
        var none = UsageAmounts.NONE;
        return new UsagePart(
                first.at,
                first.group,
                new UsageAmounts(
                        0,
                        0,
                        none.quantity(),
                        none.credits(),
                        none.uncoveredCredits(),
                        none.overage(),
                        none.tokens(),
                        costs(event)));
    }

    private static Map<String, BigDecimal> costs(UsageEvent event) {
        return event.cost().map(cost -> Map.of(cost.currency(), cost.amount())).orElse(Map.of());
    }
}

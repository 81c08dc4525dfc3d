package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much was used, summed.
 *
 * @param events what belongs to an event as a whole is counted with its first line: the event itself, its tokens, what it
 *     cost and what was uncovered
 * @param lines how often an operation was used
 * @param credits what the lines were due, refunded or not
 * @param uncoveredCredits what of them nothing was left for
 * @param overage what of the quantity lay above its quota's limit
 * @param costs of AI work, by currency; without what has no price
 */
public record UsageAmounts(
        long events,
        long lines,
        Quantity quantity,
        Credits credits,
        Credits uncoveredCredits,
        Quantity overage,
        TokenCounts tokens,
        Map<String, BigDecimal> costs) {

    public static final UsageAmounts NONE = new UsageAmounts(
            0, 0, Quantity.ZERO, Credits.ZERO, Credits.ZERO, Quantity.ZERO, TokenCounts.NONE, Map.of());

    public UsageAmounts {
        requireNonNull(quantity, "quantity");
        requireNonNull(credits, "credits");
        requireNonNull(uncoveredCredits, "uncoveredCredits");
        requireNonNull(overage, "overage");
        requireNonNull(tokens, "tokens");
        costs = plain(costs);
    }

    /** By currency in order, in one form each: no zeros, neither at the end nor by themselves. */
    private static Map<String, BigDecimal> plain(Map<String, BigDecimal> costs) {
        var plain = new TreeMap<String, BigDecimal>();
        costs.forEach((currency, amount) -> {
            if (amount.signum() != 0) {
                var stripped = amount.stripTrailingZeros();
                plain.put(currency, stripped.scale() < 0 ? stripped.setScale(0) : stripped);
            }
        });
        return Collections.unmodifiableMap(plain);
    }

    private Map<String, BigDecimal> costsWith(UsageAmounts other) {
        if (costs.isEmpty() || other.costs.isEmpty()) {
            return costs.isEmpty() ? other.costs : costs;
        }
        var sum = new TreeMap<>(costs);
        other.costs.forEach((currency, amount) -> sum.merge(currency, amount, BigDecimal::add));
        return sum;
    }

    public UsageAmounts plus(UsageAmounts other) {
        return new UsageAmounts(
                events + other.events,
                lines + other.lines,
                quantity.plus(other.quantity),
                credits.plus(other.credits),
                uncoveredCredits.plus(other.uncoveredCredits),
                overage.plus(other.overage),
                tokens.plus(other.tokens),
                costsWith(other));
    }
}

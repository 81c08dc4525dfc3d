package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What the units of a model's usage cost; none where it costs nothing. Who prices a part prices its whole, so that nothing
 * that was used is left without a price.
 */
public record ModelRates(Map<PriceUnit, Rate> byUnit) {

    /** No price at all. */
    public static final ModelRates FREE = new ModelRates(Map.of());

    /**
     * What a usage costs.
     *
     * @param lines of those units that have a price and were used
     */
    public record Costs(BigDecimal total, List<Line> lines) {
        public Costs {
            lines = List.copyOf(lines);
        }
    }

    /**
     * One unit's part of the costs.
     *
     * @param count without the parts that have a price of their own
     * @param price the one that held, by the size of the input
     */
    public record Line(PriceUnit unit, BigDecimal count, BigDecimal price, BigDecimal cost) {}

    public ModelRates {
        requireNonNull(byUnit, "byUnit");
        var copy = new EnumMap<PriceUnit, Rate>(PriceUnit.class);
        copy.putAll(byUnit);
        byUnit = Collections.unmodifiableMap(copy);
        for (var unit : byUnit.keySet()) {
            for (var whole : PriceUnit.values()) {
                if (unit.isPartOf(whole) && whole.depth() == 1 && !byUnit.containsKey(whole)) {
                    throw new InvalidValue(
                            "prices",
                            "hold " + unit.priceKey() + " without " + whole.priceKey() + ", of which it is a part");
                }
            }
        }
    }

    /** Whether nothing has a price. */
    public boolean isEmpty() {
        return byUnit.isEmpty();
    }

    /**
     * What the usage costs, exactly. Refuses a usage whose parts are more than their whole, where the prices tell them
     * apart.
     */
    public Costs costs(ModelUsage usage) {
        var tiered = byUnit.values().stream().anyMatch(rate -> !rate.tiers().isEmpty());
        var input = tiered ? usage.count(PriceUnit.INPUT) : BigDecimal.ZERO;
        var lines = new ArrayList<Line>();
        var total = BigDecimal.ZERO;
        for (var own : usage.disjoint(byUnit.keySet()).entrySet()) {
            var unit = own.getKey();
            // A call of the model is what is priced; nobody need say that it was one.
            var count =
                    unit == PriceUnit.REQUEST && !usage.counts().containsKey(unit) ? BigDecimal.ONE : own.getValue();
            if (count.signum() == 0) {
                continue;
            }
            var price = byUnit.get(unit).at(input);
            var cost = Amounts.plain(price.multiply(count).movePointLeft(unit.perDigits()));
            lines.add(new Line(unit, count, price, cost));
            total = total.add(cost);
        }
        lines.sort((a, b) -> a.unit().compareTo(b.unit()));
        return new Costs(Amounts.plain(total), lines);
    }
}

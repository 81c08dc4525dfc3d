package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a unit costs. With tiers, the whole input decides which price holds, for all tokens: one token above a tier's start,
 * and every token costs the tier's price.
 *
 * @param base for a million tokens, a thousand requests, or one, as the unit says
 * @param tiers by their start, ascending
 */
public record Rate(BigDecimal base, List<Tier> tiers) {

    private static final int MAX_TIERS = 20;

    /**
     * Another price for larger inputs.
     *
     * @param start the largest input that does not yet cost it, in tokens
     */
    public record Tier(long start, BigDecimal price) {
        public Tier {
            if (start < 0) {
                throw new InvalidValue("start", "must not be negative");
            }
            price = Amounts.exact("price", price);
        }
    }

    public Rate {
        base = Amounts.exact("price", base);
        tiers = tiers.stream().sorted(Comparator.comparingLong(Tier::start)).toList();
        if (tiers.size() > MAX_TIERS) {
            throw new InvalidValue("tiers", "must be at most " + MAX_TIERS);
        }
    }

    /** One price for any input. */
    public static Rate of(String price) {
        return new Rate(new BigDecimal(price), List.of());
    }

    /** With another price above so many tokens of input. */
    public Rate above(long start, String price) {
        var more = new ArrayList<>(tiers);
        more.add(new Tier(start, new BigDecimal(price)));
        return new Rate(base, more);
    }

    /** The price for an input of so many tokens. */
    public BigDecimal at(BigDecimal input) {
        var price = base;
        for (var tier : tiers) {
            if (input.compareTo(BigDecimal.valueOf(tier.start())) > 0) {
                price = tier.price();
            }
        }
        return price;
    }
}

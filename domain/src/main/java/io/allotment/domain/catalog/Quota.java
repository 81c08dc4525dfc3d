package io.allotment.domain.catalog;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * How much of a metered feature a period holds, and what happens above it.
 *
 * @param limit below 10^18; empty for no limit
 * @param reset when the used count starts again at zero
 * @param windowSeconds the length of a {@code FIXED_WINDOW}, 60 seconds to 366 days; empty for the other policies
 * @param gracePercent with {@code BLOCK}: how far above the limit is still let through, 0 to 1,000
 */
public record Quota(
        Optional<Quantity> limit, Reset reset, Optional<Long> windowSeconds, Overage overage, int gracePercent) {

    /** When the used count starts again at zero. */
    public enum Reset {
        /** With each period of the subscription. */
        BILLING_CYCLE,
        /** On the first of the month in the tenant's time zone. */
        CALENDAR_MONTH,
        /** At midnight in the tenant's time zone. */
        CALENDAR_DAY,
        /** Every {@code windowSeconds}, counted from the subscription's anchor. */
        FIXED_WINDOW,
        /** Never by itself. */
        NEVER
    }

    /** What happens above the limit. */
    public enum Overage {
        /** Refused, above the grace. */
        BLOCK,
        /** Let through and counted. */
        ALLOW,
        /** Let through; what lies above the limit is counted apart as billable. */
        BILL,
        /** The part above the limit costs credits at the operation's rate; the part within it costs none. */
        DRAW_CREDITS
    }

    private static final Quantity MAX_LIMIT = Quantity.of(1_000_000_000_000_000_000L);

    public Quota {
        limit.ifPresent(l -> {
            if (l.compareTo(MAX_LIMIT) >= 0) {
                throw new InvalidValue("limit", "must be below " + MAX_LIMIT);
            }
        });
        requireNonNull(reset, "reset");
        requireNonNull(overage, "overage");
        if ((reset == Reset.FIXED_WINDOW) != windowSeconds.isPresent()) {
            throw new InvalidValue("windowSeconds", "goes with the reset policy FIXED_WINDOW, and only with it");
        }
        windowSeconds.ifPresent(seconds -> {
            if (seconds < 60 || seconds > 366L * 86_400) {
                throw new InvalidValue("windowSeconds", "must be from 60 to " + 366L * 86_400);
            }
        });
        if (gracePercent < 0 || gracePercent > 1_000) {
            throw new InvalidValue("gracePercent", "must be from 0 to 1000");
        }
        if (gracePercent > 0 && overage != Overage.BLOCK) {
            throw new InvalidValue("gracePercent", "is only for the overage policy BLOCK");
        }
    }

    /** A quota of the commonest form: so much a billing cycle, then refused. */
    public static Quota perCycle(long limit) {
        return new Quota(Optional.of(Quantity.of(limit)), Reset.BILLING_CYCLE, Optional.empty(), Overage.BLOCK, 0);
    }

    /** Up to where {@code BLOCK} lets through: limit × (1 + grace percent / 100), cut to nine decimals. */
    public Optional<Quantity> ceiling() {
        return limit.map(l -> new Quantity(l.value()
                .multiply(BigDecimal.valueOf(100L + gracePercent))
                .movePointLeft(2)
                .setScale(9, RoundingMode.DOWN)));
    }

    /** Whether it refuses so much in a period: above its ceiling, and its policy blocks. */
    public boolean blocks(Quantity used) {
        return overage == Overage.BLOCK
                && ceiling().map(ceiling -> used.compareTo(ceiling) > 0).orElse(false);
    }
}

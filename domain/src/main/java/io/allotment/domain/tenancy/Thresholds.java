package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import java.util.List;
import java.util.Optional;

/**
 * When a tenant wants to hear of it.
 *
 * @param quotaPercents of a quota's limit, ascending, at most ten, each from 1 to 1,000
 * @param lowCredits available credits below this; empty for never
 */
public record Thresholds(List<Integer> quotaPercents, Optional<Credits> lowCredits) {

    public static final Thresholds DEFAULT = new Thresholds(List.of(50, 80, 100), Optional.empty());

    public Thresholds {
        quotaPercents = List.copyOf(quotaPercents);
        if (quotaPercents.size() > 10) {
            throw new InvalidValue("quotaPercents", "must be at most ten");
        }
        for (int i = 0; i < quotaPercents.size(); i++) {
            int percent = quotaPercents.get(i);
            if (percent < 1 || percent > 1_000 || i > 0 && percent <= quotaPercents.get(i - 1)) {
                throw new InvalidValue("quotaPercents", "must be from 1 to 1000, each more than the one before");
            }
        }
        requireNonNull(lowCredits, "lowCredits");
        lowCredits = lowCredits.map(credits -> credits.requirePositive("lowCredits"));
    }
}

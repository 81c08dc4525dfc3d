package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import java.time.Instant;

/**
 * What a subscription has had of included credits in one period: so that no change of plan, and nobody who is told twice,
 * grants them again.
 *
 * @param periodStart of the period
 * @param entitled what the plan versions of this period give together, each for its part
 * @param granted what was granted, less what was taken back; more than {@code entitled} where some was spent before it
 *     could be
 */
public record IncludedCredits(Instant periodStart, Credits entitled, Credits granted) {

    public IncludedCredits {
        requireNonNull(periodStart, "periodStart");
        requireNonNull(entitled, "entitled");
        requireNonNull(granted, "granted");
    }
}

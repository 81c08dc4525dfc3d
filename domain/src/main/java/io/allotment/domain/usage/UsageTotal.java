package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import java.time.LocalDate;

/**
 * One operation's usage on one day of the tenant's calendar.
 *
 * @param lines how often it was used
 */
public record UsageTotal(LocalDate day, OperationKey operation, long lines, Quantity quantity, Credits credits) {

    public UsageTotal {
        requireNonNull(day, "day");
        requireNonNull(operation, "operation");
        requireNonNull(quantity, "quantity");
        requireNonNull(credits, "credits");
    }
}

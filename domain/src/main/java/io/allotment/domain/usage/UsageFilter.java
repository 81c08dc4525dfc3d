package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TimeRange;
import java.util.Optional;

/**
 * Which usage is wanted: what matches all that is given.
 *
 * @param operation events with a line of it
 */
public record UsageFilter(
        Optional<AccountId> account,
        Optional<OperationKey> operation,
        Optional<RelatedEntity> relatedTo,
        TimeRange at) {

    public static final UsageFilter ALL =
            new UsageFilter(Optional.empty(), Optional.empty(), Optional.empty(), TimeRange.ALL);

    public UsageFilter {
        requireNonNull(account, "account");
        requireNonNull(operation, "operation");
        requireNonNull(relatedTo, "relatedTo");
        requireNonNull(at, "at");
    }

    public boolean matches(UsageEvent event) {
        return account.map(event.accountId()::equals).orElse(true)
                && operation
                        .map(key -> event.lines().stream()
                                .anyMatch(line -> line.operation().equals(key)))
                        .orElse(true)
                && (relatedTo.isEmpty() || relatedTo.equals(event.relatedTo()))
                && at.holds(event.at());
    }
}

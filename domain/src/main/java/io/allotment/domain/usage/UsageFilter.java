package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.util.Optional;

/**
 * Which usage is wanted: what matches all that is given.
 *
 * @param operation events with a line of it
 * @param from included
 * @param to excluded
 */
public record UsageFilter(
        Optional<AccountId> account,
        Optional<OperationKey> operation,
        Optional<RelatedEntity> relatedTo,
        Optional<Instant> from,
        Optional<Instant> to) {

    public static final UsageFilter ALL =
            new UsageFilter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public UsageFilter {
        requireNonNull(account, "account");
        requireNonNull(operation, "operation");
        requireNonNull(relatedTo, "relatedTo");
        from = from.map(time -> Times.stored("from", time));
        to = to.map(time -> Times.stored("to", time));
        if (from.isPresent() && to.isPresent() && !to.get().isAfter(from.get())) {
            throw new InvalidValue("to", "must be after from");
        }
    }

    public boolean matches(UsageEvent event) {
        return account.map(event.accountId()::equals).orElse(true)
                && operation
                        .map(key -> event.lines().stream()
                                .anyMatch(line -> line.operation().equals(key)))
                        .orElse(true)
                && (relatedTo.isEmpty() || relatedTo.equals(event.relatedTo()))
                && from.map(start -> !event.at().isBefore(start)).orElse(true)
                && to.map(end -> event.at().isBefore(end)).orElse(true);
    }
}

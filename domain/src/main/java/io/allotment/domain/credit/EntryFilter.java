package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.util.Optional;

/**
 * Which ledger entries are wanted: those that match all that is given.
 *
 * @param expiresBefore entries about grants that expire before this
 */
public record EntryFilter(
        Optional<CreditEntry.Type> type,
        Optional<GrantSource> source,
        Optional<String> sourceId,
        Optional<RelatedEntity> relatedTo,
        Optional<Instant> expiresBefore,
        Optional<String> paymentReference) {

    public static final EntryFilter ALL = new EntryFilter(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public EntryFilter {
        requireNonNull(type, "type");
        requireNonNull(source, "source");
        sourceId = sourceId.map(text -> Text.name("sourceId", text, 200));
        requireNonNull(relatedTo, "relatedTo");
        expiresBefore = expiresBefore.map(time -> Times.stored("expiresBefore", time));
        paymentReference = paymentReference.map(text -> Text.name("paymentReference", text, 255));
    }

    public boolean matches(CreditEntry entry) {
        var reason = entry.reason();
        return type.map(entry.type()::equals).orElse(true)
                && matches(source, reason.source())
                && matches(sourceId, reason.sourceId())
                && matches(relatedTo, reason.relatedTo())
                && matches(paymentReference, reason.paymentReference())
                && expiresBefore
                        .map(limit -> reason.expiresAt()
                                .map(end -> end.isBefore(limit))
                                .orElse(false))
                        .orElse(true);
    }

    private static <T> boolean matches(Optional<T> wanted, Optional<T> is) {
        return wanted.isEmpty() || wanted.equals(is);
    }
}

package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * Why credits moved: what a ledger entry is found again by.
 *
 * @param source where the credits came from, for entries about one grant
 * @param expiresAt when the grant expires, for entries about one grant
 * @param decision the gate's decision, for consumption
 * @param idempotencyKey of a grant, an adjustment or a void
 */
public record CreditReason(
        Actor actor,
        Optional<GrantSource> source,
        Optional<String> sourceId,
        Optional<Instant> expiresAt,
        Optional<String> paymentReference,
        Optional<DecisionId> decision,
        Optional<RelatedEntity> relatedTo,
        Optional<String> description,
        Document metadata,
        Optional<IdempotencyKey> idempotencyKey) {

    public CreditReason {
        requireNonNull(actor, "actor");
        requireNonNull(source, "source");
        requireNonNull(sourceId, "sourceId");
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(paymentReference, "paymentReference");
        requireNonNull(decision, "decision");
        requireNonNull(relatedTo, "relatedTo");
        description = description.map(text -> Text.prose("description", text, 2_000));
        requireNonNull(metadata, "metadata");
        requireNonNull(idempotencyKey, "idempotencyKey");
    }

    /** Credits moved by the gate. */
    public static CreditReason decided(DecisionId decision, Actor actor, Optional<RelatedEntity> relatedTo) {
        return new CreditReason(
                actor,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(decision),
                relatedTo,
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());
    }

    /** Credits drawn by an operator. */
    public static CreditReason manual(
            Actor actor,
            Optional<RelatedEntity> relatedTo,
            Optional<String> description,
            Optional<IdempotencyKey> key) {
        return new CreditReason(
                actor,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                relatedTo,
                description,
                Document.EMPTY,
                key);
    }

    /** Something that happened to one grant, found again by what is known of the grant. */
    public static CreditReason about(
            GrantTerms terms, Actor actor, Optional<String> description, Optional<IdempotencyKey> key) {
        return new CreditReason(
                actor,
                Optional.of(terms.source()),
                terms.sourceId(),
                terms.expiresAt(),
                terms.paymentReference(),
                Optional.empty(),
                Optional.empty(),
                description,
                terms.metadata(),
                key);
    }
}

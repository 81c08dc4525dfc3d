package io.allotment.domain.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What was used: one event for each allowed consume, each settle and each recording, under the decision's id.
 *
 * @param credits all of its lines together
 * @param uncoveredCredits what of them nothing was left for when a reservation was settled or usage recorded: outside of the
 *     balance
 * @param balanceAfter of the account's credits
 * @param ledgerSequence the entry that drew the credits, where any were
 * @param reservation the one that was settled
 * @param provider who offered the model, where it was told
 * @param cost of the AI work; empty where there was none, and where it is still to be priced
 */
public record UsageEvent(
        TenantId tenantId,
        DecisionId id,
        AccountId accountId,
        Actor actor,
        List<Line> lines,
        Credits credits,
        Credits uncoveredCredits,
        Credits balanceAfter,
        Optional<Long> ledgerSequence,
        Optional<ReservationId> reservation,
        Optional<RelatedEntity> relatedTo,
        Optional<String> model,
        TokenCounts tokens,
        Document metadata,
        Source source,
        Instant at,
        Optional<String> provider,
        Optional<Cost> cost) {

    /** How an event came to be. */
    public enum Source {
        /** A decision of the gate. */
        GATE,
        /** Told afterwards: the gate was not asked before. */
        RECORDED
    }

    /** One operation of an event. */
    public record Line(OperationKey operation, Quantity quantity, Credits credits, Optional<QuotaUse> quota) {
        public Line {
            requireNonNull(operation, "operation");
            requireNonNull(quantity, "quantity");
            requireNonNull(credits, "credits");
            requireNonNull(quota, "quota");
        }
    }

    public UsageEvent {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(actor, "actor");
        lines = List.copyOf(lines);
        requireNonNull(credits, "credits");
        requireNonNull(uncoveredCredits, "uncoveredCredits");
        requireNonNull(balanceAfter, "balanceAfter");
        requireNonNull(ledgerSequence, "ledgerSequence");
        requireNonNull(reservation, "reservation");
        requireNonNull(relatedTo, "relatedTo");
        requireNonNull(model, "model");
        requireNonNull(tokens, "tokens");
        requireNonNull(metadata, "metadata");
        requireNonNull(source, "source");
        requireNonNull(at, "at");
        requireNonNull(provider, "provider");
        requireNonNull(cost, "cost");
    }

    /** With what it turned out to have cost. */
    public UsageEvent priced(Cost laterCost) {
        if (cost.isPresent()) {
            throw new IllegalStateException("the event " + id + " has a cost already");
        }
        return new UsageEvent(
                tenantId,
                id,
                accountId,
                actor,
                lines,
                credits,
                uncoveredCredits,
                balanceAfter,
                ledgerSequence,
                reservation,
                relatedTo,
                model,
                tokens,
                metadata,
                source,
                at,
                provider,
                Optional.of(laterCost));
    }

    /** Whether it is AI work that is still to be priced. */
    public boolean lacksPrice() {
        return model.isPresent() && !tokens.isEmpty() && cost.isEmpty();
    }

    /** One without costs. */
    public UsageEvent(
            TenantId tenantId,
            DecisionId id,
            AccountId accountId,
            Actor actor,
            List<Line> lines,
            Credits credits,
            Credits uncoveredCredits,
            Credits balanceAfter,
            Optional<Long> ledgerSequence,
            Optional<ReservationId> reservation,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            TokenCounts tokens,
            Document metadata,
            Source source,
            Instant at) {
        this(
                tenantId,
                id,
                accountId,
                actor,
                lines,
                credits,
                uncoveredCredits,
                balanceAfter,
                ledgerSequence,
                reservation,
                relatedTo,
                model,
                tokens,
                metadata,
                source,
                at,
                Optional.empty(),
                Optional.empty());
    }
}

package io.allotment.domain.quota;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * One line of a quota's history. Resets and manual changes are kept as such; what the gate consumed is told by its usage
 * events, and appears here as an increment with the decision's id.
 *
 * @param amount what was added, taken away, or wiped out by a reset
 * @param usedAfter in the period, after it
 * @param limit as it stood then; empty for no limit
 * @param period the one it counts in; for a reset at a period's end the new one
 */
public record QuotaChange(
        TenantId tenantId,
        QuotaChangeId id,
        AccountId accountId,
        FeatureKey feature,
        Operation operation,
        Quantity amount,
        Quantity usedAfter,
        Optional<Quantity> limit,
        String reason,
        Optional<RelatedEntity> relatedTo,
        Period period,
        Actor actor,
        Optional<IdempotencyKey> idempotencyKey,
        Instant at) {

    /** What happened to the used count. */
    public enum Operation {
        INCREMENT,
        DECREMENT,
        RESET
    }

    public QuotaChange {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(feature, "feature");
        requireNonNull(operation, "operation");
        requireNonNull(amount, "amount");
        requireNonNull(usedAfter, "usedAfter");
        requireNonNull(limit, "limit");
        reason = Text.name("reason", reason, 500);
        requireNonNull(relatedTo, "relatedTo");
        requireNonNull(period, "period");
        requireNonNull(actor, "actor");
        requireNonNull(idempotencyKey, "idempotencyKey");
        requireNonNull(at, "at");
    }

    /** Whether it is what such a correction came to; a decrement may have stopped at zero. */
    public boolean isSameAs(Operation wanted, Optional<Quantity> wantedAmount, String wantedReason) {
        boolean sameAmount = wantedAmount
                .map(w -> w.equals(amount)
                        || operation == Operation.DECREMENT && usedAfter.isZero() && w.compareTo(amount) > 0)
                .orElse(operation == Operation.RESET);
        return operation == wanted && sameAmount && reason.equals(Text.name("reason", wantedReason, 500));
    }

    /** The reset of a counter whose period was over. */
    public static QuotaChange rolledOver(
            QuotaCounter before, QuotaCounter after, Optional<Quantity> limit, QuotaChangeId id, Instant now) {
        return new QuotaChange(
                before.tenantId(),
                id,
                before.accountId(),
                before.feature(),
                Operation.RESET,
                before.used(),
                after.used(),
                limit,
                "period over",
                Optional.empty(),
                after.period(),
                Actor.system(),
                Optional.empty(),
                now);
    }

    /** What a decision gave back. */
    public static QuotaChange givenBack(
            QuotaCounter before,
            QuotaCounter after,
            Optional<Quantity> limit,
            QuotaChangeId id,
            String reason,
            Optional<RelatedEntity> relatedTo,
            Actor actor,
            Instant now) {
        return new QuotaChange(
                before.tenantId(),
                id,
                before.accountId(),
                before.feature(),
                Operation.DECREMENT,
                after.differenceFrom(before),
                after.used(),
                limit,
                reason,
                relatedTo,
                after.period(),
                actor,
                Optional.empty(),
                now);
    }
}

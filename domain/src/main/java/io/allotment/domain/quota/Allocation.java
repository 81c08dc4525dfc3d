package io.allotment.domain.quota;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;

/**
 * What something holds of an allocated feature: a seat, a connected account. It counts in the feature's quota until it is
 * given back.
 *
 * @param quantity zero where all of it was given back
 * @param since when it was first taken
 */
public record Allocation(
        TenantId tenantId,
        AccountId accountId,
        FeatureKey feature,
        RelatedEntity relatedTo,
        Quantity quantity,
        Instant since) {

    /** Which one, inside its tenant. */
    public record Ref(TenantId tenantId, AccountId accountId, FeatureKey feature, RelatedEntity relatedTo) {}

    public Allocation {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(accountId, "accountId");
        requireNonNull(feature, "feature");
        requireNonNull(relatedTo, "relatedTo");
        requireNonNull(quantity, "quantity");
        requireNonNull(since, "since");
    }

    public Ref ref() {
        return new Ref(tenantId, accountId, feature, relatedTo);
    }

    public Allocation plus(Quantity more) {
        return new Allocation(tenantId, accountId, feature, relatedTo, quantity.plus(more), since);
    }

    public Allocation minus(Quantity less) {
        return new Allocation(tenantId, accountId, feature, relatedTo, quantity.minusOrZero(less), since);
    }
}

package io.allotment.domain.gate;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that deciding some calls needs to know.
 *
 * @param tenants those of the calls that exist
 * @param members the acting users that belong to their tenant
 * @param operations those of the lines that exist
 * @param planVersions those of the accounts' subscriptions
 * @param accounts for each call the first of its payers that exists
 * @param recorded decisions made under the calls' keys
 */
public record GateState(
        Map<TenantId, Tenant> tenants,
        Set<Member> members,
        Map<OperationKey, Operation> operations,
        Map<PlanVersionId, PlanVersion> planVersions,
        Map<AccountRef, AccountState> accounts,
        Map<KeyRef, Recorded> recorded) {

    /** A user who belongs to a tenant. */
    public record Member(TenantId tenantId, UserId userId) {}

    /** An account across tenants. */
    public record AccountRef(TenantId tenantId, AccountId accountId) {}

    /** An idempotency key across tenants. */
    public record KeyRef(TenantId tenantId, IdempotencyKey key) {}

    /** What the gate reads and changes of an account. */
    public record AccountState(
            CreditAccount credits, Optional<Subscription> subscription, Map<FeatureKey, QuotaCounter> counters) {

        public AccountState {
            counters = Map.copyOf(counters);
        }

        public AccountRef ref() {
            return new AccountRef(credits.tenantId(), credits.id());
        }
    }

    /** A decision and what was asked. */
    public record Recorded(String fingerprint, Decision decision) {}

    public GateState {
        tenants = Map.copyOf(tenants);
        members = Set.copyOf(members);
        operations = Map.copyOf(operations);
        planVersions = Map.copyOf(planVersions);
        accounts = Map.copyOf(accounts);
        recorded = Map.copyOf(recorded);
    }
}

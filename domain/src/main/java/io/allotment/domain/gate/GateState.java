package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that deciding some calls needs to know, but for the catalogue.
 *
 * @param catalogVersion which the catalogue had when this was read
 * @param tenants those of the calls that exist
 * @param rightsVersions of these tenants; read before what they count the changes of
 * @param members the acting users that belong to their tenant
 * @param accounts for each call the first of its payers that exists, or the one of its reservation or decision
 * @param recorded decisions made under the calls' keys
 * @param reservations those that the calls name, and those of the accounts whose lease has ended and that still hold
 * @param allocations what the calls' related entities hold
 * @param spending the limits of the calls' spenders, and those of the named reservations' and decisions'
 * @param charged the charges that the calls want to undo
 */
public record GateState(
        long catalogVersion,
        Map<TenantId, Tenant> tenants,
        Map<TenantId, Long> rightsVersions,
        Set<Member> members,
        Map<AccountRef, AccountState> accounts,
        Map<KeyRef, Recorded> recorded,
        Map<ReservationRef, Reservation> reservations,
        Map<Allocation.Ref, Allocation> allocations,
        List<Spending> spending,
        Map<DecisionRef, Charged> charged) {

    /** A user who belongs to a tenant. */
    public record Member(TenantId tenantId, UserId userId) {}

    /** An account across tenants. */
    public record AccountRef(TenantId tenantId, AccountId accountId) {}

    /** An idempotency key across tenants. */
    public record KeyRef(TenantId tenantId, IdempotencyKey key) {}

    /** A reservation across tenants. */
    public record ReservationRef(TenantId tenantId, ReservationId id) {}

    /** A decision across tenants. */
    public record DecisionRef(TenantId tenantId, DecisionId id) {}

    /** What the gate reads and changes of an account. */
    public record AccountState(
            CreditAccount credits, Optional<Subscription> subscription, Map<FeatureKey, QuotaCounter> counters) {

        public AccountState {
            counters = Map.copyOf(counters);
        }

        public AccountRef ref() {
            return new AccountRef(credits.tenantId(), credits.id());
        }

        /** As it is after a change of this account. */
        public AccountState after(GateChanges.AccountChange change) {
            var changed = new HashMap<>(counters);
            change.counters().forEach(counter -> changed.put(counter.feature(), counter));
            return new AccountState(
                    change.credits().account(), change.subscription().or(() -> subscription), changed);
        }
    }

    /** A decision and what was asked. */
    public record Recorded(String fingerprint, Decision decision) {}

    /**
     * A spend limit.
     *
     * @param held the credits of its spender's reservations whose lease goes on, on any account
     */
    public record Spending(SpendLimit limit, Credits held) {}

    /**
     * A decision that charged something.
     *
     * @param event what it recorded; empty where it charged nothing
     * @param entry what it drew, where it drew any
     * @param spent the grants that hold nothing now, of the entry, and of entries that repaid an overdraft after it
     * @param refund the decision that undid it, where one has
     */
    public record Charged(
            Decision decision,
            Optional<UsageEvent> event,
            Optional<CreditEntry> entry,
            List<CreditGrant> spent,
            Optional<Decision> refund) {
        public Charged {
            spent = List.copyOf(spent);
        }
    }

    public GateState {
        tenants = Map.copyOf(tenants);
        rightsVersions = Map.copyOf(rightsVersions);
        members = Set.copyOf(members);
        accounts = Map.copyOf(accounts);
        recorded = Map.copyOf(recorded);
        reservations = Map.copyOf(reservations);
        allocations = Map.copyOf(allocations);
        spending = List.copyOf(spending);
        charged = Map.copyOf(charged);
    }
}

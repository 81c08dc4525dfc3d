package io.allotment.persistence.memory;

import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** All there is. The comments name the keys. */
final class Tables {

    private final Units units;
    /** How often the catalogue was written, and one. */
    private long catalogVersion = 1;

    private final List<Table<?>> ofTenants = new ArrayList<>();

    /** id */
    final Table<User> users;
    /** key */
    final Table<Feature> features;
    /** key */
    final Table<Operation> operations;
    /** key */
    final Table<Plan> plans;
    /** id */
    final Table<PlanVersion> planVersions;
    /** idempotency key */
    final Table<Request> platformRequests;
    /** the digest in hex, which is the row too */
    final Table<String> rootKeys;

    /** tenant */
    final Table<Tenant> tenants;
    /** tenant, user */
    final Table<Membership> memberships;
    /** tenant, account */
    final Table<BillingAccount> accounts;
    /** tenant, account, id */
    final Table<Subscription> subscriptions;
    /** tenant, account */
    final Table<Ledger> ledgers;
    /** tenant, account, id */
    final Table<CreditGrant> grants;
    /** tenant, account, id: those that hold something */
    final Table<CreditGrant> liveGrants;
    /** tenant, account, sequence */
    final Table<CreditEntry> entries;
    /** tenant, idempotency key */
    final Table<CreditEntry> entriesByKey;
    /** tenant, account, feature */
    final Table<QuotaCounter> counters;
    /** tenant, account, feature, id */
    final Table<QuotaChange> quotaChanges;
    /** tenant, idempotency key */
    final Table<QuotaChange> quotaChangesByKey;
    /** tenant, id */
    final Table<GateState.Recorded> decisions;
    /** tenant, idempotency key */
    final Table<GateState.Recorded> decisionsByKey;
    /** tenant, id of the decision that was undone */
    final Table<Decision> refunds;
    /** tenant, id */
    final Table<Reservation> reservations;
    /** tenant, account, id: those that say {@code HELD} */
    final Table<Reservation> openReservations;
    /** tenant, kind and id of the spender, id: those that say {@code HELD} */
    final Table<Reservation> openReservationsBySpender;
    /** tenant, kind and id of the spender, window */
    final Table<SpendLimit> spendLimits;
    /** tenant, account, feature, bytes of the related entity's type and id */
    final Table<Allocation> allocations;
    /** tenant, bytes of the related entity's type and id, account, feature */
    final Table<Allocation> allocationsByEntity;
    /** tenant, decision, number */
    final Table<Notice> notices;
    /** tenant, id */
    final Table<UsageEvent> events;
    /** tenant, idempotency key */
    final Table<Request> tenantRequests;

    /** How an account's credits stand, but for its grants. */
    record Ledger(
            TenantId tenantId,
            AccountId accountId,
            Credits balance,
            Credits held,
            Credits overdraft,
            Credits overdraftLimit,
            boolean lowNoticed,
            long lastSequence) {

        static Ledger of(CreditAccount account) {
            return new Ledger(
                    account.tenantId(),
                    account.id(),
                    account.balance(),
                    account.held(),
                    account.overdraft(),
                    account.overdraftLimit(),
                    account.lowNoticed(),
                    account.lastSequence());
        }

        CreditAccount with(List<CreditGrant> grants) {
            return new CreditAccount(
                    tenantId, accountId, balance, held, overdraft, overdraftLimit, lowNoticed, lastSequence, grants);
        }
    }

    /** A request, answered or being answered. */
    record Request(Optional<TenantId> tenantId, String fingerprint, Optional<String> answer) {}

    Tables(Units units) {
        this.units = units;
        users = Table.ofPlatform(units, "users");
        features = Table.ofCatalogue(units, "features", this::catalogueWritten);
        operations = Table.ofCatalogue(units, "operations", this::catalogueWritten);
        plans = Table.ofCatalogue(units, "plans", this::catalogueWritten);
        planVersions = Table.ofCatalogue(units, "plan versions", this::catalogueWritten);
        platformRequests = Table.ofPlatform(units, "the platform's requests");
        rootKeys = Table.ofPlatform(units, "root keys");
        tenants = ofTenants("tenants", Tenant::id);
        memberships = ofTenants("memberships", Membership::tenantId);
        accounts = ofTenants("accounts", BillingAccount::tenantId);
        subscriptions = ofTenants("subscriptions", Subscription::tenantId);
        ledgers = ofTenants("credit accounts", Ledger::tenantId);
        grants = ofTenants("grants", CreditGrant::tenantId);
        liveGrants = ofTenants("grants", CreditGrant::tenantId);
        entries = ofTenants("ledger entries", CreditEntry::tenantId);
        entriesByKey = ofTenants("ledger entries", CreditEntry::tenantId);
        counters = ofTenants("quota counters", QuotaCounter::tenantId);
        quotaChanges = ofTenants("quota changes", QuotaChange::tenantId);
        quotaChangesByKey = ofTenants("quota changes", QuotaChange::tenantId);
        decisions = ofTenants("decisions", recorded -> recorded.decision().tenantId());
        decisionsByKey = ofTenants("decisions", recorded -> recorded.decision().tenantId());
        refunds = ofTenants("decisions", Decision::tenantId);
        reservations = ofTenants("reservations", Reservation::tenantId);
        openReservations = ofTenants("reservations", Reservation::tenantId);
        openReservationsBySpender = ofTenants("reservations", Reservation::tenantId);
        spendLimits = ofTenants("spend limits", SpendLimit::tenantId);
        allocations = ofTenants("allocations", Allocation::tenantId);
        allocationsByEntity = ofTenants("allocations", Allocation::tenantId);
        notices = ofTenants("notices", Notice::tenantId);
        events = ofTenants("usage events", UsageEvent::tenantId);
        tenantRequests = ofTenants("requests", request -> request.tenantId().orElseThrow());
    }

    private <V> Table<V> ofTenants(String name, Function<V, TenantId> tenantOf) {
        var table = Table.ofTenants(units, name, tenantOf);
        ofTenants.add(table);
        return table;
    }

    /** Refuses to go on outside of a unit of work, where there is no row to refuse it. */
    void requireUnit() {
        units.current();
    }

    long catalogVersion() {
        return catalogVersion;
    }

    private void catalogueWritten() {
        long before = catalogVersion;
        catalogVersion = before + 1;
        units.current().undoBy(() -> catalogVersion = before);
    }

    /** False where there is no such tenant. */
    boolean removeTenant(TenantId id) {
        units.current().requirePlatform("deleting a tenant");
        if (tenants.find(Key.of(id)).isEmpty()) {
            return false;
        }
        ofTenants.forEach(table -> table.removeUnder(Key.of(id)));
        return true;
    }
}

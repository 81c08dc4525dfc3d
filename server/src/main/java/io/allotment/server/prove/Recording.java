package io.allotment.server.prove;

import io.allotment.domain.Persistence;
import io.allotment.domain.apikey.RootKeys;
import io.allotment.domain.catalog.Catalog;
import io.allotment.domain.credit.CreditAccounts;
import io.allotment.domain.credit.SpendLimits;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservations;
import io.allotment.domain.identity.Users;
import io.allotment.domain.notification.Outbox;
import io.allotment.domain.quota.Allocations;
import io.allotment.domain.quota.Quotas;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Requests;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UnitOfWork;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.BillingAccounts;
import io.allotment.domain.subscription.Subscriptions;
import io.allotment.domain.tenancy.Memberships;
import io.allotment.domain.tenancy.Tenants;
import io.allotment.domain.usage.UsageEvents;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A persistence that notes in which order things happened to it. The number is taken while the accounts' locks are held,
 * and whoever holds them commits before anybody else gets them: so of two things that touch one account the one with the
 * lower number came first, also where neither wrote to a ledger. Should the locks not hold, the order is wrong, and the
 * comparison with the model says so.
 */
final class Recording implements Persistence {

    private final Persistence inner;
    private final AtomicLong numbers;
    private final ConcurrentLinkedQueue<Step> steps = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<Long> locked = new ThreadLocal<>();

    /** A call of the gate as it was decided. */
    record Step(long number, int position, Instant now, GateCall call, Outcome outcome) {}

    /** @param numbers shared by all that record the same database */
    Recording(Persistence inner, AtomicLong numbers) {
        this.inner = inner;
        this.numbers = numbers;
    }

    /** What has been decided since the last time, of all that committed. Nothing may be under way. */
    List<Step> drain() {
        var drained = new ArrayList<Step>();
        for (var step = steps.poll(); step != null; step = steps.poll()) {
            drained.add(step);
        }
        return drained;
    }

    /** When this thread last locked an account by itself. */
    long lockedAt() {
        return locked.get();
    }

    @Override
    public GateStore gate() {
        return new Gate(inner.gate());
    }

    @Override
    public BillingAccounts accounts() {
        return new Accounts(inner.accounts());
    }

    private final class Gate implements GateStore {

        private final GateStore store;

        Gate(GateStore store) {
            this.store = store;
        }

        @Override
        public List<Outcome> decide(List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide) {
            var number = new AtomicLong();
            var outcomes = store.decide(calls, now, state -> {
                // The store may ask again, on a state it has read anew.
                number.set(numbers.incrementAndGet());
                return decide.apply(state);
            });
            for (int i = 0; i < calls.size(); i++) {
                steps.add(new Step(number.get(), i, now, calls.get(i), outcomes.get(i)));
            }
            return outcomes;
        }

        @Override
        public GateState read(List<GateCall> calls, Instant now) {
            return store.read(calls, now);
        }

        @Override
        public Optional<Decision> find(TenantId tenant, DecisionId id) {
            return store.find(tenant, id);
        }
    }

    private final class Accounts implements BillingAccounts {

        private final BillingAccounts accounts;

        Accounts(BillingAccounts accounts) {
            this.accounts = accounts;
        }

        @Override
        public boolean lock(TenantId tenant, AccountId account) {
            boolean there = accounts.lock(tenant, account);
            locked.set(numbers.incrementAndGet());
            return there;
        }

        @Override
        public void lockAll(TenantId tenant) {
            accounts.lockAll(tenant);
            locked.set(numbers.incrementAndGet());
        }

        @Override
        public void insert(BillingAccount account) {
            accounts.insert(account);
        }

        @Override
        public Optional<BillingAccount> find(TenantId tenant, AccountId account) {
            return accounts.find(tenant, account);
        }

        @Override
        public Page<BillingAccount> list(TenantId tenant, PageRequest page) {
            return accounts.list(tenant, page);
        }
    }

    @Override
    public UnitOfWork unitOfWork() {
        return inner.unitOfWork();
    }

    @Override
    public Requests requests() {
        return inner.requests();
    }

    @Override
    public Tenants tenants() {
        return inner.tenants();
    }

    @Override
    public Memberships memberships() {
        return inner.memberships();
    }

    @Override
    public Users users() {
        return inner.users();
    }

    @Override
    public Catalog catalog() {
        return inner.catalog();
    }

    @Override
    public Subscriptions subscriptions() {
        return inner.subscriptions();
    }

    @Override
    public CreditAccounts credits() {
        return inner.credits();
    }

    @Override
    public SpendLimits spendLimits() {
        return inner.spendLimits();
    }

    @Override
    public Quotas quotas() {
        return inner.quotas();
    }

    @Override
    public Allocations allocations() {
        return inner.allocations();
    }

    @Override
    public UsageEvents usage() {
        return inner.usage();
    }

    @Override
    public Reservations reservations() {
        return inner.reservations();
    }

    @Override
    public Outbox outbox() {
        return inner.outbox();
    }

    @Override
    public Invariants invariants() {
        return inner.invariants();
    }

    @Override
    public RootKeys rootKeys() {
        return inner.rootKeys();
    }
}

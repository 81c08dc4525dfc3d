package io.allotment.server.prove;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.Permissions;
import io.allotment.domain.access.PlatformRoles;
import io.allotment.domain.access.Roles;
import io.allotment.domain.ai.AiCatalog;
import io.allotment.domain.ai.AiPreferences;
import io.allotment.domain.apikey.ApiKeys;
import io.allotment.domain.apikey.RootKeys;
import io.allotment.domain.audit.AuditLog;
import io.allotment.domain.billing.BillingOrders;
import io.allotment.domain.billing.CreditProducts;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.billing.CustomerErasures;
import io.allotment.domain.billing.GatewayDirectory;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.MeteredReports;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.SubscriptionCheckouts;
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
import io.allotment.domain.identity.Credentials;
import io.allotment.domain.identity.ExternalIdentities;
import io.allotment.domain.identity.PersonalData;
import io.allotment.domain.identity.Sessions;
import io.allotment.domain.identity.Users;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.FailedWorks;
import io.allotment.domain.job.Room;
import io.allotment.domain.notification.Mails;
import io.allotment.domain.notification.Outbox;
import io.allotment.domain.quota.Allocations;
import io.allotment.domain.quota.Quotas;
import io.allotment.domain.retention.Retentions;
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
import io.allotment.domain.tenancy.Invitations;
import io.allotment.domain.tenancy.Memberships;
import io.allotment.domain.tenancy.Teams;
import io.allotment.domain.tenancy.Tenants;
import io.allotment.domain.usage.MeteredUses;
import io.allotment.domain.usage.UnpricedUsage;
import io.allotment.domain.usage.UsageEvents;
import io.allotment.domain.usage.UsageSummaries;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A persistence that notes in which order things happened to it. The number is taken when a call is decided. Whoever decides
 * with the accounts' locks held commits before anybody else gets them; whoever decides without is refused at writing where
 * somebody changed an account meanwhile. So of two changes of one account the one with the lower number came first. What
 * changes nothing may have seen what was before a change that was decided and not yet written: of that, only the number is
 * known, and what was under way when it began. Should locks or versions not hold, the order is wrong, and the comparison with the model says so.
 */
final class Recording implements Persistence {

    private final Persistence inner;
    private final Numbers numbers;
    private final ConcurrentLinkedQueue<Step> steps = new ConcurrentLinkedQueue<>();
    private final ThreadLocal<Long> locked = new ThreadLocal<>();

    /**
     * A call of the gate as it was decided.
     *
     * @param since when the first began that was under way when it did; its number where it changed its account
     */
    record Step(long since, long number, int position, Instant now, GateCall call, Outcome outcome) {}

    /** The order of all that happens to a database, shared by its recordings. */
    static final class Numbers {
        private final AtomicLong last = new AtomicLong();
        private final ConcurrentSkipListSet<Long> underWay = new ConcurrentSkipListSet<>();

        private long next() {
            return last.incrementAndGet();
        }
    }

    Recording(Persistence inner, Numbers numbers) {
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

    /** When the first of the gate's calls began that are under way now: they may change something under an earlier number. */
    long since() {
        long own = numbers.next();
        var first = numbers.underWay.ceiling(0L);
        return first != null ? Math.min(first, own) : own;
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
    public AiCatalog aiCatalog() {
        return inner.aiCatalog();
    }

    @Override
    public AiPreferences aiPreferences() {
        return inner.aiPreferences();
    }

    @Override
    public CreditProducts creditProducts() {
        return inner.creditProducts();
    }

    @Override
    public CreditPurchases creditPurchases() {
        return inner.creditPurchases();
    }

    @Override
    public GatewayDirectory gatewayDirectory() {
        return inner.gatewayDirectory();
    }

    @Override
    public MeteredReports meteredReports() {
        return inner.meteredReports();
    }

    @Override
    public MeteredUses meteredUses() {
        return inner.meteredUses();
    }

    @Override
    public CustomerErasures customerErasures() {
        return inner.customerErasures();
    }

    @Override
    public PaymentEvents paymentEvents() {
        return inner.paymentEvents();
    }

    @Override
    public Invoices invoices() {
        return inner.invoices();
    }

    @Override
    public Refunds refunds() {
        return inner.refunds();
    }

    @Override
    public BillingOrders billingOrders() {
        return inner.billingOrders();
    }

    @Override
    public SubscriptionCheckouts subscriptionCheckouts() {
        return inner.subscriptionCheckouts();
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
            long own = numbers.next();
            numbers.underWay.add(own);
            try {
                return decide(calls, now, decide, numbers.underWay.first());
            } finally {
                numbers.underWay.remove(own);
            }
        }

        private List<Outcome> decide(
                List<GateCall> calls, Instant now, Function<GateState, GateChanges> decide, long since) {
            var number = new AtomicLong();
            var changed = new HashSet<GateState.AccountRef>();
            var outcomes = store.decide(calls, now, state -> {
                // The store may ask again, on a state it has read anew.
                number.set(numbers.next());
                var changes = decide.apply(state);
                changed.clear();
                changes.accounts().forEach(change -> changed.add(change.ref()));
                return changes;
            });
            for (int i = 0; i < calls.size(); i++) {
                boolean changes =
                        account(outcomes.get(i)).filter(changed::contains).isPresent();
                long began = changes ? number.get() : since;
                steps.add(new Step(began, number.get(), i, now, calls.get(i), outcomes.get(i)));
            }
            return outcomes;
        }

        private static Optional<GateState.AccountRef> account(Outcome outcome) {
            return outcome instanceof Outcome.Answer answer
                    ? Optional.of(new GateState.AccountRef(
                            answer.decision().tenantId(), answer.decision().accountId()))
                    : Optional.empty();
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
            locked.set(numbers.next());
            return there;
        }

        @Override
        public void lockAll(TenantId tenant) {
            accounts.lockAll(tenant);
            locked.set(numbers.next());
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
    public Teams teams() {
        return inner.teams();
    }

    @Override
    public Invitations invitations() {
        return inner.invitations();
    }

    @Override
    public Permissions permissions() {
        return inner.permissions();
    }

    @Override
    public Roles roles() {
        return inner.roles();
    }

    @Override
    public PlatformRoles platformRoles() {
        return inner.platformRoles();
    }

    @Override
    public AuditLog audit() {
        return inner.audit();
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
    public UsageSummaries usageSummaries() {
        return inner.usageSummaries();
    }

    @Override
    public UnpricedUsage unpricedUsage() {
        return inner.unpricedUsage();
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
    public FailedWorks failedWorks() {
        return inner.failedWorks();
    }

    @Override
    public DueWork dueWork() {
        return inner.dueWork();
    }

    @Override
    public Room room() {
        return inner.room();
    }

    @Override
    public Retentions retentions() {
        return inner.retentions();
    }

    @Override
    public PersonalData personalData() {
        return inner.personalData();
    }

    @Override
    public Mails mails() {
        return inner.mails();
    }

    @Override
    public Credentials credentials() {
        return inner.credentials();
    }

    @Override
    public Sessions sessions() {
        return inner.sessions();
    }

    @Override
    public ExternalIdentities externalIdentities() {
        return inner.externalIdentities();
    }

    @Override
    public RootKeys rootKeys() {
        return inner.rootKeys();
    }

    @Override
    public ApiKeys apiKeys() {
        return inner.apiKeys();
    }
}

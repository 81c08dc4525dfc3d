package io.allotment;

import static java.util.Objects.requireNonNull;

import io.allotment.application.apikey.RootKeyService;
import io.allotment.application.catalog.CatalogService;
import io.allotment.application.catalog.DefinitionCache;
import io.allotment.application.credit.CreditService;
import io.allotment.application.credit.SpendLimitService;
import io.allotment.application.gate.GateService;
import io.allotment.application.identity.UserService;
import io.allotment.application.notification.OutboxService;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.RequestService;
import io.allotment.application.shared.UuidV7;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.application.tenancy.TenantService;
import io.allotment.application.usage.UsageService;
import io.allotment.domain.Persistence;
import io.allotment.domain.shared.Ids;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * The back room of an AI product, put together over a place to keep it: {@code Allotment.with(persistence).build()}. One
 * for a process is enough; it and all it hands out are thread-safe. It owns no resources: close the persistence.
 */
public final class Allotment {

    private final TenantService tenants;
    private final UserService users;
    private final CatalogService catalog;
    private final SubscriptionService subscriptions;
    private final CreditService credits;
    private final SpendLimitService spendLimits;
    private final QuotaService quotas;
    private final UsageService usage;
    private final GateService gate;
    private final OutboxService outbox;
    private final RequestService requests;
    private final RootKeyService rootKeys;
    private final Clock clock;

    private Allotment(Persistence persistence, Clock clock, Ids ids, RandomGenerator secrets) {
        var moments = new Moments(clock);
        this.clock = clock;
        this.subscriptions = new SubscriptionService(persistence, ids, moments);
        this.tenants = new TenantService(persistence, subscriptions, ids, moments);
        this.users = new UserService(persistence, ids, moments);
        this.catalog = new CatalogService(persistence, ids, moments);
        this.credits = new CreditService(persistence, ids, moments);
        this.spendLimits = new SpendLimitService(persistence, moments);
        this.quotas = new QuotaService(persistence, ids, moments);
        this.usage = new UsageService(persistence);
        this.gate = new GateService(persistence, new DefinitionCache(persistence), ids, moments);
        this.outbox = new OutboxService(persistence);
        this.requests = new RequestService(persistence, moments);
        this.rootKeys = new RootKeyService(persistence, moments, secrets);
    }

    /** Begins with where everything is kept: in memory for tests, in PostgreSQL for good. */
    public static Builder with(Persistence persistence) {
        return new Builder(persistence);
    }

    /** What can be chosen; all of it has a default. */
    public static final class Builder {

        private final Persistence persistence;
        private Clock clock = Clock.systemUTC();
        private Ids ids;

        private Builder(Persistence persistence) {
            this.persistence = requireNonNull(persistence, "persistence");
        }

        /** The present for everything; the system's clock where nothing is said. */
        public Builder clock(Clock present) {
            this.clock = requireNonNull(present, "clock");
            return this;
        }

        /** Where ids come from; UUIDv7 of the clock and a secure random source where nothing is said. */
        public Builder ids(Ids source) {
            this.ids = requireNonNull(source, "ids");
            return this;
        }

        public Allotment build() {
            var secrets = new SecureRandom();
            return new Allotment(persistence, clock, ids != null ? ids : new UuidV7(clock, secrets), secrets);
        }
    }

    public TenantService tenants() {
        return tenants;
    }

    public UserService users() {
        return users;
    }

    public CatalogService catalog() {
        return catalog;
    }

    public SubscriptionService subscriptions() {
        return subscriptions;
    }

    public CreditService credits() {
        return credits;
    }

    public SpendLimitService spendLimits() {
        return spendLimits;
    }

    public QuotaService quotas() {
        return quotas;
    }

    public UsageService usage() {
        return usage;
    }

    public GateService gate() {
        return gate;
    }

    /** What others must hear of. */
    public OutboxService outbox() {
        return outbox;
    }

    /** The key of the platform's operator: for adapters and the command line. */
    public RootKeyService rootKeys() {
        return rootKeys;
    }

    /** Makes any changing request idempotent: for adapters. */
    public RequestService requests() {
        return requests;
    }

    public Clock clock() {
        return clock;
    }
}

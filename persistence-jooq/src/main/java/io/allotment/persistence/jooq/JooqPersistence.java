package io.allotment.persistence.jooq;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
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
import io.allotment.domain.gate.GateStore;
import io.allotment.domain.gate.Invariants;
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
import io.allotment.domain.shared.Requests;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.UnitOfWork;
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
import java.sql.Connection;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/**
 * Everything kept in PostgreSQL, 15 or later, in the schema {@code allotment} that the migrations make.
 *
 * <p>It works as two unprivileged roles over a pool each: {@code allotment_app} for tenants' units of work, which forced
 * row-level security confines to their tenants, and {@code allotment_platform} for the platform's. When the database is
 * away or has to give up on a transaction, units of work throw {@link io.allotment.domain.shared.Unavailable}, and work
 * again as soon as it is back.
 *
 * <p>Thread-safe. A unit of work holds one connection of its pool; more threads than connections take turns.
 */
public final class JooqPersistence implements Persistence, AutoCloseable {

    /** Work for the platform is rare; verifying and deleting a tenant can hold a connection for long. */
    private static final int PLATFORM_CONNECTIONS = 4;

    private static final int SCHEDULING_CONNECTIONS = 2;

    /** After this long without an answer a connection counts as lost. */
    private static final String SOCKET_TIMEOUT_SECONDS = "60";

    private static final Pattern CREDENTIALS = Pattern.compile("[?&](user|password)=");

    private final HikariDataSource app;
    private final HikariDataSource platform;
    private final Settings settings;
    /** Made when it is first asked for. */
    private HikariDataSource scheduling;

    private final JooqUnits units;
    private final JooqRequests requests;
    private final JooqTenants tenants;
    private final JooqMemberships memberships;
    private final JooqTeams teams;
    private final JooqInvitations invitations;
    private final JooqAuditLog audit;
    private final JooqPlatformRoles platformRoles;
    private final JooqRoles roles;
    private final JooqPermissions permissions;
    private final JooqUsers users;
    private final JooqCatalog catalog;
    private final JooqAiCatalog aiCatalog;
    private final JooqAiPreferences aiPreferences;
    private final JooqCreditProducts creditProducts;
    private final JooqCreditPurchases creditPurchases;
    private final JooqGatewayDirectory gatewayDirectory;
    private final JooqPaymentEvents paymentEvents;
    private final JooqCustomerErasures customerErasures;
    private final JooqInvoices invoices;
    private final JooqRefunds refunds;
    private final JooqBillingOrders billingOrders;
    private final JooqSubscriptionCheckouts subscriptionCheckouts;
    private final JooqAccounts accounts;
    private final JooqSubscriptions subscriptions;
    private final JooqCredits credits;
    private final JooqQuotas quotas;
    private final JooqUsage usage;
    private final JooqUsageSummaries usageSummaries;
    private final JooqUnpricedUsage unpricedUsage;
    private final JooqGateStore gate;
    private final JooqReservations reservations;
    private final JooqAllocations allocations;
    private final JooqSpendLimits spendLimits;
    private final JooqOutbox outbox;
    private final JooqMeteredUses meteredUses;
    private final JooqMeteredReports meteredReports;
    private final JooqInvariants invariants;
    private final JooqPersonalData personalData;
    private final JooqRetentions retentions;
    private final JooqFailedWorks failedWorks;
    private final JooqDueWork dueWork;
    private final JooqRoom room;
    private final JooqMails mails;
    private final JooqCredentials credentials;
    private final JooqSessions sessions;
    private final JooqExternalIdentities externalIdentities;
    private final JooqRootKeys rootKeys;
    private final JooqApiKeys apiKeys;

    /**
     * Where the database is.
     *
     * @param jdbcUrl names no user
     * @param appPassword of the role {@code allotment_app}
     * @param platformPassword of the role {@code allotment_platform}
     * @param connections how many units of work of tenants can run at once
     */
    public record Settings(String jdbcUrl, String appPassword, String platformPassword, int connections) {

        public Settings {
            requireNonNull(jdbcUrl, "jdbcUrl");
            requireNonNull(appPassword, "appPassword");
            requireNonNull(platformPassword, "platformPassword");
            if (CREDENTIALS.matcher(jdbcUrl).find()) {
                throw new IllegalArgumentException(
                        "jdbcUrl must name no user and no password: the driver would connect as"
                                + " that user, past row-level security perhaps, instead of as the two roles.");
            }
            if (connections < 1) {
                throw new IllegalArgumentException("connections must be at least 1");
            }
        }

        /** Without the passwords: this may be logged. */
        @Override
        public String toString() {
            return "Settings[connections=" + connections + "]";
        }
    }

    /**
     * A database that is away is noticed by the first unit of work, which is {@link Unavailable} until it is back. Refuses,
     * with {@link IllegalArgumentException}, a database that is not there, and one that does not let one of the roles in.
     * The schema is there already ({@code Migrations.run}).
     */
    public static JooqPersistence connect(Settings settings) {
        var app = pool(settings, "allotment_app", settings.appPassword(), settings.connections());
        // The same few statements all the time, whose plans must not depend on the values: planning them anew for each
        // call costs more than running them. A plan that is made while a table is still empty must not read all of it
        // when it has grown; where there is no other way it seems so dear that it would be compiled each time.
        app.setConnectionInitSql("set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off");
        // Commits it: else the first unit that rolls back would take it back.
        app.setIsolateInternalQueries(true);
        var tenants = open(app);
        try {
            return new JooqPersistence(
                    settings,
                    tenants,
                    open(pool(settings, "allotment_platform", settings.platformPassword(), PLATFORM_CONNECTIONS)));
        } catch (RuntimeException refused) {
            tenants.close();
            throw refused;
        }
    }

    /** A database that is away may come back; one that does not know us will not. */
    private static HikariDataSource open(HikariConfig config) {
        config.setInitializationFailTimeout(1);
        try {
            return new HikariDataSource(config);
        } catch (HikariPool.PoolInitializationException failure) {
            SqlErrors.refusedLogin(failure).ifPresent(message -> {
                throw new IllegalArgumentException(
                        "The role " + config.getUsername() + " cannot log in to the database: " + message
                                + ". Migrations.run makes the roles and sets their passwords.",
                        failure);
            });
            config.setInitializationFailTimeout(-1);
            return new HikariDataSource(config);
        }
    }

    private JooqPersistence(Settings settings, HikariDataSource app, HikariDataSource platform) {
        this.settings = settings;
        this.app = app;
        this.platform = platform;
        this.units = new JooqUnits(app, platform);
        DSLContext db = DSL.using(units, SQLDialect.POSTGRES);
        this.requests = new JooqRequests(db);
        this.tenants = new JooqTenants(db, units);
        this.memberships = new JooqMemberships(db, units);
        this.teams = new JooqTeams(db);
        this.invitations = new JooqInvitations(db, units);
        audit = new JooqAuditLog(db);
        platformRoles = new JooqPlatformRoles(db);
        roles = new JooqRoles(db);
        permissions = new JooqPermissions(db);
        this.users = new JooqUsers(db);
        this.catalog = new JooqCatalog(db);
        this.aiCatalog = new JooqAiCatalog(db);
        this.aiPreferences = new JooqAiPreferences(db);
        this.creditProducts = new JooqCreditProducts(db);
        this.creditPurchases = new JooqCreditPurchases(db);
        this.gatewayDirectory = new JooqGatewayDirectory(db);
        this.paymentEvents = new JooqPaymentEvents(db);
        this.customerErasures = new JooqCustomerErasures(db, units);
        this.invoices = new JooqInvoices(db, units);
        this.refunds = new JooqRefunds(db);
        this.billingOrders = new JooqBillingOrders(db);
        this.subscriptionCheckouts = new JooqSubscriptionCheckouts(db);
        var memory = new GateMemory();
        this.accounts = new JooqAccounts(db, memory);
        this.subscriptions = new JooqSubscriptions(db);
        this.credits = new JooqCredits(db);
        this.quotas = new JooqQuotas(db);
        this.usage = new JooqUsage(db);
        this.usageSummaries = new JooqUsageSummaries(db, units);
        this.unpricedUsage = new JooqUnpricedUsage(db, units, usageSummaries);
        this.gate = new JooqGateStore(units, new GateReads(db, units), new GateWrites(db, units), memory);
        this.reservations = new JooqReservations(db);
        this.allocations = new JooqAllocations(db);
        this.spendLimits = new JooqSpendLimits(db);
        this.outbox = new JooqOutbox(db);
        this.meteredUses = new JooqMeteredUses(db, units);
        this.meteredReports = new JooqMeteredReports(db, units);
        this.invariants = new JooqInvariants(db, units);
        this.personalData = new JooqPersonalData(db, units);
        this.retentions = new JooqRetentions(db, units, usageSummaries);
        this.failedWorks = new JooqFailedWorks(db, units);
        this.dueWork = new JooqDueWork(db, units);
        this.room = new JooqRoom(db, units);
        this.mails = new JooqMails(db);
        this.credentials = new JooqCredentials(db);
        this.sessions = new JooqSessions(db);
        this.externalIdentities = new JooqExternalIdentities(db);
        this.rootKeys = new JooqRootKeys(db);
        this.apiKeys = new JooqApiKeys(db);
    }

    private static HikariConfig pool(Settings settings, String role, String password, int connections) {
        var config = new HikariConfig();
        config.setPoolName(role);
        config.setJdbcUrl(settings.jdbcUrl());
        config.setUsername(role);
        config.setPassword(password);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(Math.min(connections, 2));
        config.setAutoCommit(false);
        config.setConnectionTimeout(5_000);
        config.addDataSourceProperty("ApplicationName", "allotment");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("connectTimeout", "5");
        config.addDataSourceProperty("socketTimeout", SOCKET_TIMEOUT_SECONDS);
        return config;
    }

    /**
     * Runs the work on this thread as a unit of work of the tenant inside your own open transaction: usage, ledger and your
     * own writes commit or roll back together. Nothing is committed here; charges inside join it ({@code
     * allotment.gate().consume(…)}), and a denial is an answer that disturbs nothing.
     *
     * <p>The connection's user must be able to act as the application's role: {@code grant allotment_app to your_user}.
     * Role and tenant are set for the work alone, and are as you had them afterwards. The locks that the work takes, that
     * of the account above all, last until your transaction ends: end it soon. After any exception of
     * the work roll it back.
     *
     * @param connection to the database of this persistence, with a transaction open; an {@link IllegalArgumentException}
     *     refuses one that commits by itself
     * @throws IllegalStateException when this thread is inside a unit of work already, or when something inside the work
     *     failed and the work went on
     */
    public <T> T inTransactionOf(Connection connection, TenantId tenant, Supplier<T> work) {
        return units.over(connection, tenant, work);
    }

    /** The same inside jOOQ's {@code transaction(configuration -> …)}. */
    public <T> T inTransactionOf(Configuration configuration, TenantId tenant, Supplier<T> work) {
        var connection = configuration.connectionProvider().acquire();
        try {
            return units.over(connection, tenant, work);
        } finally {
            configuration.connectionProvider().release(connection);
        }
    }

    /**
     * Connections of the platform's role that commit by themselves, for a scheduler that keeps its table beside ours: few of them, in a
     * pool of their own, so that jobs never take from it what they need to be run. Closed with this.
     */
    public synchronized DataSource schedulingConnections() {
        if (scheduling == null) {
            var config = pool(settings, "allotment_platform", settings.platformPassword(), SCHEDULING_CONNECTIONS);
            config.setPoolName("allotment_scheduling");
            config.setAutoCommit(true);
            config.setMinimumIdle(1);
            scheduling = open(config);
        }
        return scheduling;
    }

    /** Closes the pools; units of work under way are cut off. */
    @Override
    public synchronized void close() {
        if (scheduling != null) {
            scheduling.close();
        }
        app.close();
        platform.close();
    }

    @Override
    public UnitOfWork unitOfWork() {
        return units;
    }

    @Override
    public Requests requests() {
        return requests;
    }

    @Override
    public Tenants tenants() {
        return tenants;
    }

    @Override
    public Memberships memberships() {
        return memberships;
    }

    @Override
    public Teams teams() {
        return teams;
    }

    @Override
    public Invitations invitations() {
        return invitations;
    }

    @Override
    public Permissions permissions() {
        return permissions;
    }

    @Override
    public Roles roles() {
        return roles;
    }

    @Override
    public PlatformRoles platformRoles() {
        return platformRoles;
    }

    @Override
    public AuditLog audit() {
        return audit;
    }

    @Override
    public Users users() {
        return users;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public AiCatalog aiCatalog() {
        return aiCatalog;
    }

    @Override
    public AiPreferences aiPreferences() {
        return aiPreferences;
    }

    @Override
    public CreditProducts creditProducts() {
        return creditProducts;
    }

    @Override
    public CreditPurchases creditPurchases() {
        return creditPurchases;
    }

    @Override
    public GatewayDirectory gatewayDirectory() {
        return gatewayDirectory;
    }

    @Override
    public CustomerErasures customerErasures() {
        return customerErasures;
    }

    @Override
    public PaymentEvents paymentEvents() {
        return paymentEvents;
    }

    @Override
    public Invoices invoices() {
        return invoices;
    }

    @Override
    public Refunds refunds() {
        return refunds;
    }

    @Override
    public BillingOrders billingOrders() {
        return billingOrders;
    }

    @Override
    public SubscriptionCheckouts subscriptionCheckouts() {
        return subscriptionCheckouts;
    }

    @Override
    public BillingAccounts accounts() {
        return accounts;
    }

    @Override
    public Subscriptions subscriptions() {
        return subscriptions;
    }

    @Override
    public CreditAccounts credits() {
        return credits;
    }

    @Override
    public SpendLimits spendLimits() {
        return spendLimits;
    }

    @Override
    public Quotas quotas() {
        return quotas;
    }

    @Override
    public Allocations allocations() {
        return allocations;
    }

    @Override
    public UsageEvents usage() {
        return usage;
    }

    @Override
    public UsageSummaries usageSummaries() {
        return usageSummaries;
    }

    @Override
    public UnpricedUsage unpricedUsage() {
        return unpricedUsage;
    }

    @Override
    public GateStore gate() {
        return gate;
    }

    @Override
    public Reservations reservations() {
        return reservations;
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public MeteredUses meteredUses() {
        return meteredUses;
    }

    @Override
    public MeteredReports meteredReports() {
        return meteredReports;
    }

    @Override
    public Invariants invariants() {
        return invariants;
    }

    @Override
    public FailedWorks failedWorks() {
        return failedWorks;
    }

    @Override
    public DueWork dueWork() {
        return dueWork;
    }

    @Override
    public Room room() {
        return room;
    }

    @Override
    public Retentions retentions() {
        return retentions;
    }

    @Override
    public PersonalData personalData() {
        return personalData;
    }

    @Override
    public Mails mails() {
        return mails;
    }

    @Override
    public Credentials credentials() {
        return credentials;
    }

    @Override
    public Sessions sessions() {
        return sessions;
    }

    @Override
    public ExternalIdentities externalIdentities() {
        return externalIdentities;
    }

    @Override
    public RootKeys rootKeys() {
        return rootKeys;
    }

    @Override
    public ApiKeys apiKeys() {
        return apiKeys;
    }
}

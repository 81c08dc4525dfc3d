package io.allotment.persistence.memory;

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

/**
 * Keeps everything in memory, for tests and for trying things out: {@code Allotment.with(new
 * InMemoryPersistence()).build()}. It starts empty, is gone with the process, and keeps the promises PostgreSQL keeps, by
 * the same suites: a unit of work that fails leaves nothing, a tenant's unit neither sees nor writes another tenant's rows,
 * what must be unique is, and what is referred to exists.
 *
 * <p>Units of work run one at a time, whatever they touch. So do not wait inside one for another thread's unit: it would
 * not begin. Repositories work inside a unit of work, on its thread, and throw {@link IllegalStateException} elsewhere;
 * the gate's store opens its own.
 */
public final class InMemoryPersistence implements Persistence {

    private final Units units = new Units();
    private final Tables tables = new Tables(units);
    private final MemoryTenants tenants;
    private final MemoryMemberships memberships;
    private final MemoryTeams teams;
    private final MemoryInvitations invitations;
    private final MemoryAuditLog audit;
    private final MemoryPlatformRoles platformRoles;
    private final MemoryRoles roles;
    private final MemoryPermissions permissions;
    private final MemoryUsers users;
    private final MemoryCatalog catalog;
    private final MemoryAiCatalog aiCatalog;
    private final MemoryAiPreferences aiPreferences;
    private final MemoryCreditProducts creditProducts;
    private final MemoryCreditPurchases creditPurchases;
    private final MemoryGatewayDirectory gatewayDirectory;
    private final MemoryPaymentEvents paymentEvents;
    private final MemoryCustomerErasures customerErasures;
    private final MemoryInvoices invoices;
    private final MemoryRefunds refunds;
    private final MemoryBillingOrders billingOrders;
    private final MemorySubscriptionCheckouts subscriptionCheckouts;
    private final MemoryBillingAccounts accounts;
    private final MemorySubscriptions subscriptions;
    private final MemoryCreditAccounts credits;
    private final MemorySpendLimits spendLimits;
    private final MemoryQuotas quotas;
    private final MemoryAllocations allocations;
    private final MemoryUsageEvents usage;
    private final MemoryUsageSummaries usageSummaries;
    private final MemoryUnpricedUsage unpricedUsage;
    private final MemoryGateStore gate;
    private final MemoryReservations reservations;
    private final MemoryOutbox outbox;
    private final MemoryMeteredUses meteredUses;
    private final MemoryMeteredReports meteredReports;
    private final MemoryRequests requests;
    private final MemoryInvariants invariants;
    private final MemoryPersonalData personalData;
    private final MemoryRetentions retentions;
    private final MemoryFailedWorks failedWorks;
    private final MemoryDueWork dueWork;
    private final MemoryMails mails;
    private final MemoryCredentials credentials;
    private final MemorySessions sessions;
    private final MemoryExternalIdentities externalIdentities;
    private final MemoryRootKeys rootKeys;
    private final MemoryApiKeys apiKeys;

    public InMemoryPersistence() {
        tenants = new MemoryTenants(tables);
        memberships = new MemoryMemberships(tables);
        teams = new MemoryTeams(tables);
        invitations = new MemoryInvitations(tables);
        audit = new MemoryAuditLog(tables);
        platformRoles = new MemoryPlatformRoles(tables);
        roles = new MemoryRoles(tables);
        permissions = new MemoryPermissions(tables);
        users = new MemoryUsers(tables);
        catalog = new MemoryCatalog(tables);
        aiCatalog = new MemoryAiCatalog(tables);
        aiPreferences = new MemoryAiPreferences(tables);
        creditProducts = new MemoryCreditProducts(tables);
        creditPurchases = new MemoryCreditPurchases(tables);
        gatewayDirectory = new MemoryGatewayDirectory(tables);
        paymentEvents = new MemoryPaymentEvents(tables);
        customerErasures = new MemoryCustomerErasures(tables);
        invoices = new MemoryInvoices(tables);
        refunds = new MemoryRefunds(tables);
        billingOrders = new MemoryBillingOrders(tables);
        subscriptionCheckouts = new MemorySubscriptionCheckouts(tables);
        accounts = new MemoryBillingAccounts(tables);
        subscriptions = new MemorySubscriptions(tables);
        credits = new MemoryCreditAccounts(tables);
        spendLimits = new MemorySpendLimits(tables);
        quotas = new MemoryQuotas(tables);
        allocations = new MemoryAllocations(tables);
        usage = new MemoryUsageEvents(tables);
        usageSummaries = new MemoryUsageSummaries(tables);
        unpricedUsage = new MemoryUnpricedUsage(tables);
        reservations = new MemoryReservations(tables);
        outbox = new MemoryOutbox(tables);
        meteredUses = new MemoryMeteredUses(tables);
        meteredReports = new MemoryMeteredReports(tables);
        gate = new MemoryGateStore(
                tables,
                units,
                subscriptions,
                credits,
                spendLimits,
                quotas,
                allocations,
                reservations,
                outbox,
                meteredUses);
        requests = new MemoryRequests(tables);
        invariants = new MemoryInvariants(tables, units);
        personalData = new MemoryPersonalData(tables);
        retentions = new MemoryRetentions(tables);
        failedWorks = new MemoryFailedWorks(tables);
        dueWork = new MemoryDueWork(tables);
        mails = new MemoryMails(tables);
        credentials = new MemoryCredentials(tables);
        sessions = new MemorySessions(tables);
        externalIdentities = new MemoryExternalIdentities(tables);
        rootKeys = new MemoryRootKeys(tables);
        apiKeys = new MemoryApiKeys(tables);
    }

    /** For those who want to damage something. */
    Tables tables() {
        return tables;
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

    /** Memory has one place for all times. */
    @Override
    public Room room() {
        return now -> {
            tables.requirePlatform("making room");
            return 0;
        };
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

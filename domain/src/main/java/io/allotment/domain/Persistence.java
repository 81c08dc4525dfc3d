package io.allotment.domain;

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
 * Port: a place to keep everything, handing out its repositories. Thread-safe; the repositories are used inside a unit of
 * work, on its thread.
 */
public interface Persistence {

    UnitOfWork unitOfWork();

    Requests requests();

    Tenants tenants();

    Memberships memberships();

    Teams teams();

    Invitations invitations();

    Permissions permissions();

    Roles roles();

    PlatformRoles platformRoles();

    AuditLog audit();

    Users users();

    Catalog catalog();

    AiCatalog aiCatalog();

    AiPreferences aiPreferences();

    CreditProducts creditProducts();

    CreditPurchases creditPurchases();

    GatewayDirectory gatewayDirectory();

    PaymentEvents paymentEvents();

    CustomerErasures customerErasures();

    Invoices invoices();

    Refunds refunds();

    BillingOrders billingOrders();

    SubscriptionCheckouts subscriptionCheckouts();

    BillingAccounts accounts();

    Subscriptions subscriptions();

    CreditAccounts credits();

    SpendLimits spendLimits();

    Quotas quotas();

    Allocations allocations();

    UsageEvents usage();

    UsageSummaries usageSummaries();

    UnpricedUsage unpricedUsage();

    GateStore gate();

    Reservations reservations();

    Outbox outbox();

    MeteredUses meteredUses();

    MeteredReports meteredReports();

    Invariants invariants();

    FailedWorks failedWorks();

    DueWork dueWork();

    Room room();

    Retentions retentions();

    PersonalData personalData();

    Mails mails();

    Credentials credentials();

    Sessions sessions();

    ExternalIdentities externalIdentities();

    RootKeys rootKeys();

    ApiKeys apiKeys();
}

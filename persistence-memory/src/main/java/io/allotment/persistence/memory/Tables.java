package io.allotment.persistence.memory;

import io.allotment.domain.access.Permission;
import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.billing.BillingOrder;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.SubscriptionCheckout;
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
import io.allotment.domain.identity.Attempts;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.identity.PasswordReset;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Team;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** All there is. The comments name the keys. */
final class Tables {

    private final Units units;
    /** How often the catalogue was written, and one. */
    private long catalogVersion = 1;
    /** How often prices were, of the book and of tenants, and one. */
    private long pricesVersion = 1;

    private final List<Table<?>> ofTenants = new ArrayList<>();

    /** id */
    final Table<User> users;
    /** e-mail address */
    final Table<User> usersByEmail;
    /** key */
    final Table<Permission> permissions;
    /** role, permission */
    final Table<Held> systemRolePermissions;
    /** user, role */
    final Table<PlatformAssignment> platformAssignments;
    /** key */
    final Table<Feature> features;
    /** key */
    final Table<Operation> operations;
    /** key */
    final Table<Plan> plans;
    /** id */
    final Table<PlanVersion> planVersions;
    /** key */
    final Table<AiProvider> aiProviders;
    /** provider, bytes of the name */
    final Table<AiModel> aiModels;
    /** id */
    final Table<ModelPrice> modelPrices;
    /** key */
    final Table<CreditProduct> creditProducts;
    /** gateway, bytes of the event's id */
    final Table<StoredEvent> paymentEvents;

    final Table<CustomerErasure> customerErasures;
    /** gateway: until when it was asked for what it had told */
    final Table<Instant> gatewayPositions;
    /** idempotency key */
    final Table<Request> platformRequests;
    /** id */
    final Table<Mail> mails;
    /** mail; until then nobody else gets it */
    final Table<Instant> mailClaims;
    /** user */
    final Table<Credential> credentials;
    /** By the SHA-256 of an address. */
    final Table<Attempts> addressAttempts;

    /** digest of the token in hex */
    final Table<PasswordReset> passwordResets;
    /** user, id */
    final Table<Session> sessions;
    /** digest of the token in hex; the key of the session */
    final Table<Key> sessionsByToken;
    /** bytes of issuer and subject */
    final Table<IdentityLink> identityLinks;
    /** the digest in hex, which is the row too */
    final Table<String> rootKeys;

    /** sequence */
    final Table<AuditEntry> platformAudit;
    /** one row alone */
    final Table<AuditHead> platformAuditHead;

    /** tenant */
    final Table<Tenant> tenants;
    /** tenant */
    final Table<RightsVersion> rightsVersions;
    /** tenant, user */
    final Table<Membership> memberships;
    /** tenant, key */
    final Table<Role> roles;
    /** tenant, user, role */
    final Table<RoleAssignment> roleAssignments;
    /** tenant, role, user */
    final Table<RoleAssignment> roleHolders;
    /** tenant */
    final Table<Person> persons;
    /** tenant, id */
    final Table<Team> teams;
    /** tenant, team, user */
    final Table<TeamMembership> teamMemberships;
    /** tenant, user, team */
    final Table<TeamMembership> teamsOfMembers;
    /** tenant, id */
    final Table<Invitation> invitations;
    /** tenant, invitation */
    final Table<InvitationToken> invitationTokens;
    /** tenant, account */
    final Table<BillingAccount> accounts;
    /** tenant, account, id */
    final Table<Subscription> subscriptions;
    /** tenant, id */
    final Table<TrialTold> trialsTold;

    final Table<CreditPurchase> creditPurchases;
    /** tenant, gateway, kind, bytes of its name */
    final Table<GatewayName> gatewayNames;
    /** tenant, id */
    final Table<Invoice> invoices;
    /** tenant, id */
    final Table<Refund> moneyBack;
    /** tenant, idempotency key */
    final Table<BillingOrder> billingOrders;
    /** tenant, id */
    final Table<SubscriptionCheckout> subscriptionCheckouts;
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
    /** tenant, cause, number */
    final Table<MeteredUse> meteredUses;
    /** tenant, id */
    final Table<MeteredReport> meteredReports;
    /** tenant, id */
    final Table<TenantPrice> tenantModelPrices;
    /** tenant, user or tenant */
    final Table<Preferred> modelPreferences;
    /** tenant, bytes of the kind of output, provider, bytes of the model's name */
    final Table<OutputModel> outputModels;
    /** tenant, id */
    final Table<UsageEvent> events;
    /** tenant, id; what retention removed, of which the sums stay */
    final Table<UsageEvent> removedEvents;
    /** tenant */
    final Table<Pricing> pricings;

    final Table<Unfit> unfit;
    /** tenant, idempotency key */
    final Table<Request> tenantRequests;
    /** tenant */
    final Table<Retention> retentions;
    /** tenant, account, feature, start and end of the period */
    final Table<Counted> counted;
    /** tenant, job */
    final Table<FailedWork> failedWork;
    /** tenant, sequence */
    final Table<AuditEntry> audit;
    /** tenant */
    final Table<AuditHead> auditHeads;
    /** tenant, id */
    final Table<ApiKey> apiKeys;
    /** tenant, the digest in hex */
    final Table<KeyDigest> apiKeyDigests;

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

    /** Counts the changes of what decisions rely on beside accounts. */
    record RightsVersion(TenantId tenantId, long number) {}

    /** What a system role holds of the product's permissions. */
    record Held(SystemRole role, PermissionKey permission) {}
    /** Whose personal tenant it is. */
    record Person(TenantId tenantId, UserId userId) {}

    /** By which token an invitation is known: its digest in hex. */
    record InvitationToken(String sha256, TenantId tenantId, InvitationId invitationId) {}
    /** Which key a secret belongs to. */
    record KeyDigest(TenantId tenantId, String sha256, ApiKeyId apiKeyId) {}

    /** A price that was agreed with a tenant. */
    record TenantPrice(TenantId tenantId, ModelPrice price) {}

    /** What a tenant or one of its members prefers. */
    record Preferred(TenantId tenantId, ModelPreference preference) {}

    /** A model that a kind of output may be made with. */
    record OutputModel(TenantId tenantId, ModelRef model) {}

    /** Of which end of a trial the holder was told. */
    record TrialTold(TenantId tenantId, SubscriptionId subscription, Instant end) {}

    /** A request, answered or being answered. */
    record Request(Optional<TenantId> tenantId, String fingerprint, Optional<String> answer, Instant createdAt) {}

    /** When it was last tried to price what has no price, and with which prices. */
    record Pricing(TenantId tenantId, long pricesVersion, Instant at) {}

    /** An event that prices of a version do not fit. */
    record Unfit(TenantId tenantId, long pricesVersion) {}

    /** What removed usage events counted in a period. */
    record Counted(CountedPeriod period, BigDecimal used) {}

    Tables(Units units) {
        this.units = units;
        users = Table.ofPlatform(units, "users");
        usersByEmail = Table.ofPlatform(units, "users");
        permissions = Table.ofCatalogue(units, "permissions", this::catalogueWritten);
        systemRolePermissions = Table.ofCatalogue(units, "what system roles hold", this::catalogueWritten);
        platformAssignments = Table.ofPlatform(units, "roles on the platform");
        features = Table.ofCatalogue(units, "features", this::catalogueWritten);
        operations = Table.ofCatalogue(units, "operations", this::catalogueWritten);
        plans = Table.ofCatalogue(units, "plans", this::catalogueWritten);
        planVersions = Table.ofCatalogue(units, "plan versions", this::catalogueWritten);
        aiProviders = Table.ofCatalogue(units, "AI providers", this::pricesWritten);
        aiModels = Table.ofCatalogue(units, "AI models", this::pricesWritten);
        modelPrices = Table.ofCatalogue(units, "model prices", this::pricesWritten);
        creditProducts = Table.ofCatalogue(units, "credit products", () -> {});
        paymentEvents = Table.ofPlatform(units, "events of gateways");
        customerErasures = Table.ofPlatform(units, "whom gateways are to know no more");
        gatewayPositions = Table.ofPlatform(units, "events of gateways");
        platformRequests = Table.ofPlatform(units, "the platform's requests");
        mails = Table.ofPlatform(units, "mails");
        mailClaims = Table.ofPlatform(units, "mails");
        credentials = Table.ofPlatform(units, "credentials");
        addressAttempts = Table.ofPlatform(units, "attempts");
        passwordResets = Table.ofPlatform(units, "password resets");
        sessions = Table.ofPlatform(units, "sessions");
        sessionsByToken = Table.ofPlatform(units, "sessions");
        identityLinks = Table.ofPlatform(units, "external identities");
        rootKeys = Table.ofPlatform(units, "root keys");
        platformAudit = Table.ofPlatform(units, "the platform's audit log");
        platformAuditHead = Table.ofPlatform(units, "the platform's audit log");
        tenants = ofTenants("tenants", Tenant::id);
        rightsVersions = ofTenants("tenants", RightsVersion::tenantId);
        memberships = ofTenants("memberships", Membership::tenantId);
        roles = ofTenants("roles", Role::tenantId);
        roleAssignments = ofTenants("role assignments", RoleAssignment::tenantId);
        roleHolders = ofTenants("role assignments", RoleAssignment::tenantId);
        persons = ofTenants("personal tenants", Person::tenantId);
        teams = ofTenants("teams", Team::tenantId);
        teamMemberships = ofTenants("team memberships", TeamMembership::tenantId);
        teamsOfMembers = ofTenants("team memberships", TeamMembership::tenantId);
        invitations = ofTenants("invitations", Invitation::tenantId);
        invitationTokens = ofTenants("invitations", InvitationToken::tenantId);
        accounts = ofTenants("accounts", BillingAccount::tenantId);
        subscriptions = ofTenants("subscriptions", Subscription::tenantId);
        trialsTold = ofTenants("told trials", TrialTold::tenantId);
        creditPurchases = ofTenants("credit purchases", CreditPurchase::tenantId);
        gatewayNames = ofTenants("names at gateways", GatewayName::tenantId);
        invoices = ofTenants("invoices", Invoice::tenantId);
        moneyBack = ofTenants("refunds", Refund::tenantId);
        billingOrders = ofTenants("orders at gateways", BillingOrder::tenantId);
        subscriptionCheckouts = ofTenants("checkouts", SubscriptionCheckout::tenantId);
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
        meteredUses = ofTenants("metered usage", MeteredUse::tenantId);
        meteredReports = ofTenants("reports of metered usage", MeteredReport::tenantId);
        tenantModelPrices = ofTenants("model prices of tenants", TenantPrice::tenantId);
        modelPreferences = ofTenants("model preferences", Preferred::tenantId);
        outputModels = ofTenants("models of kinds of output", OutputModel::tenantId);
        events = ofTenants("usage events", UsageEvent::tenantId);
        removedEvents = ofTenants("sums of usage", UsageEvent::tenantId);
        pricings = ofTenants("when usage was priced", Pricing::tenantId);
        unfit = ofTenants("usage that no price fits", Unfit::tenantId);
        tenantRequests = ofTenants("requests", request -> request.tenantId().orElseThrow());
        retentions = ofTenants("how long rows are kept", Retention::tenantId);
        counted = ofTenants(
                "what removed events counted", counted -> counted.period().tenantId());
        failedWork = ofTenants("what jobs could not do", FailedWork::tenantId);
        audit = ofTenants("the audit log", entry -> entry.tenantId().orElseThrow());
        auditHeads = ofTenants("the audit log", head -> head.tenantId().orElseThrow());
        apiKeys = ofTenants("API keys", ApiKey::tenantId);
        apiKeyDigests = ofTenants("API keys", KeyDigest::tenantId);
        cascadeRights();
    }

    private void cascadeRights() {
        users.onRemoval(user -> platformAssignments.removeUnder(Key.of(user.id())));
        memberships.onRemoval(member -> roleAssignments.removeUnder(Key.of(member.tenantId(), member.userId())));
        memberships.onRemoval(member -> modelPreferences.remove(
                Key.of(member.tenantId(), member.userId().toString())));
        roles.onRemoval(role -> roleHolders
                .under(Key.of(role.tenantId(), role.key()))
                .toList()
                .forEach(held -> roleAssignments.remove(Key.of(held.tenantId(), held.userId(), held.role()))));
        roleAssignments.onRemoval(held -> roleHolders.remove(Key.of(held.tenantId(), held.role(), held.userId())));
        cascadeTeams();
    }

    private void cascadeTeams() {
        teams.onRemoval(team -> teamMemberships.removeUnder(Key.of(team.tenantId(), team.id())));
        memberships.onRemoval(member -> teamsOfMembers
                .under(Key.of(member.tenantId(), member.userId()))
                .toList()
                .forEach(place -> teamMemberships.remove(Key.of(place.tenantId(), place.teamId(), place.userId()))));
        teamMemberships.onRemoval(
                place -> teamsOfMembers.remove(Key.of(place.tenantId(), place.userId(), place.teamId())));
        roleAssignments.onRemoval(held -> roleHolders.remove(Key.of(held.tenantId(), held.role(), held.userId())));
        memberships.onRemoval(member -> apiKeys.under(Key.of(member.tenantId()))
                .filter(key -> key.owner().filter(member.userId()::equals).isPresent())
                .toList()
                .forEach(key -> apiKeys.remove(Key.of(key.tenantId(), key.id()))));
        apiKeys.onRemoval(key -> apiKeyDigests
                .under(Key.of(key.tenantId()))
                .filter(digest -> digest.apiKeyId().equals(key.id()))
                .toList()
                .forEach(digest -> apiKeyDigests.remove(Key.of(digest.tenantId(), digest.sha256()))));
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

    /** Refuses what a tenant's unit of work may not look for. */
    void requirePlatform(String what) {
        units.current().requirePlatform(what);
    }

    long catalogVersion() {
        return catalogVersion;
    }

    long pricesVersion() {
        return pricesVersion;
    }

    /** What was agreed with a tenant counts as a part of the catalogue. */
    void countPriceChange() {
        pricesWritten();
    }

    private void pricesWritten() {
        catalogueWritten();
        long before = pricesVersion;
        pricesVersion = before + 1;
        units.current().undoBy(() -> pricesVersion = before);
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
        var told = new PaymentEvents.Filter(Optional.empty(), Optional.of(id));
        paymentEvents.removeIf(told::accepts);
        return true;
    }
}

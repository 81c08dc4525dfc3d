package io.allotment.testkit;

import static java.util.Objects.requireNonNull;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What a test needs before it begins, in a line or two: {@code var tenant = given.tenantWith(100); var minute =
 * given.operation("0.5");}. Everything gets a name of its own, so that tests share a database without meeting.
 */
public final class Fixtures {

    private final Allotment allotment;

    private Fixtures(Allotment allotment) {
        this.allotment = requireNonNull(allotment, "allotment");
    }

    public static Fixtures in(Allotment allotment) {
        return new Fixtures(allotment);
    }

    /** A word nobody else has: a letter and sixteen digits or letters. */
    public static String word() {
        return "t" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    /** An idempotency key nobody else has. */
    public static IdempotencyKey key() {
        return new IdempotencyKey(word());
    }

    /** A tenant without a subscription and without credits (unless the catalogue has a default plan). */
    public Tenant tenant() {
        var word = word();
        return allotment.tenants().create(TenantProfile.of("Tenant " + word, word));
    }

    /** A tenant on a plan of its own that gives this. */
    public Tenant tenantOn(PlanVersionTerms terms) {
        var tenant = tenant();
        subscribe(tenant, accountOf(tenant), terms);
        return tenant;
    }

    /** A tenant on a plan that gives nothing but may spend, with so many credits that never expire. */
    public Tenant tenantWith(long credits) {
        var tenant = tenantOn(PlanVersionTerms.empty());
        grant(tenant, credits);
        return tenant;
    }

    /** The tenant's own account. */
    public static AccountId accountOf(Tenant tenant) {
        return BillingAccount.idOf(tenant.id());
    }

    public User user() {
        var word = word();
        return allotment.users().create(new Email(word + "@example.org"), "User " + word);
    }

    /** A new user who belongs to the tenant, as a plain member, and has no account of their own. */
    public UserId member(Tenant tenant) {
        return member(tenant, SystemRole.MEMBER);
    }

    /** The same with another role. */
    public UserId member(Tenant tenant, SystemRole role) {
        var user = user();
        allotment.members().add(tenant.id(), user.id(), user.displayName(), role.key());
        return user.id();
    }

    /** The member's own account, on a plan of its own that gives this. */
    public AccountId memberAccount(Tenant tenant, UserId member, PlanVersionTerms terms) {
        var account =
                allotment.subscriptions().openMemberAccount(tenant.id(), member).id();
        subscribe(tenant, account, terms);
        return account;
    }

    /** A consumed feature, counted in minutes. */
    public FeatureKey feature() {
        var key = new FeatureKey(word());
        return allotment
                .catalog()
                .create(new Feature(
                        key, "Feature " + key, Optional.empty(), Feature.Kind.CONSUMED, Optional.of("minute")))
                .key();
    }

    /** A permission of the catalogue, made where it is missing. */
    public PermissionKey permission(String key) {
        var permission = new PermissionKey(key);
        try {
            allotment.access().createPermission(permission, Optional.empty());
        } catch (AlreadyExists present) {
            // Another test needed it before.
        }
        return permission;
    }

    /** An allocated feature, counted in seats. */
    public FeatureKey seats() {
        var key = new FeatureKey(word());
        return allotment
                .catalog()
                .create(new Feature(
                        key, "Feature " + key, Optional.empty(), Feature.Kind.ALLOCATED, Optional.of("seat")))
                .key();
    }

    /** An operation that costs credits and draws no quota. */
    public OperationKey operation(String creditRate) {
        return operation(Operation.of(word(), "test", Credits.of(creditRate)));
    }

    /** An operation that costs credits and draws the feature's quota. */
    public OperationKey operation(String creditRate, FeatureKey feature) {
        return operation(Operation.of(word(), "test", Credits.of(creditRate)).drawing(feature.value()));
    }

    public OperationKey operation(Operation operation) {
        return allotment.catalog().create(operation).key();
    }

    /** The first version of a new plan. */
    public PlanVersion plan(PlanVersionTerms terms) {
        var word = word();
        return allotment.catalog().create(Plan.of(word, "Plan " + word), terms);
    }

    /** Subscribes the account to a new plan that gives this. */
    public Subscription subscribe(Tenant tenant, AccountId account, PlanVersionTerms terms) {
        var plan = plan(terms).plan();
        return allotment.subscriptions().subscribe(tenant.id(), account, SubscriptionService.Choice.of(plan.value()));
    }

    /** What the member may spend in a calendar month. */
    public SpendLimit spendLimit(Tenant tenant, UserId member, long credits) {
        return spendLimit(tenant, SpendLimit.Spender.of(member), credits);
    }

    /** What a member or a key may spend in a calendar month. */
    public SpendLimit spendLimit(Tenant tenant, SpendLimit.Spender spender, long credits) {
        return allotment.spendLimits().set(tenant.id(), spender, SpendLimit.Window.CALENDAR_MONTH, Credits.of(credits));
    }

    /** A report of three units, for the tenant's account, that stands so and is known there by the id. */
    public static MeteredReport meteredReport(
            Persistence persistence, TenantId tenant, MeteredReportId id, MeteredReport.Status status, Instant now) {
        var part = new MeteredReport.Part(
                tenant,
                BillingAccount.idOf(tenant),
                "test",
                new FeatureKey("minutes"),
                now,
                now,
                BigDecimal.valueOf(3),
                now);
        var made = MeteredReport.of(part, MeteredReport.Total.NONE, id, now);
        var report = switch (status) {
            case WAITING -> made;
            case SENT -> made.sent(now);
            case REJECTED -> made.rejected("No such customer.");
            case UNCLEAR -> made.unclear("No answer came.");
            case TAKEN_BACK -> made.sent(now).takenBack();
        };
        persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.meteredReports().insert(report));
        return report;
    }

    /** Credits for the tenant's account that count at once and never expire. */
    public CreditGrant grant(Tenant tenant, long amount) {
        return grant(tenant, GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE));
    }

    public CreditGrant grant(Tenant tenant, GrantTerms terms) {
        return grant(tenant, accountOf(tenant), terms);
    }

    public CreditGrant grant(Tenant tenant, AccountId account, GrantTerms terms) {
        return allotment.credits().grant(tenant.id(), account, key(), Actor.system(), terms);
    }

    /** How far the tenant's account may be overdrawn. */
    public void overdraftLimit(Tenant tenant, long credits) {
        allotment.credits().setOverdraftLimit(tenant.id(), accountOf(tenant), Credits.of(credits));
    }
}

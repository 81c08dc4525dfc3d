package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.apikey.RootKeyService;
import io.allotment.application.audit.AuditService;
import io.allotment.application.billing.BillingService;
import io.allotment.application.billing.CheckoutClosingService;
import io.allotment.application.billing.CreditProductService;
import io.allotment.application.billing.CreditPurchaseService;
import io.allotment.application.billing.CustomerErasureService;
import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.application.billing.MeteringService;
import io.allotment.application.billing.PaymentEventService;
import io.allotment.application.catalog.CatalogService;
import io.allotment.application.credit.CreditService;
import io.allotment.application.credit.SpendLimitService;
import io.allotment.application.notification.OutboxService;
import io.allotment.application.quota.QuotaService;
import io.allotment.application.subscription.PlanMigrationService;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.application.tenancy.InvitationService;
import io.allotment.application.tenancy.MemberService;
import io.allotment.application.tenancy.TeamService;
import io.allotment.application.tenancy.TenantService;
import io.allotment.application.usage.UsageService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.RoleTerms;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BilledState;
import io.allotment.domain.subscription.CreditPolicy;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.TeamMembership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.tenancy.UnpricedModels;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import io.allotment.testkit.TestGateway;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every public method of the services one line: who may call it, and what it leaves in the audit log. A method without a
 * line fails.
 */
class WhoMayTest {

    private static final PageRequest PAGE = PageRequest.first(10);

    private static final ManualInvoice ADVICE = new ManualInvoice(
            Optional.empty(),
            "EUR",
            List.of(new GatewayInvoice.Line("Advice", 1, 500, Optional.empty(), Optional.empty())),
            0,
            Optional.empty());
    private static final SummaryRequest A_DAY = new SummaryRequest(
            Instant.parse("2026-03-10T00:00:00Z"),
            Instant.parse("2026-03-11T00:00:00Z"),
            Optional.empty(),
            Set.of(),
            UsageGroup.ALL,
            Optional.empty());
    private static final SpendLimit.Window MONTH = SpendLimit.Window.CALENDAR_MONTH;
    private static final Optional<String> NO_REASON = Optional.empty();
    private static final List<Class<?>> SERVICES = List.of(
            CatalogService.class,
            SubscriptionService.class,
            PlanMigrationService.class,
            CreditService.class,
            CreditProductService.class,
            CreditPurchaseService.class,
            BillingService.class,
            ManualInvoiceService.class,
            PaymentEventService.class,
            CheckoutClosingService.class,
            CustomerErasureService.class,
            MeteringService.class,
            SpendLimitService.class,
            QuotaService.class,
            UsageService.class,
            OutboxService.class,
            RootKeyService.class,
            AuditService.class,
            TenantService.class,
            MemberService.class,
            TeamService.class,
            InvitationService.class);

    /** What is for people themselves, or takes several units of work, has suites of its own. */
    private static final Set<String> ELSEWHERE = Set.of(
            "PlanMigrationService.migrate(Wish, PageRequest)",
            "CreditPurchaseService.buy(TenantId, AccountId, ProductKey)",
            "CreditPurchaseService.checkout(TenantId, AccountId, PurchaseId)",
            "CreditPurchaseService.cancel(TenantId, AccountId, PurchaseId, Function)",
            "CreditPurchaseService.paid(TenantId, AccountId, PurchaseId, String, Function)",
            "BillingService.checkout(TenantId, AccountId, CheckoutId, Choice, Way)",
            "BillingService.cancelCheckout(TenantId, AccountId, CheckoutId)",
            "BillingService.portal(TenantId, AccountId, Optional)",
            "BillingService.change(TenantId, AccountId, IdempotencyKey, Change, boolean)",
            "BillingService.cancel(TenantId, AccountId, IdempotencyKey, boolean)",
            "BillingService.resume(TenantId, AccountId, IdempotencyKey)",
            "BillingService.refund(TenantId, AccountId, InvoiceId, RefundOrdered, Optional)",
            "PaymentEventService.receive(String, byte[], Optional)",
            "PaymentEventService.receive(String, byte[], Optional, Executor)",
            "PaymentEventService.applyDue()",
            "PaymentEventService.followMissed()",
            "PaymentEventService.followAll()",
            "CheckoutClosingService.closeDue()",
            "CustomerErasureService.eraseDue()",
            "MeteringService.report()",
            "MeteringService.get(TenantId, MeteredReportId)",
            "MeteringService.takeBack(TenantId, MeteredReportId)",
            "PaymentEventService.reconcile(boolean)",
            "PaymentEventService.reconcile(boolean, Set)",
            "TenantService.create(TenantProfile)",
            "TenantService.create(TenantProfile, Optional)",
            "TenantService.createPersonal(UserId)",
            "TenantService.getBySlug(Slug)",
            "TenantService.delete(TenantId)",
            "MemberService.describe(TenantId, PageRequest)",
            "MemberService.leave(TenantId)",
            "MemberService.transferOwnership(TenantId, Optional, UserId)",
            "MemberService.listTenantsOf(UserId, PageRequest)",
            "MemberService.listOwnTenants(PageRequest)",
            "InvitationService.invite(TenantId, Wanted)",
            "InvitationService.address(TenantId, Wanted)",
            "InvitationService.mail(Issued)",
            "InvitationService.sendAgain(TenantId, InvitationId)",
            "InvitationService.accept(String)");

    /** Who may. */
    private enum Who {
        ANYBODY,
        /** Who has the line's right in the tenant. */
        HOLDER,
        /** What is in a tenant, for operators. */
        OPERATOR_IN_TENANT,
        /** What is in a tenant, for operators and support. */
        READER_OF_ALL_IN_TENANT,
        OPERATOR,
        READER_OF_ALL;

        boolean isInTenant() {
            return this == HOLDER || this == OPERATOR_IN_TENANT || this == READER_OF_ALL_IN_TENANT;
        }
    }

    /** What is prepared by the product itself, and then called by somebody. */
    private interface Prepared extends Function<World, Consumer<Allotment>> {}

    /** @param action what is in the audit log afterwards: the tenant's for what is in a tenant, else the platform's */
    private record Line(
            Class<?> service, String method, Who who, Optional<Right> right, Optional<String> action, Prepared call) {

        @Override
        public String toString() {
            return service.getSimpleName() + "." + method;
        }
    }

    private static Line anybody(Class<?> service, String method, Prepared call) {
        return new Line(service, method, Who.ANYBODY, Optional.empty(), Optional.empty(), call);
    }

    private static Line holder(Class<?> service, String method, Right right, Prepared call) {
        return new Line(service, method, Who.HOLDER, Optional.of(right), Optional.empty(), call);
    }

    private static Line holder(Class<?> service, String method, Right right, String action, Prepared call) {
        return new Line(service, method, Who.HOLDER, Optional.of(right), Optional.of(action), call);
    }

    private static Line operatorInTenant(Class<?> service, String method, String action, Prepared call) {
        return new Line(service, method, Who.OPERATOR_IN_TENANT, Optional.empty(), Optional.of(action), call);
    }

    private static Line operator(Class<?> service, String method, String action, Prepared call) {
        return new Line(service, method, Who.OPERATOR, Optional.empty(), Optional.of(action), call);
    }

    private static Line readerOfAll(Class<?> service, String method, Prepared call) {
        return new Line(service, method, Who.READER_OF_ALL, Optional.empty(), Optional.empty(), call);
    }

    static Stream<Line> lines() {
        return Stream.of(
                        catalog(),
                        subscriptions(),
                        planMigrations(),
                        credits(),
                        creditProducts(),
                        creditPurchases(),
                        billing(),
                        limitsAndQuotas(),
                        usage(),
                        rest(),
                        tenants(),
                        members(),
                        teams(),
                        invitations())
                .flatMap(List::stream);
    }

    private static List<Line> catalog() {
        var service = CatalogService.class;
        return List.of(
                operator(
                        service,
                        "create(Feature)",
                        "feature.created",
                        w -> a -> a.catalog().create(Feature.consumed(Fixtures.word(), "Minutes", "minute"))),
                operator(
                        service,
                        "updateFeature(FeatureKey, UnaryOperator)",
                        "feature.updated",
                        w -> a -> a.catalog()
                                .updateFeature(
                                        w.feature, f -> Feature.consumed(f.key().value(), "Renamed", "minute"))),
                anybody(service, "getFeature(FeatureKey)", w -> a -> a.catalog().getFeature(w.feature)),
                anybody(
                        service,
                        "listFeatures(PageRequest)",
                        w -> a -> a.catalog().listFeatures(PAGE)),
                operator(
                        service,
                        "create(Operation)",
                        "operation.created",
                        w -> a -> a.catalog().create(Operation.of(Fixtures.word(), "test", Credits.of(1)))),
                operator(service, "updateOperation(OperationKey, UnaryOperator)", "operation.updated", w -> {
                    var key = w.given.operation("1");
                    return a -> a.catalog().updateOperation(key, o -> o.active(false));
                }),
                anybody(service, "getOperation(OperationKey)", w -> {
                    var key = w.given.operation("1");
                    return a -> a.catalog().getOperation(key);
                }),
                anybody(
                        service,
                        "listOperations(PageRequest)",
                        w -> a -> a.catalog().listOperations(PAGE)),
                operator(
                        service,
                        "create(Plan, PlanVersionTerms)",
                        "plan.created",
                        w -> a -> a.catalog()
                                .create(Plan.of(Fixtures.word(), "Plan " + Fixtures.word()), PlanVersionTerms.empty())),
                operator(
                        service,
                        "updatePlan(PlanKey, UnaryOperator)",
                        "plan.updated",
                        w -> a -> a.catalog()
                                .updatePlan(
                                        w.plan.plan(),
                                        plan -> Plan.of(plan.key().value(), "Renamed " + Fixtures.word()))),
                anybody(service, "getPlan(PlanKey)", w -> a -> a.catalog().getPlan(w.plan.plan())),
                anybody(service, "listPlans(PageRequest)", w -> a -> a.catalog().listPlans(PAGE)),
                operator(
                        service,
                        "addVersion(PlanKey, PlanVersionTerms)",
                        "plan-version.created",
                        w -> a -> a.catalog().addVersion(w.plan.plan(), PlanVersionTerms.empty())),
                anybody(service, "listVersions(PlanKey)", w -> a -> a.catalog().listVersions(w.plan.plan())),
                operator(service, "deleteVersion(PlanKey, int)", "plan-version.deleted", w -> {
                    var version = w.allotment.catalog().addVersion(w.plan.plan(), PlanVersionTerms.empty());
                    return a -> a.catalog().deleteVersion(version.plan(), version.number());
                }));
    }

    private static List<Line> subscriptions() {
        var service = SubscriptionService.class;
        return List.of(
                operatorInTenant(
                        service,
                        "openMemberAccount(TenantId, UserId)",
                        "account.opened",
                        w -> a -> a.subscriptions().openMemberAccount(w.id(), w.member)),
                holder(
                        service,
                        "getAccount(TenantId, AccountId)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.subscriptions().getAccount(w.id(), w.account())),
                holder(
                        service,
                        "listAccounts(TenantId, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.subscriptions().listAccounts(w.id(), PAGE)),
                operatorInTenant(service, "subscribe(TenantId, AccountId, Choice)", "subscription.started", w -> {
                    w.allotment.subscriptions().cancel(w.id(), w.account(), false, NO_REASON);
                    return a -> a.subscriptions()
                            .subscribe(
                                    w.id(),
                                    w.account(),
                                    SubscriptionService.Choice.of(w.plan.plan().value()));
                }),
                holder(
                        service,
                        "get(TenantId, AccountId)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.subscriptions().get(w.id(), w.account())),
                holder(
                        service,
                        "getPlanVersion(TenantId, PlanVersionId)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.subscriptions().getPlanVersion(w.id(), w.plan.id())),
                holder(
                        service,
                        "list(TenantId, AccountId, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.subscriptions().list(w.id(), w.account(), PAGE)),
                operatorInTenant(
                        service,
                        "pause(TenantId, AccountId, Optional)",
                        "subscription.paused",
                        w -> a -> a.subscriptions().pause(w.id(), w.account(), Optional.empty())),
                operatorInTenant(service, "resume(TenantId, AccountId)", "subscription.resumed", w -> {
                    w.allotment.subscriptions().pause(w.id(), w.account(), Optional.empty());
                    return a -> a.subscriptions().resume(w.id(), w.account());
                }),
                operatorInTenant(
                        service,
                        "markPastDue(TenantId, AccountId)",
                        "subscription.past-due",
                        w -> a -> a.subscriptions().markPastDue(w.id(), w.account())),
                operatorInTenant(service, "activate(TenantId, AccountId)", "subscription.activated", w -> {
                    w.allotment.subscriptions().markPastDue(w.id(), w.account());
                    return a -> a.subscriptions().activate(w.id(), w.account());
                }),
                operatorInTenant(service, "uncancel(TenantId, AccountId)", "subscription.uncanceled", w -> {
                    w.allotment.subscriptions().cancel(w.id(), w.account(), true, NO_REASON);
                    return a -> a.subscriptions().uncancel(w.id(), w.account());
                }),
                operatorInTenant(
                        service,
                        "setAutoRenew(TenantId, AccountId, boolean)",
                        "subscription.auto-renew",
                        w -> a -> a.subscriptions().setAutoRenew(w.id(), w.account(), false)),
                operatorInTenant(
                        service,
                        "expire(TenantId, AccountId)",
                        "subscription.expired",
                        w -> a -> a.subscriptions().expire(w.id(), w.account())),
                operatorInTenant(service, "paid(TenantId, AccountId, SubscriptionId)", "subscription.activated", w -> {
                    var id = w.allotment
                            .subscriptions()
                            .markPastDue(w.id(), w.account())
                            .id();
                    return a -> a.subscriptions().paid(w.id(), w.account(), id);
                }),
                operatorInTenant(service, "reactivate(TenantId, AccountId)", "subscription.started", w -> {
                    w.allotment.subscriptions().expire(w.id(), w.account());
                    return a -> a.subscriptions().reactivate(w.id(), w.account());
                }),
                holder(service, "previewPlanChange(TenantId, AccountId, Change)", Right.ACCOUNT_READ, w -> {
                    var change = w.otherPlan(false);
                    return a -> a.subscriptions().previewPlanChange(w.id(), w.account(), change);
                }),
                operatorInTenant(service, "changePlan(TenantId, AccountId, Change)", "subscription.plan-changed", w -> {
                    var change = w.otherPlan(false);
                    return a -> a.subscriptions().changePlan(w.id(), w.account(), change);
                }),
                operatorInTenant(
                        service,
                        "cancelScheduledChange(TenantId, AccountId)",
                        "subscription.scheduled-change-canceled",
                        w -> {
                            w.allotment.subscriptions().changePlan(w.id(), w.account(), w.otherPlan(true));
                            return a -> a.subscriptions().cancelScheduledChange(w.id(), w.account());
                        }),
                operatorInTenant(
                        service,
                        "cancel(TenantId, AccountId, boolean, Optional)",
                        "subscription.canceled",
                        w -> a -> a.subscriptions().cancel(w.id(), w.account(), true, Optional.of("too dear"))));
    }

    private static List<Line> planMigrations() {
        return List.of(readerOfAll(
                PlanMigrationService.class,
                "preview(Wish, PageRequest)",
                w -> a -> a.planMigrations().preview(w.migration(), PAGE)));
    }

    private static List<Line> credits() {
        var service = CreditService.class;
        return List.of(
                operatorInTenant(
                        service,
                        "grant(TenantId, AccountId, IdempotencyKey, Actor, GrantTerms)",
                        "credit-grant.created",
                        w -> a -> a.credits()
                                .grant(
                                        w.id(),
                                        w.account(),
                                        Fixtures.key(),
                                        Actor.system(),
                                        GrantTerms.of(Credits.of(5), GrantSource.GIFT))),
                operatorInTenant(
                        service,
                        "grant(TenantId, AccountId, String, GrantSource, long)",
                        "credit-grant.created",
                        w -> a -> a.credits().grant(w.id(), w.account(), Fixtures.word(), GrantSource.GIFT, 5)),
                operatorInTenant(
                        service,
                        "adjust(TenantId, AccountId, IdempotencyKey, Actor, Credits, Optional)",
                        "credits.adjusted",
                        w -> a -> a.credits()
                                .adjust(
                                        w.id(),
                                        w.account(),
                                        Fixtures.key(),
                                        Actor.system(),
                                        Credits.of(-2),
                                        Optional.of("by mistake"))),
                operatorInTenant(
                        service,
                        "voidGrant(TenantId, AccountId, GrantId, IdempotencyKey, Actor, Optional)",
                        "credit-grant.voided",
                        w -> {
                            var grant = w.given.grant(w.tenant, 5).id();
                            return a -> a.credits()
                                    .voidGrant(w.id(), w.account(), grant, Fixtures.key(), Actor.system(), NO_REASON);
                        }),
                operatorInTenant(
                        service,
                        "setOverdraftLimit(TenantId, AccountId, Credits)",
                        "overdraft-limit.changed",
                        w -> a -> a.credits().setOverdraftLimit(w.id(), w.account(), Credits.of(7))),
                holder(
                        service,
                        "balance(TenantId, AccountId)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.credits().balance(w.id(), w.account())),
                holder(service, "getGrant(TenantId, AccountId, GrantId)", Right.ACCOUNT_READ, w -> {
                    var grant = w.given.grant(w.tenant, 5).id();
                    return a -> a.credits().getGrant(w.id(), w.account(), grant);
                }),
                holder(
                        service,
                        "listGrants(TenantId, AccountId, Optional, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.credits().listGrants(w.id(), w.account(), Optional.empty(), PAGE)),
                holder(
                        service,
                        "listEntries(TenantId, AccountId, EntryFilter, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.credits().listEntries(w.id(), w.account(), EntryFilter.ALL, PAGE)));
    }

    private static List<Line> creditProducts() {
        var service = CreditProductService.class;
        return List.of(
                operator(
                        service,
                        "create(CreditProduct)",
                        "credit-product.created",
                        w -> a ->
                                a.creditProducts().create(CreditProduct.of(Fixtures.word(), "Credits", 5, 100, "EUR"))),
                operator(service, "update(ProductKey, UnaryOperator)", "credit-product.updated", w -> {
                    var key = w.product().key();
                    return a -> a.creditProducts().update(key, product -> product.active(false));
                }),
                operator(service, "archive(ProductKey)", "credit-product.updated", w -> {
                    var key = w.product().key();
                    return a -> a.creditProducts().archive(key);
                }),
                anybody(service, "get(ProductKey)", w -> {
                    var key = w.product().key();
                    return a -> a.creditProducts().get(key);
                }),
                anybody(
                        service,
                        "list(PageRequest)",
                        w -> a -> a.creditProducts().list(PAGE)),
                operatorInTenant(
                        service,
                        "gift(TenantId, AccountId, ProductKey, IdempotencyKey, String)",
                        "credit-product.given",
                        w -> {
                            var key = w.product().key();
                            return a -> a.creditProducts().gift(w.id(), w.account(), key, Fixtures.key(), "a reason");
                        }));
    }

    private static List<Line> creditPurchases() {
        var service = CreditPurchaseService.class;
        return List.of(
                holder(
                        service,
                        "order(TenantId, AccountId, ProductKey)",
                        Right.CREDIT_BUY,
                        "credit-purchase.ordered",
                        w -> {
                            var key = w.product().key();
                            return a -> a.creditPurchases().order(w.id(), w.account(), key);
                        }),
                holder(service, "get(TenantId, AccountId, PurchaseId)", Right.ACCOUNT_READ, w -> {
                    var id = w.purchase();
                    return a -> a.creditPurchases().get(w.id(), w.account(), id);
                }),
                holder(
                        service,
                        "list(TenantId, AccountId, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.creditPurchases().list(w.id(), w.account(), PAGE)),
                readerOfAll(
                        service,
                        "listAll(Filter, PageRequest)",
                        w -> a -> a.creditPurchases().listAll(CreditPurchases.Filter.ALL, PAGE)),
                holder(
                        service,
                        "cancel(TenantId, AccountId, PurchaseId)",
                        Right.CREDIT_BUY,
                        "credit-purchase.canceled",
                        w -> {
                            var id = w.purchase();
                            return a -> a.creditPurchases().cancel(w.id(), w.account(), id);
                        }),
                operatorInTenant(
                        service, "paid(TenantId, AccountId, PurchaseId, String)", "credit-purchase.paid", w -> {
                            var id = w.purchase();
                            return a -> a.creditPurchases().paid(w.id(), w.account(), id, "bank-17");
                        }));
    }

    private static List<Line> billing() {
        var service = BillingService.class;
        return List.of(
                holder(
                        service,
                        "order(TenantId, AccountId, Choice, Way)",
                        Right.BILLING_MANAGE,
                        "subscription.ordered",
                        w -> {
                            var buyer = w.unsubscribed();
                            var choice = BillingService.Choice.of(w.priced().value());
                            return a -> a.billing().order(w.id(), buyer, choice, BillingService.Way.PLAIN);
                        }),
                holder(
                        service,
                        "listInvoices(TenantId, Filter, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.billing().listInvoices(w.id(), Invoices.Filter.ALL, PAGE)),
                holder(service, "getInvoice(TenantId, AccountId, InvoiceId)", Right.ACCOUNT_READ, w -> {
                    var id = w.invoice();
                    return a -> a.billing().getInvoice(w.id(), w.account(), id);
                }),
                holder(
                        service,
                        "exportInvoices(TenantId, Filter)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.billing().exportInvoices(w.id(), Invoices.Filter.ALL)),
                holder(
                        service,
                        "totals(TenantId, Optional, Optional, Optional)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.billing().totals(w.id(), Optional.empty(), Optional.empty(), Optional.empty())),
                readerOfAll(
                        service,
                        "totalsOfAll(Optional, Optional)",
                        w -> a -> a.billing().totalsOfAll(Optional.empty(), Optional.empty())),
                operatorInTenant(
                        ManualInvoiceService.class,
                        "create(TenantId, AccountId, ManualInvoice, boolean, Optional)",
                        "invoice.created",
                        w -> a -> a.manualInvoices().create(w.id(), w.account(), ADVICE, false, Optional.empty())),
                operatorInTenant(
                        ManualInvoiceService.class,
                        "paid(TenantId, AccountId, InvoiceId, Payment)",
                        "invoice.paid",
                        w -> {
                            var id = w.openInvoice();
                            var seen = new ManualInvoiceService.Payment(Optional.of("bank 17"), Optional.empty());
                            return a -> a.manualInvoices().paid(w.id(), w.account(), id, seen);
                        }),
                operatorInTenant(
                        ManualInvoiceService.class, "makeVoid(TenantId, AccountId, InvoiceId)", "invoice.voided", w -> {
                            var id = w.openInvoice();
                            return a -> a.manualInvoices().makeVoid(w.id(), w.account(), id);
                        }),
                holder(
                        service,
                        "listCheckouts(TenantId, AccountId, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.billing().listCheckouts(w.id(), w.account(), PAGE)),
                holder(service, "getCheckout(TenantId, AccountId, CheckoutId)", Right.ACCOUNT_READ, w -> {
                    var id = w.checkout();
                    return a -> a.billing().getCheckout(w.id(), w.account(), id);
                }),
                holder(
                        service,
                        "listRefunds(TenantId, Filter, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.billing().listRefunds(w.id(), Refunds.Filter.ALL, PAGE)),
                holder(
                        service,
                        "exportRefunds(TenantId, Filter)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.billing().exportRefunds(w.id(), Refunds.Filter.ALL)),
                operatorInTenant(
                        service, "orderRefund(TenantId, AccountId, InvoiceId, Optional)", "refund.ordered", w -> {
                            var id = w.invoice();
                            return a -> a.billing().orderRefund(w.id(), w.account(), id, Optional.empty());
                        }),
                readerOfAll(
                        PaymentEventService.class,
                        "list(Filter, PageRequest)",
                        w -> a -> a.paymentEvents().list(PaymentEvents.Filter.ALL, PAGE)),
                readerOfAll(
                        CheckoutClosingService.class,
                        "countFailing()",
                        w -> a -> a.checkoutClosing().countFailing()),
                readerOfAll(
                        CustomerErasureService.class,
                        "list(PageRequest)",
                        w -> a -> a.customerErasures().list(PAGE)),
                operator(CustomerErasureService.class, "forget(String, String)", "customer-erasure.forgotten", w -> {
                    var order = CustomerErasure.ordered("manual", Fixtures.word(), Instant.EPOCH);
                    w.persistence
                            .unitOfWork()
                            .forPlatform(() -> w.persistence.customerErasures().insert(order));
                    return a -> a.customerErasures().forget(order.gateway(), order.customerId());
                }),
                readerOfAll(
                        MeteringService.class,
                        "list(Optional, PageRequest)",
                        w -> a -> a.metering().list(Optional.empty(), PAGE)),
                operatorInTenant(
                        MeteringService.class, "retry(TenantId, MeteredReportId)", "metered-report.retried", w -> {
                            var id = w.report(MeteredReport.Status.REJECTED);
                            return a -> a.metering().retry(w.id(), id);
                        }),
                operatorInTenant(
                        MeteringService.class, "counted(TenantId, MeteredReportId)", "metered-report.counted", w -> {
                            var id = w.report(MeteredReport.Status.UNCLEAR);
                            return a -> a.metering().counted(w.id(), id);
                        }),
                operatorInTenant(
                        SubscriptionService.class,
                        "follow(TenantId, AccountId, BilledState, boolean, boolean)",
                        "subscription.followed",
                        w -> {
                            var buyer = w.unsubscribed();
                            var now = Instant.parse("2026-03-10T10:00:00Z");
                            var told = new BilledState(
                                    new Billed("test", "sub_1", 1, now, false),
                                    w.plan.id(),
                                    Optional.empty(),
                                    1,
                                    SubscriptionStatus.ACTIVE,
                                    Period.between(now, now.plusSeconds(86_400)),
                                    Optional.empty(),
                                    false,
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.empty());
                            return a -> a.subscriptions().follow(w.id(), buyer, told, false, false);
                        }));
    }

    private static List<Line> limitsAndQuotas() {
        return List.of(
                holder(
                        SpendLimitService.class,
                        "set(TenantId, Spender, Window, Credits)",
                        Right.LIMIT_MANAGE,
                        "spend-limit.set",
                        w -> a -> a.spendLimits().set(w.id(), w.spender(), MONTH, Credits.of(9))),
                holder(
                        SpendLimitService.class,
                        "remove(TenantId, Spender, Window)",
                        Right.LIMIT_MANAGE,
                        "spend-limit.removed",
                        w -> {
                            w.given.spendLimit(w.tenant, w.member, 3);
                            return a -> a.spendLimits().remove(w.id(), w.spender(), MONTH);
                        }),
                holder(
                        SpendLimitService.class,
                        "list(TenantId, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.spendLimits().list(w.id(), PAGE)),
                holder(
                        QuotaService.class,
                        "list(TenantId, AccountId)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.quotas().list(w.id(), w.account())),
                operatorInTenant(
                        QuotaService.class,
                        "correct(TenantId, AccountId, FeatureKey, IdempotencyKey, Correction)",
                        "quota.corrected",
                        w -> a -> a.quotas()
                                .correct(
                                        w.id(),
                                        w.account(),
                                        w.feature,
                                        Fixtures.key(),
                                        new QuotaService.Correction(
                                                QuotaChange.Operation.INCREMENT,
                                                Optional.of(Quantity.of(2)),
                                                "counted elsewhere",
                                                Optional.empty(),
                                                Actor.system()))),
                holder(
                        QuotaService.class,
                        "allocations(TenantId, AccountId, FeatureKey, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.quotas().allocations(w.id(), w.account(), w.feature, PAGE)),
                holder(
                        QuotaService.class,
                        "history(TenantId, AccountId, FeatureKey, PageRequest)",
                        Right.ACCOUNT_READ,
                        w -> a -> a.quotas().history(w.id(), w.account(), w.feature, PAGE)));
    }

    private static List<Line> usage() {
        var service = UsageService.class;
        return List.of(
                holder(service, "get(TenantId, DecisionId)", Right.USAGE_READ, w -> {
                    var event = w.consumed();
                    return a -> a.usage().get(w.id(), event);
                }),
                holder(
                        service,
                        "list(TenantId, UsageFilter, PageRequest)",
                        Right.USAGE_READ,
                        w -> a -> a.usage().list(w.id(), UsageFilter.ALL, PAGE)),
                holder(
                        service,
                        "summarize(TenantId, SummaryRequest)",
                        Right.USAGE_READ,
                        w -> a -> a.usage().summarize(w.id(), A_DAY)));
    }

    private static List<Line> rest() {
        var audit = AuditService.class;
        return List.of(
                new Line(
                        OutboxService.class,
                        "list(TenantId, PageRequest)",
                        Who.READER_OF_ALL_IN_TENANT,
                        Optional.empty(),
                        Optional.empty(),
                        w -> a -> a.outbox().list(w.id(), PAGE)),
                operator(
                        RootKeyService.class,
                        "createFirst()",
                        "root-key.replaced",
                        w -> a -> assertThat(a.rootKeys().createFirst()).isPresent()),
                operator(
                        RootKeyService.class,
                        "replace()",
                        "root-key.replaced",
                        w -> a -> a.rootKeys().replace()),
                anybody(
                        RootKeyService.class,
                        "accepts(String)",
                        w -> a -> a.rootKeys().accepts("a guess")),
                holder(
                        audit,
                        "list(TenantId, AuditFilter, PageRequest)",
                        Right.AUDIT_READ,
                        w -> a -> a.audit().list(w.id(), AuditFilter.ALL, PAGE)),
                holder(
                        audit,
                        "head(TenantId)",
                        Right.AUDIT_READ,
                        w -> a -> a.audit().head(w.id())),
                holder(
                        audit,
                        "export(TenantId, AuditFilter)",
                        Right.AUDIT_READ,
                        w -> a -> a.audit().export(w.id(), AuditFilter.ALL)),
                readerOfAll(
                        audit,
                        "listPlatform(AuditFilter, PageRequest)",
                        w -> a -> a.audit().listPlatform(AuditFilter.ALL, PAGE)),
                readerOfAll(audit, "platformHead()", w -> a -> a.audit().platformHead()),
                readerOfAll(
                        audit,
                        "exportPlatform(AuditFilter)",
                        w -> a -> a.audit().exportPlatform(AuditFilter.ALL)),
                operator(
                        audit,
                        "erasePersonalValues(UserId)",
                        "user.personal-values-erased",
                        w -> a -> a.audit().erasePersonalValues(w.member)));
    }

    private static List<Line> tenants() {
        var service = TenantService.class;
        return List.of(
                holder(
                        service,
                        "get(TenantId)",
                        Right.TENANT_READ,
                        w -> a -> a.tenants().get(w.id())),
                readerOfAll(service, "list(PageRequest)", w -> a -> a.tenants().list(PAGE)),
                holder(
                        service,
                        "update(TenantId, Optional, UnaryOperator)",
                        Right.TENANT_UPDATE,
                        "tenant.updated",
                        w -> a -> a.tenants()
                                .update(
                                        w.id(),
                                        Optional.empty(),
                                        profile -> TenantProfile.of(
                                                "Tenant " + Fixtures.word(),
                                                profile.slug().value()))),
                operatorInTenant(
                        service,
                        "setUnpricedModels(TenantId, Optional, UnpricedModels)",
                        "tenant.unpriced-models-set",
                        w -> a -> a.tenants()
                                .setUnpricedModels(
                                        w.id(),
                                        Optional.empty(),
                                        new UnpricedModels(UnpricedModels.Policy.REFUSE, Optional.empty()))),
                holder(
                        service,
                        "setThresholds(TenantId, Optional, Thresholds)",
                        Right.TENANT_UPDATE,
                        "tenant.thresholds-set",
                        w -> a -> a.tenants()
                                .setThresholds(
                                        w.id(), Optional.empty(), new Thresholds(List.of(10), Optional.empty()))),
                operatorInTenant(
                        service,
                        "suspend(TenantId)",
                        "tenant.suspended",
                        w -> a -> a.tenants().suspend(w.id())),
                operatorInTenant(service, "reactivate(TenantId)", "tenant.reactivated", w -> {
                    w.allotment.tenants().suspend(w.id());
                    return a -> a.tenants().reactivate(w.id());
                }));
    }

    private static List<Line> members() {
        var service = MemberService.class;
        return List.of(
                operatorInTenant(service, "add(TenantId, UserId, String, RoleKey)", "member.added", w -> {
                    var user = w.given.user().id();
                    return a -> a.members().add(w.id(), user, "Ada", SystemRole.VIEWER.key());
                }),
                holder(
                        service,
                        "get(TenantId, UserId)",
                        Right.MEMBER_READ,
                        w -> a -> a.members().get(w.id(), w.owner)),
                holder(
                        service,
                        "list(TenantId, PageRequest)",
                        Right.MEMBER_READ,
                        w -> a -> a.members().list(w.id(), PAGE)),
                holder(
                        service,
                        "seats(TenantId)",
                        Right.MEMBER_READ,
                        w -> a -> a.members().seats(w.id())),
                holder(
                        service,
                        "update(TenantId, UserId, Optional, UnaryOperator)",
                        Right.MEMBER_MANAGE,
                        "member.updated",
                        w -> {
                            var other = w.memberWith(Set.of());
                            return a -> a.members()
                                    .update(
                                            w.id(),
                                            other,
                                            Optional.empty(),
                                            profile -> new MemberService.Profile("Renamed", profile.settings()));
                        }),
                holder(service, "suspend(TenantId, UserId)", Right.MEMBER_MANAGE, "member.suspended", w -> {
                    var other = w.memberWith(Set.of());
                    return a -> a.members().suspend(w.id(), other);
                }),
                holder(service, "reactivate(TenantId, UserId)", Right.MEMBER_MANAGE, "member.reactivated", w -> {
                    var other = w.memberWith(Set.of());
                    w.allotment.members().suspend(w.id(), other);
                    return a -> a.members().reactivate(w.id(), other);
                }),
                holder(service, "remove(TenantId, UserId)", Right.MEMBER_MANAGE, "member.removed", w -> {
                    var other = w.memberWith(Set.of());
                    return a -> a.members().remove(w.id(), other);
                }));
    }

    private static List<Line> teams() {
        var service = TeamService.class;
        return List.of(
                holder(
                        service,
                        "create(TenantId, Profile)",
                        Right.TEAM_MANAGE,
                        "team.created",
                        w -> a -> a.teams().create(w.id(), World.FILMS)),
                holder(service, "get(TenantId, TeamId)", Right.MEMBER_READ, w -> {
                    var team = w.team();
                    return a -> a.teams().get(w.id(), team);
                }),
                holder(
                        service,
                        "list(TenantId, PageRequest)",
                        Right.MEMBER_READ,
                        w -> a -> a.teams().list(w.id(), PAGE)),
                holder(
                        service,
                        "update(TenantId, TeamId, Optional, UnaryOperator)",
                        Right.TEAM_MANAGE,
                        "team.updated",
                        w -> {
                            var team = w.team();
                            return a -> a.teams()
                                    .update(
                                            w.id(),
                                            team,
                                            Optional.empty(),
                                            profile -> new TeamService.Profile("Renamed", Optional.empty()));
                        }),
                holder(service, "delete(TenantId, TeamId)", Right.TEAM_MANAGE, "team.deleted", w -> {
                    var team = w.team();
                    return a -> a.teams().delete(w.id(), team);
                }),
                holder(
                        service,
                        "putMember(TenantId, TeamId, UserId, Role)",
                        Right.TEAM_MANAGE,
                        "team.member-put",
                        w -> {
                            var team = w.team();
                            return a -> a.teams().putMember(w.id(), team, w.member, TeamMembership.Role.MEMBER);
                        }),
                holder(
                        service,
                        "removeMember(TenantId, TeamId, UserId)",
                        Right.TEAM_MANAGE,
                        "team.member-removed",
                        w -> {
                            var team = w.team();
                            w.allotment.teams().putMember(w.id(), team, w.owner, TeamMembership.Role.MEMBER);
                            return a -> a.teams().removeMember(w.id(), team, w.owner);
                        }),
                holder(service, "listMembers(TenantId, TeamId, PageRequest)", Right.MEMBER_READ, w -> {
                    var team = w.team();
                    return a -> a.teams().listMembers(w.id(), team, PAGE);
                }),
                holder(
                        service,
                        "listTeamsOf(TenantId, UserId, PageRequest)",
                        Right.MEMBER_READ,
                        w -> a -> a.teams().listTeamsOf(w.id(), w.owner, PAGE)));
    }

    private static List<Line> invitations() {
        var service = InvitationService.class;
        return List.of(
                holder(service, "issue(Addressed)", Right.MEMBER_INVITE, "invitation.created", w -> {
                    var addressed = w.addressed();
                    return a -> a.invitations().issue(addressed);
                }),
                holder(service, "renew(TenantId, InvitationId)", Right.MEMBER_INVITE, "invitation.sent-again", w -> {
                    var invitation = w.invitation();
                    return a -> a.invitations().renew(w.id(), invitation);
                }),
                holder(service, "revoke(TenantId, InvitationId)", Right.MEMBER_INVITE, "invitation.revoked", w -> {
                    var invitation = w.invitation();
                    return a -> a.invitations().revoke(w.id(), invitation);
                }),
                holder(service, "get(TenantId, InvitationId)", Right.MEMBER_INVITE, w -> {
                    var invitation = w.invitation();
                    return a -> a.invitations().get(w.id(), invitation);
                }),
                holder(
                        service,
                        "list(TenantId, PageRequest)",
                        Right.MEMBER_INVITE,
                        w -> a -> a.invitations().list(w.id(), PAGE)));
    }

    @Test
    void every_public_method_has_a_line() {
        var methods = SERVICES.stream()
                .flatMap(service -> Arrays.stream(service.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .map(WhoMayTest::signature)
                // The same for another caller, and what only works inside the unit of another service's work.
                .filter(method -> !method.equals("RootKeyService.as(Acting)")
                        && !method.equals("SubscriptionService.openTenantAccount(Tenant)"))
                .filter(method -> !ELSEWHERE.contains(method));

        assertThat(lines().map(Line::toString)).containsExactlyInAnyOrderElementsOf(methods.toList());
    }

    private static String signature(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }

    @Test
    void a_tenants_own_account_is_opened_with_the_tenant_alone() {
        var world = new World();

        assertThatThrownBy(() -> world.as(world.owner).subscriptions().openTenantAccount(world.tenant))
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void the_product_itself_and_operators_may(Line line) {
        allowed(line, World::system);
        allowed(line, World::operator);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void support_may_read_and_nothing_else(Line line) {
        boolean reads = line.action().isEmpty();

        if (reads) {
            allowed(line, World::support);
        } else {
            forbidden(line, World::support);
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void a_member_may_what_their_rights_say(Line line) {
        var right = line.right();
        switch (line.who()) {
            case ANYBODY -> allowed(line, world -> world.as(world.member));
            case HOLDER -> {
                allowed(line, world -> world.as(world.memberWith(Set.of(right.orElseThrow()))));
                forbidden(line, world -> world.as(world.memberWith(without(right.orElseThrow()))));
                forbidden(line, world -> world.as(world.member));
            }
            default -> forbidden(line, world -> world.as(world.memberWith(Set.of(Right.values()))));
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void to_a_user_of_another_tenant_there_is_no_such_tenant(Line line) {
        var world = new World();
        var call = line.call().apply(world);
        var stranger = world.as(world.stranger);

        if (line.who().isInTenant()) {
            assertThatThrownBy(() -> call.accept(stranger))
                    .isInstanceOfSatisfying(
                            NotFound.class,
                            refusal -> assertThat(refusal.getMessage())
                                    .isEqualTo(new NotFound("tenant", world.id()).getMessage()));
        } else if (line.who() == Who.ANYBODY) {
            assertThatCode(() -> call.accept(stranger)).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> call.accept(stranger)).isInstanceOf(Forbidden.class);
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void a_change_leaves_one_entry_and_a_read_none(Line line) {
        var world = new World();
        var call = line.call().apply(world);
        var before = world.entries();

        call.accept(world.operator());

        var left = world.entriesSince(before);
        if (line.action().isEmpty()) {
            assertThat(left).isEmpty();
        } else {
            assertThat(left).hasSize(1);
            var entry = left.get(0);
            assertThat(entry.event().action()).isEqualTo(line.action().get());
            assertThat(entry.tenantId())
                    .isEqualTo(line.who().isInTenant() ? Optional.of(world.id()) : Optional.empty());
            assertThat(entry.actor()).isEqualTo(Actor.user(world.operator));
            assertThat(entry.faultsAfter(new AuditHead(entry.tenantId(), entry.sequence() - 1, entry.previousHash())))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void what_is_refused_or_undone_leaves_no_entry(Line line) {
        var world = new World();
        var call = line.call().apply(world);
        var before = world.entries();

        if (line.action().isPresent()) {
            assertThatThrownBy(() -> call.accept(world.as(world.stranger))).isNotNull();
        }
        assertThatThrownBy(() -> world.undone(line.who().isInTenant(), () -> call.accept(world.system())))
                .hasMessage("undone");

        assertThat(world.entriesSince(before)).isEmpty();
    }

    private static void allowed(Line line, Function<World, Allotment> caller) {
        var world = new World();
        var call = line.call().apply(world);
        var acting = caller.apply(world);

        assertThatCode(() -> call.accept(acting)).doesNotThrowAnyException();
    }

    private static void forbidden(Line line, Function<World, Allotment> caller) {
        var world = new World();
        var call = line.call().apply(world);
        var acting = caller.apply(world);

        assertThatThrownBy(() -> call.accept(acting)).isInstanceOf(Forbidden.class);
    }

    private static Set<Right> without(Right right) {
        return Arrays.stream(Right.values()).filter(any -> any != right).collect(Collectors.toSet());
    }

    /** A tenant with all it needs, and people of every kind. */
    private static final class World {

        static final TeamService.Profile FILMS = new TeamService.Profile("Films", Optional.empty());

        final Persistence persistence = new InMemoryPersistence();
        final Allotment allotment = Allotment.with(persistence)
                .clock(TestClock.at("2026-03-10T10:00:00Z"))
                .payments(new TestGateway("test", TestClock.at("2026-03-10T10:00:00Z")))
                .build();
        final Fixtures given = Fixtures.in(allotment);
        final FeatureKey feature = given.feature();
        final Tenant tenant = given.tenant();
        final PlanVersion plan =
                given.plan(PlanVersionTerms.empty().withGrace(7).with(feature.value(), Quota.perCycle(50)));
        /** Without any right. */
        final UserId member;

        final UserId owner;
        final UserId stranger;
        final UserId operator = given.user().id();

        World() {
            allotment
                    .subscriptions()
                    .subscribe(
                            id(),
                            account(),
                            SubscriptionService.Choice.of(plan.plan().value()));
            given.grant(tenant, 100);
            member = memberWith(Set.of());
            owner = memberWith(Set.of(Right.values()));
            stranger = given.member(given.tenant());
        }

        TenantId id() {
            return tenant.id();
        }

        AccountId account() {
            return Fixtures.accountOf(tenant);
        }

        SubscriptionService.Change otherPlan(boolean atPeriodEnd) {
            var other = given.plan(PlanVersionTerms.empty()).plan();
            return new SubscriptionService.Change(
                    SubscriptionService.Choice.of(other.value()), CreditPolicy.KEEP, atPeriodEnd);
        }

        CreditProduct product() {
            return allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "Credits", 5, 100, "EUR"));
        }

        PurchaseId purchase() {
            return allotment
                    .creditPurchases()
                    .buy(id(), account(), product().key())
                    .id();
        }

        CheckoutId checkout() {
            var checkout = SubscriptionCheckout.ordered(
                    id(),
                    new CheckoutId(UUID.randomUUID()),
                    account(),
                    "elsewhere",
                    allotment.clock().instant());
            persistence
                    .unitOfWork()
                    .forTenant(id(), () -> persistence.subscriptionCheckouts().insert(checkout));
            return checkout.id();
        }

        /** An account that subscribes to nothing. */
        AccountId unsubscribed() {
            return allotment
                    .subscriptions()
                    .openMemberAccount(id(), given.member(tenant))
                    .id();
        }

        PlanKey priced() {
            return given.plan(new PlanVersionTerms(
                            0,
                            7,
                            Optional.empty(),
                            Credits.ZERO,
                            Credits.ZERO,
                            Document.EMPTY,
                            List.of(Price.monthly("monthly", 100, "EUR")),
                            List.of()))
                    .plan();
        }

        InvoiceId invoice() {
            allotment.creditPurchases().paid(id(), account(), purchase(), "bank-17");
            return allotment
                    .billing()
                    .listInvoices(id(), Invoices.Filter.ALL, PAGE)
                    .items()
                    .get(0)
                    .id();
        }

        InvoiceId openInvoice() {
            return allotment
                    .manualInvoices()
                    .create(id(), account(), ADVICE, false, Optional.empty())
                    .id();
        }

        MeteredReportId report(MeteredReport.Status status) {
            var report = new MeteredReportId(UUID.randomUUID());
            Fixtures.meteredReport(persistence, id(), report, status, Instant.parse("2026-03-10T10:00:00Z"));
            return report;
        }

        PlanMigrationService.Wish migration() {
            return new PlanMigrationService.Wish(
                    plan.plan(),
                    Optional.empty(),
                    Optional.of(plan.number()),
                    PlanMigrationService.When.PERIOD_END,
                    Optional.empty(),
                    Optional.empty());
        }

        SpendLimit.Spender spender() {
            return SpendLimit.Spender.of(member);
        }

        DecisionId consumed() {
            var charge = Charge.of(given.operation("1"), Quantity.of(1));
            return allotment
                    .gate()
                    .consume(id(), Fixtures.key(), charge)
                    .decision()
                    .id();
        }

        Allotment system() {
            return allotment;
        }

        Allotment operator() {
            return allotment.as(Caller.user(operator, PlatformRole.OPERATOR, Origin.HERE));
        }

        Allotment support() {
            return allotment.as(Caller.user(given.user().id(), PlatformRole.SUPPORT, Origin.HERE));
        }

        Allotment as(UserId user) {
            return allotment.as(Caller.user(user, Origin.HERE));
        }

        TeamId team() {
            return allotment.teams().create(id(), FILMS).id();
        }

        /** To a role that holds nothing. */
        InvitationService.Addressed addressed() {
            var role = new RoleKey(Fixtures.word());
            allotment.access().createRole(id(), role, new RoleTerms("Guest", Optional.empty(), Set.of()));
            return new InvitationService.Addressed(
                    id(),
                    InvitationService.Wanted.of(Fixtures.word() + "@example.org", role.value()),
                    Optional.empty());
        }

        InvitationId invitation() {
            return allotment.invitations().issue(addressed()).invitation().id();
        }

        /** A member whose role has exactly these rights. */
        UserId memberWith(Set<Right> rights) {
            var user = given.member(tenant);
            var key = new RoleKey(Fixtures.word());
            Set<PermissionKey> permissions = rights.stream().map(Right::key).collect(Collectors.toSet());
            var now = allotment.clock().instant();
            persistence.unitOfWork().forTenant(id(), () -> {
                persistence.tenants().lockRights(id());
                persistence.roles().unassign(id(), user, SystemRole.MEMBER.key());
                persistence
                        .roles()
                        .insert(new Role(id(), key, "Role " + key, Optional.empty(), permissions, now, now, 1));
                persistence
                        .roles()
                        .assign(new RoleAssignment(id(), user, key, Optional.empty(), now, Optional.empty()));
            });
            return user;
        }

        List<AuditEntry> entries() {
            var page = PageRequest.first(PageRequest.MAX_LIMIT);
            var all = new ArrayList<>(
                    allotment.audit().list(id(), AuditFilter.ALL, page).items());
            all.addAll(allotment.audit().listPlatform(AuditFilter.ALL, page).items());
            return all;
        }

        List<AuditEntry> entriesSince(List<AuditEntry> before) {
            return entries().stream()
                    .filter(entry -> !hashes(before).contains(entry.hash()))
                    .toList();
        }

        private static Set<String> hashes(List<AuditEntry> entries) {
            return entries.stream().map(AuditEntry::hash).collect(Collectors.toSet());
        }

        void undone(boolean inTenant, Runnable work) {
            Runnable failing = () -> {
                work.run();
                throw new IllegalStateException("undone");
            };
            if (inTenant) {
                persistence.unitOfWork().forTenant(id(), failing);
            } else {
                persistence.unitOfWork().forPlatform(failing);
            }
        }
    }
}

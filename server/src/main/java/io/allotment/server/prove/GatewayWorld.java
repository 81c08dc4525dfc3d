package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.application.shared.UuidV7;
import io.allotment.domain.Persistence;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.PlanPriceId;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.sandbox.SandboxPayments;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/** An Allotment with a tenant that knows nothing yet of what happened at the gateway but what it asked for. */
final class GatewayWorld {

    static final String PLAIN = "proof-of-orders";
    static final String DEARER = "proof-of-orders-dearer";
    static final String WITH_TRIAL = "proof-of-orders-with-trial";
    private static final String PACK = "proof-of-orders-pack";

    /** The catalogue is the same for all lives: a database has it once. */
    private static final long CATALOGUE = 20_260_131;

    private final LivedLife told;
    private final Allotment allotment;
    private final Persistence persistence;
    private final TenantId tenant;
    private final AccountId account;
    private final String checkout;
    private final String purchase;

    GatewayWorld(LivedLife told, Persistence persistence) {
        this.told = told;
        this.persistence = persistence;
        prepare();
        this.allotment = allotment(told.ids);
        var name = "Acme " + Long.toHexString(told.ids);
        this.tenant = allotment
                .tenants()
                .create(TenantProfile.of(name, name.toLowerCase(Locale.ROOT).replace(' ', '-')))
                .id();
        this.account = BillingAccount.idOf(tenant);
        var choice = Choice.of(told.life.plan());
        var order = allotment.billing().order(tenant, account, choice, Way.PLAIN);
        this.checkout = allotment
                .billing()
                .checkout(tenant, account, order, choice, Way.PLAIN)
                .gatewayId()
                .orElseThrow();
        this.purchase = allotment
                .creditPurchases()
                .buy(tenant, account, new ProductKey(PACK))
                .checkout()
                .orElseThrow()
                .id();
    }

    private Allotment allotment(long seed) {
        return Allotment.with(persistence)
                .clock(told.clock)
                .ids(new UuidV7(new ProofClock(LivedLife.START), new Random(seed)))
                .payments(told.sandbox)
                .build();
    }

    private void prepare() {
        boolean isThere = persistence
                .unitOfWork()
                .forPlatform(
                        () -> persistence.catalog().findPlan(new PlanKey(PLAIN)).isPresent());
        if (isThere) {
            return;
        }
        var catalogue = allotment(CATALOGUE);
        catalogue.catalog().create(Plan.of(PLAIN, "Plain"), terms(0, 100, 2_900));
        catalogue.catalog().create(Plan.of(DEARER, "Dearer"), terms(0, 300, 5_900));
        catalogue.catalog().create(Plan.of(WITH_TRIAL, "With a trial"), terms(14, 100, 2_900));
        catalogue.creditProducts().create(CreditProduct.of(PACK, "A hundred", 100, 1_900, "EUR"));
    }

    private static PlanVersionTerms terms(int trialDays, long credits, long monthlyMinor) {
        var yearly = new Price(
                new PriceKey("yearly"),
                Price.Interval.YEAR,
                1,
                new Money(10 * monthlyMinor, "EUR"),
                Optional.empty(),
                Optional.empty());
        return new PlanVersionTerms(
                trialDays,
                7,
                Optional.empty(),
                Credits.of(credits),
                Credits.ZERO,
                Document.EMPTY,
                List.of(Price.monthly("monthly", monthlyMinor, "EUR"), yearly),
                List.of());
    }

    // What happens at the gateway

    void pass(Duration time) {
        told.clock.set(told.clock.instant().plus(time));
        told.sandbox.advance();
    }

    void post(String path, Map<String, String> form) {
        var shown = told.sandbox.page("POST", path, form);
        if (shown.status() != 200) {
            throw new IllegalStateException(path + " was answered " + shown.body());
        }
    }

    void subscribe(String card) {
        post("/checkouts/" + checkout + "/pay", Map.of("card", card));
    }

    void buy(String card) {
        post("/checkouts/" + purchase + "/pay", Map.of("card", card));
    }

    void card(String card) {
        post("/customers/" + customer() + "/card", Map.of("card", card));
    }

    String customer() {
        return all(GatewayObject.Kind.CHECKOUT).get(0).customerId().orElseThrow();
    }

    void cancel(boolean atPeriodEnd) {
        told.sandbox.cancel(new IdempotencyKey("cancel-" + atPeriodEnd), subscription(), atPeriodEnd);
    }

    void change(String plan, String price, int quantity) {
        var version = allotment.catalog().listVersions(new PlanKey(plan)).get(0);
        var key = new PriceKey(price);
        var to = version.terms().price(key).orElseThrow();
        told.sandbox.change(new BillingGateway.SubscriptionChange(
                new IdempotencyKey("change-" + plan + "-" + price),
                subscription(),
                plan,
                new PlanPriceId(version.id(), key).toString(),
                to.money(),
                to.months(),
                quantity,
                true));
    }

    void resume() {
        told.sandbox.resume(new IdempotencyKey("resume"), subscription());
    }

    String subscription() {
        return all(GatewayObject.Kind.SUBSCRIPTION).get(0).id();
    }

    String refund(long minor) {
        return told.sandbox
                .refund(new BillingGateway.RefundOrder(
                        new RefundId(new UUID(0x7000, minor)), payment(), new Money(minor, "EUR"), Optional.empty()))
                .id();
    }

    String dispute() {
        post("/payments/" + payment() + "/dispute", Map.of());
        return all(GatewayObject.Kind.DISPUTE).get(0).id();
    }

    private String payment() {
        return ((GatewayInvoice) all(GatewayObject.Kind.INVOICE).get(0))
                .paymentId()
                .orElseThrow();
    }

    private List<GatewayObject> all(GatewayObject.Kind kind) {
        return told.sandbox.list(kind, PageRequest.first(50)).items();
    }

    // What is told of it

    void hear(int event) {
        allotment
                .paymentEvents()
                .receive(SandboxPayments.NAME, told.bodies.get(event), Optional.of(told.signatures.get(event)));
    }

    /** What named nothing of ours at first is looked at again. */
    void settle() {
        after(Duration.ofSeconds(20));
    }

    /** Each time it is waited for longer until it is looked at again. */
    private void after(Duration wait) {
        told.clock.set(told.clock.instant().plus(wait));
        for (var portion = allotment.paymentEvents().applyDue();
                portion.more();
                portion = allotment.paymentEvents().applyDue()) {}
        told.clock.set(told.clock.instant().minus(wait));
    }

    /** By all that the gateway has. */
    void reconcile() {
        allotment.paymentEvents().reconcile(true);
    }

    /** By what it told since the beginning. */
    void askWhatWasMissed() {
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence.paymentEvents().askedUntil(SandboxPayments.NAME, LivedLife.START));
        allotment.paymentEvents().followMissed();
        after(Duration.ofMinutes(2));
    }

    /** All that must be the same, in words: not when it was heard of. */
    String known() {
        var text = new StringBuilder();
        allotment
                .subscriptions()
                .list(tenant, account, PageRequest.first(50))
                .items()
                .forEach(one -> text.append("subscription ")
                        .append(one.status())
                        .append(' ')
                        .append(one.planVersionId())
                        .append(one.price())
                        .append(one.billed().map(by -> by.quantity()))
                        .append(one.trial())
                        .append(one.currentPeriod())
                        .append(one.cancelAtPeriodEnd())
                        .append(one.endedAt())
                        .append('\n'));
        var credits = persistence
                .unitOfWork()
                .forTenant(tenant, () -> persistence.credits().find(tenant, account))
                .orElseThrow();
        text.append("balance ").append(credits.balance());
        text.append(" overdraft ").append(credits.overdraft()).append('\n');
        sorted(
                text,
                allotment
                        .credits()
                        .listGrants(tenant, account, Optional.empty(), PageRequest.first(50))
                        .items()
                        .stream()
                        .map(one -> "grant " + one.terms().amount() + " of "
                                + one.terms().source() + " until "
                                + one.terms().expiresAt() + ", " + one.remaining()));
        sorted(
                text,
                allotment.billing().listInvoices(tenant, Invoices.Filter.ALL, PageRequest.first(50)).items().stream()
                        .map(one -> "invoice " + one.told().id() + " "
                                + one.told().status() + " " + one.told().paidMinor() + " "
                                + one.grant().isPresent()));
        sorted(
                text,
                allotment
                        .billing()
                        .listRefunds(tenant, Refunds.Filter.of(account), PageRequest.first(50))
                        .items()
                        .stream()
                        .map(one -> "refund " + one.gatewayId() + " " + one.status() + " " + one.taken()));
        return text.toString();
    }

    /** What verification finds, of all that is kept there. */
    List<String> violations() {
        return allotment.gate().verify().violations().stream()
                .map(Object::toString)
                .toList();
    }

    private static void sorted(StringBuilder text, Stream<String> lines) {
        lines.sorted().forEach(line -> text.append(line).append('\n'));
    }
}

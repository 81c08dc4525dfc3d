package io.allotment.http;

import io.allotment.application.billing.CreditPurchaseService;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditExpiry;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.CreditPurchase.Payment;
import io.allotment.domain.billing.CreditPurchases;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Credits for sale, given away and bought. */
final class BillingRoutes {

    private final Routes routes;

    BillingRoutes(Routes routes) {
        this.routes = routes;
    }

    void add() {
        routes.get("/credit-products", this::listProducts);
        routes.postForPlatform("/credit-products", this::createProduct);
        routes.get("/credit-products/{product}", this::getProduct);
        routes.patch("/credit-products/{product}", this::changeProduct);
        routes.get("/credit-purchases", this::listAllPurchases);

        var account = "/tenants/{tenant}/accounts/{account}";
        routes.postForTenant(account + "/gifts", this::gift);
        routes.get(account + "/purchases", this::listPurchases);
        routes.post(account + "/purchases", this::buy);
        routes.get(account + "/purchases/{purchase}", this::getPurchase);
        routes.post(account + "/purchases/{purchase}/cancel", this::cancel);
        routes.post(account + "/purchases/{purchase}/paid", this::paid);
    }

    /** When credits expire, both ways. */
    record ExpiryView(CreditExpiry.Kind kind, Optional<Integer> count) {

        static ExpiryView of(CreditExpiry expiry) {
            return new ExpiryView(expiry.kind(), expiry.count());
        }

        CreditExpiry expiry() {
            return new CreditExpiry(kind, count);
        }
    }

    record NewProduct(
            ProductKey key,
            String name,
            Optional<String> description,
            Credits credits,
            long amountMinor,
            String currency,
            Optional<ExpiryView> expiry,
            Optional<String> stripePriceId,
            Optional<String> stripeProductId) {

        CreditProduct product() {
            return new CreditProduct(
                    key,
                    name,
                    description,
                    credits,
                    new Money(amountMinor, currency),
                    expiry.map(ExpiryView::expiry).orElse(CreditExpiry.NEVER),
                    true,
                    stripePriceId,
                    stripeProductId);
        }
    }

    record ProductChange(
            Optional<String> name,
            Change<String> description,
            Optional<Boolean> active,
            Change<String> stripePriceId,
            Change<String> stripeProductId) {

        CreditProduct of(CreditProduct present) {
            return new CreditProduct(
                    present.key(),
                    name.orElse(present.name()),
                    description.from(present.description()),
                    present.credits(),
                    present.price(),
                    present.expiry(),
                    active.orElse(present.active()),
                    stripePriceId.from(present.stripePriceId()),
                    stripeProductId.from(present.stripeProductId()));
        }
    }

    record ProductView(
            ProductKey key,
            String name,
            Optional<String> description,
            Credits credits,
            long amountMinor,
            String currency,
            ExpiryView expiry,
            boolean active,
            Optional<String> stripePriceId,
            Optional<String> stripeProductId) {

        static ProductView of(CreditProduct product) {
            return new ProductView(
                    product.key(),
                    product.name(),
                    product.description(),
                    product.credits(),
                    product.price().amountMinor(),
                    product.price().currency(),
                    ExpiryView.of(product.expiry()),
                    product.active(),
                    product.stripePriceId(),
                    product.stripeProductId());
        }
    }

    record Gift(ProductKey product, String reason) {}

    record NewPurchase(ProductKey product) {}

    record PaymentTold(String paymentReference) {}

    record PurchaseQuery(
            Optional<CreditPurchase.Status> status,
            Optional<String> checkout,
            Optional<Integer> limit,
            Optional<String> after) {

        CreditPurchases.Filter filter() {
            return new CreditPurchases.Filter(status, checkout);
        }

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    record CheckoutView(
            String gateway, String id, Optional<String> url, Optional<String> instructions, Instant expiresAt) {

        static CheckoutView of(Checkout checkout, boolean isPayable) {
            return new CheckoutView(
                    checkout.gateway(),
                    checkout.id(),
                    checkout.url().filter(page -> isPayable),
                    checkout.instructions(),
                    checkout.expiresAt());
        }
    }

    record PurchaseView(
            PurchaseId id,
            TenantId tenant,
            AccountId account,
            ProductKey product,
            String productName,
            Credits credits,
            long amountMinor,
            String currency,
            ExpiryView expiry,
            CreditPurchase.Status status,
            Optional<CheckoutView> checkout,
            Optional<String> paymentReference,
            Optional<Instant> paidAt,
            Optional<GrantId> grant,
            Optional<Instant> canceledAt,
            Instant expiresAt,
            Instant createdAt) {

        static PurchaseView of(CreditPurchase purchase, Instant now) {
            var payment = purchase.payment();
            var status = purchase.statusAt(now);
            return new PurchaseView(
                    purchase.id(),
                    purchase.tenantId(),
                    purchase.accountId(),
                    purchase.product(),
                    purchase.productName(),
                    purchase.credits(),
                    purchase.price().amountMinor(),
                    purchase.price().currency(),
                    ExpiryView.of(purchase.expiry()),
                    status,
                    purchase.checkout().map(place -> CheckoutView.of(place, status == CreditPurchase.Status.PENDING)),
                    payment.map(Payment::reference),
                    payment.map(Payment::at),
                    payment.map(Payment::grant),
                    purchase.canceledAt(),
                    purchase.expiresAt(),
                    purchase.createdAt());
        }
    }

    // Products

    private Reply listProducts(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().creditProducts().list(page), ProductView::of));
    }

    private Reply createProduct(Call call) {
        var product = call.allotment()
                .creditProducts()
                .create(call.body(NewProduct.class).product());
        return Reply.created(ProductView.of(product)).at("/credit-products/" + product.key());
    }

    private Reply getProduct(Call call) {
        return Reply.ok(ProductView.of(call.allotment().creditProducts().get(product(call))));
    }

    private Reply changeProduct(Call call) {
        var change = call.body(ProductChange.class);
        return Reply.ok(ProductView.of(call.allotment().creditProducts().update(product(call), change::of)));
    }

    private Reply gift(Call call) {
        var tenant = call.tenant();
        var account = call.account();
        var gift = call.body(Gift.class);
        var grant = call.allotment()
                .creditProducts()
                .gift(tenant, account, gift.product(), call.idempotencyKey(), gift.reason());
        return Reply.created(CreditRoutes.GrantView.of(grant))
                .at("/tenants/" + tenant + "/accounts/" + account + "/grants/" + grant.id());
    }

    // Purchases

    private Reply listAllPurchases(Call call) {
        var query = call.query(PurchaseQuery.class);
        return Reply.ok(
                Items.of(purchases(call).listAll(query.filter(), query.page()), purchase -> view(call, purchase)));
    }

    private Reply listPurchases(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(
                Items.of(purchases(call).list(call.tenant(), call.account(), page), purchase -> view(call, purchase)));
    }

    /**
     * The order is made once for the key; its checkout is asked for behind the transaction, since the gateway may be far away. Whoever
     * repeats a request that broke off there is answered with the same purchase, and its checkout.
     */
    private Reply buy(Call call) {
        var ordered = routes.once(call, Optional.of(call.tenant()), this::order);
        var purchase = purchases(call)
                .checkout(
                        call.tenant(),
                        call.account(),
                        PurchaseId.of(last(ordered.location().orElseThrow())));
        return Reply.created(view(call, purchase))
                .at(ordered.location().orElseThrow())
                .replayed(ordered.replayed());
    }

    private Reply order(Call call) {
        var purchase = purchases(call)
                .order(
                        call.tenant(),
                        call.account(),
                        call.body(NewPurchase.class).product());
        return Reply.created(view(call, purchase))
                .at("/tenants/" + call.tenant() + "/accounts/" + call.account() + "/purchases/" + purchase.id());
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private Reply getPurchase(Call call) {
        return Reply.ok(view(call, purchases(call).get(call.tenant(), call.account(), purchase(call))));
    }

    private Reply cancel(Call call) {
        call.refuseBody();
        return settled(call, keeping -> purchases(call).cancel(call.tenant(), call.account(), purchase(call), keeping));
    }

    private Reply paid(Call call) {
        call.requireIdempotencyKey();
        var reference = call.body(PaymentTold.class).paymentReference();
        return settled(
                call,
                keeping -> purchases(call).paid(call.tenant(), call.account(), purchase(call), reference, keeping));
    }

    /**
     * The gateway is asked before the transaction that changes the purchase and keeps the key: what broke off is done by the same again. What was done is answered with the
     * purchase as it is by then; it waits for nothing any more, so nobody is asked.
     */
    private Reply settled(Call call, Function<Function<Supplier<CreditPurchase>, Reply>, Reply> work) {
        var tenant = Optional.of(call.tenant());
        var answer = routes.answered(call, tenant)
                .orElseGet(() -> work.apply(purchase ->
                        routes.once(call, tenant, same -> Reply.ok(view(call, purchase.get())))));
        return answer.replayed()
                ? Reply.ok(view(call, purchases(call).checkout(call.tenant(), call.account(), purchase(call))))
                        .replayed(true)
                : answer;
    }

    private static PurchaseView view(Call call, CreditPurchase purchase) {
        return PurchaseView.of(purchase, call.allotment().clock().instant());
    }

    private static CreditPurchaseService purchases(Call call) {
        return call.allotment().creditPurchases();
    }

    private static ProductKey product(Call call) {
        return call.path("product", ProductKey::new);
    }

    private static PurchaseId purchase(Call call) {
        return call.path("purchase", PurchaseId::of);
    }
}

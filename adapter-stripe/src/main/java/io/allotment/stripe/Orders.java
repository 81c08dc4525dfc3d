package io.allotment.stripe;

import com.stripe.model.Price;
import com.stripe.model.checkout.Session;
import com.stripe.param.PriceCreateParams;
import com.stripe.param.PriceListParams;
import com.stripe.param.checkout.SessionCreateParams;
import io.allotment.domain.billing.BillingGateway.SubscriptionOrder;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.PaymentGateway.Order;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Checkouts, and the prices they name. */
final class Orders {

    /** What is written on Stripe's objects, for people to find ours. It is never read to find a tenant. */
    static final String TENANT = "allotment_tenant";

    static final String ACCOUNT = "allotment_account";
    static final String CHECKOUT = "allotment_checkout";
    static final String REFUND = "allotment_refund";
    static final String REASON = "reason";

    private final Calls calls;
    private final ReturnAddresses otherwise;
    private final boolean automaticTax;

    /**
     * @param otherwise where it leads back to where an order names no page
     * @param automaticTax whether Stripe reckons taxes where an order does not say
     */
    Orders(Calls calls, ReturnAddresses otherwise, boolean automaticTax) {
        this.calls = calls;
        this.otherwise = otherwise;
        this.automaticTax = automaticTax;
    }

    /** Something that is bought once. Stripe makes an invoice of it, so that it stands in the history like all else. */
    Checkout purchase(Order order) {
        var marks = Map.of(
                TENANT,
                order.tenantId().toString(),
                ACCOUNT,
                order.accountId().toString(),
                Translation.PURCHASE,
                order.id().toString());
        var params = SessionCreateParams.builder()
                .setMode(SessionCreateParams.Mode.PAYMENT)
                .setClientReferenceId(order.id().toString())
                .putAllMetadata(marks)
                .setPaymentIntentData(SessionCreateParams.PaymentIntentData.builder()
                        .putAllMetadata(marks)
                        .build())
                .setInvoiceCreation(SessionCreateParams.InvoiceCreation.builder()
                        .setEnabled(true)
                        .setInvoiceData(SessionCreateParams.InvoiceCreation.InvoiceData.builder()
                                .putAllMetadata(marks)
                                .build())
                        .build())
                .addLineItem(purchaseLine(order));
        order.customerId().ifPresent(params::setCustomer);
        if (automaticTax) {
            reckonTaxes(params, order.customerId().isPresent());
        }
        leadBack(params, order.returnTo());
        return checkout(calls.post(
                order.idempotencyKey(),
                (client, options) -> client.v1().checkout().sessions().create(params.build(), options)));
    }

    /** By the price that Stripe has, where there is one for this money; else by the money. */
    private SessionCreateParams.LineItem purchaseLine(Order order) {
        var line = SessionCreateParams.LineItem.builder().setQuantity(1L);
        order.priceId()
                .flatMap(name -> isOurs(name) ? sold(name, order.price()) : Optional.of(name))
                .ifPresentOrElse(
                        line::setPrice,
                        () -> line.setPriceData(SessionCreateParams.LineItem.PriceData.builder()
                                .setCurrency(currency(order.price()))
                                .setUnitAmount(order.price().amountMinor())
                                .setProductData(SessionCreateParams.LineItem.PriceData.ProductData.builder()
                                        .setName(order.description())
                                        .build())
                                .build()));
        return line.build();
    }

    private Optional<String> sold(String name, Money money) {
        return named(name)
                .filter(price ->
                        Boolean.TRUE.equals(price.getActive()) && price.getRecurring() == null && isFor(price, money))
                .map(Price::getId);
    }

    Checkout subscription(SubscriptionOrder order) {
        var marks = Map.of(
                TENANT, order.tenantId().toString(),
                ACCOUNT, order.accountId().toString(),
                CHECKOUT, order.id().toString());
        var terms = SessionCreateParams.SubscriptionData.builder()
                .putAllMetadata(marks)
                .setBillingMode(SessionCreateParams.SubscriptionData.BillingMode.builder()
                        .setType(SessionCreateParams.SubscriptionData.BillingMode.Type.FLEXIBLE)
                        .build());
        if (order.trialDays() > 0) {
            terms.setTrialPeriodDays((long) order.trialDays());
        }
        var params = SessionCreateParams.builder()
                .setMode(SessionCreateParams.Mode.SUBSCRIPTION)
                .setClientReferenceId(order.id().toString())
                .setCustomer(order.customerId())
                .putAllMetadata(marks)
                .setSubscriptionData(terms.build())
                .addLineItem(SessionCreateParams.LineItem.builder()
                        .setPrice(price(order.priceId(), order.description(), order.price(), order.months()))
                        .setQuantity((long) order.quantity())
                        .build());
        if (order.promotionCode().isPresent()) {
            params.addDiscount(SessionCreateParams.Discount.builder()
                    .setPromotionCode(order.promotionCode().get())
                    .build());
        } else if (order.promotionCodesAllowed()) {
            params.setAllowPromotionCodes(true);
        }
        if (order.automaticTax().orElse(automaticTax)) {
            reckonTaxes(params, true);
        }
        leadBack(params, order.returnTo());
        return checkout(calls.post(
                order.idempotencyKey(),
                (client, options) -> client.v1().checkout().sessions().create(params.build(), options)));
    }

    /** They go by the address, which the payer gives there; a customer that is known gets it. */
    private static void reckonTaxes(SessionCreateParams.Builder params, boolean hasCustomer) {
        params.setAutomaticTax(
                SessionCreateParams.AutomaticTax.builder().setEnabled(true).build());
        if (hasCustomer) {
            params.setCustomerUpdate(SessionCreateParams.CustomerUpdate.builder()
                    .setAddress(SessionCreateParams.CustomerUpdate.Address.AUTO)
                    .build());
        }
    }

    private void leadBack(SessionCreateParams.Builder params, ReturnAddresses wanted) {
        params.setSuccessUrl(wanted.success()
                .or(otherwise::success)
                .orElseThrow(() -> new InvalidValue("successUrl", "is needed: where the payer goes when it is done")));
        wanted.cancel().or(otherwise::cancel).ifPresent(params::setCancelUrl);
    }

    private static Checkout checkout(Session session) {
        return new Checkout(
                StripePayments.NAME,
                session.getId(),
                Optional.ofNullable(session.getUrl()),
                Optional.empty(),
                Instant.ofEpochSecond(session.getExpiresAt()));
    }

    /** What Stripe calls the price: its own name, or that of the one which bears ours; it is made where there is none. */
    String price(String name, String description, Money money, int months) {
        if (!isOurs(name)) {
            return name;
        }
        var present = named(name);
        if (present.isEmpty()) {
            return calls.post(
                            new IdempotencyKey("price-" + name),
                            (client, options) ->
                                    client.v1().prices().create(newPrice(name, description, money, months), options))
                    .getId();
        }
        var price = present.get();
        if (!costs(price, money, months)) {
            throw new GatewayRefused(
                    "Stripe's price " + price.getId() + " bears the name " + name + " and costs something else.");
        }
        return price.getId();
    }

    private Optional<Price> named(String name) {
        return calls
                .get((client, options) -> client.v1()
                        .prices()
                        .list(
                                PriceListParams.builder()
                                        .addLookupKey(name)
                                        .setLimit(1L)
                                        .build(),
                                options))
                .getData()
                .stream()
                .findFirst();
    }

    /** {@code <plan version>/<price>}, {@code credit-product/<key>}: Stripe's own names hold no stroke. */
    private static boolean isOurs(String name) {
        return name.contains("/");
    }

    private static PriceCreateParams newPrice(String name, String description, Money money, int months) {
        return PriceCreateParams.builder()
                .setLookupKey(name)
                .putMetadata(Prices.NAME, name)
                .setCurrency(currency(money))
                .setUnitAmount(money.amountMinor())
                .setRecurring(Shop.every(months))
                .setProductData(PriceCreateParams.ProductData.builder()
                        .setName(description)
                        .build())
                .build();
    }

    private static boolean costs(Price price, Money money, int months) {
        var recurring = price.getRecurring();
        return recurring != null
                && isFor(price, money)
                && Shop.months(recurring.getInterval(), recurring.getIntervalCount()) == months;
    }

    private static boolean isFor(Price price, Money money) {
        return Objects.equals(price.getUnitAmount(), money.amountMinor())
                && currency(money).equals(price.getCurrency());
    }

    private static String currency(Money money) {
        return money.currency().toLowerCase(Locale.ROOT);
    }
}

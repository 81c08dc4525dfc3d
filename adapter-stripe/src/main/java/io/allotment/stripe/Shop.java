package io.allotment.stripe;

import com.stripe.model.Price;
import com.stripe.model.Product;
import com.stripe.model.billing.Meter;
import com.stripe.model.billing.MeterEventSummary;
import com.stripe.param.PriceCreateParams;
import com.stripe.param.PriceListParams;
import com.stripe.param.PriceRetrieveParams;
import com.stripe.param.PriceUpdateParams;
import com.stripe.param.ProductCreateParams;
import com.stripe.param.ProductUpdateParams;
import com.stripe.param.billing.MeterCreateParams;
import com.stripe.param.billing.MeterEventSummaryListParams;
import com.stripe.param.billing.MeterListParams;
import com.stripe.param.billing.MeterReactivateParams;
import com.stripe.param.common.EmptyParam;
import io.allotment.domain.billing.GatewayMeter;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.billing.Storefront;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;

/** Stripe's products, prices and meters. */
final class Shop implements Storefront {

    /** Which product of ours it is, for people to see. */
    private static final String PRODUCT = "allotment_product";

    private static final long MAX_PAGE = 100;
    private static final int MONTHS_A_YEAR = 12;

    private final Calls calls;
    private final Clock clock;

    Shop(Calls calls, Clock clock) {
        this.calls = calls;
        this.clock = clock;
    }

    @Override
    public Optional<Offer.Standing> find(Offer offer) {
        return price(offer).map(Shop::standing);
    }

    private Optional<Price> price(Offer offer) {
        if (offer.gatewayPriceId().isPresent()) {
            var id = offer.gatewayPriceId().get();
            return calls.find((client, options) -> client.v1()
                    .prices()
                    .retrieve(
                            id,
                            PriceRetrieveParams.builder().addExpand("product").build(),
                            options));
        }
        return calls
                .get((client, options) -> client.v1()
                        .prices()
                        .list(
                                PriceListParams.builder()
                                        .addLookupKey(offer.name())
                                        .addExpand("data.product")
                                        .setLimit(1L)
                                        .build(),
                                options))
                .getData()
                .stream()
                .findFirst();
    }

    private static Offer.Standing standing(Price price) {
        var product = price.getProductObject();
        var recurring = price.getRecurring();
        return new Offer.Standing(
                price.getId(),
                price.getProduct(),
                product == null || product.getName() == null ? "" : product.getName(),
                Optional.ofNullable(product).map(Product::getDescription),
                new Money(
                        price.getUnitAmount() == null ? 0 : price.getUnitAmount(),
                        price.getCurrency().toUpperCase(Locale.ROOT)),
                Optional.ofNullable(recurring).map(every -> months(every.getInterval(), every.getIntervalCount())),
                Boolean.TRUE.equals(price.getActive())
                        && (product == null || !Boolean.FALSE.equals(product.getActive())));
    }

    /** 0 for what is no number of months, such as weeks. */
    static int months(String interval, Long count) {
        return switch (interval) {
            case "month" -> Math.toIntExact(count);
            case "year" -> Math.toIntExact(count * MONTHS_A_YEAR);
            default -> 0;
        };
    }

    @Override
    public void create(Offer offer) {
        var product = product(offer);
        var params = PriceCreateParams.builder()
                .setProduct(product)
                .setLookupKey(offer.name())
                .putMetadata(Prices.NAME, offer.name())
                .setCurrency(offer.price().currency().toLowerCase(Locale.ROOT))
                .setUnitAmount(offer.price().amountMinor());
        offer.months().ifPresent(months -> params.setRecurring(every(months)));
        calls.post(
                new IdempotencyKey("offer-" + offer.name()),
                (client, options) -> client.v1().prices().create(params.build(), options));
    }

    static PriceCreateParams.Recurring every(int months) {
        boolean years = months % MONTHS_A_YEAR == 0;
        return PriceCreateParams.Recurring.builder()
                .setInterval(
                        years ? PriceCreateParams.Recurring.Interval.YEAR : PriceCreateParams.Recurring.Interval.MONTH)
                .setIntervalCount((long) (years ? months / MONTHS_A_YEAR : months))
                .build();
    }

    /** Its id is ours: one that is there is found without a search. */
    private String product(Offer offer) {
        var id = productId(offer.product());
        var present = calls.find((client, options) -> client.v1().products().retrieve(id, null, options))
                .filter(product -> !Boolean.TRUE.equals(product.getDeleted()));
        if (present.isEmpty()) {
            var params = ProductCreateParams.builder()
                    .setId(id)
                    .setName(offer.title())
                    .putMetadata(PRODUCT, offer.product());
            offer.description().ifPresent(params::setDescription);
            calls.post(
                    new IdempotencyKey("product-" + id),
                    (client, options) -> client.v1().products().create(params.build(), options));
        }
        return id;
    }

    /** {@code allotment_plan_2fpro}: letters, digits and hyphens as they are, the rest in hex. */
    static String productId(String name) {
        var id = new StringBuilder("allotment_");
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-') {
                id.append((char) b);
            } else {
                id.append('_').append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
            }
        }
        return id.toString();
    }

    @Override
    public void mend(Offer offer, Offer.Standing standing) {
        if (offer.forSale()
                && (!standing.title().equals(offer.title())
                        || !standing.description().equals(offer.description())
                        || !standing.forSale())) {
            var params = ProductUpdateParams.builder().setName(offer.title()).setActive(true);
            offer.description().ifPresentOrElse(params::setDescription, () -> params.setDescription(EmptyParam.EMPTY));
            calls.post(
                    changing(standing.productId()),
                    new Calls.Subject("product", standing.productId()),
                    (client, options) -> client.v1().products().update(standing.productId(), params.build(), options));
        }
        if (standing.forSale() != offer.forSale()) {
            var params = PriceUpdateParams.builder().setActive(offer.forSale()).build();
            calls.post(
                    changing(standing.priceId() + "-" + offer.forSale()),
                    new Calls.Subject("price", standing.priceId()),
                    (client, options) -> client.v1().prices().update(standing.priceId(), params, options));
        }
    }

    /** With the minute: what is changed back and forth within a day is changed each time. */
    private IdempotencyKey changing(String what) {
        return new IdempotencyKey("mend-" + what + "-" + clock.instant().getEpochSecond() / 60);
    }

    @Override
    public Optional<GatewayMeter> findMeter(String name) {
        return meter(name)
                .map(meter -> new GatewayMeter(
                        meter.getEventName(), meter.getDisplayName(), "active".equals(meter.getStatus())));
    }

    /** What the meter counts of a customer's usage in whole minutes; empty where there is no such meter. */
    Optional<BigDecimal> counted(String meter, String customerId, Period minutes) {
        var params = MeterEventSummaryListParams.builder()
                .setCustomer(customerId)
                .setStartTime(minutes.start().getEpochSecond())
                .setEndTime(minutes.end().orElseThrow().getEpochSecond())
                .build();
        return meter(meter)
                .map(known -> calls.get((client, options) ->
                        client.v1().billing().meters().eventSummaries().list(known.getId(), params, options)))
                .map(page -> page.getData().stream()
                        .map(MeterEventSummary::getAggregatedValue)
                        .reduce(BigDecimal.ZERO, BigDecimal::add));
    }

    private Optional<Meter> meter(String name) {
        String after = null;
        while (true) {
            var params = MeterListParams.builder()
                    .setLimit(MAX_PAGE)
                    .setStartingAfter(after)
                    .build();
            var page = calls.get(
                    (client, options) -> client.v1().billing().meters().list(params, options));
            var found = page.getData().stream()
                    .filter(meter -> name.equals(meter.getEventName()))
                    .findFirst();
            if (found.isPresent()
                    || !Boolean.TRUE.equals(page.getHasMore())
                    || page.getData().isEmpty()) {
                return found;
            }
            after = page.getData().get(page.getData().size() - 1).getId();
        }
    }

    @Override
    public void openMeter(GatewayMeter wanted) {
        var present = meter(wanted.name());
        if (present.isPresent()) {
            var id = present.get().getId();
            calls.post(
                    changing(id),
                    new Calls.Subject("meter", id),
                    (client, options) -> client.v1()
                            .billing()
                            .meters()
                            .reactivate(id, MeterReactivateParams.builder().build(), options));
            return;
        }
        var params = MeterCreateParams.builder()
                .setEventName(wanted.name())
                .setDisplayName(wanted.title())
                .setDefaultAggregation(MeterCreateParams.DefaultAggregation.builder()
                        .setFormula(MeterCreateParams.DefaultAggregation.Formula.SUM)
                        .build())
                .setCustomerMapping(MeterCreateParams.CustomerMapping.builder()
                        .setType(MeterCreateParams.CustomerMapping.Type.BY_ID)
                        .setEventPayloadKey(StripePayments.USAGE_CUSTOMER)
                        .build())
                .setValueSettings(MeterCreateParams.ValueSettings.builder()
                        .setEventPayloadKey(StripePayments.USAGE_VALUE)
                        .build())
                .build();
        calls.post(
                new IdempotencyKey("meter-" + wanted.name()),
                (client, options) -> client.v1().billing().meters().create(params, options));
    }
}

package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.StorefrontService.Finding;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayMeter;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.NoStorefront;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.billing.Offer.Difference;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.Storefront;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StorefrontServiceTest {

    /** A gateway that keeps what is sold, and counts what was changed in it. */
    private static final class Shelf implements PaymentGateway, Storefront {

        private final Map<String, Offer.Standing> sold = new LinkedHashMap<>();
        private final Map<String, GatewayMeter> meters = new LinkedHashMap<>();
        private int changes;
        private int refusesAfter = Integer.MAX_VALUE;

        @Override
        public String name() {
            return "shelf";
        }

        @Override
        public Checkout checkout(Order order) {
            throw new UnsupportedOperationException("nothing is bought here");
        }

        @Override
        public Optional<Offer.Standing> find(Offer offer) {
            return Optional.ofNullable(sold.get(offer.name()));
        }

        @Override
        public void create(Offer offer) {
            mend(offer, null);
        }

        @Override
        public void mend(Offer offer, Offer.Standing standing) {
            if (changes == refusesAfter) {
                throw new GatewayRefused("no more");
            }
            changes++;
            sold.put(
                    offer.name(),
                    new Offer.Standing(
                            offer.name(),
                            offer.product(),
                            offer.title(),
                            offer.description(),
                            standing == null ? offer.price() : standing.price(),
                            offer.months(),
                            offer.forSale()));
        }

        @Override
        public Optional<GatewayMeter> findMeter(String name) {
            return Optional.ofNullable(meters.get(name));
        }

        @Override
        public void openMeter(GatewayMeter meter) {
            changes++;
            meters.put(meter.name(), meter);
        }
    }

    private final Shelf shelf = new Shelf();
    private final Allotment allotment =
            Allotment.with(new InMemoryPersistence()).payments(shelf).build();

    private void sell() {
        allotment.catalog().create(Feature.consumed("minutes", "Minutes", "minute"));
        var billed = new Quota(
                Optional.of(Quantity.of(100)), Quota.Reset.BILLING_CYCLE, Optional.empty(), Quota.Overage.BILL, 0);
        allotment.catalog().create(Plan.of("pro", "Pro"), terms(1_900).with("minutes", billed));
        allotment.creditProducts().create(CreditProduct.of("pack-100", "A hundred", 100, 1_900, "EUR"));
    }

    private static PlanVersionTerms terms(long amount) {
        var empty = PlanVersionTerms.empty();
        return new PlanVersionTerms(
                0,
                0,
                Optional.empty(),
                Credits.ZERO,
                Credits.ZERO,
                empty.features(),
                List.of(Price.monthly("monthly", amount, "EUR")),
                List.of());
    }

    @Test
    void what_is_missing_is_told_then_made_and_then_nothing_is_left_to_do() {
        sell();

        var told = allotment.storefront().compare(false);
        assertThat(told).extracting(Finding::differences).containsOnly(List.of(Difference.MISSING));
        assertThat(told).extracting(Finding::mended).containsOnly(false);
        assertThat(told).extracting(Finding::title).containsExactly("Pro", "A hundred", "Minutes");
        assertThat(shelf.changes).isZero();

        assertThat(allotment.storefront().compare(true))
                .extracting(Finding::mended)
                .containsOnly(true);
        assertThat(shelf.changes).isEqualTo(3);
        assertThat(shelf.meters).containsKey("minutes");
        assertThat(allotment.storefront().compare(true)).isEmpty();
        assertThat(shelf.changes).isEqualTo(3);
    }

    @Test
    void what_is_replaced_or_archived_here_is_archived_there() {
        sell();
        allotment.storefront().compare(true);
        allotment.catalog().addVersion(new PlanKey("pro"), terms(2_900));
        allotment.creditProducts().archive(new ProductKey("pack-100"));

        assertThat(allotment.storefront().compare(true))
                .extracting(Finding::differences)
                .containsExactly(
                        List.of(Difference.STILL_FOR_SALE),
                        List.of(Difference.MISSING),
                        List.of(Difference.STILL_FOR_SALE));
        assertThat(allotment.storefront().compare(false)).isEmpty();
        assertThat(shelf.sold.values()).extracting(Offer.Standing::forSale).containsExactly(false, false, true);
    }

    @Test
    void what_costs_something_else_there_is_told_and_stays() {
        sell();
        allotment.storefront().compare(true);
        shelf.sold.replaceAll((name, standing) -> new Offer.Standing(
                standing.priceId(),
                standing.productId(),
                "Renamed",
                standing.description(),
                new Money(1, "EUR"),
                standing.months(),
                standing.forSale()));

        assertThat(allotment.storefront().compare(true))
                .hasSize(2)
                .allSatisfy(found -> assertThat(found.mended()).isFalse())
                .extracting(Finding::differences)
                .containsOnly(List.of(Difference.COSTS_OTHERWISE, Difference.NAMED_OTHERWISE));
        assertThat(allotment.storefront().compare(false))
                .extracting(Finding::differences)
                .containsOnly(List.of(Difference.COSTS_OTHERWISE));
        assertThat(mended().values()).as("what was done of them").hasSize(2).containsOnly(List.of("NAMED_OTHERWISE"));
    }

    @Test
    void what_was_mended_before_the_gateway_refused_is_in_the_audit_log() {
        sell();
        shelf.refusesAfter = 1;

        assertThatThrownBy(() -> allotment.storefront().compare(true)).isInstanceOf(GatewayRefused.class);

        assertThat(mended()).hasSize(1).containsValue(List.of("MISSING"));
    }

    /** Of the last synchronisation, as the audit log has it. */
    @SuppressWarnings("unchecked")
    private Map<String, Object> mended() {
        var last = allotment
                .audit()
                .exportPlatform(AuditFilter.ALL)
                .filter(entry -> entry.event().action().equals("storefront.synced"))
                .findFirst()
                .orElseThrow();
        return (Map<String, Object>) last.event().after().fields().get("mended");
    }

    @Test
    void where_payments_are_taken_by_hand_there_is_nothing_to_bring_in_line() {
        var byHand = Allotment.with(new InMemoryPersistence()).build();

        assertThatThrownBy(byHand::storefront).isInstanceOf(NoStorefront.class);
    }
}

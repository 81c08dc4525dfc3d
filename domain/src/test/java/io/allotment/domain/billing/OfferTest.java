package io.allotment.domain.billing;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.Offer.Difference;
import io.allotment.domain.billing.Offer.Standing;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OfferTest {

    private static final PlanVersionId VERSION = PlanVersionId.of("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02");
    private static final Price MONTHLY = Price.monthly("monthly", 1_900, "EUR");

    private final Offer offer = offer(true);

    @Test
    void a_price_of_a_plan_is_offered_under_our_name_of_it() {
        assertThat(offer.name()).isEqualTo(VERSION + "/monthly");
        assertThat(offer.product()).isEqualTo("plan/pro");
        assertThat(offer.months()).contains(1);
    }

    @Test
    void a_credit_product_is_paid_once() {
        var pack = Offer.of(CreditProduct.of("pack-100", "A hundred", 100, 1_900, "EUR"));

        assertThat(pack.name()).isEqualTo("credit-product/pack-100");
        assertThat(pack.months()).isEmpty();
        assertThat(pack.forSale()).isTrue();
    }

    @Test
    void what_is_for_sale_and_not_there_is_missing() {
        assertThat(offer.differences(Optional.empty())).containsExactly(Difference.MISSING);
        assertThat(offer(false).differences(Optional.empty())).isEmpty();
    }

    @Test
    void what_is_there_as_it_should_be_is_in_line() {
        assertThat(offer.differences(Optional.of(standing("Pro", 1_900, 1, true))))
                .isEmpty();
        assertThat(offer(false).differences(Optional.of(standing("Some old name", 1_900, 1, false))))
                .isEmpty();
    }

    @Test
    void whatever_is_otherwise_is_named() {
        assertThat(offer.differences(Optional.of(standing("Pro", 2_900, 1, true))))
                .containsExactly(Difference.COSTS_OTHERWISE);
        assertThat(offer.differences(Optional.of(standing("Pro", 1_900, 12, true))))
                .containsExactly(Difference.COSTS_OTHERWISE);
        assertThat(offer.differences(Optional.of(standing("Studio", 1_900, 1, false))))
                .containsExactly(Difference.NAMED_OTHERWISE, Difference.NOT_FOR_SALE);
        assertThat(offer(false).differences(Optional.of(standing("Studio", 1_900, 1, true))))
                .containsExactly(Difference.STILL_FOR_SALE);
    }

    @Test
    void an_empty_description_is_none() {
        var blank = new Offer(
                "a/b", "plan/a", "A", Optional.of(" "), new Money(1, "EUR"), Optional.empty(), true, Optional.empty());

        assertThat(blank.description()).isEmpty();
    }

    private static Offer offer(boolean newest) {
        var version = new PlanVersion(VERSION, new PlanKey("pro"), 1, PlanVersionTerms.empty(), Instant.EPOCH);
        return Offer.of(Plan.of("pro", "Pro"), version, MONTHLY, newest);
    }

    private static Standing standing(String title, long amount, int months, boolean forSale) {
        return new Standing(
                "price_1", "prod_1", title, Optional.empty(), new Money(amount, "EUR"), Optional.of(months), forSale);
    }
}

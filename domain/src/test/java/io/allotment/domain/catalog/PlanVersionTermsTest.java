package io.allotment.domain.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanVersionTermsTest {

    private static final PlanVersionTerms EMPTY = PlanVersionTerms.empty();
    private static final FeatureKey HD = new FeatureKey("hd");

    @ParameterizedTest(name = "trial of {0} days: {1}")
    @CsvSource({"-1, false", "0, true", "730, true", "731, false"})
    void a_trial_is_up_to_two_years_long(int days, boolean allowed) {
        assertThatIs(allowed, "trialDays", () -> EMPTY.withTrial(days));
    }

    @ParameterizedTest(name = "grace of {0} days: {1}")
    @CsvSource({"-1, false", "0, true", "90, true", "91, false"})
    void a_grace_is_up_to_ninety_days_long(int days, boolean allowed) {
        assertThatIs(allowed, "graceDays", () -> EMPTY.withGrace(days));
    }

    @ParameterizedTest(name = "{0} seats: {1}")
    @CsvSource({"0, false", "1, true", "1000000, true", "1000001, false"})
    void seats_are_one_to_a_million(int seats, boolean allowed) {
        assertThatIs(
                allowed,
                "seatLimit",
                () -> new PlanVersionTerms(
                        0, 0, Optional.of(seats), Credits.ZERO, Credits.ZERO, Document.EMPTY, List.of(), List.of()));
    }

    @ParameterizedTest(name = "{0} credits: {1}")
    @CsvSource({"-0.000000001, false", "0, true", "999999999999999999.999999999, true", "1000000000000000000, false"})
    void included_credits_are_what_a_grant_can_hold(String credits, boolean allowed) {
        assertThatIs(allowed, "includedCredits", () -> EMPTY.including(Credits.of(credits)));
    }

    @Test
    void a_feature_is_named_once() {
        var terms = EMPTY.with(new Entitlement.Switch(HD, true));

        assertThatThrownBy(() -> terms.with(new Entitlement.Value(HD, "1080p")))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("entitlements names hd twice");
    }

    @Test
    void a_price_is_named_once() {
        var terms = EMPTY.at(Price.monthly("monthly", 900, "USD"));

        assertThatThrownBy(() -> terms.at(Price.monthly("monthly", 700, "EUR")))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("prices names monthly twice");
    }

    @Test
    void entitlements_and_prices_are_two_hundred_at_most() {
        var entitlements = IntStream.range(0, 201)
                .<Entitlement>mapToObj(i -> new Entitlement.Switch(new FeatureKey("f" + i), true))
                .toList();
        var prices = IntStream.range(0, 201)
                .mapToObj(i -> Price.monthly("p" + i, 1, "USD"))
                .toList();

        assertThat(terms(prices.subList(0, 200), entitlements.subList(0, 200)).prices())
                .hasSize(200);
        assertThatIs(false, "prices", () -> terms(prices, List.of()));
        assertThatIs(false, "entitlements", () -> terms(List.of(), entitlements));
    }

    @Test
    void what_is_in_the_terms_is_found_by_its_key() {
        var monthly = Price.monthly("monthly", 900, "USD");
        var terms = EMPTY.at(monthly).with("minutes", Quota.perCycle(5));

        assertThat(terms.price(new PriceKey("monthly"))).contains(monthly);
        assertThat(terms.price(new PriceKey("yearly"))).isEmpty();
        assertThat(terms.entitlement(new FeatureKey("minutes"))).isPresent();
        assertThat(terms.entitlement(HD)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "BOOLEAN,   switch, true",
        "BOOLEAN,   value,  false",
        "BOOLEAN,   cycle,  false",
        "CONFIG,    switch, false",
        "CONFIG,    value,  true",
        "CONFIG,    cycle,  false",
        "CONSUMED,  switch, false",
        "CONSUMED,  value,  false",
        "CONSUMED,  cycle,  true",
        "CONSUMED,  never,  true",
        "ALLOCATED, switch, false",
        "ALLOCATED, value,  false",
        "ALLOCATED, cycle,  false",
        "ALLOCATED, never,  true"
    })
    void an_entitlement_fits_the_kind_of_its_feature(Feature.Kind kind, String given, boolean fits) {
        var feature = new Feature(
                HD, "HD", Optional.empty(), kind, kind.isMetered() ? Optional.of("minute") : Optional.empty());
        var terms = EMPTY.with(
                switch (given) {
                    case "switch" -> new Entitlement.Switch(HD, true);
                    case "value" -> new Entitlement.Value(HD, "1080p");
                    case "cycle" -> new Entitlement.Metered(HD, Quota.perCycle(5));
                    default ->
                        new Entitlement.Metered(
                                HD,
                                new Quota(
                                        Optional.empty(), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0));
                });

        assertThatIs(fits, "entitlements[0]", () -> {
            terms.requireFitting(key -> Optional.of(feature));
            return terms;
        });
    }

    @Test
    void an_entitlement_of_an_unknown_feature_is_refused() {
        var terms = EMPTY.with(new Entitlement.Switch(HD, true));

        assertThatThrownBy(() -> terms.requireFitting(key -> Optional.empty()))
                .isInstanceOf(Unknown.class)
                .satisfies(refusal -> assertThat(((Refusal) refusal).field()).contains("entitlements[0].feature"));
    }

    @Test
    void versions_are_numbered_from_one() {
        var id = new PlanVersionId(new UUID(1, 1));

        assertThat(new PlanVersion(id, new PlanKey("pro"), 1, EMPTY, Instant.EPOCH).number())
                .isEqualTo(1);
        assertThatThrownBy(() -> new PlanVersion(id, new PlanKey("pro"), 0, EMPTY, Instant.EPOCH))
                .isInstanceOf(InvalidValue.class);
    }

    private static PlanVersionTerms terms(List<Price> prices, List<Entitlement> entitlements) {
        return new PlanVersionTerms(
                0, 0, Optional.empty(), Credits.ZERO, Credits.ZERO, Document.EMPTY, prices, entitlements);
    }

    private static void assertThatIs(boolean allowed, String field, Supplier<PlanVersionTerms> terms) {
        if (allowed) {
            assertThat(terms.get()).isNotNull();
        } else {
            assertThatThrownBy(terms::get)
                    .isInstanceOfSatisfying(
                            InvalidValue.class,
                            refusal -> assertThat(refusal.field()).contains(field));
        }
    }
}

package io.allotment.domain.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.subscription.BillingCycle;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceTest {

    @ParameterizedTest
    @CsvSource({"MONTH, 1, 1", "MONTH, 3, 3", "MONTH, 36, 36", "YEAR, 1, 12", "YEAR, 36, 432"})
    void an_interval_is_so_many_months_and_can_be_a_billing_cycle(Price.Interval interval, int count, int months) {
        assertThat(price(interval, count).months()).isEqualTo(months);
        assertThat(new BillingCycle(Instant.EPOCH, months).months()).isEqualTo(months);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 37})
    void a_price_is_for_one_to_thirty_six_intervals(int count) {
        assertThatThrownBy(() -> price(Price.Interval.MONTH, count))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("intervalCount must be from 1 to 36");
    }

    @Test
    void the_names_of_stripe_are_bounded() {
        assertThat(named("x".repeat(255)).stripePriceId()).contains("x".repeat(255));
        assertThatThrownBy(() -> named("x".repeat(256))).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> named(" ")).isInstanceOf(InvalidValue.class);
    }

    @Test
    void another_currency_does_not_follow() {
        var euros = Price.monthly("euros", 900, "EUR");

        Price.monthly("more", 1_900, "EUR").requireCurrencyOf(euros);
        assertThatThrownBy(() -> price(Price.Interval.MONTH, 1).requireCurrencyOf(euros))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("price must be in EUR, as the subscription is paid: p is in USD");
    }

    private static Price price(Price.Interval interval, int count) {
        return new Price(new PriceKey("p"), interval, count, new Money(900, "USD"), Optional.empty(), Optional.empty());
    }

    private static Price named(String stripePriceId) {
        return new Price(
                new PriceKey("p"),
                Price.Interval.MONTH,
                1,
                new Money(900, "USD"),
                Optional.of(stripePriceId),
                Optional.empty());
    }
}

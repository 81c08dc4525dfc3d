package io.allotment.domain.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThresholdsTest {

    @Test
    void a_tenant_hears_of_half_of_four_fifths_and_of_all_unless_it_says_otherwise() {
        assertThat(Thresholds.DEFAULT.quotaPercents()).containsExactly(50, 80, 100);
        assertThat(Thresholds.DEFAULT.lowCredits()).isEmpty();
    }

    static Stream<List<Integer>> allowed() {
        return Stream.of(List.of(), List.of(1), List.of(1_000), List.of(99, 100), upTo(10));
    }

    @ParameterizedTest
    @MethodSource("allowed")
    void percents_are_up_to_ten_ascending_from_1_to_1000(List<Integer> percents) {
        assertThat(thresholds(percents).quotaPercents()).isEqualTo(percents);
    }

    static Stream<List<Integer>> refused() {
        return Stream.of(List.of(0), List.of(1_001), List.of(80, 50), List.of(50, 50), upTo(11));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void other_percents_are_refused(List<Integer> percents) {
        assertThatThrownBy(() -> thresholds(percents))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("quotaPercents"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1000000000000000000"})
    void low_credits_are_more_than_zero_and_below_10_to_the_18th(String credits) {
        assertThatThrownBy(() -> new Thresholds(List.of(), Optional.of(Credits.of(credits))))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("lowCredits"));
    }

    private static Thresholds thresholds(List<Integer> percents) {
        return new Thresholds(percents, Optional.empty());
    }

    private static List<Integer> upTo(int count) {
        return IntStream.rangeClosed(1, count).boxed().toList();
    }
}

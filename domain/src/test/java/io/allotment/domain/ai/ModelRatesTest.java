package io.allotment.domain.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelRatesTest {

    private static final ModelRates TIERED = new ModelRates(Map.of(
            PriceUnit.INPUT, Rate.of("3").above(200_000, "6"),
            PriceUnit.OUTPUT, Rate.of("15").above(200_000, "22.5")));

    private static final ModelRates AUDIO = new ModelRates(Map.of(
            PriceUnit.INPUT, Rate.of("0.3"),
            PriceUnit.CACHE_READ, Rate.of("0.03"),
            PriceUnit.INPUT_AUDIO, Rate.of("1"),
            PriceUnit.CACHE_AUDIO_READ, Rate.of("0.1"),
            PriceUnit.OUTPUT, Rate.of("2.5")));

    /** All by hand: one token above the start, and every token costs the tier's price, the output's too. */
    @ParameterizedTest
    @CsvSource({
        "199999,    0, 0.599997",
        "200000,    0, 0.6",
        "200001,    0, 1.200006",
        "200000, 1000, 0.615",
        "200001, 1000, 1.222506",
        "     0, 1000, 0.015",
        "     0,    0, 0"
    })
    void the_whole_input_decides_which_price_holds_for_all_tokens(long input, long output, String total) {
        assertThat(TIERED.costs(ModelUsage.of(input, output)).total()).isEqualTo(total);
    }

    @Test
    void tiers_count_by_their_start_however_they_are_written() {
        var rate = Rate.of("1").above(2_000, "3").above(1_000, "2");

        assertThat(rate.at(new BigDecimal(1_000))).isEqualTo("1");
        assertThat(rate.at(new BigDecimal(1_001))).isEqualTo("2");
        assertThat(rate.at(new BigDecimal(2_001))).isEqualTo("3");
    }

    /** By hand: 100 × 0.1 + 300 × 1 + 200 × 0.03 + 400 × 0.3 + 10 × 2.5 = 461 millionths. */
    @Test
    void parts_are_taken_out_of_their_wholes_and_cost_their_own_price() {
        var usage = ModelUsage.of(1_000, 10)
                .with(PriceUnit.CACHE_READ, 300)
                .with(PriceUnit.INPUT_AUDIO, 400)
                .with(PriceUnit.CACHE_AUDIO_READ, 100);

        var costs = AUDIO.costs(usage);

        assertThat(costs.total()).isEqualTo("0.000461");
        var counts = new LinkedHashMap<PriceUnit, String>();
        costs.lines().forEach(line -> counts.put(line.unit(), line.count().toPlainString()));
        assertThat(counts)
                .containsExactly(
                        Map.entry(PriceUnit.INPUT, "400"),
                        Map.entry(PriceUnit.CACHE_READ, "200"),
                        Map.entry(PriceUnit.INPUT_AUDIO, "300"),
                        Map.entry(PriceUnit.CACHE_AUDIO_READ, "100"),
                        Map.entry(PriceUnit.OUTPUT, "10"));
    }

    /** By hand: 1000 × 2, whatever of it was cached; with a price for reading, 700 × 2 + 300 × 0.5. */
    @Test
    void a_part_without_a_price_of_its_own_costs_what_the_whole_does() {
        var usage = ModelUsage.of(1_000, 0).with(PriceUnit.CACHE_READ, 300);
        var input = Map.of(PriceUnit.INPUT, Rate.of("2"));
        var both = Map.of(PriceUnit.INPUT, Rate.of("2"), PriceUnit.CACHE_READ, Rate.of("0.5"));

        assertThat(new ModelRates(input).costs(usage).total()).isEqualTo("0.002");
        assertThat(new ModelRates(both).costs(usage).total()).isEqualTo("0.00155");
    }

    @Test
    void parts_that_are_more_than_their_whole_are_refused_where_prices_tell_them_apart() {
        var usage = ModelUsage.of(100, 0).with(PriceUnit.CACHE_READ, 101);
        var input = new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("2")));

        assertThat(input.costs(usage).total()).isEqualTo("0.0002");
        assertThatThrownBy(() -> AUDIO.costs(usage))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("input_tokens is 100, and its parts [cache_read_tokens] are 1 more");
    }

    @Test
    void a_whole_that_was_not_told_while_a_part_was_is_no_zero() {
        var cached = new ModelUsage(Map.of(PriceUnit.CACHE_READ, BigDecimal.TEN));
        var cachedAndHeard =
                ModelUsage.of(100, 0).with(PriceUnit.CACHE_READ, 10).with(PriceUnit.INPUT_AUDIO, 10);

        assertThatThrownBy(() -> TIERED.costs(cached)).hasMessageContaining("input_tokens is missing");
        assertThatThrownBy(() -> AUDIO.costs(cachedAndHeard)).hasMessageContaining("how much is both?");
        // In disjoint classes nothing is both.
        var disjoint = new TokenCounts(Map.of(
                TokenClass.INPUT, Quantity.of(80),
                TokenClass.CACHE_READ, Quantity.of(10),
                TokenClass.AUDIO_INPUT, Quantity.of(10)));
        assertThat(AUDIO.costs(ModelUsage.of(disjoint)).total()).isEqualTo("0.0000343");
    }

    @Test
    void a_call_of_the_model_is_one_where_nobody_tells() {
        var rates = new ModelRates(
                Map.of(PriceUnit.INPUT, Rate.of("1"), PriceUnit.OUTPUT, Rate.of("1"), PriceUnit.REQUEST, Rate.of("5")));

        assertThat(rates.costs(ModelUsage.of(1_000, 1_000)).total()).isEqualTo("0.007");
        var three = new TokenCounts(Map.of(TokenClass.INPUT, Quantity.of(1_000), TokenClass.REQUEST, Quantity.of(3)));
        assertThat(rates.costs(ModelUsage.of(three)).total()).isEqualTo("0.016");
    }

    @Test
    void other_interfaces_cost_by_the_call_and_by_the_unit() {
        var rates = new ModelRates(Map.of(PriceUnit.CALL, Rate.of("0.02"), PriceUnit.UNIT, Rate.of("0.004")));
        var used = new TokenCounts(Map.of(TokenClass.CALL, Quantity.of(2), TokenClass.UNIT, Quantity.of("12.5")));

        assertThat(rates.costs(ModelUsage.of(used)).total()).isEqualTo("0.09");
        assertThat(used.total()).isEqualTo(Quantity.ZERO);
    }

    @Test
    void what_costs_nothing_costs_zero() {
        assertThat(ModelRates.FREE.costs(ModelUsage.of(1_000_000, 1)).total()).isEqualTo("0");
        assertThat(ModelRates.FREE.isEmpty()).isTrue();
    }

    @Test
    void a_part_has_a_price_only_where_its_whole_has_one() {
        assertThatThrownBy(() -> new ModelRates(Map.of(PriceUnit.CACHE_READ, Rate.of("1"))))
                .hasMessageContaining("cache_read_mtok without input_mtok");
    }

    @Test
    void classes_and_counts_are_the_same_told_in_two_ways() {
        var usage = ModelUsage.of(1_000, 500)
                .with(PriceUnit.CACHE_READ, 300)
                .with(PriceUnit.CACHE_WRITE, 200)
                .with(PriceUnit.CACHE_WRITE_1H, 50)
                .with(PriceUnit.REASONING, 120);

        var tokens = usage.tokens();

        assertThat(tokens.byClass())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        TokenClass.INPUT, Quantity.of(500),
                        TokenClass.CACHE_READ, Quantity.of(300),
                        TokenClass.CACHE_WRITE, Quantity.of(150),
                        TokenClass.CACHE_WRITE_1H, Quantity.of(50),
                        TokenClass.OUTPUT, Quantity.of(380),
                        TokenClass.REASONING, Quantity.of(120)));
        assertThat(tokens.total()).isEqualTo(Quantity.of(1_500));
        var again = ModelUsage.of(tokens);
        for (var unit : List.of(PriceUnit.INPUT, PriceUnit.CACHE_READ, PriceUnit.CACHE_WRITE, PriceUnit.OUTPUT)) {
            assertThat(again.count(unit)).as(unit.name()).isEqualTo(usage.count(unit));
        }
    }
}

package io.allotment.domain.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.ModelPriceId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceBookTest {

    private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

    private long ids;

    /** Two offers of one kind of model, one of which lists prices by day and by time of day. */
    private final PriceFile file = PriceFile.read(List.of(
            Map.of(
                    "id",
                    "alpha",
                    "name",
                    "Alpha",
                    "api_pattern",
                    "https://api\\.alpha\\.example",
                    "model_match",
                    Map.of("starts_with", "al-"),
                    "provider_match",
                    Map.of("contains", "alpha"),
                    "models",
                    List.of(
                            Map.of(
                                    "id", "al-1",
                                    "match",
                                            Map.of(
                                                    "or",
                                                    List.of(Map.of("equals", "AL-1"), Map.of("starts_with", "al-1-"))),
                                    "prices", Map.of("input_mtok", new BigDecimal("2"))),
                            Map.of(
                                    "id", "al-dated",
                                    "match", Map.of("equals", "al-dated"),
                                    "prices",
                                            List.of(
                                                    Map.of("prices", Map.of("input_mtok", new BigDecimal("10"))),
                                                    Map.of(
                                                            "constraint",
                                                            Map.of("start_date", "2026-06-01"),
                                                            "prices",
                                                            Map.of("input_mtok", new BigDecimal("2"))))),
                            Map.of(
                                    "id", "al-night",
                                    "match", Map.of("regex", "^al-night(-\\d+)?$"),
                                    "prices",
                                            List.of(
                                                    Map.of("prices", Map.of("input_mtok", new BigDecimal("1"))),
                                                    Map.of(
                                                            "constraint",
                                                            Map.of(
                                                                    "start_time",
                                                                    "22:00:00Z",
                                                                    "end_time",
                                                                    "02:00:00+01:00"),
                                                            "prices",
                                                            Map.of("input_mtok", new BigDecimal("3"))))),
                            Map.of(
                                    "id", "al-free",
                                    "match", Map.of("equals", "al-free"),
                                    "prices", Map.of()))),
            Map.of(
                    "id", "cloud",
                    "name", "Cloud",
                    "api_pattern", "https://.*\\.cloud\\.example",
                    "fallback_model_providers", List.of("nobody", "alpha"),
                    "models",
                            List.of(Map.of(
                                    "id", "al-1-own",
                                    "match", Map.of("equals", "al-1-own"),
                                    "prices", Map.of("input_mtok", new BigDecimal("4")))))));

    private final PriceBook book = book(PriceBook.EMPTY, file, NOW);

    private PriceBook book(PriceBook before, PriceFile taken, Instant now) {
        var changes = PriceImport.of(before, taken, now, () -> new ModelPriceId(new UUID(0, ++ids)));
        var providers = new ArrayList<>(before.providers());
        providers.removeIf(provider ->
                changes.providers().stream().anyMatch(each -> each.key().equals(provider.key())));
        providers.addAll(changes.providers());
        var models = new ArrayList<AiModel>();
        before.providers().forEach(provider -> models.addAll(before.models(provider.key())));
        models.removeIf(
                model -> changes.models().stream().anyMatch(each -> each.ref().equals(model.ref())));
        models.addAll(changes.models());
        var prices = new ArrayList<ModelPrice>();
        before.providers()
                .forEach(provider ->
                        before.models(provider.key()).forEach(model -> prices.addAll(before.history(model.ref()))));
        prices.addAll(changes.prices());
        return new PriceBook(providers, models, prices);
    }

    private String cost(String provider, String model, String at) {
        var asked = new PriceBook.Asked(Optional.ofNullable(provider), Optional.empty(), model);
        return book.quote(asked, ModelUsage.of(1_000_000, 0), Instant.parse(at))
                .costs()
                .total()
                .toPlainString();
    }

    @ParameterizedTest
    @CsvSource({
        "alpha, al-1,             2",
        "alpha, ' AL-1 ',         2",
        "ALPHA, al-1-2026,        2",
        "The Alpha House, al-1,   2",
        ",      al-1,             2",
        "cloud, al-1-own,         4",
        "alpha, al-1-own,         2",
        "cloud, al-1,             2",
        "litellm, alpha/al-1,     2",
        "litellm, cloud/al-1-own, 4",
        "litellm, al-1,           2",
        "alpha, al-free,          0"
    })
    void names_are_matched_by_the_clauses_in_their_order_without_regard_to_case(
            String provider, String model, String total) {
        assertThat(cost(provider, model, "2026-06-01T12:00:00Z")).isEqualTo(total);
    }

    @ParameterizedTest
    @CsvSource({
        "alpha, other",
        "nobody, al-1",
        ",other",
        "alpha, alpha/al-1",
        "cloud, cloud/al-1-own",
        "alpha, al-nightly"
    })
    void what_no_clause_matches_has_no_price(String provider, String model) {
        assertThatThrownBy(() -> cost(provider, model, "2026-06-01T12:00:00Z"))
                .isInstanceOf(NoPrice.class)
                .hasMessageStartingWith("There is no price for " + model);
    }

    @Test
    void an_address_tells_the_provider_from_its_beginning_on() {
        assertThat(book.provider(Optional.empty(), Optional.of("https://eu.cloud.example/v1"), Optional.empty()))
                .map(AiProvider::key)
                .contains("cloud");
        assertThat(book.provider(Optional.empty(), Optional.of("see https://eu.cloud.example"), Optional.empty()))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"2026-05-31T23:59:59.999999Z, 10", "2026-06-01T00:00:00Z,         2", "2026-06-01T01:00:00+02:00,   10"
    })
    void a_dated_price_holds_from_the_beginning_of_its_day_in_utc(String at, String total) {
        assertThat(cost(
                        "alpha",
                        "al-dated",
                        OffsetDateTime.parse(at).toInstant().toString()))
                .isEqualTo(total);
    }

    /** From 22:00 to 01:00 in UTC: the end is told in another offset. */
    @ParameterizedTest
    @CsvSource({
        "2026-06-01T21:59:59.999Z, 1",
        "2026-06-01T22:00:00Z,     3",
        "2026-06-01T23:30:00Z,     3",
        "2026-06-02T00:59:59Z,     3",
        "2026-06-02T01:00:00Z,     1",
        "2026-06-02T12:00:00Z,     1"
    })
    void a_price_of_a_time_of_day_may_go_over_midnight(String at, String total) {
        assertThat(cost("alpha", "al-night", at)).isEqualTo(total);
    }

    @Test
    void a_model_without_any_price_costs_nothing_and_says_so() {
        var quote = book.quote(PriceBook.Asked.of("alpha", "al-free"), ModelUsage.of(1, 1), NOW);

        assertThat(quote.isPriced()).isFalse();
        assertThat(quote.costs().total()).isZero();
    }

    @Test
    void the_same_file_again_changes_nothing() {
        var again = PriceImport.of(book, file, NOW.plusSeconds(60), () -> new ModelPriceId(new UUID(0, ++ids)));

        assertThat(again.isEmpty()).isTrue();
        assertThat(again.unchanged()).isEqualTo(5);
        assertThat(again.free()).isEqualTo(1);
    }

    @Test
    void a_changed_price_is_a_new_row_and_the_old_one_holds_for_the_time_before() {
        var dearer = PriceFile.read(List.of(Map.of(
                "id", "alpha",
                "name", "Alpha",
                "api_pattern", "https://api\\.alpha\\.example",
                "models",
                        List.of(
                                Map.of(
                                        "id", "al-new",
                                        "match", Map.of("equals", "al-new"),
                                        "prices", Map.of("input_mtok", new BigDecimal("9"))),
                                Map.of(
                                        "id", "al-1",
                                        "match", Map.of("equals", "al-1"),
                                        "prices", Map.of("input_mtok", new BigDecimal("2.5")))))));
        var later = NOW.plusSeconds(3_600);
        var changes = PriceImport.of(book, dearer, later, () -> new ModelPriceId(new UUID(0, ++ids)));

        assertThat(changes.added()).containsExactly(new ModelRef("alpha", "al-new"));
        assertThat(changes.changed()).containsExactly(new PriceImport.Changed(new ModelRef("alpha", "al-1"), true));
        assertThat(changes.prices()).hasSize(2);
        assertThat(changes.unlisted())
                .extracting(ModelRef::model)
                .containsExactlyInAnyOrder("al-dated", "al-night", "al-free");
        var changed = book(book, dearer, later);
        var one = ModelUsage.of(1_000_000, 0);
        var asked = PriceBook.Asked.of("alpha", "al-1");
        assertThat(changed.quote(asked, one, later.minusNanos(1)).costs().total())
                .isEqualTo("2");
        assertThat(changed.quote(asked, one, later).costs().total()).isEqualTo("2.5");
        assertThat(changed.history(new ModelRef("alpha", "al-1"))).hasSize(2);
        // What is new holds for all times: nobody knows better.
        assertThat(changed.quote(PriceBook.Asked.of("alpha", "al-new"), one, NOW)
                        .costs()
                        .total())
                .isEqualTo("9");
    }

    @Test
    void what_cannot_be_understood_is_skipped_and_named() {
        var wrong = PriceFile.read(List.of(
                Map.of(
                        "id", "beta",
                        "name", "Beta",
                        "api_pattern", "https://beta",
                        "models",
                                List.of(
                                        model("good", Map.of("input_mtok", BigDecimal.ONE)),
                                        model("good", Map.of("input_mtok", BigDecimal.ONE)),
                                        model("unit", Map.of("input_smell_mtok", BigDecimal.ONE)),
                                        model("negative", Map.of("input_mtok", BigDecimal.ONE.negate())),
                                        Map.of("id", "clause", "match", Map.of("like", "x"), "prices", Map.of()),
                                        Map.of("id", "regex", "match", Map.of("regex", "("), "prices", Map.of()))),
                Map.of("id", "with spaces", "name", "X", "api_pattern", "x", "models", List.of())));

        assertThat(wrong.providers()).hasSize(1);
        assertThat(wrong.providers().get(0).models()).hasSize(1);
        assertThat(wrong.skipped())
                .extracting(PriceFile.Skipped::model)
                .containsExactly("good", "unit", "negative", "clause", "regex", "");
        assertThat(wrong.skipped()).allSatisfy(each -> assertThat(each.reason()).isNotBlank());
    }

    private static Map<String, Object> model(String id, Map<String, Object> prices) {
        return Map.of("id", id, "match", Map.of("equals", id), "prices", prices);
    }

    @Test
    void clauses_prices_and_extractors_are_the_same_as_trees_and_back() {
        var clause = new Clause.AllOf(List.of(
                new Clause.AnyOf(List.of(new Clause.Equals("a"), new Clause.StartsWith("b"))),
                new Clause.EndsWith("c"),
                new Clause.Contains("d"),
                new Clause.Regex("^e")));
        var rates = new ModelRates(
                Map.of(PriceUnit.INPUT, Rate.of("0.000001").above(5, "2"), PriceUnit.REQUEST, Rate.of("5")));
        var daily = new PriceCondition.Daily(LocalTime.parse("22:00"), LocalTime.parse("01:00"));
        var extractor = new UsageExtractor(
                "chat",
                List.of(new UsageExtractor.Field("usage")),
                List.of(new UsageExtractor.Field("model")),
                List.of(new UsageExtractor.Mapping(
                        List.of(
                                new UsageExtractor.Field("details"),
                                new UsageExtractor.Where("modality", new Clause.Equals("AUDIO")),
                                new UsageExtractor.Field("count")),
                        PriceUnit.INPUT_AUDIO,
                        false)));

        assertThat(AiTrees.clause(AiTrees.tree(clause))).isEqualTo(clause);
        assertThat(AiTrees.rates(AiTrees.tree(rates))).isEqualTo(rates);
        assertThat(AiTrees.rates(AiTrees.tree(rates, BigDecimal::toPlainString)))
                .isEqualTo(rates);
        assertThat(AiTrees.condition(AiTrees.tree(daily).orElseThrow())).isEqualTo(daily);
        assertThat(AiTrees.extractor(AiTrees.tree(extractor))).isEqualTo(extractor);
    }
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.Clause;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceCondition;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.ai.PriceUnit;
import io.allotment.domain.ai.Rate;
import io.allotment.domain.ai.UsageExtractor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Providers, models and prices as they are kept: for all tenants, and for one. */
public abstract class AiCatalogContract extends PersistenceContract {

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final ModelRates RATES = new ModelRates(Map.of(
            PriceUnit.INPUT, Rate.of("0.000000000000000001").above(200_000, "123456789012345678"),
            PriceUnit.REQUEST, Rate.of("5")));

    /** Not to be mistaken for one of another test. */
    private static String newKey() {
        return "provider-" + NUMBER.incrementAndGet();
    }

    @Test
    void providers_and_models_come_back_as_they_were_saved() {
        var key = newKey();
        var provider = new AiProvider(
                key,
                "Full",
                Optional.of("https://api.example.org/v1"),
                Optional.of("https://api\\.example"),
                Optional.of(new Clause.Regex("^o[134]")),
                Optional.of(new Clause.AnyOf(List.of(new Clause.Contains("x"), new Clause.EndsWith("y")))),
                false,
                false,
                false,
                7,
                List.of("openai", "anthropic"),
                List.of(new UsageExtractor(
                        "chat",
                        List.of(new UsageExtractor.Field("usage")),
                        List.of(new UsageExtractor.Field("model")),
                        List.of(new UsageExtractor.Mapping(
                                List.of(new UsageExtractor.Field("prompt_tokens")), PriceUnit.INPUT, true)))));
        var model = new AiModel(
                new ModelRef(key, "Some/Model:1"),
                "Some model",
                Optional.of("described"),
                Optional.of("commented"),
                new Clause.AllOf(List.of(new Clause.StartsWith("some"), new Clause.Equals("some/model:1"))),
                3,
                List.of("chat", "vision"),
                Optional.of(128_000L),
                true,
                false);

        save(provider, model);

        inPlatform(() -> {
            assertThat(persistence.aiCatalog().findProvider(key)).contains(provider);
            assertThat(persistence.aiCatalog().findModel(model.ref())).contains(model);
        });
        inTenant(given.tenant().id(), () -> {
            assertThat(persistence.aiCatalog().book().find(model.ref())).contains(model);
            assertThat(persistence.aiCatalog().book().providers()).contains(provider);
        });
    }

    @Test
    void what_is_saved_again_is_changed() {
        var key = newKey();
        save(AiProvider.of(key, "Before"), AiModel.of(key, "m"));

        var provider = AiProvider.of(key, "After");
        var model = AiModel.of(key, "m").at(9);
        save(provider, model);

        inPlatform(() -> {
            assertThat(persistence.aiCatalog().findProvider(key)).contains(provider);
            assertThat(persistence.aiCatalog().findModel(model.ref())).contains(model);
        });
    }

    @Test
    void models_of_a_provider_are_listed_by_name_page_by_page() {
        var key = newKey();
        save(AiProvider.of(key, "Many"), AiModel.of(key, "b/2"), AiModel.of(key, "a"), AiModel.of(key, "B"));

        var first = inPlatform(() -> persistence.aiCatalog().listModels(key, PageRequest.first(2)));
        var rest = inPlatform(() -> persistence.aiCatalog().listModels(key, new PageRequest(2, first.next())));

        assertThat(first.items()).extracting(model -> model.ref().model()).containsExactly("B", "a");
        assertThat(rest.items()).extracting(model -> model.ref().model()).containsExactly("b/2");
        assertThat(rest.next()).isEmpty();
    }

    @Test
    void providers_are_listed_by_key() {
        var one = newKey();
        save(AiProvider.of(one, "Listed"));

        var listed = inPlatform(() -> persistence.aiCatalog().listProviders(PageRequest.first(200)));

        assertThat(listed.items()).extracting(AiProvider::key).contains(one).isSorted();
    }

    @Test
    void prices_come_back_with_their_conditions_and_the_last_that_holds_counts() {
        var key = newKey();
        save(AiProvider.of(key, "Priced"), AiModel.of(key, "m"));
        var ref = new ModelRef(key, "m");
        var always = price(ref, Optional.empty(), 0, PriceTerms.always(RATES));
        var dated = price(
                ref,
                Optional.empty(),
                1,
                new PriceTerms(new PriceCondition.From(LocalDate.parse("2026-09-01")), ModelRates.FREE));
        var daily = price(
                ref,
                Optional.of(START),
                0,
                new PriceTerms(
                        new PriceCondition.Daily(LocalTime.parse("22:00"), LocalTime.parse("06:30:15.5")), RATES));

        inPlatform(() -> persistence.aiCatalog().insertPrices(List.of(always, dated, daily)));

        inTenant(given.tenant().id(), () -> {
            var book = persistence.aiCatalog().book();
            assertThat(book.history(ref)).containsExactly(always, dated, daily);
            assertThat(book.price(dated.id())).contains(dated);
            assertThat(book.price(ref, START.minusSeconds(1))).contains(always);
            assertThat(book.price(ref, START)).contains(daily);
        });
    }

    @Test
    void a_place_in_a_list_is_taken_once_and_a_price_is_of_a_model_that_exists() {
        var key = newKey();
        save(AiProvider.of(key, "Once"), AiModel.of(key, "m"));
        var ref = new ModelRef(key, "m");
        inPlatform(() -> persistence
                .aiCatalog()
                .insertPrices(List.of(price(ref, Optional.empty(), 0, PriceTerms.always(RATES)))));

        assertThatThrownBy(() -> inPlatform(() -> persistence
                        .aiCatalog()
                        .insertPrices(List.of(price(ref, Optional.empty(), 0, PriceTerms.always(RATES))))))
                .isInstanceOf(AlreadyExists.class);
        assertThatThrownBy(() -> inPlatform(() -> persistence
                        .aiCatalog()
                        .insertPrices(List.of(
                                price(new ModelRef(key, "none"), Optional.empty(), 0, PriceTerms.always(RATES))))))
                .isInstanceOf(Unknown.class);
        assertThatThrownBy(() -> inPlatform(
                        () -> persistence.aiCatalog().saveModels(List.of(AiModel.of("no-such-provider", "m")), START)))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void what_was_agreed_with_a_tenant_is_that_tenants_alone() {
        var key = newKey();
        save(AiProvider.of(key, "Agreed"), AiModel.of(key, "m"));
        var ref = new ModelRef(key, "m");
        var one = given.tenant().id();
        var other = given.tenant().id();
        var agreed = price(ref, Optional.of(START), 0, PriceTerms.always(RATES));

        inPlatform(() -> persistence.aiCatalog().insertPricesOf(one, List.of(agreed)));

        assertThat(pricesOf(one)).containsExactly(agreed);
        assertThat(pricesOf(other)).isEmpty();
        assertThat(inTenant(other, () -> persistence.aiCatalog().pricesOf(one))).isEmpty();
        assertThat(inTenant(one, () -> persistence.aiCatalog().book()).history(ref))
                .isEmpty();
    }

    @Test
    void each_write_counts_as_a_change_of_the_catalogue_and_reading_under_the_lock_does_not() {
        var key = newKey();
        var tenant = given.tenant().id();
        long before = version();
        save(AiProvider.of(key, "Counted"), AiModel.of(key, "m"));
        long saved = version();
        inPlatform(() -> persistence
                .aiCatalog()
                .insertPricesOf(
                        tenant, List.of(price(new ModelRef(key, "m"), Optional.empty(), 0, PriceTerms.always(RATES)))));
        long agreed = version();
        inPlatform(() -> persistence.aiCatalog().lock());

        assertThat(saved).isGreaterThan(before);
        assertThat(agreed).isGreaterThan(saved);
        assertThat(version()).isEqualTo(agreed);
    }

    @Test
    void a_failed_unit_leaves_nothing() {
        var key = newKey();

        inPlatformThenUndone(() -> {
            persistence.aiCatalog().saveProviders(List.of(AiProvider.of(key, "Undone")), START);
            persistence.aiCatalog().saveModels(List.of(AiModel.of(key, "m")), START);
            persistence
                    .aiCatalog()
                    .insertPrices(
                            List.of(price(new ModelRef(key, "m"), Optional.empty(), 0, PriceTerms.always(RATES))));
        });

        assertThat(inPlatform(() -> persistence.aiCatalog().findProvider(key))).isEmpty();
        assertThat(inPlatform(() -> persistence.aiCatalog().book()).history(new ModelRef(key, "m")))
                .isEmpty();
    }

    @Test
    void a_tenant_writes_none_of_it() {
        var tenant = given.tenant().id();
        var key = newKey();
        save(AiProvider.of(key, "Kept"), AiModel.of(key, "m"));
        var price = price(new ModelRef(key, "m"), Optional.empty(), 0, PriceTerms.always(RATES));

        assertImpossible(() -> inTenant(
                tenant, () -> persistence.aiCatalog().saveProviders(List.of(AiProvider.of(newKey(), "X")), START)));
        assertImpossible(() ->
                inTenant(tenant, () -> persistence.aiCatalog().saveModels(List.of(AiModel.of(key, "n")), START)));
        assertImpossible(() -> inTenant(tenant, () -> persistence.aiCatalog().insertPrices(List.of(price))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.aiCatalog().insertPricesOf(tenant, List.of(price))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.aiCatalog().lock()));
    }

    private void save(AiProvider provider, AiModel... models) {
        inPlatform(() -> {
            persistence.aiCatalog().saveProviders(List.of(provider), START);
            persistence.aiCatalog().saveModels(List.of(models), START);
        });
    }

    private ModelPrice price(ModelRef ref, Optional<Instant> from, int position, PriceTerms terms) {
        return new ModelPrice(new ModelPriceId(ids.next()), ref, from, position, terms, "USD", START);
    }

    private List<ModelPrice> pricesOf(TenantId tenant) {
        return inTenant(tenant, () -> persistence.aiCatalog().pricesOf(tenant));
    }

    private long version() {
        return inPlatform(() -> persistence.catalog().version());
    }

    @Test
    void prices_have_a_version_that_other_changes_of_the_catalogue_do_not_count_up() {
        long first = pricesVersion();
        given.feature();
        given.operation("1");
        assertThat(pricesVersion()).isEqualTo(first);

        var key = newKey();
        allotment.ai().create(AiProvider.of(key, "Provider"));
        long withProvider = pricesVersion();
        allotment.ai().create(AiModel.of(key, "m"));
        long withModel = pricesVersion();
        inPlatformThenUndone(() -> allotment.ai().create(AiModel.of(key, "undone")));

        assertThat(withProvider).isGreaterThan(first);
        assertThat(withModel).isGreaterThan(withProvider);
        assertThat(pricesVersion()).isEqualTo(withModel);
        assertThat(inTenant(given.tenant().id(), () -> persistence.aiCatalog().version()))
                .isEqualTo(withModel);
    }

    private long pricesVersion() {
        return inPlatform(() -> persistence.aiCatalog().version());
    }
}

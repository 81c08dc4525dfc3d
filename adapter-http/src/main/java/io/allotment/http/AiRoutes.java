package io.allotment.http;

import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.ai.Clause;
import io.allotment.domain.ai.ModelChoice;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceFile;
import io.allotment.domain.ai.PriceQuestion;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** AI providers and models, what they cost, and which are preferred. */
final class AiRoutes {

    void addTo(Routes routes) {
        routes.get("/ai/providers", this::listProviders);
        routes.postForPlatform("/ai/providers", this::createProvider);
        routes.get("/ai/providers/{provider}", this::getProvider);
        routes.patch("/ai/providers/{provider}", this::changeProvider);
        routes.get("/ai/providers/{provider}/models", this::listModels);
        routes.postForPlatform("/ai/models", this::createModel);
        routes.patch("/ai/models", this::changeModel);
        routes.get("/ai/prices", this::listPrices);
        routes.postForPlatform("/ai/prices", this::setPrices);
        routes.post("/ai/costs", this::reckon);
        routes.get("/tenants/{tenant}/model-prices", this::listAgreed);
        routes.postForOperator("/tenants/{tenant}/model-prices", this::agree);
        routes.get("/tenants/{tenant}/model-preference", this::getPreference);
        routes.put("/tenants/{tenant}/model-preference", this::setPreference);
        routes.get("/tenants/{tenant}/members/{user}/model-preference", this::getOwnPreference);
        routes.put("/tenants/{tenant}/members/{user}/model-preference", this::setOwnPreference);
        routes.get("/tenants/{tenant}/output-types/{outputType}/models", this::listAllowed);
        routes.put("/tenants/{tenant}/output-types/{outputType}/models", this::allow);
        routes.get("/tenants/{tenant}/model-choice", this::choose);
    }

    // Providers

    record NewProvider(
            String key,
            String name,
            Optional<String> baseUrl,
            Optional<String> apiPattern,
            Optional<Boolean> keyRequired,
            Optional<Boolean> streaming,
            Optional<Boolean> active) {

        AiProvider provider() {
            return new AiProvider(
                    key,
                    name,
                    baseUrl,
                    apiPattern,
                    Optional.empty(),
                    Optional.empty(),
                    keyRequired.orElse(true),
                    streaming.orElse(true),
                    active.orElse(true),
                    // After all that a price file lists, whose clauses are asked first.
                    10_000,
                    List.of(),
                    List.of());
        }
    }

    record ProviderChange(
            Optional<String> name,
            Change<String> baseUrl,
            Change<String> apiPattern,
            Optional<Boolean> keyRequired,
            Optional<Boolean> streaming,
            Optional<Boolean> active) {

        AiProvider of(AiProvider present) {
            return new AiProvider(
                    present.key(),
                    name.orElse(present.name()),
                    baseUrl.from(present.baseUrl()),
                    apiPattern.from(present.apiPattern()),
                    present.modelMatch(),
                    present.providerMatch(),
                    keyRequired.orElse(present.keyRequired()),
                    streaming.orElse(present.streaming()),
                    active.orElse(present.active()),
                    present.position(),
                    present.fallbacks(),
                    present.extractors());
        }
    }

    record ProviderView(
            String key,
            String name,
            Optional<String> baseUrl,
            Optional<String> apiPattern,
            boolean keyRequired,
            boolean streaming,
            boolean active,
            List<String> fallbacks,
            List<String> flavors) {

        static ProviderView of(AiProvider provider) {
            return new ProviderView(
                    provider.key(),
                    provider.name(),
                    provider.baseUrl(),
                    provider.apiPattern(),
                    provider.keyRequired(),
                    provider.streaming(),
                    provider.active(),
                    provider.fallbacks(),
                    provider.extractors().stream()
                            .map(extractor -> extractor.flavor())
                            .toList());
        }
    }

    private static String provider(Call call) {
        return call.path("provider", text -> Text.key("provider", text));
    }

    private Reply listProviders(Call call) {
        return Reply.ok(Items.of(
                call.allotment().ai().listProviders(call.query(Paging.class).page()), ProviderView::of));
    }

    private Reply createProvider(Call call) {
        var provider = call.allotment().ai().create(call.body(NewProvider.class).provider());
        return Reply.created(ProviderView.of(provider)).at("/ai/providers/" + provider.key());
    }

    private Reply getProvider(Call call) {
        return Reply.ok(ProviderView.of(call.allotment().ai().getProvider(provider(call))));
    }

    private Reply changeProvider(Call call) {
        var change = call.body(ProviderChange.class);
        return Reply.ok(ProviderView.of(call.allotment().ai().updateProvider(provider(call), change::of)));
    }

    // Models

    record NewModel(
            String provider,
            String name,
            Optional<String> displayName,
            Optional<String> description,
            Optional<Document> match,
            Optional<List<String>> capabilities,
            Optional<Long> contextWindow,
            Optional<Boolean> active) {

        AiModel model() {
            return new AiModel(
                    new ModelRef(provider, name),
                    displayName.orElse(name),
                    description,
                    Optional.empty(),
                    match.map(tree -> AiTrees.clause(tree.fields())).orElseGet(() -> new Clause.Equals(name)),
                    10_000,
                    capabilities.orElse(List.of()),
                    contextWindow,
                    false,
                    active.orElse(true));
        }
    }

    record ModelChange(
            String provider,
            String name,
            Optional<String> displayName,
            Change<String> description,
            Optional<Document> match,
            Optional<List<String>> capabilities,
            Change<Long> contextWindow,
            Optional<Boolean> deprecated,
            Optional<Boolean> active) {

        AiModel of(AiModel present) {
            return new AiModel(
                    present.ref(),
                    displayName.orElse(present.displayName()),
                    description.from(present.description()),
                    present.priceComments(),
                    match.map(tree -> AiTrees.clause(tree.fields())).orElse(present.match()),
                    present.position(),
                    capabilities.orElse(present.capabilities()),
                    contextWindow.from(present.contextWindow()),
                    deprecated.orElse(present.deprecated()),
                    active.orElse(present.active()));
        }
    }

    record ModelView(
            String provider,
            String name,
            String displayName,
            Optional<String> description,
            Optional<String> priceComments,
            Map<String, Object> match,
            List<String> capabilities,
            Optional<Long> contextWindow,
            boolean deprecated,
            boolean active) {

        static ModelView of(AiModel model) {
            return new ModelView(
                    model.ref().provider(),
                    model.ref().model(),
                    model.displayName(),
                    model.description(),
                    model.priceComments(),
                    AiTrees.tree(model.match()),
                    model.capabilities(),
                    model.contextWindow(),
                    model.deprecated(),
                    model.active());
        }
    }

    private Reply listModels(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().ai().listModels(provider(call), page), ModelView::of));
    }

    private Reply createModel(Call call) {
        var model = call.allotment().ai().create(call.body(NewModel.class).model());
        return Reply.created(ModelView.of(model))
                .at("/ai/providers/" + model.ref().provider() + "/models");
    }

    private Reply changeModel(Call call) {
        var change = call.body(ModelChange.class);
        return Reply.ok(ModelView.of(
                call.allotment().ai().updateModel(new ModelRef(change.provider(), change.name()), change::of)));
    }

    // Prices

    /** A list of prices from a time on, each with its condition, in the form of the price file. */
    record NewPrices(
            String provider,
            String model,
            Optional<String> currency,
            Optional<Instant> effectiveFrom,
            List<Document> prices) {

        ModelRef ref() {
            return new ModelRef(provider, model);
        }

        List<PriceTerms> terms() {
            return AiTrees.terms(prices.stream().map(Document::fields).toList());
        }

        String inCurrency() {
            return currency.orElse(PriceFile.CURRENCY);
        }
    }

    record PriceQuery(String provider, String model) {}

    record PriceView(
            ModelPriceId id,
            String provider,
            String model,
            Optional<Instant> effectiveFrom,
            int position,
            Optional<Map<String, Object>> constraint,
            Map<String, Object> prices,
            String currency,
            Instant createdAt) {

        static PriceView of(ModelPrice price) {
            return new PriceView(
                    price.id(),
                    price.model().provider(),
                    price.model().model(),
                    price.effectiveFrom(),
                    price.position(),
                    AiTrees.tree(price.terms().condition()),
                    AiTrees.tree(price.rates(), BigDecimal::toPlainString),
                    price.currency(),
                    price.createdAt());
        }
    }

    private Reply listPrices(Call call) {
        var query = call.query(PriceQuery.class);
        return Reply.ok(Items.all(
                call.allotment().prices().history(new ModelRef(query.provider(), query.model())), PriceView::of));
    }

    private Reply setPrices(Call call) {
        var body = call.body(NewPrices.class);
        return Reply.created(Items.all(
                        call.allotment()
                                .prices()
                                .set(body.ref(), body.terms(), body.inCurrency(), body.effectiveFrom()),
                        PriceView::of))
                .at("/ai/prices?provider=" + encoded(body.provider()) + "&model=" + encoded(body.model()));
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private Reply listAgreed(Call call) {
        return Reply.ok(Items.all(call.allotment().prices().agreedWith(call.tenant()), PriceView::of));
    }

    private Reply agree(Call call) {
        var body = call.body(NewPrices.class);
        var prices = call.allotment()
                .prices()
                .setFor(call.tenant(), body.ref(), body.terms(), body.inCurrency(), body.effectiveFrom());
        return Reply.created(Items.all(prices, PriceView::of)).at("/tenants/" + call.tenant() + "/model-prices");
    }

    // Costs

    /** A usage in its wholes and parts, or what the provider answered. */
    record Question(
            Optional<String> provider,
            Optional<String> apiUrl,
            Optional<String> model,
            Optional<Instant> at,
            Optional<Document> usage,
            Optional<Document> answer,
            Optional<String> flavor) {

        PriceQuestion asked() {
            return new PriceQuestion(
                    provider,
                    apiUrl,
                    model,
                    at,
                    answer.or(() -> usage).orElseThrow().fields(),
                    answer.isPresent(),
                    flavor);
        }
    }

    record LineView(String unit, String count, String price, String cost) {

        static LineView of(ModelRates.Line line) {
            return new LineView(
                    line.unit().usageKey(),
                    line.count().toPlainString(),
                    line.price().toPlainString(),
                    line.cost().toPlainString());
        }
    }

    record CostsView(
            String provider,
            String model,
            boolean priced,
            String total,
            String currency,
            ModelPriceId price,
            List<LineView> lines,
            Optional<UsageViews.Tokens> tokens,
            List<String> ignored) {}

    private Reply reckon(Call call) {
        var question = call.body(Question.class);
        if (question.usage().isPresent() == question.answer().isPresent()) {
            throw new InvalidValue("usage", "must be given, or the provider's answer in its place");
        }
        var reckoned = call.allotment().prices().reckon(question.asked());
        var quote = reckoned.quote();
        return Reply.ok(new CostsView(
                quote.model().ref().provider(),
                quote.model().ref().model(),
                quote.isPriced(),
                quote.costs().total().toPlainString(),
                quote.price().currency(),
                quote.price().id(),
                quote.costs().lines().stream().map(LineView::of).toList(),
                UsageViews.Tokens.of(reckoned.usage().tokens()),
                reckoned.ignored()));
    }

    // Preferences

    record Preference(
            Optional<String> provider,
            Optional<String> model,
            Optional<String> tone,
            Optional<String> language,
            Optional<Document> settings) {

        ModelPreference preference() {
            return new ModelPreference(provider, model, tone, language, settings.orElse(Document.EMPTY));
        }

        static Preference of(ModelPreference preference) {
            return new Preference(
                    preference.provider(),
                    preference.model(),
                    preference.tone(),
                    preference.language(),
                    Optional.of(preference.settings()));
        }
    }

    private static UserId user(Call call) {
        return call.path("user", UserId::of);
    }

    private Reply getPreference(Call call) {
        return Reply.ok(Preference.of(call.allotment().modelPreferences().get(call.tenant())));
    }

    private Reply setPreference(Call call) {
        var body = call.body(Preference.class).preference();
        return Reply.ok(Preference.of(call.allotment().modelPreferences().set(call.tenant(), body)));
    }

    private Reply getOwnPreference(Call call) {
        return Reply.ok(Preference.of(call.allotment().modelPreferences().get(call.tenant(), user(call))));
    }

    private Reply setOwnPreference(Call call) {
        var body = call.body(Preference.class).preference();
        return Reply.ok(Preference.of(call.allotment().modelPreferences().set(call.tenant(), user(call), body)));
    }

    record Named(String provider, String model) {

        ModelRef ref() {
            return new ModelRef(provider, model);
        }

        static Named of(ModelRef ref) {
            return new Named(ref.provider(), ref.model());
        }
    }

    record Models(List<Named> models) {}

    private static String outputType(Call call) {
        return call.path("outputType", text -> Text.key("outputType", text));
    }

    private Reply listAllowed(Call call) {
        return Reply.ok(
                Items.all(call.allotment().modelPreferences().allowed(call.tenant(), outputType(call)), Named::of));
    }

    private Reply allow(Call call) {
        var models = call.body(Models.class).models().stream().map(Named::ref).toList();
        return Reply.ok(Items.all(
                call.allotment().modelPreferences().allow(call.tenant(), outputType(call), models), Named::of));
    }

    record ChoiceQuery(Optional<UserId> user, Optional<String> outputType) {}

    record RefusedView(String provider, String model, ModelChoice.Wish wish, ModelChoice.Why why) {}

    record ChoiceView(String provider, String model, ModelChoice.Wish because, List<RefusedView> refused) {}

    private Reply choose(Call call) {
        var query = call.query(ChoiceQuery.class);
        var choice = call.allotment().modelPreferences().resolve(call.tenant(), query.user(), query.outputType());
        return Reply.ok(new ChoiceView(
                choice.model().provider(),
                choice.model().model(),
                choice.because(),
                choice.refused().stream()
                        .map(each -> new RefusedView(
                                each.model().provider(), each.model().model(), each.wish(), each.why()))
                        .toList()));
    }
}

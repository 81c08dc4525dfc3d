package io.allotment.domain.ai;

import io.allotment.domain.shared.ModelPriceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * All providers, models and prices at one moment: finds what a name means and what it costs. Names are matched by the
 * clauses of the catalogue alone, in its order; the first that matches is meant. Immutable.
 */
public final class PriceBook {

    /** Nobody and nothing. */
    public static final PriceBook EMPTY = new PriceBook(List.of(), List.of(), List.of());

    /** A name that stands for another's interface; who writes it puts the real one before the model's name. */
    private static final String PASSED_ON = "litellm";

    private final List<AiProvider> providers;
    private final Map<String, AiProvider> byKey = new HashMap<>();
    private final Map<String, Pattern> apiPatterns = new HashMap<>();
    private final Map<String, List<AiModel>> models = new HashMap<>();
    private final Map<ModelRef, NavigableMap<Instant, List<ModelPrice>>> prices = new HashMap<>();
    private final Map<ModelPriceId, ModelPrice> byId = new HashMap<>();

    public PriceBook(Collection<AiProvider> providers, Collection<AiModel> models, Collection<ModelPrice> modelPrices) {
        this.providers = providers.stream()
                .sorted(Comparator.comparingInt(AiProvider::position).thenComparing(AiProvider::key))
                .toList();
        for (var provider : this.providers) {
            byKey.put(provider.key(), provider);
            provider.apiPattern().ifPresent(text -> apiPatterns.put(provider.key(), Pattern.compile(text)));
        }
        for (var model : models) {
            this.models
                    .computeIfAbsent(model.ref().provider(), key -> new ArrayList<>())
                    .add(model);
        }
        this.models
                .values()
                .forEach(list -> list.sort(Comparator.comparingInt(AiModel::position)
                        .thenComparing(model -> model.ref().model())));
        for (var price : modelPrices) {
            byId.put(price.id(), price);
            prices.computeIfAbsent(price.model(), ref -> new TreeMap<>())
                    .computeIfAbsent(price.effectiveFrom().orElse(Instant.MIN), from -> new ArrayList<>())
                    .add(price);
        }
        prices.values()
                .forEach(lists ->
                        lists.values().forEach(list -> list.sort(Comparator.comparingInt(ModelPrice::position))));
    }

    /** Prices alone, of models that another book knows. */
    public static PriceBook ofPrices(Collection<ModelPrice> modelPrices) {
        return new PriceBook(List.of(), List.of(), modelPrices);
    }

    /**
     * How a model is asked for.
     *
     * @param provider a key or another name of who offers it
     * @param apiUrl where it was called, which tells the provider where no name does
     * @param model any of its names
     */
    public record Asked(Optional<String> provider, Optional<String> apiUrl, String model) {

        public static Asked of(String provider, String model) {
            return new Asked(Optional.of(provider), Optional.empty(), model);
        }
    }

    /**
     * What a usage costs, by which row.
     *
     * @param price none of whose units has a price, where the model is free
     */
    public record Quote(AiModel model, ModelPrice price, ModelRates.Costs costs) {

        public Cost cost() {
            return new Cost(costs.total(), price.currency(), Optional.of(price.id()));
        }

        /** Whether the model has any price: one without costs nothing, and nobody knows whether that is so. */
        public boolean isPriced() {
            return !price.rates().isEmpty();
        }
    }

    /** What a usage cost at a time. Refuses a name that nothing has a price for ({@link NoPrice}). */
    public Quote quote(Asked asked, ModelUsage usage, Instant at) {
        var model = model(asked).orElseThrow(() -> new NoPrice(asked));
        var price = price(model.ref(), at).orElseThrow(() -> new NoPrice(asked));
        return new Quote(model, price, price.rates().costs(usage));
    }

    /** Who is meant: by name, else by address, else by the model's name. */
    public Optional<AiProvider> provider(Optional<String> name, Optional<String> apiUrl, Optional<String> model) {
        if (name.isPresent()) {
            var found = named(name.get());
            if (found.isPresent() || !isPassedOn(name.get())) {
                return found;
            }
        }
        if (apiUrl.isPresent()) {
            return providers.stream()
                    .filter(provider -> apiPatterns.containsKey(provider.key())
                            && apiPatterns
                                    .get(provider.key())
                                    .matcher(apiUrl.get())
                                    .lookingAt())
                    .findFirst();
        }
        var folded = model.map(Clause::folded);
        return folded.flatMap(text -> providers.stream()
                .filter(provider -> provider.modelMatch()
                        .filter(match -> match.matches(text))
                        .isPresent())
                .findFirst());
    }

    private Optional<AiProvider> named(String name) {
        var folded = Clause.folded(name);
        var exact = byKey.get(folded);
        return exact != null
                ? Optional.of(exact)
                : providers.stream()
                        .filter(provider -> provider.providerMatch()
                                .filter(match -> match.matches(folded))
                                .isPresent())
                        .findFirst();
    }

    private static boolean isPassedOn(String name) {
        return Clause.folded(name).equals(PASSED_ON);
    }

    /** The model that is meant, also one that the provider passes on from another. */
    public Optional<AiModel> model(Asked asked) {
        var model = Clause.folded(asked.model());
        var name = asked.provider();
        int slash = model.indexOf('/');
        if (name.filter(PriceBook::isPassedOn).isPresent() && slash > 0 && slash < model.length() - 1) {
            var real = model.substring(0, slash);
            if (named(real).isPresent()) {
                name = Optional.of(real);
                model = model.substring(slash + 1);
            }
        }
        var wanted = model;
        return provider(name, asked.apiUrl(), Optional.of(wanted))
                .flatMap(provider -> listed(provider.key(), wanted)
                        .or(() -> provider.fallbacks().stream()
                                .map(other -> listed(other, wanted))
                                .flatMap(Optional::stream)
                                .findFirst()));
    }

    private Optional<AiModel> listed(String provider, String model) {
        for (var one : models.getOrDefault(provider, List.of())) {
            if (one.match().matches(model)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    /** The row that holds for a model at a time; none where its prices begin later, or it never had one. */
    public Optional<ModelPrice> price(ModelRef model, Instant at) {
        var lists = prices.get(model);
        var effective = lists == null ? null : lists.floorEntry(at);
        return effective == null ? Optional.empty() : Optional.of(holding(effective.getValue(), at));
    }

    /** The last of a list whose condition holds, else the first. */
    static ModelPrice holding(List<ModelPrice> list, Instant at) {
        for (int i = list.size() - 1; i >= 0; i--) {
            if (list.get(i).terms().condition().holdsAt(at)) {
                return list.get(i);
            }
        }
        return list.get(0);
    }

    /** A model's list that is effective at a time, in the order of the positions. */
    public List<ModelPrice> list(ModelRef model, Instant at) {
        var lists = prices.get(model);
        var effective = lists == null ? null : lists.floorEntry(at);
        return effective == null ? List.of() : List.copyOf(effective.getValue());
    }

    /** A model's newest list, also one that is not effective yet. */
    public List<ModelPrice> newest(ModelRef model) {
        var lists = prices.get(model);
        return lists == null ? List.of() : List.copyOf(lists.lastEntry().getValue());
    }

    /** All rows of a model, oldest first. */
    public List<ModelPrice> history(ModelRef model) {
        return prices.getOrDefault(model, new TreeMap<>()).values().stream()
                .flatMap(List::stream)
                .toList();
    }

    public Optional<ModelPrice> price(ModelPriceId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** In the order in which names are matched. */
    public List<AiProvider> providers() {
        return providers;
    }

    /** A provider's, in the order in which names are matched. */
    public List<AiModel> models(String provider) {
        return List.copyOf(models.getOrDefault(provider, List.of()));
    }

    /** The model of exactly this name. */
    public Optional<AiModel> find(ModelRef ref) {
        return models.getOrDefault(ref.provider(), List.of()).stream()
                .filter(model -> model.ref().equals(ref))
                .findFirst();
    }
}

package io.allotment.domain.ai;

import io.allotment.domain.shared.ModelPriceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a price file changes in the book. Prices are never edited: those that the file has otherwise are a new list,
 * effective from now on, and what was reckoned before stays as it was. What the operator said of a provider or a model and the
 * file does not tell stays, and so does what the file no longer lists.
 *
 * @param added models
 * @param changed models whose prices or description the file has otherwise
 * @param unlisted models of the file's providers that the file does not list
 * @param free models of the file that have no price at all
 */
public record PriceImport(
        List<AiProvider> providers,
        List<AiModel> models,
        List<ModelPrice> prices,
        List<ModelRef> added,
        List<Changed> changed,
        int unchanged,
        List<ModelRef> unlisted,
        int free) {

    /**
     * What of a model is otherwise.
     *
     * @param prices whether it has a new list of prices
     */
    public record Changed(ModelRef model, boolean prices) {}

    /** Whether there is nothing to write. */
    public boolean isEmpty() {
        return providers.isEmpty() && models.isEmpty() && prices.isEmpty();
    }

    public static PriceImport of(PriceBook book, PriceFile file, Instant now, Supplier<ModelPriceId> ids) {
        var providers = new ArrayList<AiProvider>();
        var models = new ArrayList<AiModel>();
        var prices = new ArrayList<ModelPrice>();
        var added = new ArrayList<ModelRef>();
        var changed = new ArrayList<Changed>();
        var unlisted = new ArrayList<ModelRef>();
        int unchanged = 0;
        int free = 0;
        for (var listed : file.providers()) {
            var present = book.providers().stream()
                    .filter(provider -> provider.key().equals(listed.provider().key()))
                    .findFirst();
            var provider =
                    present.map(known -> merged(known, listed.provider())).orElse(listed.provider());
            if (!present.equals(Optional.of(provider))) {
                providers.add(provider);
            }
            for (var each : listed.models()) {
                var ref = each.model().ref();
                free += each.prices().stream().allMatch(terms -> terms.rates().isEmpty()) ? 1 : 0;
                var known = book.find(ref);
                var model = known.map(before -> merged(before, each.model())).orElse(each.model());
                if (!known.equals(Optional.of(model))) {
                    models.add(model);
                }
                var held = book.list(ref, now);
                boolean otherPrices =
                        !held.stream().map(ModelPrice::terms).toList().equals(each.prices())
                                || !held.stream()
                                        .allMatch(price -> price.currency().equals(PriceFile.CURRENCY));
                if (otherPrices) {
                    var from = held.isEmpty() ? Optional.<Instant>empty() : Optional.of(now);
                    for (int i = 0; i < each.prices().size(); i++) {
                        prices.add(new ModelPrice(
                                ids.get(), ref, from, i, each.prices().get(i), PriceFile.CURRENCY, now));
                    }
                }
                if (known.isEmpty()) {
                    added.add(ref);
                } else if (otherPrices
                        || !known.get().equals(model.at(known.get().position()))) {
                    changed.add(new Changed(ref, otherPrices));
                } else {
                    unchanged++;
                }
            }
            var names = listed.models().stream().map(each -> each.model().ref()).collect(Collectors.toSet());
            var position = listed.models().size();
            for (var known : book.models(listed.provider().key())) {
                if (!names.contains(known.ref())) {
                    unlisted.add(known.ref());
                    // After all that the file lists, which is matched first.
                    var moved = known.at(position++);
                    if (!moved.equals(known)) {
                        models.add(moved);
                    }
                }
            }
        }
        return new PriceImport(
                List.copyOf(providers),
                List.copyOf(models),
                List.copyOf(prices),
                List.copyOf(added),
                List.copyOf(changed),
                unchanged,
                List.copyOf(unlisted),
                free);
    }

    private static AiProvider merged(AiProvider known, AiProvider listed) {
        return new AiProvider(
                known.key(),
                listed.name(),
                known.baseUrl(),
                listed.apiPattern(),
                listed.modelMatch(),
                listed.providerMatch(),
                known.keyRequired(),
                known.streaming(),
                known.active(),
                listed.position(),
                listed.fallbacks(),
                listed.extractors());
    }

    private static AiModel merged(AiModel known, AiModel listed) {
        return new AiModel(
                known.ref(),
                listed.displayName(),
                listed.description(),
                listed.priceComments(),
                listed.match(),
                listed.position(),
                known.capabilities(),
                listed.contextWindow(),
                listed.deprecated(),
                known.active());
    }
}

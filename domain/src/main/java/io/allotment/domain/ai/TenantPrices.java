package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What models cost one tenant: what was agreed with it, else what the price book says.
 *
 * @param agreed the prices alone
 */
public record TenantPrices(PriceBook book, PriceBook agreed) {

    /** Why work of a model has no price. */
    public enum Lack {
        /** Nobody offers a model of this name. */
        UNKNOWN_MODEL,
        /** The model is known, and no price of it. */
        NO_PRICE,
        /** It was used before its first price began. */
        BEFORE_FIRST_PRICE,
        /** It has one by now, which was not tried yet. */
        NOT_TRIED
    }

    public TenantPrices {
        requireNonNull(book, "book");
        requireNonNull(agreed, "agreed");
    }

    /** The row that holds for a model at a time, by any of its names; none where nothing has that name, or no price then. */
    public Optional<ModelPrice> price(PriceBook.Asked asked, Instant at) {
        return book.model(asked).flatMap(model -> price(model.ref(), at));
    }

    /** The row that holds for a model of the book at a time; none where it has no price then. */
    public Optional<ModelPrice> price(ModelRef ref, Instant at) {
        return agreed.price(ref, at)
                .or(() -> book.price(ref, at))
                .filter(price -> !price.rates().isEmpty());
    }

    /** Since when a model has a price: the beginning of all times, or when its first list with one began; empty for none. */
    public Optional<Instant> pricedFrom(PriceBook.Asked asked) {
        return book.model(asked).map(AiModel::ref).flatMap(this::pricedFrom);
    }

    private Optional<Instant> pricedFrom(ModelRef ref) {
        return Stream.concat(book.history(ref).stream(), agreed.history(ref).stream())
                .map(price -> price.effectiveFrom().orElse(Instant.MIN))
                .sorted()
                .filter(from -> list(ref, from).stream()
                        .anyMatch(price -> !price.rates().isEmpty()))
                .findFirst();
    }

    private List<ModelPrice> list(ModelRef ref, Instant at) {
        var own = agreed.list(ref, at);
        return own.isEmpty() ? book.list(ref, at) : own;
    }

    /** Why work of a model has no price that was last used at a time. */
    public Lack lack(PriceBook.Asked asked, Instant lastAt) {
        if (book.model(asked).isEmpty()) {
            return Lack.UNKNOWN_MODEL;
        }
        return pricedFrom(asked)
                .map(from -> lastAt.isBefore(from) ? Lack.BEFORE_FIRST_PRICE : Lack.NOT_TRIED)
                .orElse(Lack.NO_PRICE);
    }
}

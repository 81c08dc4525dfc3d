package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names one row of the price book, which is never edited. */
public record ModelPriceId(UUID value) implements Id {

    public ModelPriceId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code modelPriceId}. */
    public static ModelPriceId of(String text) {
        return new ModelPriceId(Id.parse("modelPriceId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

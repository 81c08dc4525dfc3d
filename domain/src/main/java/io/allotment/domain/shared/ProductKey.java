package io.allotment.domain.shared;

/** Names a credit product, such as {@code pack-100}: at most 100 lower-case letters, digits, '.', '_', '-'. */
public record ProductKey(String value) implements Text {

    public ProductKey {
        value = Text.key("product", value);
    }

    @Override
    public String toString() {
        return value;
    }
}

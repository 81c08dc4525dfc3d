package io.allotment.domain.shared;

/** Names a price within its plan version, such as {@code monthly}: at most 100 lower-case letters, digits, '.', '_', '-'. */
public record PriceKey(String value) implements Text {

    public PriceKey {
        value = Text.key("price", value);
    }

    @Override
    public String toString() {
        return value;
    }
}

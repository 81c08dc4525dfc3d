package io.allotment.domain.shared;

/** Names an operation of the catalogue, such as {@code transcribe.minute}: at most 100 lower-case letters, digits, '.', '_', '-'. */
public record OperationKey(String value) implements Text {

    public OperationKey {
        value = Text.key("operation", value);
    }

    @Override
    public String toString() {
        return value;
    }
}

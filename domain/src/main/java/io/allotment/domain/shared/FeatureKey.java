package io.allotment.domain.shared;

/** Names a feature of the catalogue, such as {@code transcription_minutes}: at most 100 lower-case letters, digits, '.', '_', '-'. */
public record FeatureKey(String value) implements Text {

    public FeatureKey {
        value = Text.key("feature", value);
    }

    @Override
    public String toString() {
        return value;
    }
}

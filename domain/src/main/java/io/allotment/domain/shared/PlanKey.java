package io.allotment.domain.shared;

/** Names a plan of the catalogue, such as {@code pro}: at most 100 lower-case letters, digits, '.', '_', '-'. */
public record PlanKey(String value) implements Text {

    public PlanKey {
        value = Text.key("plan", value);
    }

    @Override
    public String toString() {
        return value;
    }
}

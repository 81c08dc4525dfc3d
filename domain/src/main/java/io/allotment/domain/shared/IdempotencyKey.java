package io.allotment.domain.shared;

/** Names one intended effect, chosen by the caller: 1 to 200 visible ASCII characters. Sent again with the same request it brings back the first answer. */
public record IdempotencyKey(String value) implements Text {

    private static final String FIELD = "Idempotency-Key";

    public IdempotencyKey {
        Text.bounded(FIELD, value, 200);
        if (!isVisible(value)) {
            throw new InvalidValue(FIELD, "must be visible ASCII characters without spaces");
        }
    }

    /** No pattern: every call of the gate has a key. */
    private static boolean isVisible(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) <= ' ' || value.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return value;
    }
}

package io.allotment.domain.shared;

import java.util.regex.Pattern;

/** Names one intended effect, chosen by the caller: 1 to 200 visible ASCII characters. Sent again with the same request it brings back the first answer. */
public record IdempotencyKey(String value) implements Text {

    private static final Pattern VISIBLE = Pattern.compile("[!-~]+");

    public IdempotencyKey {
        value = Text.matching(
                "Idempotency-Key", value, VISIBLE, 200, "must be visible ASCII characters without spaces");
    }

    @Override
    public String toString() {
        return value;
    }
}

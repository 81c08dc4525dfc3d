package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import java.time.Instant;
import java.util.Optional;

/**
 * Where a purchase can be paid.
 *
 * @param gateway which gateway has it, such as {@code manual}
 * @param id what the gateway calls it; for a bank transfer the reference to name
 * @param url where the payer goes; empty where there is nowhere to go
 * @param instructions what the payer is told; at most 2,000 characters
 * @param expiresAt until when it can be paid there
 */
public record Checkout(
        String gateway, String id, Optional<String> url, Optional<String> instructions, Instant expiresAt) {

    public Checkout {
        gateway = Text.key("gateway", gateway);
        id = Text.name("checkoutId", id, 255);
        url = url.map(address -> Text.name("url", address, 2_000));
        instructions = instructions.map(text -> Text.prose("instructions", text, 2_000));
        expiresAt = Times.stored("expiresAt", requireNonNull(expiresAt, "expiresAt"));
    }

    Checkout withoutPage() {
        return new Checkout(gateway, id, Optional.empty(), instructions, expiresAt);
    }
}

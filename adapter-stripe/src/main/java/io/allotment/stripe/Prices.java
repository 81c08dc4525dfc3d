package io.allotment.stripe;

import com.stripe.model.Price;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a price is called: by our own name where we made it, which it bears, else by Stripe's. Invoices name Stripe's alone: what was seen once is remembered,
 * for it never changes. Thread-safe.
 */
final class Prices {

    /** Where our own name of a price stands in Stripe's. */
    static final String NAME = "allotment_price";

    private static final int REMEMBERED = 10_000;

    private final Map<String, String> names = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    private final Calls calls;

    Prices(Calls calls) {
        this.calls = calls;
    }

    String name(Price price) {
        var metadata = price.getMetadata() == null ? Map.<String, String>of() : price.getMetadata();
        var name = metadata.getOrDefault(NAME, price.getId());
        synchronized (names) {
            names.put(price.getId(), name);
        }
        return name;
    }

    /** Asks nobody; empty where it was not seen yet. */
    Optional<String> known(String id) {
        synchronized (names) {
            return Optional.ofNullable(names.get(id));
        }
    }

    /** Asks Stripe where it was not seen yet. */
    String name(String id) {
        return known(id)
                .or(() -> calls.find((client, options) -> client.v1().prices().retrieve(id, null, options))
                        .map(this::name))
                .orElse(id);
    }
}

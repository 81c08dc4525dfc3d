package io.allotment.application.billing;

import io.allotment.domain.Persistence;
import io.allotment.domain.billing.PlanPriceId;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;

/** Which price of a plan version a gateway means. */
final class GatewayPrices {

    private final Persistence persistence;

    GatewayPrices(Persistence persistence) {
        this.persistence = persistence;
    }

    /** A price, and what has it. */
    record Priced(PlanVersion version, Price price) {}

    /** What we call it to the gateway: by the name that it has there, where it has one. */
    static String id(PlanVersion version, Price price) {
        return price.stripePriceId().orElseGet(() -> new PlanPriceId(version.id(), price.key()).toString());
    }

    /** In a unit of work. */
    Optional<Priced> find(String priceId) {
        return PlanPriceId.parse(priceId)
                .flatMap(ours -> persistence
                        .catalog()
                        .findVersion(ours.version())
                        .flatMap(version ->
                                version.terms().price(ours.price()).map(price -> new Priced(version, price))))
                .or(() -> persistence
                        .catalog()
                        .findVersionPriced(priceId)
                        .flatMap(version -> version.terms().prices().stream()
                                .filter(price -> price.stripePriceId()
                                        .filter(priceId::equals)
                                        .isPresent())
                                .findFirst()
                                .map(price -> new Priced(version, price))));
    }

    /** Refuses a name of no price of ours. */
    Priced get(String priceId) {
        return find(priceId).orElseThrow(() -> new Unknown("price", "priceId", priceId));
    }
}

package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;
import java.util.Set;

/**
 * Takes the subscribers of some versions of a plan to another version of it, one like the other. Who is there already, or has left
 * these versions meanwhile, is left alone: done again it changes nobody twice.
 *
 * @param target the version to take them to
 * @param sources the versions to take them from
 * @param atOnce what becomes of the credits where it happens now; empty where it waits for the end of each one's period
 * @param price for those whose own price the target does not have
 */
public record PlanMigration(
        PlanVersion target, Set<PlanVersionId> sources, Optional<CreditPolicy> atOnce, Optional<PriceKey> price) {

    /** Refuses a price that the target does not have. */
    public PlanMigration {
        requireNonNull(target, "target");
        sources = Set.copyOf(sources);
        requireNonNull(atOnce, "atOnce");
        price.ifPresent(key -> {
            if (target.terms().price(key).isEmpty()) {
                throw new Unknown("price", "price", key);
            }
        });
    }

    /**
     * What a subscription is to change to; empty where there is nothing to do for it. Refuses one for which another change waits
     * ({@link ChangeScheduled}): its holder's choice is not thrown away. Refuses one whose price the target does not have, where no other was named
     * ({@link PriceMissing}).
     *
     * @param live as it is now
     */
    public Optional<PlanChange.Side> side(Subscription live) {
        if (live.status().isEnded() || !sources.contains(live.planVersionId())) {
            return Optional.empty();
        }
        var waiting = live.scheduled();
        boolean waitsForTarget = waiting.filter(change -> change.planVersionId().equals(target.id()))
                .isPresent();
        if (waiting.isPresent() && !waitsForTarget) {
            throw new ChangeScheduled();
        }
        if (waitsForTarget && atOnce.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new PlanChange.Side(
                target, waitsForTarget ? waiting.get().price().flatMap(target.terms()::price) : priceFor(live)));
    }

    /** Who pays nothing goes on so only where the target costs nothing either. */
    private Optional<Price> priceFor(Subscription live) {
        var terms = target.terms();
        var own = live.price().flatMap(terms::price);
        if (own.isPresent() || live.price().isEmpty() && terms.prices().isEmpty()) {
            return own;
        }
        return Optional.of(
                price.flatMap(terms::price).orElseThrow(() -> new PriceMissing(live.price(), target.number())));
    }
}

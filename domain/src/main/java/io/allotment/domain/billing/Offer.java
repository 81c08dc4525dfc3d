package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Something for sale, as a gateway is to have it: a price of a plan's version, or a credit product.
 *
 * @param name what we call the price: {@link PlanPriceId}, or {@code credit-product/<key>}
 * @param product what we call that which is sold, such as {@code plan/pro}; several prices may be of one
 * @param title what the payer reads
 * @param months between two bills; empty for what is paid once
 * @param forSale whether it can be bought newly
 * @param gatewayPriceId what the gateway calls the price, where that is known: one that was made there
 */
public record Offer(
        String name,
        String product,
        String title,
        Optional<String> description,
        Money price,
        Optional<Integer> months,
        boolean forSale,
        Optional<String> gatewayPriceId) {

    /** How it stands at the gateway. */
    public record Standing(
            String priceId,
            String productId,
            String title,
            Optional<String> description,
            Money price,
            Optional<Integer> months,
            boolean forSale) {
        public Standing {
            requireNonNull(priceId, "priceId");
            requireNonNull(productId, "productId");
            requireNonNull(title, "title");
            requireNonNull(description, "description");
            requireNonNull(price, "price");
            requireNonNull(months, "months");
        }
    }

    /** What can be otherwise at the gateway. */
    public enum Difference {
        MISSING,
        /** Prices never change: nothing mends it but another price. */
        COSTS_OTHERWISE,
        NAMED_OTHERWISE,
        /** It cannot be bought there, and should. */
        NOT_FOR_SALE,
        /** It can be bought there, and should not. */
        STILL_FOR_SALE;

        public boolean isMendable() {
            return this != COSTS_OTHERWISE;
        }
    }

    public Offer {
        name = Text.name("name", name, 200);
        product = Text.name("product", product, 200);
        title = Text.name("title", title, 200);
        // Gateways know no empty one.
        description = description.map(String::strip).filter(text -> !text.isEmpty());
        requireNonNull(price, "price");
        requireNonNull(months, "months");
        requireNonNull(gatewayPriceId, "gatewayPriceId");
    }

    /** @param newest whether it is the version that who subscribes gets */
    public static Offer of(Plan plan, PlanVersion version, Price price, boolean newest) {
        return new Offer(
                new PlanPriceId(version.id(), price.key()).toString(),
                "plan/" + plan.key(),
                plan.name(),
                plan.description(),
                price.money(),
                Optional.of(price.months()),
                plan.active() && newest,
                price.stripePriceId());
    }

    public static Offer of(CreditProduct product) {
        var name = "credit-product/" + product.key();
        return new Offer(
                name,
                name,
                product.name(),
                product.description(),
                product.price(),
                Optional.empty(),
                product.active(),
                product.stripePriceId());
    }

    /** What is otherwise at the gateway; what is not for sale need not be there, nor be named as here. */
    public List<Difference> differences(Optional<Standing> standing) {
        if (standing.isEmpty()) {
            return forSale ? List.of(Difference.MISSING) : List.of();
        }
        var there = standing.get();
        var found = new ArrayList<Difference>();
        if (!there.price().equals(price) || !there.months().equals(months)) {
            found.add(Difference.COSTS_OTHERWISE);
        }
        if (forSale && (!there.title().equals(title) || !there.description().equals(description))) {
            found.add(Difference.NAMED_OTHERWISE);
        }
        if (there.forSale() != forSale) {
            found.add(forSale ? Difference.NOT_FOR_SALE : Difference.STILL_FOR_SALE);
        }
        return List.copyOf(found);
    }
}

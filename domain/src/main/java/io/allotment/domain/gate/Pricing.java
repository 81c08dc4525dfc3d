package io.allotment.domain.gate;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelUsage;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.PriceFile;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.catalog.Operation.CreditBasis;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.UnpricedModels;
import java.time.Instant;
import java.util.Optional;

/**
 * What AI work costs, and what credits follow from it.
 *
 * @param cost empty where there is no AI work, and where it has no price
 * @param unpriced the model that has none, where there is AI work
 */
record Pricing(TokenCounts tokens, Optional<Cost> cost, Optional<String> unpriced) {

    private static final Pricing NONE = new Pricing(TokenCounts.NONE, Optional.empty(), Optional.empty());

    /** Of work by a model that used something; without a model there is nothing to price. */
    static Pricing of(
            Definitions definitions,
            Tenant tenant,
            Optional<String> provider,
            Optional<String> model,
            TokenCounts tokens,
            Instant at) {
        if (model.isEmpty() || tokens.isEmpty()) {
            return tokens.isEmpty() ? NONE : new Pricing(tokens, Optional.empty(), Optional.empty());
        }
        var asked = new PriceBook.Asked(provider, Optional.empty(), model.get());
        var price = definitions
                .modelPrice(tenant.id(), asked, at)
                .filter(row -> !row.rates().isEmpty());
        if (price.isPresent()) {
            return new Pricing(tokens, Optional.of(Cost.of(price.get(), tokens)), Optional.empty());
        }
        return new Pricing(tokens, tenant.unpricedModels().rates().map(rates -> cost(rates, tokens)), model);
    }

    private static Cost cost(ModelRates rates, TokenCounts tokens) {
        return new Cost(rates.costs(ModelUsage.of(tokens)).total(), PriceFile.CURRENCY, Optional.empty());
    }

    /** The model for which the tenant lets nothing be used. */
    Optional<String> refused(Tenant tenant) {
        return unpriced.filter(model -> tenant.unpricedModels().policy() == UnpricedModels.Policy.REFUSE);
    }

    /** Whether credits can be told on this basis. */
    boolean tells(CreditBasis basis) {
        return switch (basis) {
            case QUANTITY -> true;
            case TOKENS -> !tokens.isEmpty();
            case COST -> cost.isPresent();
        };
    }

    /**
     * The credits of a line: of all that its basis counts, or of the share of it that costs credits.
     *
     * @param charged what of the quantity costs credits
     */
    Credits credits(CreditBasis basis, Credits rate, Quantity charged, Quantity quantity) {
        if (basis == CreditBasis.QUANTITY) {
            return Credits.at(rate, charged);
        }
        if (charged.isZero()) {
            return Credits.ZERO;
        }
        var amount = basis == CreditBasis.TOKENS
                ? tokens.total().value()
                : cost.orElseThrow().amount();
        return Credits.at(rate, amount, charged, quantity);
    }
}

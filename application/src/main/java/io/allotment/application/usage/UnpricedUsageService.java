package io.allotment.application.usage;

import io.allotment.application.access.Acting;
import io.allotment.application.ai.PriceCache;
import io.allotment.application.usage.LatePricing.Priced;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.TenantPrices;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UnpricedModel;
import java.time.Instant;
import java.util.Optional;

/**
 * AI work that was recorded without a price: what there is of it and why, and its cost once there is a price. Methods refuse a
 * tenant that does not exist ({@link NotFound}). Thread-safe.
 */
public final class UnpricedUsageService {

    /** So many events that nobody has rolled up yet are seen to in one go. */
    private static final int EVENTS = 5_000;

    private final Persistence persistence;
    private final PriceCache prices;
    private final LatePricing pricing;
    private final Acting acting;

    public UnpricedUsageService(Persistence persistence, PriceCache prices, LatePricing pricing, Acting acting) {
        this.persistence = persistence;
        this.prices = prices;
        this.pricing = pricing;
        this.acting = acting;
    }

    /**
     * A model without a price, and why.
     *
     * @param lack {@code NOT_TRIED} where it has one by now, and its work is priced the next time
     * @param pricedFrom since when it has one, where it has one that did not hold for ever
     */
    public record Unpriced(UnpricedModel model, TenantPrices.Lack lack, Optional<Instant> pricedFrom) {}

    /** By model; all that is recorded by now. */
    public Page<Unpriced> list(TenantId tenant, PageRequest page) {
        acting.require(tenant, Right.USAGE_READ);
        var book = prices.book();
        return persistence.unitOfWork().forTenant(tenant, () -> {
            requireTenant(tenant);
            var ofTenant = new TenantPrices(
                    book, PriceBook.ofPrices(persistence.aiCatalog().pricesOf(tenant)));
            return persistence.unpricedUsage().list(tenant, page).map(model -> unpriced(model, ofTenant));
        });
    }

    private static Unpriced unpriced(UnpricedModel model, TenantPrices prices) {
        return new Unpriced(
                model,
                prices.lack(model.asked(), model.lastAt()),
                prices.pricedFrom(model.asked()).filter(from -> !from.equals(Instant.MIN)));
    }

    /**
     * Gives the tenant's work its cost that has a price by now, at most {@value LatePricing#PORTION} events: in portions, so
     * that whoever asks goes on as long as there is more. Also what was recorded a moment ago. Nothing is charged.
     */
    public Priced price(TenantId tenant) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forPlatform(() -> {
            requireTenant(tenant);
            int rolledUp = persistence.usageSummaries().rollUp(tenant, EVENTS);
            var priced = pricing.price(tenant, pricing.prices());
            return new Priced(priced.events(), priced.costs(), priced.more() || rolledUp >= EVENTS);
        });
    }

    private void requireTenant(TenantId tenant) {
        if (persistence.tenants().find(tenant).isEmpty()) {
            throw new NotFound("tenant", tenant);
        }
    }
}

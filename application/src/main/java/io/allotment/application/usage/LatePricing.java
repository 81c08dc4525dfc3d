package io.allotment.application.usage;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.ai.Cost;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.TenantPrices;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UnpricedUsage;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Gives usage that was recorded without a price the cost that it had at its time, once there is a price for that: what was agreed
 * with the tenant, else the book's. Each event gets its cost once, whatever runs beside. Credits are not touched: they
 * were decided with the charge. Thread-safe.
 */
public final class LatePricing {

    /** So many events in one unit of work: some tenths of a second. */
    public static final int PORTION = 1_000;

    private final Persistence persistence;
    private final Moments moments;
    private final Acting acting;

    public LatePricing(Persistence persistence, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * What became of a portion.
     *
     * @param events how many got their cost
     * @param costs what they cost together, by currency
     * @param more whether there may be more that has a price
     */
    public record Priced(long events, Map<String, BigDecimal> costs, boolean more) {
        public Priced {
            costs = Collections.unmodifiableMap(new TreeMap<>(costs));
        }

        public Priced plus(Priced other) {
            var sum = new TreeMap<>(costs);
            other.costs.forEach((currency, amount) -> sum.merge(currency, amount, BigDecimal::add));
            return new Priced(events + other.events, sum, other.more);
        }
    }

    /** The prices as they are now, and which version that is; in the platform's unit of work. */
    public record Prices(long version, PriceBook book) {
        public Prices {
            requireNonNull(book, "book");
        }
    }

    /** The prices as they are now. Joins the platform's unit of work. */
    public Prices prices() {
        return persistence.unitOfWork().forPlatform(() -> {
            // Before what it counts the changes of: that is at least as new as it says.
            long version = persistence.aiCatalog().version();
            return new Prices(version, persistence.aiCatalog().book());
        });
    }

    /** Prices at most {@value #PORTION} events of a tenant: of those that are rolled up. Joins the platform's unit of work. */
    public Priced price(TenantId tenant, Prices prices) {
        return persistence.unitOfWork().forPlatform(() -> {
            var ofTenant = new TenantPrices(
                    prices.book(), PriceBook.ofPrices(persistence.aiCatalog().pricesOf(tenant)));
            var wanted = wanted(tenant, ofTenant);
            var now = moments.now();
            var taken = wanted.isEmpty()
                    ? List.<UsageEvent>of()
                    : persistence.unpricedUsage().take(tenant, wanted, prices.version(), PORTION);
            var done = priced(tenant, taken, ofTenant, prices.version(), now);
            if (!done.more()) {
                persistence.unpricedUsage().tried(tenant, prices.version(), now);
            }
            return done;
        });
    }

    private List<UnpricedUsage.Wanted> wanted(TenantId tenant, TenantPrices prices) {
        var wanted = new ArrayList<UnpricedUsage.Wanted>();
        Optional<String> after = Optional.empty();
        do {
            var page = persistence.unpricedUsage().list(tenant, new PageRequest(PageRequest.MAX_LIMIT, after));
            page.items()
                    .forEach(model -> prices.pricedFrom(model.asked())
                            .ifPresent(from -> wanted.add(new UnpricedUsage.Wanted(
                                    model.asked(), from.equals(Instant.MIN) ? Optional.empty() : Optional.of(from)))));
            after = page.next();
        } while (after.isPresent());
        return wanted;
    }

    private Priced priced(TenantId tenant, List<UsageEvent> taken, TenantPrices prices, long version, Instant now) {
        var priced = new ArrayList<UsageEvent>(taken.size());
        var unfit = new ArrayList<UsageEvent>();
        var costs = new TreeMap<String, BigDecimal>();
        for (var event : taken) {
            var cost = cost(event, prices);
            cost.ifPresentOrElse(
                    found -> {
                        priced.add(event.priced(found));
                        costs.merge(found.currency(), found.amount(), BigDecimal::add);
                    },
                    () -> unfit.add(event));
        }
        // They are not taken again before prices change: nobody waits for ever behind what no price fits.
        persistence.unpricedUsage().unfit(unfit, version);
        if (!priced.isEmpty()) {
            persistence.unpricedUsage().price(priced, now);
            acting.record(
                    tenant,
                    AuditEvent.of("usage.priced", "usage", tenant)
                            .to(AuditValues.of("events", priced.size())
                                    .and("costs", told(costs))
                                    .map()));
        }
        return new Priced(priced.size(), costs, taken.size() == PORTION);
    }

    /** None where its tokens are such that the price cannot tell them apart: such work waits for other prices. */
    private static Optional<Cost> cost(UsageEvent event, TenantPrices prices) {
        try {
            return prices.price(
                            new PriceBook.Asked(
                                    event.provider(),
                                    Optional.empty(),
                                    event.model().orElseThrow()),
                            event.at())
                    .map(price -> Cost.of(price, event.tokens()));
        } catch (InvalidValue doesNotFit) {
            return Optional.empty();
        }
    }

    private static Map<String, Object> told(Map<String, BigDecimal> costs) {
        var told = new TreeMap<String, Object>();
        costs.forEach((currency, amount) -> told.put(currency, amount.toPlainString()));
        return told;
    }
}

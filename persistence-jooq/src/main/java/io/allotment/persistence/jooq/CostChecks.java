package io.allotment.persistence.jooq;

import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelUsage;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;

/**
 * Each cost is what its row of the price book, or of the tenant's own prices, makes of the event's tokens. All costs are
 * read, as they come, and a few of them are held at a time. Costs by a tenant's default rates name no row, and rates of then
 * are not kept: they are not looked at.
 */
final class CostChecks {

    private static final String INVARIANT = "cost-agrees-with-its-price";

    /** So many rows come from the database at once. */
    private static final int PAGE = 5_000;

    /** Of tenants' own prices so many are held. */
    private static final int HELD = 10_000;

    private static final String COSTS = """
            select tenant_id, id, model_price_id, cost, cost_currency, tokens
            from allotment.usage_events where model_price_id is not null
            union all
            select c.tenant_id, c.event_id, c.model_price_id, c.cost, c.cost_currency, e.tokens
            from allotment.usage_costs c
            join allotment.usage_events e on e.tenant_id = c.tenant_id and e.id = c.event_id
            """;

    private record OfTenant(UUID tenant, UUID price) {}

    private final DSLContext db;
    private final List<Violation> violations;
    private final Map<UUID, ModelPrice> book = new HashMap<>();

    private final Map<OfTenant, Optional<ModelPrice>> agreed = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<OfTenant, Optional<ModelPrice>> eldest) {
            return size() > HELD;
        }
    };

    CostChecks(DSLContext db, List<Violation> violations) {
        this.db = db;
        this.violations = violations;
    }

    void run() {
        // Before the costs: a row that was written after is looked for when it is met.
        JooqAiCatalog.prices(db).forEach(price -> book.put(price.id().value(), price));
        try (var costs = db.resultQuery(COSTS).fetchSize(PAGE).fetchLazy()) {
            while (violations.size() < Invariants.MAX_VIOLATIONS && costs.hasNext()) {
                check(costs.fetchNext());
            }
        }
    }

    private void check(Record row) {
        var tenant = row.get(0, UUID.class);
        var priceId = row.get(2, UUID.class);
        var cost = row.get(3, BigDecimal.class);
        var currency = row.get(4, String.class);
        var price = price(tenant, priceId);
        if (price.isEmpty()) {
            add(tenant, row, "the price " + priceId + " that it names is neither the book's nor the tenant's");
            return;
        }
        var expected = expected(price.get(), row.get(5, JSONB.class));
        if (expected.isEmpty()
                || cost == null
                || expected.get().compareTo(cost) != 0
                || !price.get().currency().equals(currency)) {
            add(
                    tenant,
                    row,
                    "cost "
                            + (cost == null
                                    ? "nothing"
                                    : cost.stripTrailingZeros().toPlainString() + " " + currency)
                            + ", and the price " + priceId + " makes of its tokens "
                            + expected.map(amount -> amount.toPlainString() + " "
                                            + price.get().currency())
                                    .orElse("nothing"));
        }
    }

    private static Optional<BigDecimal> expected(ModelPrice price, JSONB tokens) {
        try {
            return Optional.of(
                    price.rates().costs(ModelUsage.of(Json.tokens(tokens))).total());
        } catch (InvalidValue doesNotFit) {
            return Optional.empty();
        }
    }

    private Optional<ModelPrice> price(UUID tenant, UUID price) {
        var known = book.get(price);
        return known != null
                ? Optional.of(known)
                : agreed.computeIfAbsent(
                        new OfTenant(tenant, price),
                        missing -> JooqAiCatalog.price(db, new TenantId(tenant), new ModelPriceId(price)));
    }

    private void add(UUID tenant, Record row, String detail) {
        violations.add(new Violation(INVARIANT, new TenantId(tenant), "usage event " + row.get(1, UUID.class), detail));
    }
}

package io.allotment.persistence.memory;

import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.CustomerErasures;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

final class MemoryCustomerErasures implements CustomerErasures {

    private static final String WHAT = "whom gateways are to know no more";

    private final Tables tables;

    MemoryCustomerErasures(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(CustomerErasure order) {
        tables.requirePlatform(WHAT);
        var known = tables.customerErasures.find(key(order));
        tables.customerErasures.put(
                key(order), known.map(one -> one.again(order.orderedAt())).orElse(order));
    }

    @Override
    public int orderOf(UserId person, Instant now) {
        return order(name -> name.accountId().value().equals(person.value()), now);
    }

    @Override
    public int orderOf(TenantId tenant, Instant now) {
        return order(name -> name.tenantId().equals(tenant), now);
    }

    private int order(Predicate<GatewayName> ofWhom, Instant now) {
        tables.requirePlatform(WHAT);
        var fresh = tables.gatewayNames
                .all()
                .filter(name -> name.kind() == GatewayName.Kind.CUSTOMER)
                .filter(ofWhom)
                .map(name -> CustomerErasure.ordered(name.gateway(), name.gatewayId(), now))
                .filter(order -> !tables.customerErasures.holds(key(order)))
                .toList();
        fresh.forEach(this::insert);
        return fresh.size();
    }

    @Override
    public List<CustomerErasure> due(String gateway, Instant now, int limit) {
        tables.requirePlatform(WHAT);
        return tables.customerErasures
                .under(Key.of(gateway))
                .filter(order -> !order.nextAt().isAfter(now))
                .sorted(Comparator.comparing(CustomerErasure::nextAt).thenComparing(CustomerErasure::customerId))
                .limit(limit)
                .toList();
    }

    @Override
    public void update(CustomerErasure order) {
        tables.requirePlatform(WHAT);
        if (!tables.customerErasures.holds(key(order))) {
            throw new IllegalStateException("There is no erasure of " + order.customerId() + " to update");
        }
        tables.customerErasures.put(key(order), order);
    }

    @Override
    public boolean remove(CustomerErasure order) {
        tables.requirePlatform(WHAT);
        return tables.customerErasures
                        .find(key(order))
                        .filter(known -> known.orderedAt().equals(order.orderedAt()))
                        .isPresent()
                && tables.customerErasures.remove(key(order));
    }

    @Override
    public Optional<CustomerErasure> find(String gateway, String customerId) {
        tables.requirePlatform(WHAT);
        return tables.customerErasures.find(key(gateway, customerId));
    }

    @Override
    public Page<CustomerErasure> list(PageRequest page) {
        tables.requirePlatform(WHAT);
        var inOrder = new TreeMap<Key, CustomerErasure>();
        tables.customerErasures.all().forEach(order -> inOrder.put(place(order), order));
        var from = page.after()
                .map(after -> inOrder.tailMap(Key.of().and(Position.TEXTS.read(after)), false))
                .orElse(inOrder);
        return Page.of(
                from.values().stream().limit(page.limit() + 1L).toList(),
                page,
                order -> Position.TEXTS.tell(place(order)));
    }

    @Override
    public long countFailing(Instant orderedBefore) {
        tables.requirePlatform(WHAT);
        return tables.customerErasures
                .all()
                .filter(order -> order.attempts() > 0 || order.orderedAt().isBefore(orderedBefore))
                .count();
    }

    /** Where it stands in the list. */
    private static Key place(CustomerErasure order) {
        return Key.of(Key.bytes(order.gateway()), Key.bytes(order.customerId()));
    }

    private static Key key(CustomerErasure order) {
        return key(order.gateway(), order.customerId());
    }

    private static Key key(String gateway, String customerId) {
        return Key.of(gateway, Key.bytes(customerId));
    }
}

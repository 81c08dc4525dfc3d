package io.allotment.persistence.memory;

import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

final class MemoryPaymentEvents implements PaymentEvents {

    private final Tables tables;

    MemoryPaymentEvents(Tables tables) {
        this.tables = tables;
    }

    @Override
    public boolean insert(StoredEvent event) {
        tables.paymentEvents.requireToWrite(event);
        if (tables.paymentEvents.holds(key(event))) {
            return false;
        }
        tables.paymentEvents.put(key(event), event);
        return true;
    }

    @Override
    public boolean update(StoredEvent event) {
        tables.paymentEvents.requireToWrite(event);
        var present = tables.paymentEvents
                .find(key(event))
                .orElseThrow(() -> new IllegalStateException("There is no event " + event.id() + " to update"));
        if (event.payload().isPresent() && present.payload().isEmpty()) {
            return false;
        }
        tables.paymentEvents.put(key(event), event);
        return true;
    }

    @Override
    public Optional<StoredEvent> find(String gateway, String id) {
        tables.requirePlatform("events of gateways");
        return tables.paymentEvents.find(Key.of(gateway, Key.bytes(id)));
    }

    @Override
    public List<StoredEvent> due(String gateway, Instant now, int limit) {
        tables.requirePlatform("events of gateways");
        return tables.paymentEvents
                .under(Key.of(gateway))
                .filter(event ->
                        event.nextAt().filter(next -> !next.isAfter(now)).isPresent())
                .sorted(Comparator.comparing(
                                (StoredEvent event) -> event.nextAt().orElseThrow())
                        .thenComparing(StoredEvent::id))
                .limit(limit)
                .toList();
    }

    @Override
    public List<StoredEvent> givenUp(TenantId tenant, String gateway, int limit) {
        tables.requirePlatform("events of gateways");
        return tables.paymentEvents
                .under(Key.of(gateway))
                .filter(event -> event.about().isEmpty()
                        || event.about().get().tenantId().equals(Optional.of(tenant)))
                .filter(StoredEvent::isGivenUp)
                .sorted(Comparator.comparing(
                                (StoredEvent event) -> event.withoutPayload().isEmpty())
                        .thenComparing(StoredEvent::receivedAt)
                        .thenComparing(StoredEvent::id))
                .limit(limit)
                .toList();
    }

    @Override
    public Optional<Instant> findAskedUntil(String gateway) {
        tables.requirePlatform("events of gateways");
        return tables.gatewayPositions.find(Key.of(gateway));
    }

    @Override
    public void askedUntil(String gateway, Instant until) {
        if (findAskedUntil(gateway).filter(known -> !until.isAfter(known)).isEmpty()) {
            tables.gatewayPositions.put(Key.of(gateway), until);
        }
    }

    @Override
    public long countFailing() {
        tables.requirePlatform("events of gateways");
        return tables.paymentEvents.all().filter(StoredEvent::isFailing).count();
    }

    @Override
    public Page<StoredEvent> list(Filter filter, PageRequest page) {
        tables.requirePlatform("events of gateways");
        var newestFirst = new TreeMap<Key, StoredEvent>(Comparator.reverseOrder());
        tables.paymentEvents.all().filter(filter::accepts).forEach(event -> newestFirst.put(place(event), event));
        var from = page.after()
                .map(after -> newestFirst.tailMap(Key.of().and(Position.TIME_AND_NAMES.read(after)), false))
                .orElse(newestFirst);
        return Page.of(
                from.values().stream().limit(page.limit() + 1L).toList(),
                page,
                event -> Position.TIME_AND_NAMES.tell(place(event)));
    }

    /** Where it stands in the list. */
    private static Key place(StoredEvent event) {
        return Key.of(
                ChronoUnit.MICROS.between(Instant.EPOCH, event.receivedAt()),
                Key.bytes(event.gateway()),
                Key.bytes(event.id()));
    }

    static Key key(StoredEvent event) {
        return Key.of(event.gateway(), Key.bytes(event.id()));
    }
}

package io.allotment.persistence.memory;

import static java.util.stream.Collectors.groupingBy;

import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UnpricedModel;
import io.allotment.domain.usage.UnpricedUsage;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** What waits is found among the events each time, and an event is put down anew with its cost. */
final class MemoryUnpricedUsage implements UnpricedUsage {

    private final Tables tables;

    MemoryUnpricedUsage(Tables tables) {
        this.tables = tables;
    }

    private Stream<UsageEvent> waiting(TenantId tenant) {
        return tables.events.under(Key.of(tenant)).filter(UsageEvent::lacksPrice);
    }

    @Override
    public Page<UnpricedModel> list(TenantId tenant, PageRequest page) {
        page.after().ifPresent(UnpricedModel::readPosition);
        var models = waiting(tenant)
                .collect(groupingBy(event ->
                        UnpricedModel.asked(event.provider(), event.model().orElseThrow())))
                .values()
                .stream()
                .map(MemoryUnpricedUsage::model)
                .filter(model -> page.after()
                        .map(after -> model.position().compareTo(after) > 0)
                        .orElse(true))
                .sorted(UnpricedModel.ORDER)
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(models, page, UnpricedModel::position);
    }

    private static UnpricedModel model(List<UsageEvent> events) {
        var some = events.get(0);
        return new UnpricedModel(
                some.provider(),
                some.model().orElseThrow(),
                events.size(),
                events.stream().map(UsageEvent::at).min(Instant::compareTo).orElseThrow(),
                events.stream().map(UsageEvent::at).max(Instant::compareTo).orElseThrow());
    }

    @Override
    public List<UsageEvent> take(TenantId tenant, List<Wanted> models, long pricesVersion, int limit) {
        tables.requirePlatform("pricing usage");
        return waiting(tenant)
                .filter(event -> models.stream().anyMatch(model -> isWanted(event, model)))
                .filter(event -> tables.unfit
                        .find(Key.of(tenant, event.id()))
                        .filter(found -> found.pricesVersion() == pricesVersion)
                        .isEmpty())
                .limit(limit)
                .toList();
    }

    private static boolean isWanted(UsageEvent event, Wanted model) {
        return UnpricedModel.asked(event.provider(), event.model().orElseThrow())
                        .equals(model.asked())
                && model.from().map(from -> !event.at().isBefore(from)).orElse(true);
    }

    @Override
    public void price(List<UsageEvent> priced, Instant now) {
        tables.requirePlatform("pricing usage");
        for (var event : priced) {
            var key = Key.of(event.tenantId(), event.id());
            if (tables.events.find(key).filter(UsageEvent::lacksPrice).isEmpty()
                    || event.cost().isEmpty()) {
                throw new IllegalStateException("the event " + event.id() + " does not wait for a cost");
            }
            tables.events.put(key, event);
        }
    }

    @Override
    public void unfit(List<UsageEvent> unfit, long pricesVersion) {
        tables.requirePlatform("pricing usage");
        unfit.forEach(event -> tables.unfit.put(
                Key.of(event.tenantId(), event.id()), new Tables.Unfit(event.tenantId(), pricesVersion)));
    }

    @Override
    public List<TenantId> due(JobName job, Instant now, Instant triedBefore, int limit) {
        tables.requirePlatform("what is due");
        return tables.tenants
                .all()
                .map(tenant -> tenant.id())
                .filter(tenant -> waiting(tenant).findAny().isPresent())
                .filter(tenant -> tables.pricings
                        .find(Key.of(tenant))
                        .map(tried ->
                                !tried.at().isAfter(triedBefore) || tried.pricesVersion() != tables.pricesVersion())
                        .orElse(true))
                .filter(tenant -> !MemoryFailedWorks.isWaiting(tables, tenant, job, now))
                .limit(limit)
                .toList();
    }

    @Override
    public void tried(TenantId tenant, long pricesVersion, Instant now) {
        tables.requirePlatform("pricing usage");
        tables.pricings.put(Key.of(tenant), new Tables.Pricing(tenant, pricesVersion, now));
    }
}

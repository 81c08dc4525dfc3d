package io.allotment.persistence.memory;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageEvents;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.domain.usage.UsageTotal;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

final class MemoryUsageEvents implements UsageEvents {

    private final Tables tables;

    MemoryUsageEvents(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<UsageEvent> find(TenantId tenant, DecisionId id) {
        return tables.events.find(Key.of(tenant, id));
    }

    @Override
    public Page<UsageEvent> list(TenantId tenant, UsageFilter filter, PageRequest page) {
        return tables.events.pageBackwards(Key.of(tenant), Position.ID, page, filter::matches);
    }

    @Override
    public List<UsageTotal> totals(TenantId tenant, UsageFilter filter, ZoneId zone) {
        Map<DayAndOperation, UsageTotal> totals = new TreeMap<>(DayAndOperation.ORDER);
        tables.events
                .under(Key.of(tenant))
                .filter(filter::matches)
                .forEach(event -> event.lines().stream()
                        .filter(line ->
                                filter.operation().map(line.operation()::equals).orElse(true))
                        .forEach(line -> {
                            var group = new DayAndOperation(LocalDate.ofInstant(event.at(), zone), line.operation());
                            totals.merge(group, group.total(1, line.quantity(), line.credits()), DayAndOperation::sum);
                        }));
        return List.copyOf(totals.values());
    }

    private record DayAndOperation(LocalDate day, OperationKey operation) {

        static final Comparator<DayAndOperation> ORDER = Comparator.comparing(DayAndOperation::day)
                .thenComparing(group -> group.operation().value());

        UsageTotal total(long lines, Quantity quantity, Credits credits) {
            return new UsageTotal(day, operation, lines, quantity, credits);
        }

        static UsageTotal sum(UsageTotal one, UsageTotal other) {
            return new UsageTotal(
                    one.day(),
                    one.operation(),
                    one.lines() + other.lines(),
                    one.quantity().plus(other.quantity()),
                    one.credits().plus(other.credits()));
        }
    }
}

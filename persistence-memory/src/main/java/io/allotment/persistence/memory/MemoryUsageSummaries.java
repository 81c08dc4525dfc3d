package io.allotment.persistence.memory;

import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageCalendar;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.domain.usage.UsagePart;
import io.allotment.domain.usage.UsageSummaries;
import io.allotment.domain.usage.UsageSummary;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Summed from the events each time: there is nothing to roll up. */
final class MemoryUsageSummaries implements UsageSummaries {

    private final Tables tables;

    MemoryUsageSummaries(Tables tables) {
        this.tables = tables;
    }

    private record Cell(Instant start, UsageGroup group) {}

    @Override
    public List<UsageSummary> summarize(TenantId tenant, SummaryRequest request, ZoneId zone, int limit) {
        var starts = new TreeSet<>(request.unit()
                .map(unit -> UsageCalendar.starts(request.from(), request.to(), unit, zone))
                .orElse(List.of(request.from())));
        Map<Cell, UsageAmounts> sums = new HashMap<>();
        Stream.of(tables.events, tables.removedEvents)
                .flatMap(events -> events.under(Key.of(tenant)))
                .flatMap(event -> UsagePart.of(event).stream())
                .filter(part -> !part.at().isBefore(request.from()) && part.at().isBefore(request.to()))
                .filter(part -> request.where().matches(part.group()))
                .forEach(part -> sums.merge(
                        new Cell(starts.floor(part.at()), part.group().only(request.by())),
                        part.amounts(),
                        UsageAmounts::plus));
        return sums.entrySet().stream()
                .map(sum -> new UsageSummary(sum.getKey().start(), sum.getKey().group(), sum.getValue()))
                .sorted(request.order())
                .limit(Math.min(
                        limit, request.top().map(SummaryRequest.Top::count).orElse(limit)))
                .toList();
    }

    @Override
    public int rollUp(int limit) {
        tables.requirePlatform("rolling up usage");
        return 0;
    }

    @Override
    public int rollUp(TenantId tenant, int limit) {
        tables.requirePlatform("rolling up usage");
        return 0;
    }

    @Override
    public int followMoves() {
        tables.requirePlatform("rolling up usage");
        return 0;
    }
}

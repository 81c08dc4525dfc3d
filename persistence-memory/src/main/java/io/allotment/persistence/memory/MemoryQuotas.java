package io.allotment.persistence.memory;

import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.Quotas;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.usage.UsageEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

final class MemoryQuotas implements Quotas {

    private final Tables tables;

    MemoryQuotas(Tables tables) {
        this.tables = tables;
    }

    @Override
    public List<QuotaCounter> list(TenantId tenant, AccountId account) {
        return tables.counters.under(Key.of(tenant, account)).toList();
    }

    @Override
    public void save(QuotaCounter counter, List<QuotaChange> changes) {
        tables.counters.requireToWrite(counter);
        if (!tables.accounts.holds(Key.of(counter.tenantId(), counter.accountId()))) {
            throw new Unknown("account", "accountId", counter.accountId());
        }
        if (!tables.features.holds(Key.of(counter.feature()))) {
            throw new Unknown("feature", "feature", counter.feature());
        }
        tables.counters.put(Key.of(counter.tenantId(), counter.accountId(), counter.feature()), counter);
        changes.forEach(this::append);
    }

    @Override
    public Optional<QuotaChange> findChange(TenantId tenant, IdempotencyKey key) {
        return tables.quotaChangesByKey.find(Key.of(tenant, key));
    }

    @Override
    public Page<QuotaChange> history(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page) {
        var before = page.after().map(HistoryPosition::read);
        var lines = new ArrayList<HistoryLine>();
        tables.quotaChanges
                .under(Key.of(tenant, account, feature))
                .forEach(change -> lines.add(new HistoryLine(change, 0)));
        tables.events
                .under(Key.of(tenant))
                .filter(event -> event.accountId().equals(account))
                .forEach(event -> lines.addAll(consumption(event, feature)));
        var read = lines.stream()
                .filter(line ->
                        before.map(b -> line.position().compareTo(b) < 0).orElse(true))
                .sorted((one, other) -> other.position().compareTo(one.position()))
                .limit(page.limit() + 1L)
                .toList();
        return Page.of(read, page, line -> line.position().toString()).map(HistoryLine::change);
    }

    /** What happened, and which line of its decision it was: 0 for what no line did, a reset being before all lines. */
    private record HistoryLine(QuotaChange change, int line) {
        HistoryPosition position() {
            return new HistoryPosition(Key.text(change.id()), line);
        }
    }

    private static List<HistoryLine> consumption(UsageEvent event, FeatureKey feature) {
        var lines = new ArrayList<HistoryLine>();
        for (int i = 0; i < event.lines().size(); i++) {
            var line = event.lines().get(i);
            var use = line.quota().filter(quota -> quota.feature().equals(feature));
            if (use.isPresent()) {
                var change = new QuotaChange(
                        event.tenantId(),
                        new QuotaChangeId(event.id().value()),
                        event.accountId(),
                        feature,
                        QuotaChange.Operation.INCREMENT,
                        line.quantity(),
                        use.get().used(),
                        use.get().limit(),
                        line.operation().value(),
                        event.relatedTo(),
                        use.get().period(),
                        event.actor(),
                        Optional.empty(),
                        event.at());
                lines.add(new HistoryLine(change, i + 1));
            }
        }
        return lines;
    }

    void append(QuotaChange change) {
        var key = Key.of(change.tenantId(), change.accountId(), change.feature(), change.id());
        if (tables.quotaChanges.holds(key)) {
            throw new IllegalStateException("There is a quota change " + change.id() + " already");
        }
        tables.quotaChanges.put(key, change);
        change.idempotencyKey().ifPresent(idempotencyKey -> {
            var byKey = Key.of(change.tenantId(), idempotencyKey);
            if (tables.quotaChangesByKey.holds(byKey)) {
                throw new IdempotencyKeyReused(idempotencyKey);
            }
            tables.quotaChangesByKey.put(byKey, change);
        });
    }
}

package io.allotment.persistence.memory;

import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import java.util.ArrayList;
import java.util.List;

/** Adds everything up again, row by row. */
final class MemoryInvariants implements Invariants {

    private final Tables tables;
    private final Units units;

    MemoryInvariants(Tables tables, Units units) {
        this.tables = tables;
        this.units = units;
    }

    @Override
    public Report check() {
        units.current().requirePlatform("checking the invariants");
        var violations = new ArrayList<Violation>();
        new LedgerChecks(tables, violations).run();
        new HoldChecks(tables, violations).run();
        new QuotaChecks(tables, violations).run();
        new UsageChecks(tables, violations).run();
        checkSubscriptions(violations);
        new PurchaseChecks(tables, violations).run();
        new BillingChecks(tables, violations).run();
        new MeteringChecks(tables, violations).run();
        new AuditChecks(tables, violations).run();
        return new Report(
                tables.tenants.all().count(),
                tables.ledgers.all().count(),
                tables.entries.all().count(),
                tables.decisions.all().count(),
                tables.events.all().count(),
                tables.audit.all().count() + tables.platformAudit.all().count(),
                violations.subList(0, Math.min(violations.size(), MAX_VIOLATIONS)));
    }

    private void checkSubscriptions(List<Violation> violations) {
        tables.accounts.all().forEach(account -> {
            long live = tables.subscriptions
                    .under(Key.of(account.tenantId(), account.id()))
                    .filter(subscription -> subscription.endedAt().isEmpty())
                    .count();
            if (live > 1) {
                violations.add(new Violation(
                        "one-live-subscription",
                        account.tenantId(),
                        "account " + account.id(),
                        live + " subscriptions have not ended"));
            }
        });
    }
}

package io.allotment.persistence.memory;

import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What accounts, grants and counters hold is what the reservations that nobody has ended set aside. */
final class HoldChecks {

    private static final String INVARIANT = "holds-are-sum-of-reservations";

    private final Tables tables;
    private final List<Violation> violations;
    private final Map<AccountRef, Credits> ofAccounts = new HashMap<>();
    private final Map<GrantRef, Credits> ofGrants = new HashMap<>();
    private final Map<CountedPeriod, Quantity> ofCounters = new HashMap<>();

    private record AccountRef(TenantId tenantId, AccountId id) {}

    private record GrantRef(TenantId tenantId, AccountId accountId, GrantId id) {
        static GrantRef of(CreditGrant grant) {
            return new GrantRef(grant.tenantId(), grant.accountId(), grant.id());
        }
    }

    HoldChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        tables.reservations
                .all()
                .filter(reservation -> reservation.status() == Reservation.Status.HELD)
                .forEach(this::add);
        tables.ledgers.all().forEach(ledger -> {
            var sum = ofAccounts.getOrDefault(new AccountRef(ledger.tenantId(), ledger.accountId()), Credits.ZERO);
            if (!ledger.held().equals(sum)) {
                violated(ledger.tenantId(), "account " + ledger.accountId(), ledger.held(), sum);
            }
        });
        tables.grants.all().forEach(grant -> {
            var pinned = ofGrants.remove(GrantRef.of(grant));
            var sum = pinned == null ? Credits.ZERO : pinned;
            if (!grant.held().equals(sum)) {
                violated(grant.tenantId(), "grant " + grant.id(), grant.held(), sum);
            }
        });
        ofGrants.forEach((ref, sum) -> violated(ref.tenantId(), "grant " + ref.id(), "no grant", sum));
        tables.counters.all().forEach(counter -> {
            // What is held in a period that is over is held of nothing.
            var period = CountedPeriod.of(counter);
            var sum = ofCounters.getOrDefault(period, Quantity.ZERO);
            if (!counter.held().equals(sum)) {
                violated(counter.tenantId(), period.toString(), counter.held(), sum);
            }
        });
    }

    private void add(Reservation reservation) {
        var tenant = reservation.tenantId();
        var account = reservation.accountId();
        ofAccounts.merge(new AccountRef(tenant, account), reservation.credits(), Credits::plus);
        for (var pin : reservation.hold().pins()) {
            ofGrants.merge(new GrantRef(tenant, account, pin.grant()), pin.amount(), Credits::plus);
        }
        for (var line : reservation.lines()) {
            line.quota()
                    .ifPresent(quota -> ofCounters.merge(
                            new CountedPeriod(tenant, account, quota.feature(), quota.period()),
                            line.quantity(),
                            Quantity::plus));
        }
    }

    private void violated(TenantId tenant, String subject, Object held, Object sum) {
        violations.add(
                new Violation(INVARIANT, tenant, subject, held + " held, the reservations that hold add up to " + sum));
    }
}

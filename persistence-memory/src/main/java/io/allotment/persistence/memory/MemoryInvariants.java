package io.allotment.persistence.memory;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        tables.ledgers.all().forEach(ledger -> checkLedger(ledger, violations));
        tables.grants.all().forEach(grant -> checkGrant(grant, violations));
        tables.counters.all().forEach(counter -> checkCounter(counter, violations));
        checkDecisions(violations);
        tables.events.all().forEach(event -> checkEvent(event, violations));
        tables.entries.all().forEach(entry -> {
            checkDraws(entry, violations);
            checkConsumption(entry, violations);
        });
        checkSubscriptions(violations);
        return new Report(
                tables.tenants.all().count(),
                tables.ledgers.all().count(),
                tables.entries.all().count(),
                tables.decisions.all().count(),
                tables.events.all().count(),
                violations.subList(0, Math.min(violations.size(), MAX_VIOLATIONS)));
    }

    private void checkLedger(Tables.Ledger ledger, List<Violation> violations) {
        var key = Key.of(ledger.tenantId(), ledger.accountId());
        var subject = "account " + ledger.accountId();
        var sum = Credits.ZERO;
        long sequence = 0;
        for (var entry : tables.entries.under(key).toList()) {
            sequence++;
            if (entry.sequence() != sequence) {
                violations.add(new Violation(
                        "ledger-is-gapless",
                        ledger.tenantId(),
                        subject,
                        "entry " + entry.sequence() + " stands where " + sequence + " should"));
                sequence = entry.sequence();
            }
            sum = sum.plus(entry.amount());
            var draws = Credits.ZERO;
            for (var draw : entry.draws()) {
                draws = draws.plus(draw.amount());
            }
            if (!entry.balanceAfter().equals(sum) || !entry.amount().equals(draws)) {
                violations.add(new Violation(
                        "balance-after-follows",
                        ledger.tenantId(),
                        subject,
                        "entry " + entry.sequence() + " of " + entry.amount() + " draws " + draws + " and says "
                                + entry.balanceAfter() + " after it, the entries say " + sum));
            }
        }
        if (ledger.lastSequence() != sequence) {
            violations.add(new Violation(
                    "ledger-is-gapless",
                    ledger.tenantId(),
                    subject,
                    "the account says " + ledger.lastSequence() + " entries, the last is " + sequence));
        }
        if (!ledger.balance().equals(sum)) {
            violations.add(new Violation(
                    "balance-is-sum-of-entries",
                    ledger.tenantId(),
                    subject,
                    "the balance is " + ledger.balance() + ", the entries add up to " + sum));
        }
        var held = Credits.ZERO;
        for (var grant : tables.grants.under(key).toList()) {
            held = held.plus(grant.remaining());
        }
        if (!ledger.balance().equals(held)) {
            violations.add(new Violation(
                    "balance-is-sum-of-grants",
                    ledger.tenantId(),
                    subject,
                    "the balance is " + ledger.balance() + ", the grants hold " + held));
        }
    }

    private void checkGrant(CreditGrant grant, List<Violation> violations) {
        var sum = Credits.ZERO;
        for (var entry : tables.entries
                .under(Key.of(grant.tenantId(), grant.accountId()))
                .toList()) {
            for (var draw : entry.draws()) {
                if (draw.grant().equals(grant.id())) {
                    sum = sum.plus(draw.amount());
                }
            }
        }
        boolean within = !sum.isNegative() && sum.compareTo(grant.terms().amount()) <= 0;
        if (!within || !sum.equals(grant.remaining())) {
            violations.add(new Violation(
                    "grant-remaining-is-sum-of-draws",
                    grant.tenantId(),
                    "grant " + grant.id(),
                    grant.remaining() + " remain of " + grant.terms().amount() + ", the draws add up to " + sum));
        }
    }

    private void checkDraws(CreditEntry entry, List<Violation> violations) {
        for (var draw : entry.draws()) {
            if (!tables.grants.holds(Key.of(entry.tenantId(), entry.accountId(), draw.grant()))) {
                violations.add(new Violation(
                        "grant-remaining-is-sum-of-draws",
                        entry.tenantId(),
                        "grant " + draw.grant(),
                        "entry " + entry.sequence() + " of the account " + entry.accountId()
                                + " draws on it, but it is not there"));
            }
        }
    }

    private void checkCounter(QuotaCounter counter, List<Violation> violations) {
        var sum = BigDecimal.ZERO;
        for (var event : tables.events.under(Key.of(counter.tenantId())).toList()) {
            for (var line : event.lines()) {
                boolean counts = event.accountId().equals(counter.accountId())
                        && line.quota()
                                .filter(use -> use.feature().equals(counter.feature())
                                        && use.period().equals(counter.period()))
                                .isPresent();
                if (counts) {
                    sum = sum.add(line.quantity().value());
                }
            }
        }
        for (var change : tables.quotaChanges
                .under(Key.of(counter.tenantId(), counter.accountId(), counter.feature()))
                .toList()) {
            if (change.period().equals(counter.period())) {
                sum = sum.add(effect(change));
            }
        }
        if (sum.compareTo(counter.used().value()) != 0) {
            violations.add(new Violation(
                    "quota-used-is-sum-of-events",
                    counter.tenantId(),
                    "quota of " + counter.feature() + " of account " + counter.accountId(),
                    counter.used() + " are used since " + counter.period().start()
                            + ", the events and changes add up to " + sum.toPlainString()));
        }
    }

    /** What a change did to the period it counts in. */
    private static BigDecimal effect(QuotaChange change) {
        var amount = change.amount().value();
        return switch (change.operation()) {
            case INCREMENT -> amount;
            case DECREMENT -> amount.negate();
            // By hand it wiped out this period's count; at a period's end the one before, and began this one.
            case RESET -> change.idempotencyKey().isPresent() ? amount.negate() : BigDecimal.ZERO;
        };
    }

    private void checkDecisions(List<Violation> violations) {
        tables.decisions.all().forEach(recorded -> {
            var decision = recorded.decision();
            boolean told = tables.events.holds(Key.of(decision.tenantId(), decision.id()));
            if (decision.allowed() != told) {
                violations.add(new Violation(
                        "one-event-per-allowed-decision",
                        decision.tenantId(),
                        "decision " + decision.id(),
                        decision.allowed() ? "allowed, but has no usage event" : "denied, but has a usage event"));
            }
        });
    }

    private void checkEvent(UsageEvent event, List<Violation> violations) {
        if (event.source() == UsageEvent.Source.GATE && !tables.decisions.holds(Key.of(event.tenantId(), event.id()))) {
            violations.add(new Violation(
                    "one-event-per-allowed-decision",
                    event.tenantId(),
                    "usage event " + event.id(),
                    "a usage event without its decision"));
        }
        var lines = Credits.ZERO;
        for (var line : event.lines()) {
            lines = lines.plus(line.credits());
        }
        var entry = event.ledgerSequence()
                .flatMap(sequence -> tables.entries.find(Key.of(event.tenantId(), event.accountId(), sequence)));
        boolean agrees = event.ledgerSequence().isEmpty()
                ? event.credits().isZero()
                : entry.filter(e -> e.amount().negated().equals(event.credits())
                                && e.balanceAfter().equals(event.balanceAfter())
                                && e.reason().decision().equals(Optional.of(event.id())))
                        .isPresent();
        if (!agrees || !lines.equals(event.credits())) {
            violations.add(new Violation(
                    "event-matches-ledger",
                    event.tenantId(),
                    "usage event " + event.id(),
                    event.credits() + " credits and " + event.balanceAfter() + " after them, its lines add up to "
                            + lines + ", the ledger says "
                            + entry.map(e -> e.amount().negated() + " and " + e.balanceAfter())
                                    .orElse("nothing")));
        }
    }

    private void checkConsumption(CreditEntry entry, List<Violation> violations) {
        entry.reason().decision().ifPresent(decision -> {
            boolean told = tables.events
                    .find(Key.of(entry.tenantId(), decision))
                    .filter(event -> event.accountId().equals(entry.accountId())
                            && event.ledgerSequence().equals(Optional.of(entry.sequence())))
                    .isPresent();
            if (!told) {
                violations.add(new Violation(
                        "event-matches-ledger",
                        entry.tenantId(),
                        "usage event " + decision,
                        "entry " + entry.sequence() + " of the account " + entry.accountId()
                                + " has no usage event that names it"));
            }
        });
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

package io.allotment.persistence.memory;

import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.TenantId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Balances, overdrafts and grants are what the ledgers' entries lead to. */
final class LedgerChecks {

    private final Tables tables;
    private final List<Violation> violations;

    LedgerChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    /** What entries name. */
    private record GrantRef(TenantId tenantId, AccountId accountId, GrantId id) {}

    void run() {
        tables.ledgers.all().forEach(ledger -> {
            checkEntries(ledger);
            checkGrantsOf(ledger);
        });
        checkDraws();
    }

    private void checkEntries(Tables.Ledger ledger) {
        var sum = Credits.ZERO;
        var overdraft = Credits.ZERO;
        long sequence = 0;
        for (var entry : tables.entries.under(key(ledger)).toList()) {
            sequence++;
            if (entry.sequence() != sequence) {
                violated(
                        "ledger-is-gapless",
                        ledger,
                        "entry " + entry.sequence() + " stands where " + sequence + " should");
                sequence = entry.sequence();
            }
            sum = sum.plus(entry.amount());
            overdraft = overdraft.plus(entry.overdraftChange());
            checkEntry(ledger, entry, sum);
        }
        if (ledger.lastSequence() != sequence) {
            violated(
                    "ledger-is-gapless",
                    ledger,
                    "the account says " + ledger.lastSequence() + " entries, the last is " + sequence);
        }
        if (!ledger.balance().equals(sum)) {
            violated(
                    "balance-is-sum-of-entries",
                    ledger,
                    "the balance is " + ledger.balance() + ", the entries add up to " + sum);
        }
        if (!ledger.overdraft().equals(overdraft) || overdraft.isNegative()) {
            violated(
                    "overdraft-is-sum-of-entries",
                    ledger,
                    "the overdraft is " + ledger.overdraft() + ", the entries add up to " + overdraft);
        }
    }

    private void checkEntry(Tables.Ledger ledger, CreditEntry entry, Credits sum) {
        var moved = entry.draws().stream()
                .map(CreditEntry.Draw::amount)
                .reduce(entry.overdraftChange().negated(), Credits::plus);
        if (!entry.balanceAfter().equals(sum) || !entry.amount().equals(moved)) {
            violated(
                    "balance-after-follows",
                    ledger,
                    "entry " + entry.sequence() + " of " + entry.amount() + " moves " + moved + " and says "
                            + entry.balanceAfter() + " after it, the entries say " + sum);
        }
    }

    private void checkGrantsOf(Tables.Ledger ledger) {
        var remaining = Credits.ZERO;
        for (var grant : tables.grants.under(key(ledger)).toList()) {
            remaining = remaining.plus(grant.remaining());
        }
        if (!ledger.balance().equals(remaining.minus(ledger.overdraft()))) {
            violated(
                    "balance-is-sum-of-grants",
                    ledger,
                    "the balance is " + ledger.balance() + ", the grants hold " + remaining + ", the overdraft is "
                            + ledger.overdraft());
        }
    }

    private void checkDraws() {
        Map<GrantRef, Credits> drawn = new HashMap<>();
        tables.entries
                .all()
                .forEach(entry -> entry.draws()
                        .forEach(draw -> drawn.merge(
                                new GrantRef(entry.tenantId(), entry.accountId(), draw.grant()),
                                draw.amount(),
                                Credits::plus)));
        tables.grants.all().forEach(grant -> {
            var sum = drawn.remove(new GrantRef(grant.tenantId(), grant.accountId(), grant.id()));
            var left = sum == null ? Credits.ZERO : sum;
            boolean within = !left.isNegative() && left.compareTo(grant.terms().amount()) <= 0;
            if (!within || !left.equals(grant.remaining())) {
                violations.add(new Violation(
                        "grant-remaining-is-sum-of-draws",
                        grant.tenantId(),
                        "grant " + grant.id(),
                        grant.remaining() + " remain of " + grant.terms().amount() + ", the draws add up to " + left));
            }
        });
        drawn.forEach((ref, sum) -> violations.add(new Violation(
                "grant-remaining-is-sum-of-draws",
                ref.tenantId(),
                "grant " + ref.id(),
                "entries of the account " + ref.accountId() + " draw on it, but it is not there")));
    }

    private void violated(String invariant, Tables.Ledger ledger, String detail) {
        violations.add(new Violation(invariant, ledger.tenantId(), "account " + ledger.accountId(), detail));
    }

    private static Key key(Tables.Ledger ledger) {
        return Key.of(ledger.tenantId(), ledger.accountId());
    }
}

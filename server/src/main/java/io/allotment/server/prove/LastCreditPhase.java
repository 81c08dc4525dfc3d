package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Many race for one last credit: one gets it, and everybody else is told that there is none. */
final class LastCreditPhase {

    private final String name;
    private final Findings findings;
    private final List<Allotment> processes;
    private final Crew crew;
    private final int accounts;

    /** @param accounts how many races run at once */
    LastCreditPhase(String name, Findings findings, List<Allotment> processes, Crew crew, int accounts) {
        this.name = name;
        this.findings = findings;
        this.processes = processes;
        this.crew = crew;
        this.accounts = accounts;
    }

    void run(Span span) {
        var first = processes.get(0);
        var catalogue = Catalogue.small(first);
        var tenants = new ArrayList<TenantId>();
        for (int i = 0; i < accounts; i++) {
            var word = Catalogue.word();
            var tenant = first.tenants().create(TenantProfile.of(word, word)).id();
            first.subscriptions().subscribe(tenant, BillingAccount.idOf(tenant), catalogue.plan());
            tenants.add(tenant);
        }
        var charge = Charge.of(catalogue.key("plain"), 1);
        for (int round = 0; round < 2 || !span.isOver(); round++) {
            races(round, tenants, charge);
        }
    }

    private void races(int round, List<TenantId> tenants, Charge charge) {
        var winners = new AtomicIntegerArray(accounts);
        var losers = new AtomicIntegerArray(accounts);
        crew.all(member -> {
            for (int i = member; i < accounts; i += crew.size()) {
                var tenant = tenants.get(i);
                processes
                        .get(0)
                        .credits()
                        .grant(tenant, BillingAccount.idOf(tenant), "credit-" + round, GrantSource.GIFT, 1);
            }
        });
        crew.all(member -> {
            var allotment = processes.get(member % processes.size());
            for (int i = 0; i < accounts; i++) {
                // Everybody begins at the same one, and they stay close together.
                var key = new IdempotencyKey("race-" + round + "-" + member);
                var answer = allotment.gate().consume(tenants.get(i), key, charge);
                if (answer.allowed()) {
                    winners.incrementAndGet(i);
                } else if (isWithoutCredits(answer)) {
                    losers.incrementAndGet(i);
                }
            }
        });
        findings.operations((long) accounts * crew.size());
        findings.lastCreditRounds(accounts);
        for (int i = 0; i < accounts; i++) {
            var where = name + ": round " + round + " of tenant " + tenants.get(i);
            if (winners.get(i) != 1) {
                findings.found(
                        winners.get(i) > 1 ? Findings.Kind.DOUBLED : Findings.Kind.LOST,
                        where,
                        "one winner",
                        winners.get(i));
            } else if (losers.get(i) != crew.size() - 1) {
                findings.found(
                        Findings.Kind.DIVERGENCE,
                        where,
                        crew.size() - 1 + " who are told that there are no credits",
                        losers.get(i));
            }
        }
    }

    private static boolean isWithoutCredits(Outcome.Answer answer) {
        return answer.decision()
                .denial()
                .filter(no -> no.reason() == Denial.Reason.INSUFFICIENT_CREDITS)
                .isPresent();
    }
}

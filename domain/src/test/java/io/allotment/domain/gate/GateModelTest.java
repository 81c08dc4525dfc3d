package io.allotment.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.Seeds;
import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Credits;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The gate against a model of it, and against itself one call at a time, on random states and calls. */
class GateModelTest {

    private static final int WORLDS = 400;
    private static final int BATCHES = 12;

    @Test
    void charges_are_decided_as_the_model_decides_them() {
        long seed = Seeds.seed();
        var verdicts = new TreeMap<String, Integer>();
        for (int world = 0; world < WORLDS; world++) {
            var gate = RandomGate.ofCharges(seed + world);
            var books = gate.books();
            var model = new GateModel(books.stateAt(gate.now()), gate.definitions());
            for (int batch = 0; batch < BATCHES; batch++) {
                gate.passTime();
                var calls = gate.calls(books);

                var changes = Gate.decide(books.stateAt(gate.now()), gate.definitions(), calls, gate.now());

                books.keep(changes);
                var place = "world " + world + ", batch " + batch + ": " + Seeds.replay(seed);
                for (int i = 0; i < calls.size(); i++) {
                    var expected = model.call(calls.get(i), gate.now());
                    assertThat(answer(changes.outcomes().get(i)))
                            .as("call %d of %s: %s", i, place, calls.get(i))
                            .isEqualTo(expected);
                    verdicts.merge(expected.verdict(), 1, Integer::sum);
                }
                assertThat(standing(books, gate.definitions(), gate.now()))
                        .as(place)
                        .isEqualTo(standing(model, gate.now()));
            }
        }
        // Else the random states are not worth much.
        assertThat(verdicts.keySet())
                .contains(
                        "ALLOWED",
                        "tenant-not-found",
                        "unknown-member",
                        "unknown-operation",
                        "unknown-account",
                        "idempotency-key-reused")
                .containsAll(Stream.of(Denial.Reason.values())
                        .filter(reason ->
                                reason != Denial.Reason.SPEND_LIMIT_EXCEEDED && reason != Denial.Reason.MODEL_UNPRICED)
                        .map(Enum::name)
                        .toList());
    }

    @Test
    void whatever_is_asked_for_all_that_is_kept_adds_up() {
        long seed = Seeds.seed();
        var seen = new TreeSet<String>();
        for (int world = 0; world < WORLDS; world++) {
            var gate = RandomGate.ofAllVerbs(seed + world);
            var books = gate.books();
            var audit = new Audit(books, gate.definitions());
            for (int batch = 0; batch < BATCHES; batch++) {
                gate.passTime();
                gate.topUp(books);
                var calls = gate.calls(books);

                var changes = Gate.decide(books.stateAt(gate.now()), gate.definitions(), calls, gate.now());

                books.keep(changes);
                audit.assertThatAllAddsUp(
                        changes, gate.now(), "world " + world + ", batch " + batch + ": " + Seeds.replay(seed));
                for (int i = 0; i < calls.size(); i++) {
                    var outcome = changes.outcomes().get(i);
                    seen.add(calls.get(i).verb() + " " + World.verdict(outcome));
                }
                changes.notices().forEach(notice -> seen.add(notice.kind().name()));
                changes.reservations()
                        .forEach(reservation -> seen.add(reservation.status().name()));
            }
            books.entries.forEach(entry -> seen.add(entry.type().name()));
            books.events.stream()
                    .filter(event -> event.uncoveredCredits().isPositive())
                    .forEach(event -> seen.add("uncovered"));
        }
        // Else the random calls are not worth much.
        assertThat(seen)
                .contains(
                        "CHECK ALLOWED",
                        "CONSUME ALLOWED",
                        "CONSUME SPEND_LIMIT_EXCEEDED",
                        "RESERVE ALLOWED",
                        "RESERVE INSUFFICIENT_CREDITS",
                        "RESERVE QUOTA_EXCEEDED",
                        "RENEW ALLOWED",
                        "RENEW reservation-ended",
                        "SETTLE ALLOWED",
                        "SETTLE reservation-ended",
                        "SETTLE invalid-value",
                        "RELEASE ALLOWED",
                        "RELEASE nothing-allocated",
                        "REFUND ALLOWED",
                        "REFUND not-refundable",
                        "REFUND decision-not-found",
                        "uncovered",
                        "EXPIRED",
                        "REPAID",
                        "REFUNDED",
                        "LAPSED")
                .containsAll(Stream.of(Notice.Kind.values())
                        // No decision brings that about.
                        .filter(kind -> kind != Notice.Kind.PAYMENT_MISSING && kind != Notice.Kind.TRIAL_ENDING)
                        .map(Enum::name)
                        .toList());
    }

    @Test
    void deciding_a_batch_is_deciding_its_calls_one_by_one() {
        long seed = Seeds.seed();
        for (int world = 0; world < WORLDS; world++) {
            var gate = RandomGate.ofAllVerbs(seed + world);
            var together = new Run(gate.books());
            for (int batch = 0; batch < BATCHES; batch++) {
                gate.passTime();
                gate.topUp(together.books);
                var calls = gate.calls(together.books);
                var apart = new Run(together.books.copy());

                together.decide(calls, gate);
                calls.forEach(call -> apart.decide(List.of(call), gate));

                var left = apart.left();
                int inWorld = world;
                int inBatch = batch;
                together.left()
                        .forEach((part, all) -> assertThat(all)
                                .as("%s; world %d, batch %d: %s", part, inWorld, inBatch, Seeds.replay(seed))
                                .isEqualTo(left.get(part)));
            }
        }
    }

    /** All that deciding some calls leaves behind. */
    private static final class Run {
        private final Books books;
        private final List<String> outcomes = new ArrayList<>();

        Run(Books books) {
            this.books = books;
        }

        void decide(List<GateCall> calls, RandomGate gate) {
            var changes = Gate.decide(books.stateAt(gate.now()), gate.definitions(), calls, gate.now());
            books.keep(changes);
            changes.outcomes()
                    .forEach(outcome -> outcomes.add(
                            outcome instanceof Outcome.Refused refused
                                    ? refused.refusal().getMessage()
                                    : outcome.toString()));
        }

        /** In the order of the accounts, since a batch tells account by account what its calls did. */
        Map<String, Object> left() {
            var left = new TreeMap<String, Object>();
            left.put("outcomes", List.copyOf(outcomes));
            outcomes.clear();
            left.put("accounts", books.accounts);
            left.put("grants", new HashMap<>(books.grants));
            left.put(
                    "entries",
                    books.entries.stream()
                            .collect(Collectors.groupingBy(
                                    entry -> GateModel.name(entry.tenantId(), entry.accountId()))));
            left.put(
                    "changes",
                    books.quotaChanges.stream()
                            .collect(Collectors.groupingBy(
                                    change -> GateModel.name(change.tenantId(), change.accountId()))));
            left.put("recorded", new ArrayList<>(books.recorded.values()));
            left.put("reservations", new HashMap<>(books.reservations));
            left.put("allocations", new HashMap<>(books.allocations));
            left.put("limits", new HashMap<>(books.limits));
            left.put("events", books.events);
            left.put("notices", books.notices);
            return left;
        }
    }

    private static GateModel.Answer answer(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return GateModel.Answer.refused(refused.refusal().code());
        }
        var answer = (Outcome.Answer) outcome;
        var decision = answer.decision();
        return new GateModel.Answer(
                World.verdict(decision),
                answer.replayed(),
                billionths(decision.credits()),
                billionths(decision.balanceAfter()),
                decision.lines().stream()
                        .flatMap(line -> line.quota().stream())
                        .map(use -> GateModel.billionths(use.used().value()))
                        .toList());
    }

    /** Every account in words as time has made it: its credits by grant, its quotas, its subscription. */
    private static Map<String, String> standing(Books books, Definitions definitions, Instant now) {
        var standing = new TreeMap<String, String>();
        books.accounts.forEach((ref, account) -> {
            var grants = new TreeMap<String, BigInteger>();
            var present = Gate.bringToTime(
                            account, List.of(), books.tenants.get(ref.tenantId()), definitions::planVersion, now)
                    .account();
            var credits = present.credits();
            credits.grants().forEach(grant -> grants.put(grant.id().toString(), billionths(grant.remaining())));
            var counters = new TreeMap<String, String>();
            account.counters()
                    .forEach((feature, counter) -> counters.put(
                            feature.value(),
                            GateModel.billionths(counter.used().value()) + " "
                                    + GateModel.billionths(counter.overage().value()) + " "
                                    + counter.period().start() + " "
                                    + counter.period().end().orElse(null)));
            standing.put(
                    GateModel.name(ref.tenantId(), ref.accountId()),
                    billionths(credits.balance()) + " after " + credits.lastSequence() + " " + grants + counters
                            + present.subscription()
                                    .map(s ->
                                            s.status() + " " + s.currentPeriod().start() + " "
                                                    + s.currentPeriod().end().orElseThrow())
                                    .orElse(""));
        });
        return standing;
    }

    private static Map<String, String> standing(GateModel model, Instant now) {
        var standing = new TreeMap<String, String>();
        model.accounts.forEach((name, then) -> {
            var account = then.at(now);
            var grants = new TreeMap<String, BigInteger>();
            account.grants.forEach(grant -> grants.put(grant.id, grant.left));
            var counters = new TreeMap<String, String>();
            account.counters.forEach((feature, counter) -> counters.put(
                    feature, counter.used + " " + counter.overage + " " + counter.start + " " + counter.end));
            standing.put(
                    name,
                    account.balance() + " after " + account.entries + " " + grants + counters
                            + (account.status.isEmpty()
                                    ? ""
                                    : account.status + " " + account.periodStart + " " + account.periodEnd));
        });
        return standing;
    }

    private static BigInteger billionths(Credits credits) {
        return GateModel.billionths(credits.value());
    }
}

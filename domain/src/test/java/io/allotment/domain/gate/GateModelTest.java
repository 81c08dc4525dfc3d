package io.allotment.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.Seeds;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.usage.UsageEvent;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The gate against a model of it, and against itself one call at a time, on random states and calls. */
class GateModelTest {

    private static final int WORLDS = 400;
    private static final int BATCHES = 12;

    @Test
    void the_gate_decides_as_its_model_does() {
        long seed = Seeds.seed();
        var verdicts = new TreeMap<String, Integer>();
        for (int world = 0; world < WORLDS; world++) {
            var gate = new RandomGate(seed + world);
            var state = gate.state();
            var model = new GateModel(state);
            for (int batch = 0; batch < BATCHES; batch++) {
                gate.passTime();
                var calls = gate.calls();

                var changes = Gate.decide(state, calls, gate.now());

                state = after(state, changes);
                var place = "world " + world + ", batch " + batch + ": " + Seeds.replay(seed);
                for (int i = 0; i < calls.size(); i++) {
                    var expected = model.call(calls.get(i), gate.now());
                    assertThat(answer(changes.outcomes().get(i)))
                            .as("call %d of %s: %s", i, place, calls.get(i))
                            .isEqualTo(expected);
                    verdicts.merge(expected.verdict(), 1, Integer::sum);
                }
                assertThat(standing(state)).as(place).isEqualTo(standing(model));
                assertThatLedgersAddUp(state, changes, place);
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
                .containsAll(
                        List.of(Denial.Reason.values()).stream().map(Enum::name).toList());
    }

    @Test
    void deciding_a_batch_is_deciding_its_calls_one_by_one() {
        long seed = Seeds.seed();
        for (int world = 0; world < WORLDS; world++) {
            var gate = new RandomGate(seed + world);
            var state = gate.state();
            for (int batch = 0; batch < BATCHES; batch++) {
                gate.passTime();
                var calls = gate.calls();

                var together = new Run(state).decide(calls, gate.now());
                var apart = new Run(state);
                calls.forEach(call -> apart.decide(List.of(call), gate.now()));

                assertThat(together.left())
                        .as("world %d, batch %d: %s", world, batch, Seeds.replay(seed))
                        .isEqualTo(apart.left());
                state = together.state;
            }
        }
    }

    /** All that deciding some calls leaves behind. */
    private static final class Run {
        private GateState state;
        private final List<String> outcomes = new ArrayList<>();
        private final Map<GateState.AccountRef, List<CreditEntry>> entries = new HashMap<>();
        private final Map<GateState.AccountRef, List<QuotaChange>> quotaChanges = new HashMap<>();
        private final List<GateState.Recorded> decisions = new ArrayList<>();
        private final List<UsageEvent> events = new ArrayList<>();

        Run(GateState state) {
            this.state = state;
        }

        Run decide(List<GateCall> calls, Instant now) {
            var changes = Gate.decide(state, calls, now);
            state = after(state, changes);
            changes.outcomes()
                    .forEach(outcome -> outcomes.add(
                            outcome instanceof Outcome.Refused refused
                                    ? refused.refusal().getMessage()
                                    : outcome.toString()));
            for (var change : changes.accounts()) {
                entries.computeIfAbsent(change.ref(), ref -> new ArrayList<>())
                        .addAll(change.credits().entries());
                quotaChanges
                        .computeIfAbsent(change.ref(), ref -> new ArrayList<>())
                        .addAll(change.quotaChanges());
            }
            decisions.addAll(changes.decisions());
            events.addAll(changes.events());
            return this;
        }

        List<Object> left() {
            return List.of(outcomes, entries, quotaChanges, decisions, events, state);
        }
    }

    private static GateState after(GateState state, GateChanges changes) {
        var accounts = new HashMap<>(state.accounts());
        for (var change : changes.accounts()) {
            var before = accounts.get(change.ref());
            var counters = new HashMap<>(before.counters());
            change.counters().forEach(counter -> counters.put(counter.feature(), counter));
            accounts.put(
                    change.ref(),
                    new GateState.AccountState(
                            change.credits().account(), change.subscription().or(before::subscription), counters));
        }
        var recorded = new HashMap<>(state.recorded());
        for (var decided : changes.decisions()) {
            var decision = decided.decision();
            recorded.put(
                    new GateState.KeyRef(decision.tenantId(), decision.key().orElseThrow()), decided);
        }
        return new GateState(
                state.tenants(), state.members(), state.operations(), state.planVersions(), accounts, recorded);
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

    /** Every account in words: its credits by grant, its quotas, its subscription. */
    private static Map<String, String> standing(GateState state) {
        var standing = new TreeMap<String, String>();
        state.accounts().forEach((ref, account) -> {
            var grants = new TreeMap<String, BigInteger>();
            account.credits()
                    .grants()
                    .forEach(grant -> grants.put(grant.id().toString(), billionths(grant.remaining())));
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
                    billionths(account.credits().balance()) + " after "
                            + account.credits().lastSequence() + " " + grants + counters
                            + account.subscription()
                                    .map(s ->
                                            s.status() + " " + s.currentPeriod().start() + " "
                                                    + s.currentPeriod().end().orElseThrow())
                                    .orElse(""));
        });
        return standing;
    }

    private static Map<String, String> standing(GateModel model) {
        var standing = new TreeMap<String, String>();
        model.accounts.forEach((name, account) -> {
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

    private static void assertThatLedgersAddUp(GateState state, GateChanges changes, String place) {
        for (var account : state.accounts().values()) {
            var credits = account.credits();
            var held = credits.grants().stream().map(grant -> grant.remaining()).reduce(Credits.ZERO, Credits::plus);
            assertThat(held).as(place).isEqualTo(credits.balance());
        }
        for (var change : changes.accounts()) {
            var entries = change.credits().entries();
            var account = change.credits().account();
            long sequence = account.lastSequence() - entries.size();
            var balance = account.balance();
            for (var entry : entries) {
                balance = balance.minus(entry.amount());
            }
            for (var entry : entries) {
                balance = balance.plus(entry.amount());
                assertThat(entry.sequence()).as(place).isEqualTo(++sequence);
                assertThat(entry.balanceAfter()).as(place).isEqualTo(balance);
                assertThat(entry.draws().stream().map(CreditEntry.Draw::amount).reduce(Credits.ZERO, Credits::plus))
                        .as(place)
                        .isEqualTo(entry.amount());
            }
        }
    }

    private static BigInteger billionths(Credits credits) {
        return GateModel.billionths(credits.value());
    }
}

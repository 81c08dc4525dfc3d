package io.allotment.application.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CombinerTest {

    private static final Lane.Bounds ONE_BATCH = new Lane.Bounds(1_000, 256, 4_096, 1_024);

    private static final Duration NO_PAUSE = Duration.ofNanos(1);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(7);

    private final Random random = new Random(1);
    private final TenantId tenant = tenant();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Store store = new Store();

    @AfterEach
    void end() {
        store.open();
        threads.shutdownNow();
    }

    @Test
    void a_lone_caller_runs_at_once_in_its_own_thread() {
        var ranIn = new AtomicReference<Thread>();
        var combiner = combiner(calls -> {
            ranIn.set(Thread.currentThread());
            return answers(calls);
        });
        var call = call(tenant);

        var outcome = combiner.submit(call);

        assertThat(outcome).isEqualTo(answer(call));
        assertThat(ranIn).hasValue(Thread.currentThread());
    }

    @Test
    void one_after_the_other_they_are_batches_of_one() {
        var combiner = combiner(store);
        var calls = calls(tenant, 3);
        store.open();

        calls.forEach(combiner::submit);

        assertThat(store.batches).containsExactly(List.of(calls.get(0)), List.of(calls.get(1)), List.of(calls.get(2)));
    }

    @Test
    void callers_that_arrive_while_a_batch_runs_go_together_in_the_next() throws Exception {
        var combiner = combiner(store);
        var first = call(tenant);
        var others = calls(tenant, 5);

        var firstOutcome = submitToHeld(combiner, first);
        var outcomes = submitInOrder(combiner, others);
        store.open();

        assertThat(firstOutcome.get()).isEqualTo(answer(first));
        assertThat(all(outcomes)).isEqualTo(answers(others));
        assertThat(store.batches).containsExactly(List.of(first), others);
        assertThat(combiner.waiting()).isZero();
    }

    @Test
    void a_batch_holds_no_more_than_its_bound_and_the_rest_follows() throws Exception {
        var combiner = combiner(store, new Lane.Bounds(1_000, 3, 100, 100));
        var others = calls(tenant, 8);

        submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, others);
        store.open();

        assertThat(all(outcomes)).isEqualTo(answers(others));
        assertThat(store.batches.stream().skip(1))
                .containsExactly(others.subList(0, 3), others.subList(3, 6), others.subList(6, 8));
    }

    @Test
    void no_outcome_is_given_before_the_batch_has_returned() throws Exception {
        var returned = new AtomicInteger();
        var combiner = combiner(calls -> {
            var outcomes = store.apply(calls);
            returned.addAndGet(calls.size());
            return outcomes;
        });

        var early = threads.submit(() -> {
            combiner.submit(call(tenant));
            return returned.get();
        });
        store.awaitBatches(1);
        var late = IntStream.range(0, 4)
                .mapToObj(i -> threads.submit(() -> {
                    combiner.submit(call(tenant));
                    return returned.get();
                }))
                .toList();
        awaitWaiting(combiner, 4);
        store.open();

        assertThat(early.get()).isGreaterThanOrEqualTo(1);
        assertThat(all(late)).containsOnly(5);
    }

    @Test
    void one_tenants_flood_does_not_keep_anothers_call_out_of_the_next_batch() throws Exception {
        var combiner = combiner(store, new Lane.Bounds(1_000, 4, 100, 100));
        var flood = calls(tenant, 20);
        var other = calls(tenant(), 2);

        submitToHeld(combiner, call(tenant));
        var outcomes = new ArrayList<>(submitInOrder(combiner, flood));
        outcomes.addAll(submitInOrder(combiner, other));
        store.open();

        all(outcomes);
        assertThat(store.batches.get(1)).containsExactly(flood.get(0), other.get(0), flood.get(1), other.get(1));
        assertThat(store.batches.get(2)).isEqualTo(flood.subList(2, 6));
    }

    @Test
    void tenants_that_did_not_fit_into_a_batch_are_first_in_the_next() throws Exception {
        var combiner = combiner(store, new Lane.Bounds(1_000, 2, 100, 100));
        var tenants = Stream.generate(this::tenant).limit(3).toList();
        var rounds = IntStream.range(0, 2)
                .mapToObj(round -> tenants.stream().map(this::call).toList())
                .toList();

        submitToHeld(combiner, call(tenant));
        var outcomes = new ArrayList<>(submitInOrder(combiner, rounds.get(0)));
        outcomes.addAll(submitInOrder(combiner, rounds.get(1)));
        store.open();

        all(outcomes);
        assertThat(store.batches.stream().skip(1).flatMap(List::stream))
                .containsExactlyElementsOf(rounds.stream().flatMap(List::stream).toList());
    }

    @Test
    void over_the_tenants_bound_a_caller_is_told_to_repeat_and_the_others_go_on() throws Exception {
        var combiner = combiner(store, new Lane.Bounds(1_000, 10, 100, 3));
        var others = calls(tenant, 3);

        submitToHeld(combiner, call(tenant));
        var outcomes = new ArrayList<>(submitInOrder(combiner, others));
        assertTurnedAway(combiner, call(tenant), "3 calls are waiting");
        var other = call(tenant());
        outcomes.add(threads.submit(() -> combiner.submit(other)));
        awaitWaiting(combiner, 4);
        store.open();

        assertThat(all(outcomes).subList(0, 3)).isEqualTo(answers(others));
        assertThat(combiner.submit(call(tenant))).isInstanceOf(Outcome.Answer.class);
    }

    @Test
    void over_the_lanes_bound_a_caller_of_any_tenant_is_told_to_repeat() throws Exception {
        var combiner = combiner(store, new Lane.Bounds(1_000, 10, 3, 2));

        submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, List.of(call(tenant), call(tenant), call(tenant())));
        assertTurnedAway(combiner, call(tenant()), "3 calls are waiting");
        store.open();

        assertThat(all(outcomes)).hasSize(3);
        assertThat(store.batches).hasSize(2);
    }

    @Test
    void a_call_that_cannot_be_decided_fails_alone() throws Exception {
        var others = calls(tenant, 5);
        var poison = others.get(2);
        var combiner = combiner(calls -> {
            var outcomes = store.apply(calls);
            if (calls.contains(poison)) {
                throw new IllegalStateException("cannot be decided");
            }
            return outcomes;
        });

        submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, others);
        store.open();

        for (int i = 0; i < others.size(); i++) {
            if (i == 2) {
                assertThat(failureOf(outcomes.get(i)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("cannot be decided");
            } else {
                assertThat(outcomes.get(i).get()).isEqualTo(answer(others.get(i)));
            }
        }
        assertThat(store.batches.stream().skip(2))
                .containsExactlyElementsOf(others.stream().map(List::of).toList());
    }

    @Test
    void when_the_store_goes_away_while_they_are_decided_one_by_one_the_rest_is_told_so() throws Exception {
        var others = calls(tenant, 6);
        var combiner = combiner(calls -> {
            var outcomes = store.apply(calls);
            if (calls.size() > 1) {
                throw new IllegalStateException("not together");
            }
            if (calls.get(0).equals(others.get(2))) {
                throw away();
            }
            return outcomes;
        });

        submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, others);
        store.open();

        assertThat(all(outcomes.subList(0, 2))).isEqualTo(answers(others.subList(0, 2)));
        assertThat(outcomes.subList(2, 6))
                .allSatisfy(outcome -> assertThat(failureOf(outcome)).isInstanceOf(Unavailable.class));
        assertThat(store.batches).hasSize(2 + 2 + Attempts.MAX);
    }

    @Test
    void while_the_store_is_unavailable_the_batch_is_tried_again() throws Exception {
        var failures = new AtomicInteger(Attempts.MAX - 1);
        var combiner = combiner(calls -> {
            var outcomes = store.apply(calls);
            if (calls.size() > 1 && failures.getAndDecrement() > 0) {
                throw away();
            }
            return outcomes;
        });
        var others = calls(tenant, 3);

        submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, others);
        store.open();

        assertThat(all(outcomes)).isEqualTo(answers(others));
        assertThat(store.batches.stream().skip(1))
                .hasSize(Attempts.MAX)
                .allSatisfy(batch -> assertThat(batch).isEqualTo(others));
    }

    @Test
    void when_the_attempts_are_used_up_each_caller_is_told_by_its_own_exception_and_the_lane_works_on()
            throws Exception {
        var combiner = combiner(calls -> {
            var outcomes = store.apply(calls);
            if (calls.size() > 1) {
                throw away();
            }
            return outcomes;
        });

        submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, calls(tenant, 4));
        store.open();

        var failures = new ArrayList<Throwable>();
        for (var outcome : outcomes) {
            var failure = failureOf(outcome);
            assertThat(failure)
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            unavailable -> assertThat(unavailable.retryAfter()).isEqualTo(RETRY_AFTER))
                    .hasMessage("away");
            assertThat(failure.getCause()).isInstanceOf(Unavailable.class).hasMessage("away");
            failures.add(failure);
        }
        assertThat(failures).doesNotHaveDuplicates();
        assertThat(store.batches).hasSize(1 + Attempts.MAX);
        var next = call(tenant);
        assertThat(combiner.submit(next)).isEqualTo(answer(next));
    }

    @Test
    void what_is_thrown_for_another_reason_is_not_tried_again() {
        var attempts = new AtomicInteger();
        var failure = new IllegalStateException("broken");
        var combiner = combiner(calls -> {
            attempts.incrementAndGet();
            throw failure;
        });

        assertThatThrownBy(() -> combiner.submit(call(tenant))).isSameAs(failure);

        assertThat(attempts).hasValue(1);
    }

    @Test
    void an_error_frees_the_lane_too() throws Exception {
        var broken = new AtomicInteger(1);
        var combiner = combiner(calls -> {
            var outcomes = store.apply(calls);
            if (broken.get() > 0) {
                throw new StackOverflowError("broken");
            }
            return outcomes;
        });

        var first = submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, calls(tenant, 3));
        store.open();

        assertThat(failureOf(first)).isInstanceOf(StackOverflowError.class);
        assertThat(outcomes)
                .allSatisfy(outcome -> assertThat(failureOf(outcome)).isInstanceOf(StackOverflowError.class));
        broken.set(0);
        var next = call(tenant);
        assertThat(combiner.submit(next)).isEqualTo(answer(next));
    }

    @Test
    void a_store_that_loses_outcomes_leaves_nobody_waiting() throws Exception {
        var combiner = combiner(calls -> store.apply(calls).subList(1, calls.size()));

        var first = submitToHeld(combiner, call(tenant));
        var outcomes = submitInOrder(combiner, calls(tenant, 2));
        store.open();

        assertThat(Stream.concat(Stream.of(first), outcomes.stream()))
                .allSatisfy(outcome -> assertThat(failureOf(outcome))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("1 calls came to 0 outcomes"));
    }

    @Test
    void an_interrupted_caller_that_waits_gets_its_outcome_and_keeps_the_interrupt() throws Exception {
        var combiner = combiner(store);
        var call = call(tenant);
        var outcome = new AtomicReference<Outcome>();
        var interrupted = new AtomicReference<Boolean>();
        var leader = call(tenant);

        submitToHeld(combiner, call(tenant));
        submitInOrder(combiner, List.of(leader));
        var thread = new Thread(() -> {
            outcome.set(combiner.submit(call));
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        thread.start();
        awaitWaiting(combiner, 2);
        thread.interrupt();
        store.open();
        thread.join();

        assertThat(outcome).hasValue(answer(call));
        assertThat(interrupted).hasValue(true);
        assertThat(store.batches.get(1)).containsExactly(leader, call);
    }

    @Test
    void a_batch_does_not_see_that_the_caller_who_runs_it_was_interrupted() {
        var seen = new AtomicReference<Boolean>();
        var combiner = combiner(calls -> {
            seen.set(Thread.currentThread().isInterrupted());
            return answers(calls);
        });

        Thread.currentThread().interrupt();
        combiner.submit(call(tenant));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(seen).hasValue(false);
    }

    @Test
    void an_interrupt_of_the_caller_who_runs_the_batch_makes_nobodys_call_fail() {
        var attempts = new AtomicInteger();
        var combiner = combiner(calls -> {
            int attempt = attempts.incrementAndGet();
            if (attempt < 3) {
                Thread.currentThread().interrupt();
                throw attempt == 1 ? away() : new IllegalStateException("interrupted while waiting for a connection");
            }
            return answers(calls);
        });
        var call = call(tenant);

        var outcome = combiner.submit(call);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(outcome).isEqualTo(answer(call));
        assertThat(attempts).hasValue(3);
    }

    @Test
    void a_thread_that_is_interrupted_again_and_again_comes_to_an_end() {
        var combiner = combiner(calls -> {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a connection");
        });

        var failure = catchThrowable(() -> combiner.submit(call(tenant)));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_decision_found_recorded_under_the_calls_own_id_was_not_made_earlier() {
        var committed = new HashMap<IdempotencyKey, Decision>();
        var combiner = combiner(calls -> {
            var call = calls.get(0);
            var earlier = committed.putIfAbsent(call.key().orElseThrow(), decision(call));
            if (earlier == null) {
                throw away();
            }
            return List.of(new Outcome.Answer(earlier, true));
        });
        var call = call(tenant);

        assertThat(combiner.submit(call)).isEqualTo(new Outcome.Answer(decision(call), false));

        var again = new GateCall(new DecisionId(id()), tenant, call.key(), call.request());
        assertThat(combiner.submit(again)).isEqualTo(new Outcome.Answer(decision(call), true));
        assertThat(combiner.submitTogether(List.of(again))).containsExactly(new Outcome.Answer(decision(call), true));
    }

    @Test
    void calls_submitted_together_are_one_batch_that_waits_for_no_other_and_is_tried_again() throws Exception {
        var together = calls(tenant, 3);
        var attempts = new AtomicInteger();
        var combiner = combiner(calls -> {
            if (!calls.equals(together)) {
                return store.apply(calls);
            }
            if (attempts.incrementAndGet() == 1) {
                throw away();
            }
            return answers(calls);
        });

        var held = submitToHeld(combiner, call(tenant));

        assertThat(combiner.submitTogether(together)).isEqualTo(answers(together));
        assertThat(attempts).hasValue(2);
        assertThat(held).isNotDone();
    }

    @Test
    void a_second_and_a_third_batch_begin_beside_the_first_when_many_wait_and_no_fourth() {
        var combiner = combiner(store, new Lane.Bounds(2, 100, 100, 100));

        submitMany(combiner, 1);
        store.awaitBatches(1);
        submitMany(combiner, 2);
        awaitWaiting(combiner, 2);
        submitMany(combiner, 1);
        store.awaitBatches(2);
        submitMany(combiner, 8);
        awaitWaiting(combiner, 8);
        submitMany(combiner, 1);
        store.awaitBatches(3);
        submitMany(combiner, 40);
        awaitWaiting(combiner, 40);

        assertThat(store.batches).extracting(List::size).containsExactly(1, 3, 9);
    }

    private void submitMany(Combiner combiner, int calls) {
        for (int i = 0; i < calls; i++) {
            var call = call(tenant);
            threads.submit(() -> combiner.submit(call));
        }
    }

    @Test
    void many_accounts_spread_over_all_lanes() {
        var lanes = 4;
        var combiner = new Combiner(store, lanes, ONE_BATCH, NO_PAUSE);

        // The tenants' own accounts, whose id is the tenant's.
        for (int i = 0; i < 64; i++) {
            var call = call(tenant());
            threads.submit(() -> combiner.submit(call));
        }

        awaitUnderWay(combiner, 64);
        assertThat(store.batches).hasSize(lanes);
    }

    @Test
    void one_account_is_always_in_the_same_lane() {
        var combiner = new Combiner(store, 4, ONE_BATCH, NO_PAUSE);
        var account = new AccountId(id());

        for (int i = 0; i < 32; i++) {
            var call = call(tenant, account, "key-" + i);
            threads.submit(() -> combiner.submit(call));
        }

        awaitUnderWay(combiner, 32);
        assertThat(store.batches).hasSize(1);
    }

    @Test
    void thousands_of_calls_from_many_threads_each_get_their_own_outcome() throws Exception {
        long seed = Long.getLong("allotment.seed", System.nanoTime());
        System.out.println("The calls from many threads have the seed -Dallotment.seed=" + seed);
        var dice = new Random(seed);
        int bound = 16;
        var accounts = Stream.generate(() -> Map.entry(tenant(dice), new AccountId(id(dice))))
                .limit(24)
                .toList();
        var poison = new HashSet<GateCall>();
        var parts = new ArrayList<List<GateCall>>();
        for (int thread = 0; thread < 24; thread++) {
            var calls = new ArrayList<GateCall>();
            for (int i = 0; i < 250; i++) {
                var account = accounts.get(dice.nextInt(accounts.size()));
                var call = call(new DecisionId(id(dice)), account.getKey(), account.getValue(), thread + "-" + i);
                calls.add(call);
                if (dice.nextInt(200) == 0) {
                    poison.add(call);
                }
            }
            parts.add(calls);
        }
        Set<AccountId> running = ConcurrentHashMap.newKeySet();
        Map<DecisionId, AtomicInteger> decided = new ConcurrentHashMap<>();
        var batches = new AtomicInteger();
        var wrong = new AtomicReference<String>();
        var combiner = new Combiner(
                calls -> {
                    var payers = calls.stream()
                            .map(call -> call.payers().get(0))
                            .distinct()
                            .toList();
                    try {
                        if (calls.size() > bound || !payers.stream().allMatch(running::add)) {
                            wrong.set("a batch of " + calls.size() + ", some of accounts under way");
                        }
                        if (batches.incrementAndGet() % 50 == 0) {
                            throw away();
                        }
                        if (calls.stream().anyMatch(poison::contains)) {
                            throw new IllegalStateException(
                                    calls.size() == 1 ? "poison " + calls.get(0).id() : "poison among them");
                        }
                        calls.forEach(call -> decided.computeIfAbsent(call.id(), id -> new AtomicInteger())
                                .incrementAndGet());
                        return answers(calls);
                    } finally {
                        payers.forEach(running::remove);
                    }
                },
                4,
                new Lane.Bounds(1_000, bound, 1_000, 1_000),
                NO_PAUSE);

        var futures = parts.stream()
                .map(calls -> threads.submit(() -> {
                    for (var call : calls) {
                        if (poison.contains(call)) {
                            assertThatThrownBy(() -> combiner.submit(call)).hasMessage("poison " + call.id());
                        } else {
                            assertThat(combiner.submit(call)).isEqualTo(answer(call));
                        }
                    }
                    return calls.size();
                }))
                .toList();

        assertThat(all(futures)).as("seed %d", seed).containsOnly(250);
        assertThat(wrong).as("seed %d", seed).hasNullValue();
        assertThat(decided).hasSize(24 * 250 - poison.size());
        assertThat(decided.values()).allSatisfy(times -> assertThat(times).hasValue(1));
        assertThat(combiner.waiting()).isZero();
    }

    /** One lane over the batch function, that does not pause between attempts. */
    private static Combiner combiner(Function<List<GateCall>, List<Outcome>> batch) {
        return combiner(batch, ONE_BATCH);
    }

    private static Combiner combiner(Function<List<GateCall>, List<Outcome>> batch, Lane.Bounds bounds) {
        return new Combiner(batch, 1, bounds, NO_PAUSE);
    }

    /** Submits a call whose batch then stands until the store is opened. */
    private Future<Outcome> submitToHeld(Combiner combiner, GateCall call) {
        var outcome = threads.submit(() -> combiner.submit(call));
        store.awaitBatches(1);
        return outcome;
    }

    /** Submits calls to a busy lane, each when the one before it waits. */
    private List<Future<Outcome>> submitInOrder(Combiner combiner, List<GateCall> calls) {
        var outcomes = new ArrayList<Future<Outcome>>();
        int waiting = combiner.waiting();
        for (var call : calls) {
            outcomes.add(threads.submit(() -> combiner.submit(call)));
            awaitWaiting(combiner, ++waiting);
        }
        return outcomes;
    }

    private static void awaitWaiting(Combiner combiner, int callers) {
        until(() -> combiner.waiting() >= callers);
        assertThat(combiner.waiting()).isEqualTo(callers);
    }

    /** Until so many are in batches or wait: who leads the first batch takes along whoever came until then. */
    private void awaitUnderWay(Combiner combiner, int callers) {
        // In this order nobody is counted twice who meanwhile goes from the one to the other.
        until(() -> store.size() + combiner.waiting() >= callers);
    }

    private static void until(BooleanSupplier so) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("within a minute").isNegative();
            Thread.yield();
        }
    }

    private static void assertTurnedAway(Combiner combiner, GateCall call, String message) {
        assertThatThrownBy(() -> combiner.submit(call))
                .isInstanceOfSatisfying(
                        Unavailable.class,
                        refusal -> assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1)))
                .hasMessage(message + "; repeat with the same idempotency key.");
    }

    private static <T> List<T> all(List<Future<T>> futures) throws Exception {
        var values = new ArrayList<T>();
        for (var future : futures) {
            values.add(future.get());
        }
        return values;
    }

    private static Throwable failureOf(Future<Outcome> future) {
        return assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .actual()
                .getCause();
    }

    private static Unavailable away() {
        return new Unavailable("away", RETRY_AFTER, null);
    }

    private static List<Outcome> answers(List<GateCall> calls) {
        return calls.stream().map(CombinerTest::answer).toList();
    }

    private static Outcome answer(GateCall call) {
        return new Outcome.Answer(decision(call), false);
    }

    private static Decision decision(GateCall call) {
        return new Decision(
                call.tenantId(),
                call.id(),
                call.verb(),
                call.key(),
                call.payers().get(0),
                call.actor().orElseThrow(),
                List.of(),
                Optional.empty(),
                Credits.ZERO,
                Credits.ZERO,
                Credits.ZERO,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Instant.EPOCH);
    }

    private List<GateCall> calls(TenantId of, int count) {
        return Stream.generate(() -> call(of)).limit(count).toList();
    }

    private GateCall call(TenantId of) {
        var id = id();
        return new GateCall(
                new DecisionId(id),
                of,
                Optional.of(new IdempotencyKey("key-" + id)),
                new GateRequest.Consume(Charge.of("transcribe.minute", 1)));
    }

    private GateCall call(TenantId of, AccountId account, String key) {
        return call(new DecisionId(id()), of, account, key);
    }

    private static GateCall call(DecisionId id, TenantId of, AccountId account, String key) {
        return new GateCall(
                id,
                of,
                Optional.of(new IdempotencyKey(key)),
                new GateRequest.Consume(
                        Charge.of("transcribe.minute", 1).by(Actor.system()).on(account)));
    }

    private TenantId tenant() {
        return tenant(random);
    }

    private static TenantId tenant(Random dice) {
        return new TenantId(id(dice));
    }

    private UUID id() {
        return id(random);
    }

    private static UUID id(Random dice) {
        return new UUID(dice.nextLong(), dice.nextLong());
    }

    /** Answers every call, and remembers the batches. Closed until it is opened. */
    private static final class Store implements Function<List<GateCall>, List<Outcome>> {

        private final List<List<GateCall>> batches = Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch opened = new CountDownLatch(1);

        @Override
        public List<Outcome> apply(List<GateCall> calls) {
            batches.add(List.copyOf(calls));
            try {
                if (!opened.await(60, TimeUnit.SECONDS)) {
                    throw new AssertionError("nobody opened the store");
                }
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
            return answers(calls);
        }

        void open() {
            opened.countDown();
        }

        /** The calls of all batches. */
        int size() {
            synchronized (batches) {
                return batches.stream().mapToInt(List::size).sum();
            }
        }

        void awaitBatches(int count) {
            while (batches.size() < count) {
                Thread.yield();
            }
        }
    }
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Requests.Answered;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One effect for each idempotency key, and one answer. */
public abstract class RequestsContract extends PersistenceContract {

    private static final int THREADS = 8;

    private final IdempotencyKey key = Fixtures.key();
    private Optional<TenantId> tenant;
    private Optional<TenantId> other;

    @BeforeEach
    void two_tenants() {
        tenant = Optional.of(given.tenant().id());
        other = Optional.of(given.tenant().id());
    }

    @Test
    void the_first_to_claim_a_key_gets_no_answer_and_the_next_gets_the_firsts() {
        var answer = "{\"text\": \"Grüße, 世界 🎈\", \"long\": \"" + "x".repeat(20_000) + "\"}";

        var first = claimAndAnswer(tenant, "asked", answer);
        var second = claim(tenant, "asked");
        var third = claim(tenant, "asked for something else");

        assertThat(first).isEmpty();
        assertThat(second).contains(new Answered("asked", answer));
        assertThat(third).contains(new Answered("asked", answer));
    }

    @Test
    void what_was_answered_is_found_by_its_own_tenant_and_not_before() {
        assertThat(found(tenant)).isEmpty();
        inTenant(tenant.orElseThrow(), () -> {
            persistence.requests().claim(tenant, key, "asked", START);
            assertThat(persistence.requests().find(tenant, key)).isEmpty();
            persistence.requests().answer(tenant, key, "mine");
        });
        inPlatform(() -> claimAndAnswer(Optional.empty(), "asked", "the platform's"));

        assertThat(found(tenant)).contains(new Answered("asked", "mine"));
        assertThat(found(other)).isEmpty();
        assertThat(inTenant(other.orElseThrow(), () -> persistence.requests().find(tenant, key)))
                .isEmpty();
        assertThat(inPlatform(() -> persistence.requests().find(Optional.empty(), key)))
                .contains(new Answered("asked", "the platform's"));
        assertThat(allotment.requests().answered(other, key, "asked")).isEmpty();
        assertThat(allotment.requests().answered(tenant, key, "asked").orElseThrow())
                .satisfies(answer -> assertThat(answer.replayed()).isTrue())
                .satisfies(answer -> assertThat(answer.text()).isEqualTo("mine"));
        assertThatThrownBy(() -> allotment.requests().answered(tenant, key, "asked otherwise"))
                .isInstanceOf(IdempotencyKeyReused.class);
    }

    private Optional<Answered> found(Optional<TenantId> whose) {
        return inTenant(whose.orElseThrow(), () -> persistence.requests().find(whose, key));
    }

    @Test
    void keys_are_scoped_to_the_tenant_and_the_platforms_are_apart() {
        claimAndAnswer(tenant, "asked", "mine");

        assertThat(claimAndAnswer(other, "asked", "theirs")).isEmpty();
        assertThat(inPlatform(() -> claimAndAnswer(Optional.empty(), "asked", "the platform's")))
                .isEmpty();
        assertThat(claim(tenant, "asked")).contains(new Answered("asked", "mine"));
        assertThat(claim(other, "asked")).contains(new Answered("asked", "theirs"));
        assertThat(inPlatform(() -> persistence.requests().claim(Optional.empty(), key, "asked", START)))
                .contains(new Answered("asked", "the platform's"));
    }

    @Test
    void a_claim_is_forgotten_with_the_unit_that_made_it() {
        inTenantThenUndone(tenant.orElseThrow(), () -> claimAndAnswer(tenant, "asked", "never given"));

        assertThat(claimAndAnswer(tenant, "asked again", "given")).isEmpty();
        assertThat(claim(tenant, "asked again")).contains(new Answered("asked again", "given"));
    }

    @Test
    void a_tenant_claims_no_keys_but_its_own() {
        claimAndAnswer(other, "asked", "theirs");

        assertImpossible(() -> inTenant(
                tenant.orElseThrow(), () -> persistence.requests().claim(other, Fixtures.key(), "asked", START)));
        assertImpossible(() -> inTenant(
                tenant.orElseThrow(),
                () -> persistence.requests().claim(Optional.empty(), Fixtures.key(), "asked", START)));
        assertThat(claim(other, "asked")).contains(new Answered("asked", "theirs"));
    }

    @Test
    void work_is_done_once_for_a_key_and_its_answer_given_again() {
        var done = new AtomicInteger();

        var first = allotment.requests().once(tenant, key, "asked", () -> "answer " + done.incrementAndGet());
        var second = allotment.requests().once(tenant, key, "asked", () -> "answer " + done.incrementAndGet());

        assertThat(done).hasValue(1);
        assertThat(first.replayed()).isFalse();
        assertThat(second.replayed()).isTrue();
        assertThat(second.text()).isEqualTo(first.text()).isEqualTo("answer 1");
    }

    @Test
    void another_request_under_the_key_is_refused_and_the_first_stands() {
        allotment.requests().once(tenant, key, "asked", () -> "the first");

        assertThatThrownBy(() -> allotment.requests().once(tenant, key, "asked otherwise", () -> "never"))
                .isInstanceOf(IdempotencyKeyReused.class);
        assertThat(allotment
                        .requests()
                        .once(tenant, key, "asked", () -> "never")
                        .text())
                .isEqualTo("the first");
    }

    @Test
    void work_that_fails_leaves_its_key_free() {
        assertThatThrownBy(() -> allotment.requests().once(tenant, key, "asked", () -> {
                    throw new Undone();
                }))
                .isInstanceOf(Undone.class);

        var answer = allotment.requests().once(tenant, key, "asked", () -> "at last");

        assertThat(answer.replayed()).isFalse();
        assertThat(answer.text()).isEqualTo("at last");
    }

    @Test
    void a_tenant_that_does_not_exist_is_refused() {
        var nobody = Optional.of(new TenantId(ids.next()));

        assertThatThrownBy(() -> allotment.requests().once(nobody, key, "asked", () -> "never"))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void many_threads_with_one_key_do_the_work_once_and_get_the_same_answer() {
        var done = new AtomicInteger();

        var results = Together.run(
                THREADS,
                thread -> allotment.requests().once(tenant, key, "asked", () -> "answer " + done.incrementAndGet()));

        var answers = Together.values(results);
        assertThat(done).hasValue(1);
        assertThat(answers)
                .hasSize(THREADS)
                .allSatisfy(answer -> assertThat(answer.text()).isEqualTo("answer 1"));
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
    }

    @Test
    void many_threads_with_one_platform_key_do_the_work_once_and_get_the_same_answer() {
        var done = new AtomicInteger();

        var results = Together.run(
                THREADS,
                thread -> allotment
                        .requests()
                        .once(Optional.empty(), key, "asked", () -> "answer " + done.incrementAndGet()));

        assertThat(done).hasValue(1);
        assertThat(Together.values(results))
                .hasSize(THREADS)
                .allSatisfy(answer -> assertThat(answer.text()).isEqualTo("answer 1"));
    }

    @Test
    void of_many_threads_that_ask_different_things_under_one_key_one_is_answered_and_each_other_refused() {
        var done = new AtomicInteger();

        var results = Together.run(
                THREADS,
                thread -> allotment
                        .requests()
                        .once(tenant, key, "asked by " + thread, () -> "answer " + done.incrementAndGet()));

        assertThat(done).hasValue(1);
        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .filteredOn(result -> result.failure()
                        .filter(IdempotencyKeyReused.class::isInstance)
                        .isPresent())
                .hasSize(THREADS - 1);
    }

    private Optional<Answered> claim(Optional<TenantId> scope, String fingerprint) {
        return inTenant(
                scope.orElseThrow(), () -> persistence.requests().claim(scope, key, fingerprint, clock.instant()));
    }

    private Optional<Answered> claimAndAnswer(Optional<TenantId> scope, String fingerprint, String answer) {
        if (scope.isEmpty()) {
            return claimAndAnswerHere(scope, fingerprint, answer);
        }
        return inTenant(scope.get(), () -> claimAndAnswerHere(scope, fingerprint, answer));
    }

    private Optional<Answered> claimAndAnswerHere(Optional<TenantId> scope, String fingerprint, String answer) {
        var earlier = persistence.requests().claim(scope, key, fingerprint, clock.instant());
        persistence.requests().answer(scope, key, answer);
        return earlier;
    }
}

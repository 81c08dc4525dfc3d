package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.application.gate.GateService.Recording;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What was used without asking is recorded, all of it and once, whoever may and whatever is left. */
public abstract class GateRecordingContract extends GateContract {

    @Test
    void what_is_recorded_draws_credits_and_quota_and_says_when_it_was_used() {
        var usedAt = START.minus(Duration.ofDays(20));

        var decision = recorded(of(minute, "12.5").relatedTo("meeting", "1"), Optional.of(usedAt));

        assertThat(decision.verb()).isEqualTo(Verb.RECORD);
        assertThat(decision.credits()).isEqualTo(Credits.of("12.5"));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of("87.5"));
        assertThat(decision.at()).isEqualTo(usedAt);
        assertThat(event(decision)).hasValueSatisfying(event -> {
            assertThat(event.source()).isEqualTo(UsageEvent.Source.RECORDED);
            assertThat(event.at()).isEqualTo(usedAt);
        });
        assertThat(ledger().get(0)).isEqualTo("CONSUMED -12.5 -> 87.5");
        assertThat(entries().get(0).at()).isEqualTo(START);
        assertThat(quota().used()).isEqualTo(Quantity.of("12.5"));
        assertThat(found(decision)).contains(decision);
        assertSound();
    }

    @Test
    void the_same_under_the_same_key_is_recorded_once_and_anything_else_is_refused() {
        var key = Fixtures.key();
        var at = Optional.of(START.minusSeconds(60));
        var first = record(of(minute, "1"), key, at);
        var before = everything();
        clock.advance(Duration.ofHours(1));

        var outcomes = allotment
                .gate()
                .recordAll(
                        tenant.id(),
                        List.of(
                                recording(of(minute, "1").relatedTo("meeting", "2"), key, at),
                                recording(of(minute, "2"), key, at),
                                recording(of(minute, "1"), key, Optional.empty())));
        var consumed = decided(consuming(tenant.id(), key, of(minute, "1")));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly("replayed", "idempotency-key-reused", "idempotency-key-reused");
        assertThat(((Outcome.Answer) outcomes.get(0)).decision()).isEqualTo(answer(first));
        assertThat(consumed).extracting(GateContract::told).containsExactly("idempotency-key-reused");
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void what_is_wrong_with_one_event_disturbs_no_other() {
        var outcomes = allotment
                .gate()
                .recordAll(
                        tenant.id(),
                        List.of(
                                recording(of(minute, "1")),
                                recording(Charge.of("no.such", 1)),
                                recording(
                                        of(minute, "1"),
                                        Fixtures.key(),
                                        ago(Duration.ofDays(35).plusSeconds(1))),
                                recording(of(minute, "1"), Fixtures.key(), ago(Duration.ofDays(35))),
                                recording(of(minute, "1"), Fixtures.key(), ago(Duration.ofMinutes(-6))),
                                recording(of(given.operation("1", given.seats()), "1")
                                        .relatedTo("seat", "1")),
                                recording(of(minute, "2"))));

        assertThat(outcomes)
                .extracting(GateContract::told)
                .containsExactly(
                        "allowed",
                        "unknown-operation",
                        "invalid-value",
                        "allowed",
                        "invalid-value",
                        "invalid-value",
                        "allowed");
        assertThat(quota().used()).isEqualTo(Quantity.of(4));
        assertSound();
    }

    @Test
    void a_clock_that_is_a_little_ahead_means_now() {
        var decision = recorded(of(minute, "1"), Optional.of(START.plusSeconds(299)));

        assertThat(decision.at()).isEqualTo(START);
    }

    @Test
    void what_is_above_the_quota_and_beyond_the_credits_is_recorded_too() {
        var decision = recorded(of(minute, "130"), Optional.empty());

        assertThat(decision.denial()).isEmpty();
        assertThat(decision.credits()).isEqualTo(Credits.of(130));
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(30));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.ZERO);
        assertThat(decision.lines().get(0).quota()).hasValueSatisfying(quota -> {
            assertThat(quota.used()).isEqualTo(Quantity.of(130));
            assertThat(quota.above()).isEqualTo(Quantity.of(80));
        });
        assertThat(ledger().get(0)).isEqualTo("CONSUMED -100 -> 0");
        assertThat(quota().used()).isEqualTo(Quantity.of(130));
        assertThat(consume(of(minute, "1")).denial()).isPresent();
        assertSound();
    }

    @Test
    void overage_is_billed_as_for_what_is_consumed() {
        on(given.tenantOn(PlanVersionTerms.empty().with(feature.value(), monthly(10, Quota.Overage.BILL))));
        given.grant(tenant, 100);

        recorded(of(minute, "4"), Optional.empty());
        recorded(of(minute, "9"), Optional.empty());

        assertThat(counters()).extracting(counter -> counter.overage()).containsExactly(Quantity.of(3));
        assertThat(notices())
                .filteredOn(notice -> notice.kind() == Notice.Kind.OVERAGE)
                .extracting(Notice::amount)
                .containsExactly(Quantity.of(3).value());
        assertSound();
    }

    @Test
    void only_what_is_above_the_quota_draws_credits_where_the_plan_says_so() {
        on(given.tenantOn(PlanVersionTerms.empty().with(feature.value(), monthly(10, Quota.Overage.DRAW_CREDITS))));
        given.grant(tenant, 100);

        assertThat(recorded(of(minute, "13"), Optional.empty()).credits()).isEqualTo(Credits.of(3));
        assertSound();
    }

    @Test
    void an_overdraft_is_drawn_before_anything_is_uncovered() {
        given.overdraftLimit(tenant, 20);

        var decision = recorded(of(credit, "130"), Optional.empty());

        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(-20));
        assertThat(decision.uncoveredCredits()).isEqualTo(Credits.of(10));
        assertSound();
    }

    @Test
    void without_a_subscription_or_an_entitlement_it_costs_its_credits_and_counts_in_no_quota() {
        on(given.tenant());
        given.grant(tenant, 5);
        var unsubscribed = recorded(of(minute, "3"), Optional.empty());
        on(given.tenantOn(PlanVersionTerms.empty()));
        given.grant(tenant, 5);
        var notEntitled = recorded(of(minute, "3"), Optional.empty());

        assertThat(List.of(unsubscribed, notEntitled)).allSatisfy(decision -> {
            assertThat(decision.credits()).isEqualTo(Credits.of(3));
            assertThat(decision.lines().get(0).quota()).isEmpty();
        });
        assertSound();
    }

    @Test
    void a_suspended_tenants_usage_is_recorded() {
        allotment.tenants().suspend(tenant.id());

        assertThat(recorded(of(minute, "3"), Optional.empty()).credits()).isEqualTo(Credits.of(3));
    }

    @Test
    void a_spend_limit_counts_it_in_the_period_it_was_used_in() {
        var member = given.member(tenant);
        given.spendLimit(tenant, member, 10);
        var charge = of(credit, "7").by(Actor.user(member));

        recorded(charge, Optional.of(Instant.parse("2026-02-28T23:00:00Z")));
        recorded(charge, Optional.of(Instant.parse("2026-03-01T00:00:00Z")));
        recorded(charge, Optional.empty());

        assertThat(spendLimits()).extracting(limit -> limit.spent()).containsExactly(Credits.of(14));
        assertThat(consume(charge).denial()).isPresent();
        assertSound();
    }

    @Test
    void a_quota_counts_it_in_the_period_that_goes_on() {
        recorded(of(minute, "7"), Optional.of(START.minus(Duration.ofDays(3))));

        assertThat(quota().used()).isEqualTo(Quantity.of(7));
        clock.advance(Duration.ofDays(1));
        recorded(of(minute, "8"), Optional.of(START));

        assertThat(quota().used()).isEqualTo(Quantity.of(8));
        assertSound();
    }

    @Test
    void what_was_recorded_by_mistake_is_refunded_like_a_charge() {
        var member = given.member(tenant);
        given.spendLimit(tenant, member, 10);
        var late = recorded(of(minute, "7").by(Actor.user(member)), Optional.of(Instant.parse("2026-02-28T23:00:00Z")));
        var now = recorded(of(minute, "2").by(Actor.user(member)), Optional.empty());

        refund(late);
        refund(now);

        assertThat(balance().balance()).isEqualTo(Credits.of(100));
        assertThat(quota().used()).isEqualTo(Quantity.ZERO);
        assertThat(spendLimits()).extracting(limit -> limit.spent()).containsExactly(Credits.ZERO);
        assertSound();
    }

    @Test
    void a_recording_within_a_unit_of_work_that_fails_has_not_happened() {
        var before = everything();

        inTenantThenUndone(tenant.id(), () -> recorded(of(minute, "7"), Optional.empty()));

        assertThat(everything()).isEqualTo(before);
    }

    private static Optional<Instant> ago(Duration time) {
        return Optional.of(START.minus(time));
    }

    private static Recording recording(Charge charge) {
        return recording(charge, Fixtures.key(), Optional.empty());
    }

    private static Recording recording(Charge charge, IdempotencyKey key, Optional<Instant> at) {
        return new Recording(key, new GateRequest.Record(charge, at));
    }

    private Outcome record(Charge charge, IdempotencyKey key, Optional<Instant> at) {
        return allotment
                .gate()
                .recordAll(tenant.id(), Arrays.asList(recording(charge, key, at)))
                .get(0);
    }

    private static Decision answer(Outcome outcome) {
        return ((Outcome.Answer) outcome).decision();
    }

    private Decision recorded(Charge charge, Optional<Instant> at) {
        return answer(record(charge, Fixtures.key(), at));
    }
}

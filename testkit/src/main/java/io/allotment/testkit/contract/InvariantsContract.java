package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.application.quota.QuotaService;
import io.allotment.domain.ai.AiModel;
import io.allotment.domain.ai.AiProvider;
import io.allotment.domain.ai.ModelRates;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.ai.PriceUnit;
import io.allotment.domain.ai.Rate;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateChanges;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What must always be true is checked, found to be true whatever happens, and named when it is not. */
public abstract class InvariantsContract extends PersistenceContract {

    /** Chooses the history of the random test, to see a failure again: {@code -Dallotment.seed=…}. */
    private static final String SEED = "allotment.seed";

    private Tenant tenant;
    private AccountId account;
    private FeatureKey feature;
    private OperationKey minute;

    @BeforeEach
    void a_tenant_with_credits_and_a_quota() {
        feature = given.feature();
        minute = given.operation("1", feature);
        tenant = given.tenantOn(PlanVersionTerms.empty().with(feature.value(), Quota.perCycle(50)));
        account = Fixtures.accountOf(tenant);
        given.grant(tenant, 100);
    }

    @Test
    void a_sound_history_has_no_violations_and_is_counted() {
        var before = check();
        var other = given.tenantWith(10);
        allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(5)));
        allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(51)));

        var after = check();

        assertThat(violations(tenant.id())).isEmpty();
        assertThat(violations(other.id())).isEmpty();
        assertThat(after.tenants() - before.tenants()).isEqualTo(1);
        assertThat(after.accounts() - before.accounts()).isEqualTo(1);
        assertThat(after.entries() - before.entries()).isEqualTo(2);
        assertThat(after.decisions() - before.decisions()).isEqualTo(2);
        assertThat(after.events() - before.events()).isEqualTo(1);
    }

    @Test
    void a_balance_that_nothing_accounts_for_is_named() {
        var wrong = account(Credits.of(105), 1, List.of());

        assertNames(
                List.of("balance-is-sum-of-entries", "balance-is-sum-of-grants"),
                account.toString(),
                () -> persistence.credits().save(new CreditAccount.Movement(wrong, List.of(), List.of())));
    }

    @Test
    void a_gap_in_the_ledger_is_named() {
        assertNames(List.of("ledger-is-gapless"), account.toString(), () -> save(3, 5, 5, 5));
    }

    @Test
    void a_last_sequence_that_is_not_the_last_is_named() {
        var wrong = account(Credits.of(100), 2, List.of());

        assertNames(
                List.of("ledger-is-gapless"),
                account.toString(),
                () -> persistence.credits().save(new CreditAccount.Movement(wrong, List.of(), List.of())));
    }

    @Test
    void a_balance_after_an_entry_that_does_not_follow_is_named() {
        assertNames(List.of("balance-after-follows"), account.toString(), () -> save(2, 5, 6, 5));
    }

    @Test
    void a_grant_that_holds_other_than_its_draws_say_is_named() {
        var subject = new GrantId(ids.next());

        assertNames(List.of("grant-remaining-is-sum-of-draws"), subject.toString(), () -> save(2, 5, 5, 4, subject));
    }

    @Test
    void a_used_count_that_nothing_accounts_for_is_named() {
        var unused = given.feature();
        var counter = QuotaCounter.empty(tenant.id(), account, unused, Period.startingAt(START))
                .plus(Quantity.of(5), Quantity.ZERO);

        assertNames(
                List.of("quota-used-is-sum-of-events"),
                "quota of " + unused + " of account " + account,
                () -> persistence.quotas().save(counter, List.of()));
    }

    @Test
    void a_call_that_came_before_a_reset_and_was_decided_after_it_counts_after_it() {
        allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(7)));
        var call = call(5);
        allotment
                .quotas()
                .correct(
                        tenant.id(),
                        account,
                        feature,
                        Fixtures.key(),
                        new QuotaService.Correction(
                                QuotaChange.Operation.RESET,
                                Optional.empty(),
                                "by hand",
                                Optional.empty(),
                                Actor.system()));

        decide(call, UnaryOperator.identity());

        assertThat(used()).isEqualTo(Quantity.of(5));
        assertThat(violations(tenant.id())).isEmpty();
    }

    @Test
    void a_call_that_came_before_the_one_that_met_a_new_period_and_was_decided_after_it_counts_in_that_period() {
        allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(7)));
        clock.advance(Duration.ofDays(40));
        var first = call(5);
        var second = call(3);

        decide(second, UnaryOperator.identity());
        decide(first, UnaryOperator.identity());

        assertThat(used()).isEqualTo(Quantity.of(8));
        assertThat(violations(tenant.id())).isEmpty();
    }

    @Test
    void a_quota_that_begins_to_reset_at_the_very_moment_it_began_to_count_starts_at_zero() {
        var never =
                new Quota(Optional.of(Quantity.of(50)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
        tenant = given.tenantOn(PlanVersionTerms.empty().with(feature.value(), never));
        account = Fixtures.accountOf(tenant);
        given.grant(tenant, 100);
        allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(7)));
        allotment.subscriptions().cancel(tenant.id(), account, false, Optional.empty());
        given.subscribe(tenant, account, PlanVersionTerms.empty().with(feature.value(), Quota.perCycle(50)));

        allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(5)));

        assertThat(used()).isEqualTo(Quantity.of(5));
        assertThat(violations(tenant.id())).isEmpty();
    }

    @Test
    void an_allowed_decision_without_its_event_is_named() {
        var decision = decideWrongly(changes -> changed(changes, List.of(), changes.accounts()));

        assertThat(violations(tenant.id()))
                .anySatisfy(violation -> {
                    assertThat(violation.invariant()).isEqualTo("one-event-per-allowed-decision");
                    assertThat(violation.subject()).contains(decision.toString());
                })
                .extracting(Violation::invariant)
                .contains("quota-used-is-sum-of-events");
        cleanUp();
    }

    @Test
    void an_event_that_says_other_than_the_ledger_is_named() {
        var decision = decideWrongly(changes -> changed(
                changes,
                changes.events().stream().map(InvariantsContract::dearer).toList(),
                changes.accounts()));

        assertThat(violations(tenant.id())).anySatisfy(violation -> {
            assertThat(violation.invariant()).isEqualTo("event-matches-ledger");
            assertThat(violation.subject()).contains(decision.toString());
        });
        cleanUp();
    }

    @Test
    void a_cost_that_its_price_does_not_make_is_named() {
        var provider = Fixtures.word();
        allotment.ai().create(AiProvider.of(provider, "Provider"));
        allotment.ai().create(AiModel.of(provider, "m"));
        allotment
                .prices()
                .set(
                        new ModelRef(provider, "m"),
                        List.of(PriceTerms.always(new ModelRates(Map.of(PriceUnit.INPUT, Rate.of("2.5"))))),
                        "USD",
                        Optional.empty());
        var call = new GateCall(
                new DecisionId(ids.next()),
                tenant.id(),
                Optional.of(Fixtures.key()),
                new GateRequest.Consume(
                        Charge.of(minute, Quantity.of(1)).using(provider, "m", TokenCounts.of(1_000, 0))));

        decide(
                call,
                changes -> changed(
                        changes,
                        changes.events().stream()
                                .map(event -> withTokens(event, TokenCounts.of(1_001, 0)))
                                .toList(),
                        changes.accounts()));

        assertThat(violations(tenant.id())).anySatisfy(violation -> {
            assertThat(violation.invariant()).isEqualTo("cost-agrees-with-its-price");
            assertThat(violation.subject()).contains(call.id().toString());
            assertThat(violation.detail()).contains("0.0025 USD").contains("0.0025025 USD");
        });
        cleanUp();
    }

    private static UsageEvent withTokens(UsageEvent event, TokenCounts tokens) {
        return new UsageEvent(
                event.tenantId(),
                event.id(),
                event.accountId(),
                event.actor(),
                event.lines(),
                event.credits(),
                event.uncoveredCredits(),
                event.balanceAfter(),
                event.ledgerSequence(),
                event.reservation(),
                event.relatedTo(),
                event.model(),
                tokens,
                event.metadata(),
                event.source(),
                event.at(),
                event.provider(),
                event.cost());
    }

    @Test
    void credits_that_were_not_drawn_are_named() {
        var decision = decideWrongly(changes -> changed(changes, changes.events(), List.of()));

        assertThat(violations(tenant.id())).anySatisfy(violation -> {
            assertThat(violation.invariant()).isEqualTo("event-matches-ledger");
            assertThat(violation.subject()).contains(decision.toString());
        });
        cleanUp();
    }

    @Test
    void credits_that_no_event_tells_of_are_named() {
        var decision = decideWrongly(changes -> changed(
                changes, changes.events().stream().map(InvariantsContract::free).toList(), changes.accounts()));

        assertThat(violations(tenant.id())).anySatisfy(violation -> {
            assertThat(violation.invariant()).isEqualTo("event-matches-ledger");
            assertThat(violation.subject()).contains(decision.toString());
        });
        cleanUp();
    }

    @Test
    void credits_held_by_an_account_that_no_reservation_explains_are_named() {
        var present = inTenant(tenant.id(), () -> persistence.credits().find(tenant.id(), account))
                .orElseThrow();
        var wrong = present.hold(Credits.of(5), START).movement();

        assertNames(
                List.of("holds-are-sum-of-reservations"),
                account.toString(),
                () -> persistence.credits().save(wrong));
        assertNames(
                List.of("holds-are-sum-of-reservations"),
                present.grants().get(0).id().toString(),
                () -> persistence.credits().save(wrong));
    }

    @Test
    void a_quota_held_that_no_reservation_explains_is_named() {
        var counter = QuotaCounter.empty(tenant.id(), account, feature, Period.startingAt(START))
                .holding(Quantity.of(5));

        assertNames(
                List.of("holds-are-sum-of-reservations"),
                "quota of " + feature + " of account " + account,
                () -> persistence.quotas().save(counter, List.of()));
    }

    @Test
    void what_is_still_held_for_a_reservation_that_has_ended_is_named() {
        var reservation = reserved();

        assertNames(
                List.of("holds-are-sum-of-reservations"),
                account.toString(),
                () -> persistence.reservations().update(List.of(reservation.at(reservation.leaseUntil()))));
    }

    @Test
    void a_reservation_past_its_lease_that_nobody_has_touched_is_no_violation() {
        var reservation = reserved();
        clock.set(reservation.leaseUntil().plusSeconds(1));

        assertThat(violations(tenant.id())).isEmpty();
    }

    @Test
    void an_overdraft_that_no_entry_explains_is_named() {
        var wrong = new CreditAccount(
                tenant.id(),
                account,
                Credits.of(100),
                Credits.ZERO,
                Credits.of(5),
                Credits.of(10),
                false,
                1,
                List.of());

        assertNames(
                List.of("overdraft-is-sum-of-entries", "balance-is-sum-of-grants"),
                account.toString(),
                () -> persistence.credits().save(new CreditAccount.Movement(wrong, List.of(), List.of())));
    }

    @Test
    void a_settle_without_its_event_is_named() {
        var reservation = reserved();
        var call = new GateCall(
                new DecisionId(ids.next()),
                tenant.id(),
                Optional.of(Fixtures.key()),
                new GateRequest.Settle(
                        reservation.id(),
                        List.of(new Charge.Line(minute, Quantity.of(5))),
                        Optional.empty(),
                        TokenCounts.NONE,
                        Document.EMPTY));

        decide(call, changes -> changed(changes, List.of(), changes.accounts()));

        assertThat(violations(tenant.id()))
                .anySatisfy(violation -> {
                    assertThat(violation.invariant()).isEqualTo("one-event-per-settled-reservation");
                    assertThat(violation.subject()).contains(reservation.id().toString());
                })
                .anySatisfy(violation -> {
                    assertThat(violation.invariant()).isEqualTo("one-event-per-allowed-decision");
                    assertThat(violation.subject()).contains(call.id().toString());
                });
        cleanUp();
    }

    @Test
    void a_refund_of_what_charged_nothing_is_named() {
        var denied = allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(51)))
                .decision();
        var charged = allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(5)))
                .decision();

        decide(
                refunding(charged.id()),
                changes -> withDecisions(changes, decision -> refunding(decision, denied.id())));

        assertThat(violations(tenant.id())).anySatisfy(violation -> {
            assertThat(violation.invariant()).isEqualTo("one-refund-per-charge");
            assertThat(violation.subject()).contains(denied.id().toString());
        });
        cleanUp();
    }

    @Test
    void a_second_refund_is_impossible() {
        var charged = allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(5)))
                .decision();
        var another = allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(5)))
                .decision();
        decide(refunding(charged.id()), UnaryOperator.identity());

        assertImpossible(() -> decide(
                refunding(another.id()),
                changes -> withDecisions(changes, decision -> refunding(decision, charged.id()))));

        assertThat(violations(tenant.id())).isEmpty();
        assertThat(allotment.credits().balance(tenant.id(), account).balance()).isEqualTo(Credits.of(95));
    }

    @Test
    void a_random_history_of_all_that_the_gate_does_keeps_every_promise() {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("The random history of the gate has the seed -D" + SEED + "=" + seed);
        var history = new RandomGateHistory(allotment, clock, given, new Random(seed));
        try {
            for (int i = 1; i <= 300; i++) {
                history.next();
                if (i % 50 == 0) {
                    history.tenants()
                            .forEach(each -> assertThat(violations(each)).isEmpty());
                }
            }
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "With -D" + SEED + "=" + seed + ", after:\n" + String.join("\n", history.told()), failure);
        }
    }

    @Test
    void a_random_history_keeps_every_promise() {
        long seed = Long.getLong(SEED, System.nanoTime());
        System.out.println("The random history has the seed -D" + SEED + "=" + seed);
        var history = new RandomHistory(allotment, clock, given, new Random(seed));
        try {
            for (int i = 1; i <= 300; i++) {
                history.next();
                if (i % 25 == 0) {
                    history.tenants()
                            .forEach(each -> assertThat(violations(each)).isEmpty());
                }
            }
        } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                    "With -D" + SEED + "=" + seed + ", after:\n" + String.join("\n", history.told()), failure);
        }
    }

    private Invariants.Report check() {
        return inPlatform(() -> persistence.invariants().check());
    }

    private List<Violation> violations(TenantId of) {
        return check().violations().stream()
                .filter(violation -> violation.tenantId().equals(Optional.of(of)))
                .toList();
    }

    /** Does damage, sees it named, and takes it back. */
    private void assertNames(List<String> invariants, String subject, Runnable damage) {
        inPlatformThenUndone(() -> {
            damage.run();

            assertThat(violations(tenant.id()))
                    .filteredOn(violation -> violation.subject().contains(subject))
                    .extracting(Violation::invariant)
                    .containsAll(invariants);
        });
        assertThat(violations(tenant.id())).isEmpty();
    }

    private void save(long sequence, long amount, long balanceAfterMore, long remaining) {
        save(sequence, amount, balanceAfterMore, remaining, new GrantId(ids.next()));
    }

    /** An entry after the first, which brought the balance to 100. */
    private void save(long sequence, long amount, long balanceAfterMore, long remaining, GrantId id) {
        var terms = GrantTerms.of(Credits.of(amount), GrantSource.GIFT);
        var grant = new CreditGrant(
                tenant.id(), id, account, terms, Credits.of(remaining), Credits.ZERO, Optional.empty(), START);
        var entry = new CreditEntry(
                tenant.id(),
                account,
                sequence,
                CreditEntry.Type.GRANTED,
                Credits.of(amount),
                Credits.of(100 + balanceAfterMore),
                List.of(new CreditEntry.Draw(id, Credits.of(amount), Credits.of(remaining))),
                Credits.ZERO,
                CreditReason.about(terms, Actor.system(), Optional.empty(), Optional.empty()),
                START);
        var after = account(Credits.of(100 + amount), sequence, List.of(grant));
        persistence.credits().save(new CreditAccount.Movement(after, List.of(entry), List.of(grant)));
    }

    private Reservation reserved() {
        var decision = allotment
                .gate()
                .reserve(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(7)), Duration.ofMinutes(1))
                .decision();
        return allotment
                .gate()
                .getReservation(tenant.id(), decision.reservation().orElseThrow());
    }

    private GateCall refunding(DecisionId charged) {
        return new GateCall(
                new DecisionId(ids.next()),
                tenant.id(),
                Optional.of(Fixtures.key()),
                new GateRequest.Refund(charged, Actor.system(), "by mistake"));
    }

    /** The same, as if it had undone another decision. */
    private static Decision refunding(Decision decision, DecisionId another) {
        return new Decision(
                decision.tenantId(),
                decision.id(),
                decision.verb(),
                decision.key(),
                decision.accountId(),
                decision.actor(),
                decision.lines(),
                decision.plan(),
                decision.credits(),
                decision.uncoveredCredits(),
                decision.balanceAfter(),
                decision.draws(),
                decision.reservation(),
                decision.leaseUntil(),
                Optional.of(another),
                decision.denial(),
                decision.at());
    }

    private static GateChanges withDecisions(GateChanges changes, UnaryOperator<Decision> change) {
        return new GateChanges(
                changes.outcomes(),
                changes.decisions().stream()
                        .map(kept -> new GateState.Recorded(kept.fingerprint(), change.apply(kept.decision())))
                        .toList(),
                changes.events(),
                changes.accounts(),
                changes.reservations(),
                changes.allocations(),
                changes.spendLimits(),
                changes.notices(),
                changes.metered());
    }

    /** Has the store keep something other than what was decided. */
    private DecisionId decideWrongly(UnaryOperator<GateChanges> damage) {
        var call = call(5);
        decide(call, damage);
        return call.id();
    }

    private void decide(GateCall call, UnaryOperator<GateChanges> damage) {
        persistence
                .gate()
                .decide(
                        List.of(call),
                        clock.instant(),
                        state -> damage.apply(Gate.decide(state, definitions(state), List.of(call), clock.instant())));
    }

    private GateCall call(long minutes) {
        return new GateCall(
                new DecisionId(ids.next()),
                tenant.id(),
                Optional.of(Fixtures.key()),
                new GateRequest.Consume(Charge.of(minute, Quantity.of(minutes))));
    }

    private CreditAccount account(Credits balance, long lastSequence, List<CreditGrant> grants) {
        return new CreditAccount(
                tenant.id(), account, balance, Credits.ZERO, Credits.ZERO, Credits.ZERO, false, lastSequence, grants);
    }

    private static GateChanges changed(
            GateChanges changes, List<UsageEvent> events, List<GateChanges.AccountChange> accounts) {
        return new GateChanges(
                changes.outcomes(),
                changes.decisions(),
                events,
                accounts,
                changes.reservations(),
                changes.allocations(),
                changes.spendLimits(),
                changes.notices(),
                changes.metered());
    }

    private Quantity used() {
        return inTenant(tenant.id(), () -> persistence.quotas().list(tenant.id(), account))
                .get(0)
                .used();
    }

    private static UsageEvent dearer(UsageEvent event) {
        return with(event, event.lines(), event.credits().plus(Credits.of(1)), event.ledgerSequence());
    }

    /** The same without a word of the credits it drew. */
    private static UsageEvent free(UsageEvent event) {
        var lines = event.lines().stream()
                .map(line -> new UsageEvent.Line(line.operation(), line.quantity(), Credits.ZERO, line.quota()))
                .toList();
        return with(event, lines, Credits.ZERO, Optional.empty());
    }

    private static UsageEvent with(
            UsageEvent event, List<UsageEvent.Line> lines, Credits credits, Optional<Long> ledgerSequence) {
        return new UsageEvent(
                event.tenantId(),
                event.id(),
                event.accountId(),
                event.actor(),
                lines,
                credits,
                event.uncoveredCredits(),
                event.balanceAfter(),
                ledgerSequence,
                event.reservation(),
                event.relatedTo(),
                event.model(),
                event.tokens(),
                event.metadata(),
                event.source(),
                event.at());
    }

    /** Damage that was committed would stay in other tests' way. */
    private void cleanUp() {
        allotment.tenants().delete(tenant.id());
    }
}

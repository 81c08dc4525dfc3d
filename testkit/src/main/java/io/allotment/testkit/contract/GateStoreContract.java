package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Step;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.TokenCounts;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The gate over a store: one exact effect for each key, however many ask at once, and an answer that never changes. */
public abstract class GateStoreContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(100);
    private static final int THREADS = 8;

    private Tenant tenant;
    private AccountId account;
    private FeatureKey feature;
    private OperationKey minute;
    private OperationKey free;

    /** A hundred credits; a minute costs one and draws a daily quota of fifty. */
    @BeforeEach
    void a_tenant_with_credits_and_a_quota() {
        feature = given.feature();
        minute = given.operation("1", feature);
        free = given.operation("0", feature);
        tenant = given.tenantOn(PlanVersionTerms.empty().with(feature.value(), daily(50)));
        account = Fixtures.accountOf(tenant);
        given.grant(tenant, 100);
    }

    // ---- check

    @Test
    void a_check_has_no_effect() {
        given.grant(tenant, GrantTerms.of(Credits.of(7), GrantSource.GIFT).expiring(START.plusSeconds(60)));
        consume(Charge.of(minute, Quantity.of(5)));
        // Something is due to expire and a period is over: a check sees it, and leaves it to others to write it down.
        clock.advance(Duration.ofDays(1));
        var before = everything();

        var decision = allotment.gate().check(tenant.id(), Charge.of(minute, Quantity.of(50)));

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.verb()).isEqualTo(Verb.CHECK);
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(50));
        assertThat(everything()).isEqualTo(before);
        assertThat(found(decision)).isEmpty();
    }

    @Test
    void a_check_tells_what_a_consumption_comes_to() {
        var charges = List.of(
                Charge.of(minute, Quantity.of(50)).and(given.operation("0.1"), Quantity.of(10)),
                Charge.of(minute, Quantity.of(51)),
                Charge.of(given.operation("10"), Quantity.of(11)));
        for (var charge : charges) {
            var check = allotment.gate().check(tenant.id(), charge);
            var decision = consume(charge);

            assertThat(check)
                    .usingRecursiveComparison()
                    .ignoringFields("id", "verb", "key")
                    .isEqualTo(decision);
        }
    }

    // ---- one charge

    @Test
    void a_consumption_draws_credits_counts_the_quota_and_records_the_usage() {
        var decision = consume(Charge.of(minute, Quantity.of("12.5")).relatedTo("meeting", "1"));

        assertThat(decision.allowed()).isTrue();
        assertThat(decision.credits()).isEqualTo(Credits.of("12.5"));
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of("87.5"));
        assertThat(credits().balance()).isEqualTo(Credits.of("87.5"));
        assertThat(entries().get(0)).satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.CONSUMED);
            assertThat(entry.amount()).isEqualTo(Credits.of("-12.5"));
            assertThat(entry.draws()).isEqualTo(decision.draws());
            assertThat(entry.reason().decision()).contains(decision.id());
            assertThat(entry.at()).isEqualTo(START);
        });
        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.of("12.5"));
        assertThat(events()).singleElement().satisfies(event -> {
            assertThat(event.id()).isEqualTo(decision.id());
            assertThat(event.lines()).isEqualTo(decision.lines());
            assertThat(event.ledgerSequence()).contains(entries().get(0).sequence());
        });
    }

    @Test
    void several_lines_are_allowed_together_or_not_at_all() {
        var before = everything();

        var overQuota = consume(Charge.of(minute, Quantity.of(30)).and(minute, Quantity.of(21)));
        var overCredits = consume(Charge.of(minute, Quantity.of(30)).and(given.operation("1"), Quantity.of(71)));

        assertThat(overQuota.denial()).map(Denial::reason).contains(Denial.Reason.QUOTA_EXCEEDED);
        assertThat(overCredits.denial()).map(Denial::reason).contains(Denial.Reason.INSUFFICIENT_CREDITS);
        assertThat(everything()).isEqualTo(before);

        var together = consume(Charge.of(minute, Quantity.of(30)).and(minute, Quantity.of(20)));
        assertThat(together.allowed()).isTrue();
        assertThat(entries())
                .filteredOn(entry -> entry.type() == CreditEntry.Type.CONSUMED)
                .hasSize(1);
    }

    @Test
    void grants_burn_down_by_priority_then_by_end_then_by_age() {
        var oldest = credits().grants().get(0);
        var never = given.grant(tenant, 10);
        var late = given.grant(tenant, purchase(10).expiring(START.plusSeconds(900)));
        var soon = given.grant(tenant, purchase(10).expiring(START.plusSeconds(600)));
        var last = given.grant(tenant, purchase(10).withPriority(101).expiring(START.plusSeconds(300)));
        var first = given.grant(tenant, purchase(10).withPriority(99));
        var big = given.operation("1");

        var decision = consume(Charge.of(big, Quantity.of(145)));

        assertThat(decision.draws())
                .extracting(CreditEntry.Draw::grant)
                .containsExactly(first.id(), soon.id(), late.id(), oldest.id(), never.id(), last.id());
        assertThat(decision.draws().get(5)).isEqualTo(new CreditEntry.Draw(last.id(), Credits.of(-5), Credits.of(5)));
        assertThat(credits().grants()).extracting(CreditGrant::id).containsExactly(last.id());
    }

    @Test
    void a_grant_whose_time_has_not_begun_is_not_drawn_on() {
        var pending = given.grant(
                tenant,
                new GrantTerms(
                        Credits.of(10),
                        GrantSource.PURCHASE,
                        Optional.empty(),
                        0,
                        Optional.of(START.plusSeconds(60)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        DOCUMENT));
        var big = given.operation("1");

        assertThat(consume(Charge.of(big, Quantity.of(101))).allowed()).isFalse();
        clock.advance(Duration.ofSeconds(60));
        assertThat(consume(Charge.of(big, Quantity.of(1))).draws())
                .containsExactly(new CreditEntry.Draw(pending.id(), Credits.of(-1), Credits.of(9)));
    }

    @Test
    void what_is_due_expires_at_the_next_touch_and_the_ledger_says_so() {
        var end = START.plusSeconds(60);
        var grant = given.grant(tenant, purchase(7).withPriority(0).expiring(end));
        clock.set(end);

        var decision = consume(Charge.of(minute, Quantity.of(2)));

        assertThat(decision.draws()).extracting(CreditEntry.Draw::grant).doesNotContain(grant.id());
        assertThat(entries().subList(0, 2))
                .extracting(entry -> entry.type() + " " + entry.amount() + " -> " + entry.balanceAfter())
                .containsExactly("CONSUMED -2 -> 98", "EXPIRED -7 -> 100");
        assertThat(inTenant(() -> persistence.credits().findGrant(tenant.id(), grant.id())))
                .map(CreditGrant::remaining)
                .contains(Credits.ZERO);
    }

    @Test
    void what_is_due_expires_even_when_the_charge_is_denied() {
        given.grant(tenant, purchase(7).expiring(START.plusSeconds(60)));
        clock.advance(Duration.ofDays(1));

        var decision = consume(Charge.of(given.operation("1"), Quantity.of(101)));

        assertThat(decision.denial().orElseThrow().available())
                .contains(Credits.of(100).value());
        assertThat(decision.balanceAfter()).isEqualTo(Credits.of(100));
        assertThat(entries().get(0).type()).isEqualTo(CreditEntry.Type.EXPIRED);
        assertThat(credits().balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void a_quota_starts_again_in_its_next_period_and_the_history_says_so() {
        consume(Charge.of(minute, Quantity.of(50)));
        assertThat(consume(Charge.of(minute, Quantity.of(1))).allowed()).isFalse();
        clock.advance(Duration.ofDays(1));

        var decision = consume(Charge.of(minute, Quantity.of(3)));

        assertThat(decision.allowed()).isTrue();
        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.of(3));
        assertThat(history())
                .extracting(change -> change.operation() + " " + change.amount() + " -> " + change.usedAfter())
                .containsExactly("INCREMENT 3 -> 3", "RESET 50 -> 0", "INCREMENT 50 -> 50");
    }

    @Test
    void a_quota_starts_again_even_when_the_charge_is_denied() {
        consume(Charge.of(minute, Quantity.of(5)));
        clock.advance(Duration.ofDays(1));

        var decision = consume(Charge.of(minute, Quantity.of(51)));

        assertThat(decision.denial().orElseThrow().used()).contains(Quantity.ZERO.value());
        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.ZERO);
        assertThat(history().get(0).operation()).isEqualTo(QuotaChange.Operation.RESET);
    }

    @Test
    void a_subscription_that_time_moved_on_is_kept_as_it_is_now() {
        tenant = given.tenantOn(PlanVersionTerms.empty().withTrial(14));
        account = Fixtures.accountOf(tenant);
        var paid = given.operation("0");
        assertThat(consume(Charge.of(paid, Quantity.of(1))).plan())
                .map(Decision.PlanStanding::status)
                .contains(SubscriptionStatus.TRIALING);
        clock.advance(Duration.ofDays(15));

        var decision = consume(Charge.of(paid, Quantity.of(1)));

        assertThat(decision.plan()).map(Decision.PlanStanding::status).contains(SubscriptionStatus.ACTIVE);
        assertThat(inTenant(() -> persistence.subscriptions().findCurrent(tenant.id(), account)))
                .get()
                .satisfies(subscription -> {
                    assertThat(subscription.status()).isEqualTo(SubscriptionStatus.ACTIVE);
                    assertThat(subscription.currentPeriod().contains(clock.instant()))
                            .isTrue();
                });
    }

    @Test
    void a_suspended_tenant_is_denied_until_it_is_reactivated() {
        allotment.tenants().suspend(tenant.id());

        var denied = consume(Charge.of(minute, Quantity.of(1)));

        assertThat(denied.denial()).map(Denial::reason).contains(Denial.Reason.TENANT_SUSPENDED);
        assertThat(credits().balance()).isEqualTo(Credits.of(100));
        allotment.tenants().reactivate(tenant.id());
        assertThat(consume(Charge.of(minute, Quantity.of(1))).allowed()).isTrue();
    }

    // ---- who pays

    @Test
    void a_member_pays_from_their_own_account_where_they_have_one() {
        var member = given.member(tenant);
        var charge = Charge.of(given.operation("0"), Quantity.of(1)).by(Actor.user(member));

        var before = consume(charge);
        var own =
                allotment.subscriptions().openMemberAccount(tenant.id(), member).id();
        given.subscribe(tenant, own, PlanVersionTerms.empty());
        var after = consume(charge);
        var named = consume(charge.on(account));

        assertThat(before.accountId()).isEqualTo(account);
        assertThat(after.accountId()).isEqualTo(own);
        assertThat(after.allowed()).isTrue();
        assertThat(named.accountId()).isEqualTo(account);
    }

    @Test
    void what_a_call_names_must_exist() {
        var nobody = new UserId(ids.next());
        var charge = Charge.of(minute, Quantity.of(1));
        var before = everything();

        assertRefused(Unknown.class, "lines[1].operation", charge.and(Fixtures.word(), 1));
        assertRefused(Unknown.class, "account", charge.on(new AccountId(ids.next())));
        assertRefused(Unknown.class, "actor", charge.by(Actor.user(nobody)));
        assertThatThrownBy(() -> allotment.gate().consume(new TenantId(ids.next()), Fixtures.key(), charge))
                .isInstanceOf(NotFound.class);
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void an_account_of_another_tenant_does_not_exist() {
        var other = given.tenantWith(10);

        assertRefused(
                Unknown.class, "account", Charge.of(minute, Quantity.of(1)).on(Fixtures.accountOf(other)));
    }

    @Test
    void a_member_of_another_tenant_is_none_of_this_one() {
        var member = given.member(given.tenant());

        assertRefused(Unknown.class, "actor", Charge.of(minute, Quantity.of(1)).by(Actor.user(member)));
    }

    // ---- replay

    @Test
    void the_same_charge_under_the_same_key_gives_the_same_decision_and_changes_nothing() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of("1.5"))
                .and(free, Quantity.of(2))
                .and(given.operation("0.000000001"), Quantity.of("0.5"))
                .by(Actor.user(given.member(tenant)))
                .relatedTo("meeting", "m 1, Ünïcode")
                .using("gpt", TokenCounts.of(1_000, 200))
                .with(DOCUMENT);
        given.grant(tenant, purchase(1).withPriority(0));
        var first = allotment.gate().consume(tenant.id(), key, charge);
        var before = everything();
        clock.advance(Duration.ofDays(2));

        var second = allotment.gate().consume(tenant.id(), key, charge);

        assertThat(first.replayed()).isFalse();
        assertThat(second.replayed()).isTrue();
        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(found(first.decision())).contains(first.decision());
        assertThat(first.decision().draws()).hasSize(2);
        assertThat(everything()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Denial.Reason.class)
    void a_denial_is_kept_and_given_again(Denial.Reason reason) {
        var charge = deniedFor(reason);
        var key = Fixtures.key();

        var first = allotment.gate().consume(tenant.id(), key, charge);
        var before = everything();
        clock.advance(Duration.ofHours(1));
        var second = allotment.gate().consume(tenant.id(), key, charge);

        assertThat(first.decision().denial()).map(Denial::reason).contains(reason);
        assertThat(first.replayed()).isFalse();
        assertThat(second.replayed()).isTrue();
        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(found(first.decision())).contains(first.decision());
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void a_denial_stands_under_its_key_after_a_top_up_and_a_new_key_is_allowed() {
        var key = Fixtures.key();
        var charge = Charge.of(given.operation("1"), Quantity.of(101));
        var denied = allotment.gate().consume(tenant.id(), key, charge);
        given.grant(tenant, 1);

        var replayed = allotment.gate().consume(tenant.id(), key, charge);
        var allowed = allotment.gate().consume(tenant.id(), Fixtures.key(), charge);

        assertThat(replayed.decision()).isEqualTo(denied.decision());
        assertThat(allowed.allowed()).isTrue();
        assertThat(credits().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void a_decision_stays_what_it_was_when_the_catalogue_changes() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(1));
        var first = allotment.gate().consume(tenant.id(), key, charge);
        allotment.catalog().updateOperation(minute, operation -> operation.active(false));

        var second = allotment.gate().consume(tenant.id(), key, charge);

        assertThat(second.decision()).isEqualTo(first.decision());
        assertThat(consume(charge).denial()).map(Denial::reason).contains(Denial.Reason.OPERATION_INACTIVE);
    }

    @Test
    void another_charge_under_the_same_key_is_refused_and_changes_nothing() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(1));
        allotment.gate().consume(tenant.id(), key, charge);
        var before = everything();

        var others = List.of(
                Charge.of(minute, Quantity.of(2)),
                Charge.of(free, Quantity.of(1)),
                charge.and(free, Quantity.of(1)),
                charge.on(account),
                charge.using("gpt", TokenCounts.NONE),
                charge.using("gpt", TokenCounts.of(1, 1)));

        for (var other : others) {
            assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), key, other))
                    .isInstanceOf(IdempotencyKeyReused.class);
        }
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void keys_of_different_tenants_are_different_keys() {
        var key = Fixtures.key();
        var other = given.tenantWith(5);
        var operation = given.operation("1");

        allotment.gate().consume(tenant.id(), key, Charge.of(operation, Quantity.of(1)));
        var theirs = allotment.gate().consume(other.id(), key, Charge.of(operation, Quantity.of(2)));

        assertThat(theirs.replayed()).isFalse();
        assertThat(theirs.allowed()).isTrue();
    }

    @Test
    void a_kept_decision_is_explained_as_it_was_made() {
        var charge = deniedFor(Denial.Reason.INSUFFICIENT_CREDITS);
        var decision = consume(charge);

        var explanation = allotment.gate().explain(tenant.id(), decision.id());

        assertThat(explanation.decision()).isEqualTo(decision);
        assertThat(explanation.trace()).isEqualTo(Gate.explain(decision)).last().satisfies(step -> {
            assertThat(step.step()).isEqualTo(Step.CREDITS);
            assertThat(step.passed()).isFalse();
        });
    }

    // ---- several at once

    @Test
    void a_batch_of_several_tenants_is_decided_one_by_one_and_what_is_wrong_with_one_disturbs_no_other() {
        var second = given.tenantWith(10);
        var third = given.tenantWith(10);
        var operation = given.operation("4");
        var charge = Charge.of(operation, Quantity.of(2));
        var usedKey = Fixtures.key();
        allotment.gate().consume(second.id(), usedKey, Charge.of(operation, Quantity.of(1)));

        var outcomes = allotment
                .gate()
                .consumeAll(List.of(
                        new Consumption(third.id(), Fixtures.key(), charge),
                        new Consumption(second.id(), Fixtures.key(), charge.and(Fixtures.word(), 1)),
                        new Consumption(second.id(), usedKey, charge),
                        new Consumption(new TenantId(ids.next()), Fixtures.key(), charge),
                        new Consumption(second.id(), Fixtures.key(), charge),
                        new Consumption(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(3))),
                        new Consumption(second.id(), usedKey, Charge.of(operation, Quantity.of(1)))));

        assertThat(outcomes)
                .extracting(GateStoreContract::told)
                .containsExactly(
                        "allowed",
                        "unknown-operation",
                        "idempotency-key-reused",
                        "tenant-not-found",
                        "INSUFFICIENT_CREDITS",
                        "allowed",
                        "replayed");
        assertThat(balance(third)).isEqualTo(Credits.of(2));
        assertThat(balance(second)).isEqualTo(Credits.of(6));
        assertThat(balance(tenant)).isEqualTo(Credits.of(97));
    }

    @Test
    void the_charges_of_a_batch_see_those_before_them() {
        var operation = given.operation("40");
        var key = Fixtures.key();
        var one = new Consumption(tenant.id(), key, Charge.of(operation, Quantity.of(1)));

        var outcomes = allotment
                .gate()
                .consumeAll(List.of(
                        one,
                        one,
                        new Consumption(tenant.id(), key, Charge.of(operation, Quantity.of(2))),
                        new Consumption(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1))),
                        new Consumption(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1))),
                        new Consumption(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(20)))));

        assertThat(outcomes)
                .extracting(GateStoreContract::told)
                .containsExactly(
                        "allowed", "replayed", "idempotency-key-reused", "allowed", "INSUFFICIENT_CREDITS", "allowed");
        assertThat(entries())
                .extracting(entry -> entry.amount() + " -> " + entry.balanceAfter())
                .containsExactly("-20 -> 0", "-40 -> 20", "-40 -> 60", "100 -> 100");
        assertThat(events()).hasSize(3);
    }

    @Test
    void an_empty_batch_comes_to_nothing() {
        assertThat(allotment.gate().consumeAll(List.of())).isEmpty();
    }

    @Test
    void a_batch_of_many_charges_is_written_whole() {
        var second = given.tenantWith(1_000);
        var operation = given.operation("0.1");
        var charges = new ArrayList<Consumption>();
        for (int i = 0; i < 200; i++) {
            charges.add(new Consumption(
                    i % 2 == 0 ? tenant.id() : second.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1))));
        }

        var outcomes = allotment.gate().consumeAll(charges);

        assertThat(outcomes).hasSize(200).allMatch(outcome -> told(outcome).equals("allowed"));
        assertThat(balance(tenant)).isEqualTo(Credits.of(90));
        assertThat(balance(second)).isEqualTo(Credits.of(990));
        assertThat(events()).hasSize(100);
        for (var outcome : outcomes) {
            var decision = ((Outcome.Answer) outcome).decision();
            assertThat(persistence
                            .unitOfWork()
                            .forTenant(
                                    decision.tenantId(),
                                    () -> persistence.gate().find(decision.tenantId(), decision.id())))
                    .contains(decision);
        }
    }

    // ---- the store itself

    @Test
    void the_state_holds_what_the_calls_need_and_no_account_twice() {
        var member = given.member(tenant);
        var own =
                allotment.subscriptions().openMemberAccount(tenant.id(), member).id();
        var without = given.member(tenant);
        var key = Fixtures.key();
        var kept = allotment.gate().consume(tenant.id(), key, Charge.of(minute, Quantity.of(1)));
        var unknownTenant = new TenantId(ids.next());
        var unknownOperation = Fixtures.word();
        var charge = Charge.of(minute, Quantity.of(1));

        var state = persistence
                .gate()
                .read(List.of(
                        call(tenant.id(), key, charge.and(unknownOperation, 1)),
                        call(tenant.id(), Fixtures.key(), charge.by(Actor.user(member))),
                        call(tenant.id(), Fixtures.key(), charge.by(Actor.user(without))),
                        call(unknownTenant, Fixtures.key(), charge)));

        assertThat(state.tenants()).containsOnlyKeys(tenant.id());
        assertThat(state.members())
                .containsExactlyInAnyOrder(
                        new GateState.Member(tenant.id(), member), new GateState.Member(tenant.id(), without));
        assertThat(state.operations()).containsOnlyKeys(minute);
        assertThat(state.accounts())
                .containsOnlyKeys(
                        new GateState.AccountRef(tenant.id(), account), new GateState.AccountRef(tenant.id(), own));
        var tenants = state.accounts().get(new GateState.AccountRef(tenant.id(), account));
        assertThat(tenants.credits()).isEqualTo(credits());
        assertThat(tenants.counters()).containsOnlyKeys(feature);
        assertThat(state.planVersions())
                .containsOnlyKeys(tenants.subscription().orElseThrow().planVersionId());
        var fingerprint = call(tenant.id(), key, charge).fingerprint();
        assertThat(state.recorded())
                .containsExactly(Map.entry(
                        new GateState.KeyRef(tenant.id(), key), new GateState.Recorded(fingerprint, kept.decision())));
    }

    @Test
    void a_decision_that_cannot_be_made_leaves_nothing() {
        var before = everything();
        var calls = List.of(call(tenant.id(), Fixtures.key(), Charge.of(minute, Quantity.of(1))));

        assertThatThrownBy(() -> persistence.gate().decide(calls, state -> {
                    Gate.decide(state, calls, START);
                    throw new Undone();
                }))
                .isInstanceOf(Undone.class);

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void inside_a_units_of_its_tenant_the_gate_joins() {
        var before = everything();
        var charge = Charge.of(minute, Quantity.of(1));

        inTenantThenUndone(tenant.id(), () -> {
            given.grant(tenant, 20);
            var checked = allotment.gate().check(tenant.id(), charge);
            var consumed = allotment.gate().consume(tenant.id(), Fixtures.key(), charge);
            assertThat(checked.balanceAfter()).isEqualTo(Credits.of(119));
            assertThat(consumed.decision().balanceAfter()).isEqualTo(Credits.of(119));
            assertThat(persistence.credits().find(tenant.id(), account))
                    .map(CreditAccount::balance)
                    .contains(Credits.of(119));
        });

        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void inside_another_unit_the_gate_is_closed() {
        var other = given.tenant().id();
        var charge = Charge.of(minute, Quantity.of(1));
        var before = everything();

        assertThatThrownBy(() -> inTenant(other, () -> allotment.gate().consume(tenant.id(), Fixtures.key(), charge)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> inPlatform(() -> allotment.gate().consume(tenant.id(), Fixtures.key(), charge)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> inTenant(
                        tenant.id(),
                        () -> allotment
                                .gate()
                                .consumeAll(List.of(
                                        new Consumption(tenant.id(), Fixtures.key(), charge),
                                        new Consumption(other, Fixtures.key(), charge)))))
                .isInstanceOf(IllegalStateException.class);
        assertThat(everything()).isEqualTo(before);
    }

    @Test
    void another_tenant_finds_no_decision() {
        var other = given.tenant().id();
        var decision = consume(Charge.of(minute, Quantity.of(1)));

        persistence.unitOfWork().forTenant(other, () -> {
            assertThat(persistence.gate().find(tenant.id(), decision.id())).isEmpty();
            assertThat(persistence.gate().find(other, decision.id())).isEmpty();
        });
        assertThat(inTenant(() -> persistence.gate().find(tenant.id(), new DecisionId(ids.next()))))
                .isEmpty();
        assertThat(found(decision)).contains(decision);
    }

    // ---- many threads

    @Test
    void of_many_threads_that_consume_the_last_credit_one_is_allowed() {
        tenant = given.tenantWith(1);
        account = Fixtures.accountOf(tenant);
        var operation = given.operation("1");

        var results = Together.run(
                THREADS,
                thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1))));

        var answers = Together.values(results);
        assertThat(answers).filteredOn(Outcome.Answer::allowed).hasSize(1);
        assertThat(answers)
                .filteredOn(answer -> !answer.allowed())
                .hasSize(THREADS - 1)
                .allSatisfy(answer -> assertThat(answer.decision().denial())
                        .map(Denial::reason)
                        .contains(Denial.Reason.INSUFFICIENT_CREDITS));
        assertThat(credits().balance()).isEqualTo(Credits.ZERO);
        assertThat(events()).hasSize(1);
    }

    @Test
    void many_threads_never_pass_a_quota() {
        var results = Together.run(
                THREADS,
                thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), Charge.of(free, Quantity.of(15))));

        assertThat(Together.values(results)).filteredOn(Outcome.Answer::allowed).hasSize(3);
        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.of(45));
    }

    @Test
    void many_threads_with_one_key_have_one_effect_and_get_the_same_answer() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(2)).relatedTo("meeting", "1");

        var results = Together.run(THREADS, thread -> allotment.gate().consume(tenant.id(), key, charge));

        var answers = Together.values(results);
        assertThat(answers).hasSize(THREADS);
        assertThat(answers)
                .extracting(Outcome.Answer::decision)
                .containsOnly(answers.get(0).decision());
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
        assertThat(credits().balance()).isEqualTo(Credits.of(98));
        assertThat(events()).hasSize(1);
    }

    @Test
    void many_threads_with_one_key_get_the_same_denial() {
        var key = Fixtures.key();
        var charge = Charge.of(minute, Quantity.of(51));

        var results = Together.run(THREADS, thread -> allotment.gate().consume(tenant.id(), key, charge));

        var answers = Together.values(results);
        assertThat(answers).hasSize(THREADS);
        assertThat(answers)
                .extracting(Outcome.Answer::decision)
                .containsOnly(answers.get(0).decision());
        assertThat(answers).filteredOn(answer -> !answer.replayed()).hasSize(1);
    }

    @Test
    void of_many_threads_with_different_charges_under_one_key_one_is_done_and_each_other_refused() {
        var key = Fixtures.key();

        var results = Together.run(
                THREADS,
                thread -> allotment.gate().consume(tenant.id(), key, Charge.of(minute, Quantity.of(thread + 1L))));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(THREADS - 1)
                .hasOnlyElementsOfType(IdempotencyKeyReused.class);
        assertThat(events()).hasSize(1);
        assertThat(credits().balance())
                .isEqualTo(Credits.of(100).minus(events().get(0).credits()));
    }

    @Test
    void batches_over_the_same_tenants_in_any_order_all_come_through() {
        var second = given.tenantWith(1_000);
        var third = given.tenantWith(1_000);
        given.grant(tenant, 1_000);
        var operation = given.operation("1");
        var charge = Charge.of(operation, Quantity.of(1));
        var orders = List.of(
                List.of(tenant, second, third),
                List.of(third, second, tenant),
                List.of(second, tenant, third),
                List.of(third, tenant, second));

        var results = Together.run(THREADS, thread -> {
            for (int i = 0; i < 5; i++) {
                var batch = orders.get((thread + i) % orders.size()).stream()
                        .map(one -> new Consumption(one.id(), Fixtures.key(), charge))
                        .toList();
                assertThat(allotment.gate().consumeAll(batch))
                        .allMatch(outcome -> told(outcome).equals("allowed"));
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(THREADS);
        assertThat(balance(tenant)).isEqualTo(Credits.of(1_100 - 5 * THREADS));
        assertThat(balance(second)).isEqualTo(Credits.of(1_000 - 5 * THREADS));
        assertThat(balance(third)).isEqualTo(Credits.of(1_000 - 5 * THREADS));
    }

    @Test
    void batches_that_share_keys_have_each_effect_once() {
        var second = given.tenantWith(100);
        var operation = given.operation("1");
        var charge = Charge.of(operation, Quantity.of(1));
        var keys = List.of(Fixtures.key(), Fixtures.key(), Fixtures.key(), Fixtures.key());

        var results = Together.run(THREADS, thread -> {
            var batch = new ArrayList<Consumption>();
            for (int i = 0; i < keys.size(); i++) {
                var key = keys.get((thread + i) % keys.size());
                batch.add(new Consumption(tenant.id(), key, charge));
                batch.add(new Consumption(second.id(), key, charge));
            }
            return allotment.gate().consumeAll(batch);
        });

        var told = Together.values(results).stream()
                .flatMap(List::stream)
                .map(GateStoreContract::told)
                .toList();
        assertThat(told).containsOnly("allowed", "replayed").hasSize(THREADS * 2 * keys.size());
        assertThat(told).filteredOn("allowed"::equals).hasSize(2 * keys.size());
        assertThat(balance(tenant)).isEqualTo(Credits.of(96));
        assertThat(balance(second)).isEqualTo(Credits.of(96));
        assertThat(events()).hasSize(4);
    }

    @Test
    void of_many_threads_that_charge_different_accounts_under_one_key_one_is_done_and_each_other_refused() {
        var accounts = accountsWithCredits(THREADS);
        var operation = given.operation("1");
        var key = Fixtures.key();

        var results = Together.run(
                THREADS,
                thread -> allotment
                        .gate()
                        .consume(
                                tenant.id(),
                                key,
                                Charge.of(operation, Quantity.of(1)).on(accounts.get(thread))));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .hasSize(THREADS - 1)
                .hasOnlyElementsOfType(IdempotencyKeyReused.class);
        assertThat(events()).hasSize(1);
        assertThat(accounts.stream().map(this::balance).filter(Credits.of(9)::equals))
                .hasSize(1);
    }

    @Test
    void batches_on_different_accounts_that_share_keys_in_any_order_all_come_through() {
        var accounts = accountsWithCredits(THREADS);
        var operation = given.operation("1");
        var keys = Stream.generate(Fixtures::key).limit(6).toList();

        var results = Together.run(THREADS, thread -> {
            var charge = Charge.of(operation, Quantity.of(1)).on(accounts.get(thread));
            var order = new ArrayList<>(keys);
            Collections.rotate(order, thread);
            if (thread % 2 == 0) {
                Collections.reverse(order);
            }
            return allotment
                    .gate()
                    .consumeAll(order.stream()
                            .map(key -> new Consumption(tenant.id(), key, charge))
                            .toList());
        });

        var told = Together.values(results).stream()
                .flatMap(List::stream)
                .map(GateStoreContract::told)
                .toList();
        assertThat(told).hasSize(THREADS * keys.size()).containsOnly("allowed", "idempotency-key-reused");
        assertThat(told).filteredOn("allowed"::equals).hasSize(keys.size());
        assertThat(events()).hasSize(keys.size());
    }

    /** Members' accounts with ten credits each. */
    private List<AccountId> accountsWithCredits(int number) {
        var accounts = new ArrayList<AccountId>();
        for (int i = 0; i < number; i++) {
            var member = given.member(tenant);
            var own = allotment
                    .subscriptions()
                    .openMemberAccount(tenant.id(), member)
                    .id();
            given.subscribe(tenant, own, PlanVersionTerms.empty());
            allotment.credits().grant(tenant.id(), own, Fixtures.key(), Actor.system(), purchase(10));
            accounts.add(own);
        }
        return accounts;
    }

    private Credits balance(AccountId of) {
        return allotment.credits().balance(tenant.id(), of).balance();
    }

    /** A charge that is denied for this reason, after a tenant was made for which it is. */
    private Charge deniedFor(Denial.Reason reason) {
        var charge = Charge.of(minute, Quantity.of(3)).and(free, Quantity.of("0.5"));
        return switch (reason) {
            case TENANT_SUSPENDED -> {
                allotment.tenants().suspend(tenant.id());
                yield charge;
            }
            case OPERATION_INACTIVE ->
                charge.and(
                        given.operation(Operation.of(Fixtures.word(), "test", Credits.of(1))
                                .active(false)),
                        Quantity.of(1));
            case PERMISSION_MISSING ->
                charge.and(
                                given.operation(Operation.of(Fixtures.word(), "test", Credits.of(1))
                                        .needing("meetings:write")),
                                Quantity.of(1))
                        .by(Actor.user(given.member(tenant)));
            case NO_SUBSCRIPTION -> {
                tenant = given.tenant();
                account = Fixtures.accountOf(tenant);
                yield charge;
            }
            case SUBSCRIPTION_INACTIVE -> {
                allotment.subscriptions().cancel(tenant.id(), account, false, Optional.empty());
                yield charge;
            }
            case NOT_ENTITLED -> charge.and(given.operation("1", given.feature()), Quantity.of(1));
            case QUOTA_EXCEEDED ->
                charge.and(given.operation("1"), Quantity.of(1)).and(minute, Quantity.of("46.51"));
            case INSUFFICIENT_CREDITS -> {
                given.grant(tenant, purchase(3).withPriority(0));
                yield charge.and(given.operation("0.5"), Quantity.of(201)).relatedTo("meeting", "1");
            }
        };
    }

    /** Everything that a consumption changes. */
    private List<Object> everything() {
        return inTenant(() -> List.of(
                credits(),
                entries(),
                counters(),
                history(),
                events(),
                persistence.subscriptions().findCurrent(tenant.id(), account)));
    }

    private Decision consume(Charge charge) {
        return allotment.gate().consume(tenant.id(), Fixtures.key(), charge).decision();
    }

    private void assertRefused(Class<? extends RuntimeException> as, String field, Charge charge) {
        assertThatThrownBy(() -> allotment.gate().consume(tenant.id(), Fixtures.key(), charge))
                .isInstanceOf(as)
                .extracting(refusal -> ((Refusal) refusal).field())
                .isEqualTo(Optional.of(field));
    }

    private GateCall call(TenantId of, IdempotencyKey key, Charge charge) {
        return new GateCall(new DecisionId(ids.next()), Verb.CONSUME, of, Optional.of(key), charge);
    }

    private static String told(Outcome outcome) {
        if (outcome instanceof Outcome.Refused refused) {
            return refused.refusal().code();
        }
        var answer = (Outcome.Answer) outcome;
        if (answer.replayed()) {
            return "replayed";
        }
        return answer.decision().denial().map(denial -> denial.reason().name()).orElse("allowed");
    }

    private <T> T inTenant(Supplier<T> work) {
        return inTenant(tenant.id(), work);
    }

    private Optional<Decision> found(Decision decision) {
        return inTenant(() -> persistence.gate().find(tenant.id(), decision.id()));
    }

    private CreditAccount credits() {
        return inTenant(() -> persistence.credits().find(tenant.id(), account)).orElseThrow();
    }

    private Credits balance(Tenant of) {
        return inTenant(of.id(), () -> persistence.credits().find(of.id(), BillingAccount.idOf(of.id())))
                .map(CreditAccount::balance)
                .orElseThrow();
    }

    private List<CreditEntry> entries() {
        return inTenant(() -> persistence.credits().listEntries(tenant.id(), account, EntryFilter.ALL, FIRST))
                .items();
    }

    private List<QuotaCounter> counters() {
        return inTenant(() -> persistence.quotas().list(tenant.id(), account));
    }

    private List<QuotaChange> history() {
        return inTenant(() -> persistence.quotas().history(tenant.id(), account, feature, FIRST))
                .items();
    }

    private List<UsageEvent> events() {
        return inTenant(() -> persistence.usage().list(tenant.id(), UsageFilter.ALL, FIRST))
                .items();
    }

    private static Quota daily(long limit) {
        return new Quota(
                Optional.of(Quantity.of(limit)), Quota.Reset.CALENDAR_DAY, Optional.empty(), Quota.Overage.BLOCK, 0);
    }

    private static GrantTerms purchase(long amount) {
        return GrantTerms.of(Credits.of(amount), GrantSource.PURCHASE);
    }
}

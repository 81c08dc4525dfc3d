package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.gate.GateService.Consumption;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A charge is checked or consumed: what it comes to, who pays, and several of them in one batch. */
public abstract class GateConsumeContract extends GateContract {

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
        on(given.tenantOn(PlanVersionTerms.empty().withTrial(14)));
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
                .extracting(GateContract::told)
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
                .extracting(GateContract::told)
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
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.quota.QuotaService;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaChange.Operation;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How much was used, and everything that made it so. */
public abstract class QuotasContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);
    private static final Period DAY =
            Period.between(Instant.parse("2026-03-10T00:00:00Z"), Instant.parse("2026-03-11T00:00:00Z"));
    private static final Period NEXT_DAY =
            Period.between(Instant.parse("2026-03-11T00:00:00Z"), Instant.parse("2026-03-12T00:00:00Z"));

    private FeatureKey feature;
    private FeatureKey otherFeature;
    private OperationKey operation;
    private OperationKey sameFeature;
    private TenantId tenant;
    private AccountId account;

    @BeforeEach
    void an_account_with_two_daily_quotas() {
        feature = given.feature();
        otherFeature = given.feature();
        operation = given.operation("0", feature);
        sameFeature = given.operation("0", feature);
        var daily = new Quota(
                Optional.of(Quantity.of(100)), Quota.Reset.CALENDAR_DAY, Optional.empty(), Quota.Overage.BLOCK, 0);
        tenant = given.tenantOn(
                        PlanVersionTerms.empty().with(feature.value(), daily).with(otherFeature.value(), daily))
                .id();
        account = BillingAccount.idOf(tenant);
    }

    @Test
    void a_feature_never_used_has_no_counter() {
        assertThat(counters()).isEmpty();
        assertThat(history(feature)).isEmpty();
    }

    @Test
    void counters_come_back_in_the_order_of_their_features_keys() {
        var bounded = counter("12.000000001", DAY, "2.5");
        var unbounded = QuotaCounter.empty(tenant, account, otherFeature, Period.startingAt(START));

        save(bounded);
        save(unbounded);

        assertThat(counters())
                .isEqualTo(
                        feature.value().compareTo(otherFeature.value()) < 0
                                ? List.of(bounded, unbounded)
                                : List.of(unbounded, bounded));
    }

    @Test
    void a_counter_that_is_saved_again_is_changed() {
        save(counter("5"));
        var changed = counter("7", Period.startingAt(START), "1");

        save(changed);

        assertThat(counters()).containsExactly(changed);
    }

    @Test
    void what_is_held_and_what_was_told_comes_back() {
        var counter = counter("5").holding(Quantity.of("2.000000001")).noticed(80);

        // No reservation explains the hold: undone, so that nobody stumbles over it.
        inTenantThenUndone(tenant, () -> {
            save(counter);
            assertThat(counters()).containsExactly(counter);
            save(counter.releasing(Quantity.of(1)).noticed(100));
            assertThat(counters())
                    .containsExactly(counter.releasing(Quantity.of(1)).noticed(100));
        });
    }

    @Test
    void a_correction_leaves_what_is_held() {
        var reservation = allotment
                .gate()
                .reserve(tenant, Fixtures.key(), Charge.of(operation, Quantity.of(30)), Duration.ofHours(1))
                .decision()
                .reservation()
                .orElseThrow();

        correct(Operation.INCREMENT, "5");
        correct(Operation.RESET, null);

        assertThat(counters()).containsExactly(counter("0").holding(Quantity.of(30)));
        allotment.gate().release(tenant, Fixtures.key(), reservation);
        assertThat(counters()).containsExactly(counter("0"));
    }

    @Test
    void what_a_key_did_is_told_as_its_own() {
        var key = Actor.apiKey(new ApiKeyId(ids.next()), given.user().id());
        var byKey =
                change(Operation.INCREMENT, "1", "1", Optional.empty(), Optional.empty(), DAY, key, Optional.empty());

        save(counter("1"), byKey);

        assertThat(history(feature)).containsExactly(byKey);
    }

    @Test
    void a_change_comes_back_with_everything_it_says() {
        var user = given.user().id();
        var key = Fixtures.key();
        var full = change(
                Operation.INCREMENT,
                "12.5",
                "12.5",
                Optional.of(Quantity.of(100)),
                Optional.of(new RelatedEntity("meeting", "m 1, Ünïcode")),
                DAY,
                Actor.user(user),
                Optional.of(key));
        var bare = change(
                Operation.RESET,
                "12.5",
                "0",
                Optional.empty(),
                Optional.empty(),
                Period.startingAt(START),
                Actor.system(),
                Optional.empty());

        save(counter("12.5"), full);
        save(counter("0"), bare);

        assertThat(history(feature)).containsExactly(bare, full);
        assertThat(inTenant(tenant, () -> persistence.quotas().findChange(tenant, key)))
                .contains(full);
        assertThat(inTenant(tenant, () -> persistence.quotas().findChange(tenant, Fixtures.key())))
                .isEmpty();
    }

    @Test
    void a_key_that_another_change_of_the_tenant_has_is_refused() {
        var key = Fixtures.key();
        save(counter("1"), increment("1", "1", Optional.of(key)));
        account = memberAccount();

        assertThatThrownBy(() -> save(counter("2"), increment("2", "2", Optional.of(key))))
                .isInstanceOf(IdempotencyKeyReused.class);

        assertThat(counters()).isEmpty();
        assertThat(history(feature)).isEmpty();
    }

    @Test
    void what_the_gate_let_pass_is_told_as_increments_newest_first() {
        var charge = Charge.of(operation, Quantity.of("1.5"))
                .and(sameFeature, Quantity.of(2))
                .relatedTo("meeting", "7");

        var decision = allotment.gate().consume(tenant, Fixtures.key(), charge).decision();

        var id = new QuotaChangeId(decision.id().value());
        var first = new QuotaChange(
                tenant,
                id,
                account,
                feature,
                Operation.INCREMENT,
                Quantity.of("1.5"),
                Quantity.of("1.5"),
                Optional.of(Quantity.of(100)),
                operation.value(),
                Optional.of(new RelatedEntity("meeting", "7")),
                DAY,
                Actor.system(),
                Optional.empty(),
                START);
        var second = new QuotaChange(
                tenant,
                id,
                account,
                feature,
                Operation.INCREMENT,
                Quantity.of(2),
                Quantity.of("3.5"),
                Optional.of(Quantity.of(100)),
                sameFeature.value(),
                Optional.of(new RelatedEntity("meeting", "7")),
                DAY,
                Actor.system(),
                Optional.empty(),
                START);
        assertThat(history(feature)).containsExactly(second, first);
        assertThat(history(otherFeature)).isEmpty();
        assertThat(counters()).containsExactly(counter("3.5"));
    }

    @Test
    void changes_by_hand_and_consumption_make_one_history_that_pages_even_inside_a_decision() {
        var expected = new ArrayList<String>();
        consume("1", "2", "3");
        expected.addAll(List.of("INCREMENT 1 -> 1", "INCREMENT 2 -> 3", "INCREMENT 3 -> 6"));
        correct(Operation.DECREMENT, "4");
        expected.add("DECREMENT 4 -> 2");
        consume("5", "6");
        expected.addAll(List.of("INCREMENT 5 -> 7", "INCREMENT 6 -> 13"));
        correct(Operation.RESET, null);
        expected.add("RESET 13 -> 0");
        correct(Operation.INCREMENT, "7");
        expected.add("INCREMENT 7 -> 7");
        clock.set(NEXT_DAY.start().plusSeconds(1));
        consume("8", "9");
        // The reset is older than the lines of the decision that met it.
        expected.addAll(List.of("RESET 7 -> 0", "INCREMENT 8 -> 8", "INCREMENT 9 -> 17"));
        clock.set(NEXT_DAY.end().orElseThrow());
        correct(Operation.INCREMENT, "1");
        expected.addAll(List.of("RESET 17 -> 0", "INCREMENT 1 -> 1"));
        Collections.reverse(expected);

        assertThat(history(feature))
                .extracting(change -> change.operation() + " " + change.amount() + " -> " + change.usedAfter())
                .isEqualTo(expected);
        assertListing(
                history(feature),
                page -> inTenant(tenant, () -> persistence.quotas().history(tenant, account, feature, page)));
    }

    @Test
    void a_reset_at_a_periods_end_says_what_was_wiped_out_and_begins_the_new_one() {
        consume("12");
        clock.set(NEXT_DAY.start());

        var decision = consume("1");

        assertThat(history(feature).get(1))
                .isEqualTo(new QuotaChange(
                        tenant,
                        new QuotaChangeId(decision),
                        account,
                        feature,
                        Operation.RESET,
                        Quantity.of(12),
                        Quantity.ZERO,
                        Optional.of(Quantity.of(100)),
                        "period over",
                        Optional.empty(),
                        NEXT_DAY,
                        Actor.system(),
                        Optional.empty(),
                        NEXT_DAY.start()));
        assertThat(counters()).containsExactly(counter("1", NEXT_DAY, "0"));
    }

    @Test
    void each_account_has_counters_and_a_history_of_its_own() {
        consume("1");
        var tenants = account;
        var member = given.user();
        allotment.members().add(tenant, member.id(), member.displayName(), SystemRole.MEMBER.key());
        account =
                allotment.subscriptions().openMemberAccount(tenant, member.id()).id();
        save(counter("5"), increment("5", "5", Optional.empty()));

        assertThat(history(feature)).extracting(QuotaChange::usedAfter).containsExactly(Quantity.of(5));
        assertThat(counters()).containsExactly(counter("5"));
        account = tenants;
        assertThat(history(feature)).extracting(QuotaChange::usedAfter).containsExactly(Quantity.of(1));
        assertThat(counters()).containsExactly(counter("1"));
    }

    @Test
    void a_correction_is_made_once_for_its_key() {
        var key = Fixtures.key();
        var correction = correction(Operation.INCREMENT, "5");

        var first = allotment.quotas().correct(tenant, account, feature, key, correction);
        var second = allotment.quotas().correct(tenant, account, feature, key, correction);

        assertThat(second).isEqualTo(first);
        assertThat(counters()).containsExactly(counter("5"));
    }

    @Test
    void a_pause_that_outlasts_the_period_wipes_nothing_out() {
        var cyclic = given.feature();
        tenant = given.tenantOn(PlanVersionTerms.empty().with(cyclic.value(), Quota.perCycle(100)))
                .id();
        account = BillingAccount.idOf(tenant);
        feature = cyclic;
        correct(Operation.INCREMENT, "5");
        allotment.subscriptions().pause(tenant, account, Optional.empty());
        clock.advance(Duration.ofDays(60));

        correct(Operation.INCREMENT, "2");

        assertThat(counters()).extracting(QuotaCounter::used).containsExactly(Quantity.of(7));
        assertThat(history(feature)).extracting(QuotaChange::usedAfter).containsExactly(Quantity.of(7), Quantity.of(5));
    }

    @Test
    void what_a_counter_names_must_exist() {
        var unknownFeature = new FeatureKey(Fixtures.word());
        assertImpossible(() -> save(QuotaCounter.empty(tenant, account, unknownFeature, DAY)));

        assertImpossible(() -> save(QuotaCounter.empty(tenant, new AccountId(ids.next()), feature, DAY)));
        assertThat(counters()).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_writes_quotas() {
        var other = given.tenant().id();
        var key = Fixtures.key();
        save(counter("1"), increment("1", "1", Optional.of(key)));
        consume("2");

        inTenant(other, () -> {
            assertThat(persistence.quotas().list(tenant, account)).isEmpty();
            assertThat(persistence.quotas().list(other, account)).isEmpty();
            assertThat(persistence.quotas().findChange(tenant, key)).isEmpty();
            assertThat(persistence.quotas().findChange(other, key)).isEmpty();
            assertThat(persistence
                            .quotas()
                            .history(tenant, account, feature, FIRST)
                            .items())
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(other, () -> persistence.quotas().save(counter("9"), List.of())));
        assertThat(counters()).containsExactly(counter("3"));
    }

    @Test
    void a_failed_unit_leaves_quotas_as_they_were() {
        save(counter("1"), increment("1", "1", Optional.empty()));
        var before = history(feature);
        var key = Fixtures.key();

        inTenantThenUndone(
                tenant, () -> persistence.quotas().save(counter("9"), List.of(increment("8", "9", Optional.of(key)))));

        assertThat(counters()).containsExactly(counter("1"));
        assertThat(history(feature)).isEqualTo(before);
        assertThat(inTenant(tenant, () -> persistence.quotas().findChange(tenant, key)))
                .isEmpty();
    }

    @Test
    void many_threads_that_correct_and_consume_lose_nothing() {
        var results = Together.run(8, thread -> {
            for (int i = 0; i < 3; i++) {
                if (thread % 2 == 0) {
                    correct(Operation.INCREMENT, "2");
                } else {
                    consume("1");
                }
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(8);
        assertThat(counters()).containsExactly(counter(Integer.toString(4 * 3 * 2 + 4 * 3)));
        assertThat(history(feature)).hasSize(24);
    }

    private QuotaCounter counter(String used) {
        return counter(used, DAY, "0");
    }

    private QuotaCounter counter(String used, Period period, String overage) {
        return QuotaCounter.empty(tenant, account, feature, period).plus(Quantity.of(used), Quantity.of(overage));
    }

    private QuotaChange increment(String amount, String usedAfter, Optional<IdempotencyKey> key) {
        return change(
                Operation.INCREMENT, amount, usedAfter, Optional.empty(), Optional.empty(), DAY, Actor.system(), key);
    }

    private QuotaChange change(
            Operation what,
            String amount,
            String usedAfter,
            Optional<Quantity> limit,
            Optional<RelatedEntity> relatedTo,
            Period period,
            Actor actor,
            Optional<IdempotencyKey> key) {
        return new QuotaChange(
                tenant,
                new QuotaChangeId(ids.next()),
                account,
                feature,
                what,
                Quantity.of(amount),
                Quantity.of(usedAfter),
                limit,
                "by the test, Ünïcode",
                relatedTo,
                period,
                actor,
                key,
                START);
    }

    private void save(QuotaCounter counter, QuotaChange... changes) {
        inTenant(tenant, () -> persistence.quotas().save(counter, List.of(changes)));
    }

    /** One line for each quantity, all of the feature; gives the decision's id. */
    private UUID consume(String... quantities) {
        var charge = Charge.of(operation, Quantity.of(quantities[0]));
        for (int i = 1; i < quantities.length; i++) {
            charge = charge.and(operation, Quantity.of(quantities[i]));
        }
        var answer = allotment.gate().consume(tenant, Fixtures.key(), charge);
        assertThat(answer.allowed()).isTrue();
        return answer.decision().id().value();
    }

    private void correct(Operation what, String amount) {
        allotment.quotas().correct(tenant, account, feature, Fixtures.key(), correction(what, amount));
    }

    private static QuotaService.Correction correction(Operation what, String amount) {
        return new QuotaService.Correction(
                what, Optional.ofNullable(amount).map(Quantity::of), "by hand", Optional.empty(), Actor.system());
    }

    private List<QuotaCounter> counters() {
        return inTenant(tenant, () -> persistence.quotas().list(tenant, account));
    }

    private List<QuotaChange> history(FeatureKey of) {
        return inTenant(tenant, () -> persistence.quotas().history(tenant, account, of, FIRST))
                .items();
    }

    private AccountId memberAccount() {
        var user = new UserId(ids.next());
        inTenant(tenant, () -> persistence.accounts().insert(BillingAccount.ofMember(tenant, user, START)));
        return BillingAccount.idOf(user);
    }
}

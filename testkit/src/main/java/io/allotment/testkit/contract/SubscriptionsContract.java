package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.Billed;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.BillingCycle;
import io.allotment.domain.subscription.IncludedCredits;
import io.allotment.domain.subscription.PastDue;
import io.allotment.domain.subscription.ScheduledChange;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.subscription.Subscriptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What accounts subscribe to and did: one live subscription at a time. */
public abstract class SubscriptionsContract extends PersistenceContract {

    private static final PriceKey PRICE = new PriceKey("monthly");

    private TenantId tenant;
    private AccountId account;
    private PlanVersion version;

    @BeforeEach
    void an_account_and_a_plan() {
        tenant = given.tenant().id();
        account = BillingAccount.idOf(tenant);
        version = given.plan(PlanVersionTerms.empty().at(Price.monthly(PRICE.value(), 900, "EUR")));
    }

    @Test
    void a_subscription_comes_back_with_everything_it_has() {
        var start = START.minus(Duration.ofDays(40));
        var subscription = new Subscription(
                tenant,
                new SubscriptionId(ids.next()),
                account,
                version.id(),
                Optional.of(PRICE),
                SubscriptionStatus.PAST_DUE,
                new BillingCycle(start.plus(Duration.ofDays(14)), 12),
                Period.between(START.minusSeconds(5), START.plus(Duration.ofDays(30))),
                Optional.of(Period.between(start, start.plus(Duration.ofDays(14)))),
                Optional.of(
                        new PastDue(START.minusSeconds(3), START.plusSeconds(3), Optional.of(START.plusSeconds(1)))),
                false,
                true,
                Optional.of(START.minusSeconds(2)),
                Optional.of("too dear, Ünïcode"),
                Optional.empty(),
                Optional.of(new ScheduledChange(version.id(), Optional.of(PRICE), 3)),
                Optional.of(new IncludedCredits(START, Credits.of("12.5"), Credits.of("13.25"))),
                Optional.empty(),
                Optional.of(new Billed("elsewhere", "sub_1", 3, START.minusSeconds(9), false)),
                DOCUMENT,
                start,
                START);

        inserted(subscription);

        assertThat(current()).contains(subscription);
        assertThat(list(PageRequest.first(5))).containsExactly(subscription);
        assertThat(billed("elsewhere", "sub_1")).contains(subscription);
        assertThat(billed("elsewhere", "sub_2")).isEmpty();
        assertThat(billed("here", "sub_1")).isEmpty();
    }

    private Optional<Subscription> billed(String gateway, String gatewayId) {
        return inTenant(tenant, () -> persistence.subscriptions().findBilled(tenant, gateway, gatewayId));
    }

    @Test
    void an_account_whose_cancellation_has_come_meanwhile_subscribes_again() {
        var choice = new SubscriptionService.Choice(version.plan(), Optional.empty(), Optional.empty(), Document.EMPTY);
        allotment.subscriptions().subscribe(tenant, account, choice);
        allotment.subscriptions().cancel(tenant, account, true, Optional.empty());
        clock.advance(Duration.ofDays(40));

        var again = allotment.subscriptions().subscribe(tenant, account, choice);

        assertThat(allotment.subscriptions().get(tenant, account)).isEqualTo(again);
        assertThat(allotment
                        .subscriptions()
                        .list(tenant, account, PageRequest.first(5))
                        .items())
                .extracting(Subscription::status)
                .containsExactly(SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELED);
    }

    @Test
    void a_subscription_comes_back_without_what_it_has_not() {
        var subscription = inserted(with(live(), Optional.empty()));

        assertThat(current()).contains(subscription);
    }

    @Test
    void a_changed_subscription_comes_back_changed() {
        var subscription = inserted(live());
        var later = clock.advance(Duration.ofDays(3));

        var marked = updated(subscription.canceled(true, Optional.of("moving on"), later));
        assertThat(current()).contains(marked);

        var pastDue = updated(marked.pastDue(7, later, Times.UTC));
        assertThat(current()).contains(pastDue);

        var ended = updated(pastDue.canceled(false, Optional.empty(), later));
        assertThat(current()).contains(ended);
        assertThat(ended.endedAt()).contains(later);
    }

    @Test
    void a_pause_comes_back_with_its_end() {
        var paused = updated(inserted(live()).paused(Optional.of(START.plus(Duration.ofDays(9))), START));

        assertThat(current()).contains(paused);
    }

    @Test
    void the_live_subscribers_of_a_version_are_listed_across_tenants() {
        var other = given.tenant().id();
        updated(ended(inserted(live())));
        var here = inserted(live());
        clock.advance(Duration.ofHours(1));
        var there = Subscription.started(
                other,
                new SubscriptionId(ids.next()),
                BillingAccount.idOf(other),
                version.id(),
                Optional.of(PRICE),
                SubscriptionStatus.ACTIVE,
                0,
                1,
                Times.UTC,
                Document.EMPTY,
                clock.instant());
        inTenant(other, () -> persistence.subscriptions().insert(there));

        assertListing(
                List.of(ref(here), ref(there)),
                page -> persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.subscriptions().listSubscribers(version.id(), page)));
    }

    private static Subscriptions.Ref ref(Subscription subscription) {
        return new Subscriptions.Ref(subscription.tenantId(), subscription.accountId(), subscription.id());
    }

    @Test
    void an_account_without_any_has_no_current_one() {
        assertThat(current()).isEmpty();
        assertThat(hadTrial()).isFalse();
        assertThat(list(PageRequest.first(5))).isEmpty();
    }

    @Test
    void the_current_one_is_the_live_one_else_the_newest() {
        var first = inserted(live());
        var firstEnded = updated(ended(first));
        assertThat(current()).contains(firstEnded);

        var second = inserted(live());
        assertThat(current()).contains(second);

        var secondEnded = updated(ended(second));
        assertThat(current()).contains(secondEnded);
    }

    @Test
    void a_second_live_subscription_is_refused() {
        var first = inserted(live());

        assertThatThrownBy(() -> inserted(live())).isInstanceOf(AlreadySubscribed.class);
        assertThat(list(PageRequest.first(5))).containsExactly(first);
    }

    @Test
    void another_account_of_the_tenant_may_be_subscribed_as_well() {
        var first = inserted(live());
        var user = given.user().id();
        inTenant(tenant, () -> persistence.accounts().insert(BillingAccount.ofMember(tenant, user, START)));
        account = BillingAccount.idOf(user);

        var second = inserted(live());

        assertThat(current()).contains(second);
        account = BillingAccount.idOf(tenant);
        assertThat(current()).contains(first);
    }

    @Test
    void of_two_threads_that_insert_one_wins() {
        var results = Together.run(2, thread -> inserted(live()));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(AlreadySubscribed.class);
        assertThat(list(PageRequest.first(5))).hasSize(1);
    }

    @Test
    void of_two_threads_that_subscribe_an_account_one_wins() {
        var choice = SubscriptionService.Choice.of(version.plan().value());

        var results = Together.run(2, thread -> allotment.subscriptions().subscribe(tenant, account, choice));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(AlreadySubscribed.class);
        assertThat(list(PageRequest.first(5))).hasSize(1);
    }

    @Test
    void a_trial_is_remembered_after_its_subscription_ended() {
        updated(ended(inserted(live())));
        assertThat(hadTrial()).isFalse();

        var trial = Subscription.started(
                tenant,
                new SubscriptionId(ids.next()),
                account,
                version.id(),
                Optional.of(PRICE),
                SubscriptionStatus.ACTIVE,
                14,
                1,
                Times.UTC,
                Document.EMPTY,
                clock.instant());
        updated(ended(inserted(trial)));

        assertThat(hadTrial()).isTrue();
    }

    @Test
    void subscriptions_are_listed_newest_first() {
        var subscriptions = new ArrayList<Subscription>();
        for (int i = 0; i < 5; i++) {
            subscriptions.add(updated(ended(inserted(live()))));
            clock.advance(Duration.ofDays(1));
        }
        Collections.reverse(subscriptions);

        assertListing(
                subscriptions,
                page -> inTenant(tenant, () -> persistence.subscriptions().list(tenant, account, page)));
    }

    @Test
    void what_is_not_there_cannot_be_updated() {
        var never = live();

        assertImpossible(() -> updated(never));
        assertThat(current()).isEmpty();
    }

    @Test
    void what_a_subscription_names_must_exist() {
        var here = account;
        account = new AccountId(ids.next());
        var ofNoAccount = live();
        account = here;

        assertImpossible(() -> inserted(ofNoAccount));
        assertImpossible(() -> inserted(with(live(), Optional.of(new PriceKey("no-such-price")))));
        assertImpossible(() -> inserted(of(new PlanVersionId(ids.next()))));
        assertThat(current()).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_writes_subscriptions() {
        var other = given.tenant().id();
        var subscription = inserted(live());

        inTenant(other, () -> {
            assertThat(persistence.subscriptions().findCurrent(tenant, account)).isEmpty();
            assertThat(persistence.subscriptions().findCurrent(other, account)).isEmpty();
            assertThat(persistence.subscriptions().hadTrial(tenant, account)).isFalse();
            assertThat(persistence
                            .subscriptions()
                            .list(tenant, account, PageRequest.first(5))
                            .items())
                    .isEmpty();
        });
        assertImpossible(() -> inTenant(other, () -> persistence.subscriptions().update(ended(subscription))));
        assertThat(current()).contains(subscription);

        updated(ended(subscription));
        assertImpossible(() -> inTenant(other, () -> persistence.subscriptions().insert(live())));
        assertThat(list(PageRequest.first(5))).hasSize(1);
    }

    @Test
    void a_failed_unit_leaves_subscriptions_as_they_were() {
        inTenantThenUndone(tenant, () -> persistence.subscriptions().insert(live()));
        assertThat(current()).isEmpty();

        var subscription = inserted(live());
        inTenantThenUndone(tenant, () -> persistence.subscriptions().update(ended(subscription)));
        assertThat(current()).contains(subscription);
    }

    private Subscription live() {
        return of(version.id());
    }

    private Subscription of(PlanVersionId planVersion) {
        return Subscription.started(
                tenant,
                new SubscriptionId(ids.next()),
                account,
                planVersion,
                planVersion.equals(version.id()) ? Optional.of(PRICE) : Optional.empty(),
                SubscriptionStatus.ACTIVE,
                0,
                1,
                Times.UTC,
                Document.EMPTY,
                clock.instant());
    }

    private Subscription with(Subscription subscription, Optional<PriceKey> price) {
        return new Subscription(
                tenant,
                subscription.id(),
                account,
                version.id(),
                price,
                subscription.status(),
                subscription.cycle(),
                subscription.currentPeriod(),
                Optional.empty(),
                Optional.empty(),
                true,
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                START,
                START);
    }

    private Subscription ended(Subscription subscription) {
        return subscription.canceled(false, Optional.of("enough"), clock.instant());
    }

    private Subscription inserted(Subscription subscription) {
        inTenant(tenant, () -> persistence.subscriptions().insert(subscription));
        return subscription;
    }

    private Subscription updated(Subscription subscription) {
        inTenant(tenant, () -> persistence.subscriptions().update(subscription));
        return subscription;
    }

    private Optional<Subscription> current() {
        return inTenant(tenant, () -> persistence.subscriptions().findCurrent(tenant, account));
    }

    private boolean hadTrial() {
        return inTenant(tenant, () -> persistence.subscriptions().hadTrial(tenant, account));
    }

    private List<Subscription> list(PageRequest page) {
        return inTenant(tenant, () -> persistence.subscriptions().list(tenant, account, page))
                .items();
    }
}

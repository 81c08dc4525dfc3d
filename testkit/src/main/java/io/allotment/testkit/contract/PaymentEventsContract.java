package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Events of a gateway are kept once, applied, tried again, asked for, and go when their time is over. */
public abstract class PaymentEventsContract extends BilledContract {

    @Test
    void what_cannot_be_applied_is_tried_for_thirty_days() {
        known();
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        var stored = StoredEvent.received(
                gateway.name(),
                gateway.verify(gateway.telling(event), TestGateway.SIGNED, clock.instant()),
                clock.instant());

        assertThat(stored.failed("broken", clock.instant().plus(Duration.ofDays(30)))
                        .nextAt())
                .isPresent();
        var given = stored.failed(
                "broken", clock.instant().plus(Duration.ofDays(30)).plusSeconds(1));
        assertThat(given.nextAt()).isEmpty();
        assertThat(given.status()).isEqualTo(StoredEvent.Status.WAITING);
        assertThat(given.problem()).contains("broken");
    }

    @Test
    void what_is_not_signed_leaves_nothing() {
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        var body = gateway.telling(event);

        assertThatThrownBy(() -> billed.paymentEvents().receive(gateway.name(), body, Optional.of("forged")))
                .isInstanceOf(EventRefused.class);
        assertThatThrownBy(() -> billed.paymentEvents().receive(gateway.name(), body, Optional.empty()))
                .isInstanceOf(EventRefused.class);

        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id())))
                .isEmpty();
    }

    @Test
    void an_event_that_names_nothing_of_ours_waits_until_it_does() {
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(event);
        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.UNKNOWN);
        assertThat(stored(event).about()).contains(aboutIt(false));

        known();
        clock.advance(Duration.ofMinutes(1));
        billed.paymentEvents().applyDue();

        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(stored(event).about()).contains(aboutIt(true));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
    }

    /** The subscription, ours or nobody's. */
    private StoredEvent.About aboutIt(boolean isOurs) {
        return new StoredEvent.About(
                StoredEvent.About.Kind.SUBSCRIPTION,
                subscription,
                isOurs ? Optional.of(id()) : Optional.empty(),
                isOurs ? Optional.of(account) : Optional.empty());
    }

    @Test
    void an_event_is_kept_once_and_its_payload_goes_when_it_is_applied() {
        known();
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        var body = gateway.telling(event);

        assertThat(billed.paymentEvents().receive(gateway.name(), body, TestGateway.SIGNED))
                .contains(event.id());
        assertThat(billed.paymentEvents().receive(gateway.name(), body, TestGateway.SIGNED))
                .isEmpty();

        var stored = inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id()))
                .orElseThrow();
        assertThat(stored.status()).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(stored.payload()).isEmpty();
        assertThat(stored.doneAt()).contains(clock.instant());
    }

    @Test
    void what_could_not_be_applied_says_whose_it_is_and_why_in_plain_words() {
        known();
        plan = given.plan(terms(1));
        allotment.catalog().deleteVersion(plan.plan(), 1);
        var event = begun("sub-" + Fixtures.word(), 1);
        told(event);

        assertThat(stored(event).problem().orElseThrow())
                .startsWith("The subscription " + subscription + " of the tenant " + id() + ": There is no price")
                .doesNotContain("Exception");
        assertThat(stored(event).about()).contains(aboutIt(true));
    }

    @Test
    void the_payload_of_what_names_nothing_of_ours_goes_with_the_last_try() {
        var event = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(event);
        assertThat(stored(event).payload()).isPresent();

        clock.advance(Duration.ofDays(30).plusSeconds(1));
        billed.paymentEvents().applyDue();

        assertThat(stored(event).status()).isEqualTo(StoredEvent.Status.UNKNOWN);
        assertThat(stored(event).payload()).isEmpty();
        assertThat(stored(event).nextAt()).isEmpty();
        assertThat(stored(event).problem()).isPresent();
    }

    @Test
    void an_event_in_other_words_is_asked_for_and_one_of_no_concern_is_ignored() {
        known();
        gateway.is(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(new PaymentEvent.Changed(
                "evt-" + Fixtures.word(), "changed", at(0), GatewayObject.Kind.SUBSCRIPTION, subscription));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);

        var none = new PaymentEvent.Ignored("evt-" + Fixtures.word(), "weather.changed", at(0));
        told(none);
        assertThat(statusOf(none.id())).isEqualTo(StoredEvent.Status.IGNORED);
    }

    /** Nobody knows its price. */
    private PaymentEvent.Told unreadable() {
        var unknownPrice = new GatewaySubscription(
                subscription,
                Optional.of(customer()),
                GatewaySubscription.Status.ACTIVE,
                "price-of-nobody",
                1,
                period,
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                at(0));
        return new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(0), unknownPrice);
    }

    @Test
    void what_cannot_be_applied_waits_for_the_job_and_stops_nobody_else() {
        known();
        var event = unreadable();
        told(event);
        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.WAITING);

        clock.advance(Duration.ofMinutes(1));
        var portion = billed.paymentEvents().applyDue();

        assertThat(portion.failed()).isEqualTo(1);
        assertThat(statusOf(event.id())).isEqualTo(StoredEvent.Status.WAITING);
    }

    @Test
    void what_was_told_long_ago_goes_however_it_stands() {
        known();
        var none = new PaymentEvent.Ignored("evt-" + Fixtures.word(), "weather.changed", at(0));
        told(none);
        var waiting = unreadable();
        told(waiting);

        clock.advance(Duration.ofDays(90));
        while (billed.upkeep().retain().more()) {}
        assertThat(statusOf(none.id())).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(statusOf(waiting.id())).isEqualTo(StoredEvent.Status.WAITING);
        clock.advance(Duration.ofSeconds(1));
        while (billed.upkeep().retain().more()) {}

        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), none.id())))
                .isEmpty();
        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), waiting.id())))
                .isEmpty();
        assertThatThrownBy(() -> inTenant(id(), () -> persistence.retentions().removePaymentEvents(clock.instant(), 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_was_told_while_nobody_heard_is_asked_for_once() {
        known();
        var first = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(0), state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(first);
        assertThat(billed.paymentEvents().followMissed().done()).isZero();
        clock.advance(Duration.ofDays(3));
        var missed = new PaymentEvent.Told(
                "evt-" + Fixtures.word(), "changed", at(60), state(GatewaySubscription.Status.PAST_DUE, at(60)));
        gateway.telling(missed);
        gateway.telling(new PaymentEvent.Ignored("evt-" + Fixtures.word(), "weather.changed", at(61)));

        var found = billed.paymentEvents().reconcile(false);
        assertThat(found.missed()).extracting(StoredEvent::id).containsExactly(missed.id());
        assertThat(found.isInOrder()).isFalse();
        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), missed.id())))
                .isEmpty();

        assertThat(billed.paymentEvents().followMissed().done()).isEqualTo(1);
        assertThat(statusOf(missed.id())).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(live().status()).isEqualTo(SubscriptionStatus.PAST_DUE);
        assertThat(billed.paymentEvents().followMissed().done()).isZero();
        assertThat(inPlatform(() -> persistence.paymentEvents().findAskedUntil(gateway.name())))
                .contains(at(61));
    }

    @Test
    void jobs_of_gateways_are_the_operators_to_run() {
        var owner = given.member(tenant, SystemRole.OWNER);
        var events = billed.as(Caller.user(owner, Origin.HERE)).paymentEvents();

        for (ThrowingCallable job : List.<ThrowingCallable>of(
                events::applyDue, events::followMissed, events::followAll, () -> events.reconcile(true))) {
            assertThatThrownBy(job).isInstanceOf(Forbidden.class);
        }
        assertThatThrownBy(
                        () -> inTenant(id(), () -> persistence.paymentEvents().findAskedUntil(gateway.name())))
                .isInstanceOf(RuntimeException.class);
        inPlatform(() -> {
            persistence.paymentEvents().askedUntil(gateway.name(), at(2));
            persistence.paymentEvents().askedUntil(gateway.name(), at(1));
            return null;
        });
        assertThat(inPlatform(() -> persistence.paymentEvents().findAskedUntil(gateway.name())))
                .contains(at(2));
    }

    @Test
    void a_name_is_one_accounts_and_another_tenant_does_not_see_it() {
        var name = new GatewayName(
                gateway.name(), GatewayName.Kind.PAYMENT, "pay-" + Fixtures.word(), id(), account, Optional.of("ours"));
        inTenant(id(), () -> persistence.gatewayDirectory().put(name));
        inTenant(id(), () -> persistence.gatewayDirectory().put(name));
        var other = given.tenant();

        assertThat(find(id(), name)).contains(name);
        assertThat(find(other.id(), name)).isEmpty();
        assertThat(inPlatform(() -> persistence.gatewayDirectory().find(name.gateway(), name.kind(), name.gatewayId())))
                .contains(name);
        var theirs = new GatewayName(
                name.gateway(), name.kind(), name.gatewayId(), other.id(), Fixtures.accountOf(other), Optional.empty());
        assertThatThrownBy(() -> inTenant(
                        other.id(), () -> persistence.gatewayDirectory().put(theirs)))
                .isInstanceOf(AlreadyExists.class);
        assertThat(inTenant(id(), () -> persistence.gatewayDirectory().remove(name)))
                .isTrue();
        assertThat(find(id(), name)).isEmpty();
    }

    private Optional<GatewayName> find(TenantId in, GatewayName name) {
        return inTenant(in, () -> persistence.gatewayDirectory().find(name.gateway(), name.kind(), name.gatewayId()));
    }
}

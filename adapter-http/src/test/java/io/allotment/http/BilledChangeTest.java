package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a gateway bills is changed there, until it has ended. */
class BilledChangeTest extends HttpTest {

    private TestGateway gateway;
    private Tenant tenant;
    private String account;
    private String plan;

    @Override
    PaymentGateway payments() {
        gateway = new TestGateway("test", clock);
        return gateway;
    }

    @BeforeEach
    void a_subscription_that_the_gateway_bills() {
        tenant = given.tenant();
        account = "/v1/tenants/" + tenant.id() + "/accounts/" + tenant.id();
        var version = given.plan(PlanVersionTerms.empty().at(Price.monthly("monthly", 1_000, "EUR")));
        plan = version.plan().value();
        var checkout = api.post(account + "/billing/checkout", "{\"plan\": \"" + plan + "\"}")
                .is(201)
                .at("/id");
        api.post(account + "/billing/checkouts/" + checkout + "/cancel").is(200);
        var now = clock.instant();
        var state = new GatewaySubscription(
                "sub_1",
                Optional.of("customer-" + tenant.id()),
                GatewaySubscription.Status.ACTIVE,
                version.id() + "/monthly",
                3,
                Period.between(now, now.plus(Duration.ofDays(31))),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                now);
        gateway.is(state);
        allotment
                .paymentEvents()
                .receive(
                        "test",
                        gateway.telling(new PaymentEvent.Told("evt_1", "changed", now, state)),
                        TestGateway.SIGNED);
        clock.advance(Duration.ofMinutes(5));
    }

    @Test
    void seats_alone_are_changed_without_naming_the_plan_again() {
        allotment.catalog().addVersion(new PlanKey(plan), PlanVersionTerms.empty());

        var changed =
                api.post(account + "/billing/change", "{\"quantity\": 12}").is(200);

        assertThat(changed.at("/billed/quantity")).isEqualTo("12");
        assertThat(changed.at("/plan")).isEqualTo(plan);
        assertThat(changed.at("/version")).as("though there is a newer one").isEqualTo("1");
        assertThat(changed.at("/price")).isEqualTo("monthly");
        api.post(account + "/billing/change", "{}").isProblem(422, "nothing-to-change", null);
        api.post(account + "/billing/change", "{\"prorated\": true}").isProblem(422, "nothing-to-change", null);
    }

    @Test
    void who_is_subscribed_is_told_how_to_change_it() {
        var refused = api.post(account + "/billing/checkout", "{\"plan\": \"" + plan + "\"}")
                .isProblem(409, "already-subscribed", null);

        assertThat(refused.at("/detail")).contains("POST /billing/change");
    }

    @Test
    void what_has_ended_is_not_resumed_nor_is_it_said_to_have_been() {
        api.post(account + "/billing/cancel", "{\"atPeriodEnd\": false}").is(200);
        clock.advance(Duration.ofMinutes(5));

        for (var verb : new String[] {"resume", "cancel"}) {
            var refused = api.post(account + "/billing/" + verb).isProblem(409, "subscription-over", null);
            assertThat(refused.at("/detail")).contains("has ended", "POST /billing/checkout");
        }
        api.post(account + "/billing/change", "{\"quantity\": 12}").isProblem(409, "subscription-over", null);

        assertThat(api.get("/v1/tenants/" + tenant.id() + "/audit").each("/action"))
                .contains("subscription.cancel-asked")
                .doesNotContain("subscription.resume-asked", "subscription.change-asked");
        assertThat(gateway.orders()).hasSize(1);
    }

    @Test
    void an_event_that_fails_tells_how_often_and_why_and_the_last_one_comes_first() {
        var now = clock.instant();
        gateway.isAway(true);
        for (int i = 2; i < 4; i++) {
            var event = new PaymentEvent.Changed(
                    "evt_" + (9 - i), "changed", now, GatewayObject.Kind.SUBSCRIPTION, "sub_1");
            allotment.paymentEvents().receive("test", gateway.telling(event), TestGateway.SIGNED);
            clock.advance(Duration.ofSeconds(1));
        }

        var listed = api.get("/v1/payment-events?limit=2").is(200);

        assertThat(listed.each("/id")).containsExactly("evt_6", "evt_7");
        assertThat(listed.each("/attempts")).containsExactly("1", "1");
        assertThat(listed.each("/status")).containsOnly("WAITING");
        assertThat(listed.each("/problem")).containsOnly("Nobody is there.");
        assertThat(listed.each("/tenant")).containsOnly(tenant.id().toString());
        assertThat(listed.each("/account")).containsOnly(tenant.id().toString());
        assertThat(listed.each("/objectKind")).containsOnly("SUBSCRIPTION");
        assertThat(listed.each("/objectId")).containsOnly("sub_1");
        assertThat(api.get("/v1/payment-events?tenant=" + tenant.id()).each("/id"))
                .startsWith("evt_6", "evt_7");
        assertThat(api.get("/v1/payment-events?tenant=00000000-0000-7000-8000-000000000001")
                        .each("/id"))
                .isEmpty();
        assertThat(api.get("/v1/payment-events?limit=2&after=" + listed.at("/next"))
                        .each("/id"))
                .containsExactly("evt_1");
    }
}

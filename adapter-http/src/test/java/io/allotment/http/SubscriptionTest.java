package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriptionTest extends HttpTest {

    private String tenant;
    private String account;

    @BeforeEach
    void a_plan_and_a_tenant() {
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "trialDays": 14, "graceDays": 7, "includedCredits": "100",
                 "prices": [{"key": "monthly", "interval": "MONTH", "amountMinor": 2900, "currency": "EUR"},
                            {"key": "yearly", "interval": "YEAR", "amountMinor": 29000, "currency": "EUR"}]}""").is(201);
        var id = given.tenant().id();
        tenant = "/v1/tenants/" + id;
        account = tenant + "/accounts/" + id;
    }

    @Test
    void subscribing_begins_with_the_trial_and_grants_what_is_included() {
        var subscription = api.post(account + "/subscription", """
                {"plan": "pro", "price": "yearly", "metadata": {"order": "o-1"}}""").is(201);

        assertThat(subscription.at("/status")).isEqualTo("TRIALING");
        assertThat(subscription.at("/plan")).isEqualTo("pro");
        assertThat(subscription.at("/version")).isEqualTo("1");
        assertThat(subscription.at("/price")).isEqualTo("yearly");
        assertThat(subscription.at("/periodMonths")).isEqualTo("12");
        assertThat(subscription.at("/trial/end")).isEqualTo("2026-03-24T10:00:00Z");
        assertThat(subscription.at("/metadata/order")).isEqualTo("o-1");
        assertThat(api.get(subscription.header("Location")).text()).isEqualTo(subscription.text());
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("100");
        assertThat(api.get(account + "/grants").each("/source")).containsExactly("SUBSCRIPTION");
    }

    @Test
    void time_alone_moves_a_subscription_on() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);

        clock.advance(Duration.ofDays(20));

        var now = api.get(account + "/subscription");
        assertThat(now.at("/status")).isEqualTo("ACTIVE");
        assertThat(now.at("/currentPeriod/end")).isEqualTo("2026-04-24T10:00:00Z");
    }

    @Test
    void an_account_has_one_live_subscription() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);

        api.post(account + "/subscription", "{\"plan\": \"pro\"}").isProblem(409, "already-subscribed", null);

        assertThat(api.get(account + "/subscriptions").items()).hasSize(1);
    }

    @Test
    void what_is_subscribed_to_exists_and_is_sold() {
        api.post(account + "/subscription", "{\"plan\": \"none\"}").isProblem(422, "unknown-plan", "plan");
        api.post(account + "/subscription", "{\"plan\": \"pro\", \"version\": 2}")
                .isProblem(422, "unknown-plan-version", "version");
        api.post(account + "/subscription", "{\"plan\": \"pro\", \"price\": \"weekly\"}")
                .isProblem(422, "unknown-price", "price");
        api.patch("/v1/plans/pro", "{\"active\": false}").is(200);
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").isProblem(422, "invalid-value", "plan");

        api.get(account + "/subscription").is(404);
        assertThat(api.get(account + "/credits/entries").items()).isEmpty();
    }

    @Test
    void a_cancellation_at_the_end_of_the_period_lets_it_run_until_then() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);

        var canceled = api.post(account + "/subscription/cancel", """
                {"atPeriodEnd": true, "reason": "too expensive"}""").is(200);

        assertThat(canceled.at("/status")).isEqualTo("TRIALING");
        assertThat(canceled.at("/cancelAtPeriodEnd")).isEqualTo("true");
        assertThat(canceled.at("/cancellationReason")).isEqualTo("too expensive");
        clock.advance(Duration.ofDays(15));
        assertThat(api.get(account + "/subscription").at("/status")).isEqualTo("CANCELED");
    }

    @Test
    void a_cancellation_without_words_ends_it_at_once() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);

        var canceled = api.post(account + "/subscription/cancel").is(200);

        assertThat(canceled.at("/status")).isEqualTo("CANCELED");
        assertThat(canceled.at("/endedAt")).isEqualTo("2026-03-10T10:00:00Z");
    }

    @Test
    void a_step_that_the_state_does_not_allow_is_a_conflict() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);

        api.post(account + "/subscription/resume").isProblem(409, "transition-refused", null);

        assertThat(api.post(account + "/subscription/pause").is(200).at("/status"))
                .isEqualTo("PAUSED");
        assertThat(api.post(account + "/subscription/resume").is(200).at("/status"))
                .isEqualTo("TRIALING");
        var pastDue = api.post(account + "/subscription/mark-past-due").is(200);
        assertThat(pastDue.at("/pastDueSince")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(pastDue.at("/graceEndsAt")).isEqualTo("2026-03-17T10:00:00Z");
        assertThat(api.post(account + "/subscription/expire").is(200).at("/status"))
                .isEqualTo("EXPIRED");
    }

    @Test
    void a_change_of_plan_is_previewed_and_then_made() {
        api.post("/v1/plans", "{\"key\": \"team\", \"name\": \"Team\"}").is(201);
        api.post("/v1/plans/team/versions", """
                {"includedCredits": "1000",
                 "prices": [{"key": "monthly", "interval": "MONTH", "amountMinor": 9900, "currency": "EUR"}]}""").is(201);
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
        api.post(account + "/subscription/activate").is(200);

        var preview = api.get(account + "/subscription/plan-change?plan=team&creditPolicy=CLAW_BACK_UNUSED")
                .is(200);
        assertThat(api.get(account + "/subscription").at("/plan")).isEqualTo("pro");
        var changed = api.post(account + "/subscription/change-plan", """
                {"plan": "team", "creditPolicy": "CLAW_BACK_UNUSED"}""").is(200);

        for (var change : List.of(preview, changed)) {
            assertThat(change.at("/granted")).isEqualTo("900");
            assertThat(change.at("/clawedBack")).isEqualTo("0");
            assertThat(change.at("/chargeMinor")).isEqualTo("7000");
            assertThat(change.at("/subscription/plan")).isEqualTo("team");
        }
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("1000");
        api.post(account + "/subscription/change-plan", "{\"plan\": \"team\"}").isProblem(422, "invalid-value", "plan");
    }

    @Test
    void a_change_can_wait_for_the_next_period_and_be_dropped() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
        api.post(account + "/subscription/activate").is(200);
        var yearly = "{\"plan\": \"pro\", \"price\": \"yearly\", \"atPeriodEnd\": true}";

        var waiting = api.post(account + "/subscription/change-plan", yearly).is(200);
        assertThat(waiting.at("/effectiveAt")).isEqualTo("2026-04-10T10:00:00Z");
        assertThat(waiting.at("/subscription/scheduled/price")).isEqualTo("yearly");
        api.delete(account + "/subscription/scheduled-change").is(200);
        api.delete(account + "/subscription/scheduled-change").isProblem(404, "scheduled-change-not-found", null);
        api.post(account + "/subscription/change-plan", yearly).is(200);
        clock.advance(Duration.ofDays(31));

        var changed = api.get(account + "/subscription");
        assertThat(changed.at("/price")).isEqualTo("yearly");
        assertThat(changed.at("/currentPeriod/end")).isEqualTo("2027-04-10T10:00:00Z");
    }

    @Test
    void subscribers_are_taken_to_another_version_and_no_one_twice() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
        api.post(account + "/subscription/activate").is(200);
        var another = given.tenant().id();
        var theirs = "/v1/tenants/" + another + "/accounts/" + another + "/subscription";
        api.post(theirs, "{\"plan\": \"pro\"}").is(201);
        api.post(theirs + "/pause").is(200);
        api.post("/v1/plans/pro/versions", """
                {"includedCredits": "300",
                 "prices": [{"key": "monthly", "interval": "MONTH", "amountMinor": 3900, "currency": "EUR"}]}""").is(201);

        var preview = api.get("/v1/plans/pro/migration?fromVersion=1&toVersion=2&at=NOW&creditPolicy=CLAW_BACK_UNUSED")
                .is(200);
        assertThat(api.get(account + "/subscription").at("/version")).isEqualTo("1");
        var wish = """
                {"fromVersion": 1, "toVersion": 2, "at": "NOW", "creditPolicy": "CLAW_BACK_UNUSED"}""";
        var done =
                api.request("POST", "/v1/plans/pro/migration").body(wish).send().is(200);
        var again =
                api.request("POST", "/v1/plans/pro/migration").body(wish).send().is(200);

        for (var portion : List.of(preview, done)) {
            assertThat(portion.at("/subscribers")).isEqualTo("2");
            assertThat(portion.at("/changed")).isEqualTo("1");
            assertThat(portion.at("/granted")).isEqualTo("200");
            assertThat(portion.at("/charges/0/currency")).isEqualTo("EUR");
            assertThat(portion.at("/charges/0/amountMinor")).isEqualTo("1000");
            assertThat(portion.at("/refused/0/account")).isEqualTo(another.toString());
            assertThat(portion.at("/refused/0/code")).isEqualTo("transition-refused");
        }
        assertThat(again.at("/subscribers")).isEqualTo("1");
        assertThat(again.at("/changed")).isEqualTo("0");
        assertThat(api.get(account + "/subscription").at("/version")).isEqualTo("2");
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("300");
    }

    @Test
    void a_migration_says_when_and_what_becomes_of_the_credits() {
        var migration = "/v1/plans/pro/migration?toVersion=1";
        api.get(migration + "&at=NOW").isProblem(422, "invalid-value", "creditPolicy");
        api.get(migration + "&creditPolicy=KEEP").isProblem(422, "invalid-value", "creditPolicy");
        api.get(migration + "&fromVersion=1").isProblem(422, "invalid-value", "fromVersion");
        api.get(migration + "&fromVersion=7").isProblem(422, "unknown-plan-version", "fromVersion");
        api.get(migration + "&price=weekly").isProblem(422, "unknown-price", "price");
        api.get(migration + "&after=there").isProblem(422, "invalid-value", "after");
        api.get("/v1/plans/none/migration?toVersion=1").isProblem(404, "plan-not-found", null);
    }

    @Test
    void what_does_not_renew_expires_and_is_reactivated() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
        api.put(account + "/subscription/auto-renew", "{\"autoRenew\": false}").is(200);
        clock.advance(Duration.ofDays(14));
        assertThat(api.get(account + "/subscription").at("/status")).isEqualTo("EXPIRED");

        var again = api.post(account + "/subscription/reactivate").is(201);

        assertThat(again.at("/status")).isEqualTo("ACTIVE");
        assertThat(again.at("/plan")).isEqualTo("pro");
        api.post(account + "/subscription/reactivate").isProblem(409, "transition-refused", null);
    }

    @Test
    void past_subscriptions_are_listed_newest_first() {
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
        clock.advance(Duration.ofDays(1));
        api.post(account + "/subscription/cancel").is(200);
        clock.advance(Duration.ofDays(1));
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);

        assertThat(api.get(account + "/subscriptions").each("/status")).containsExactly("ACTIVE", "CANCELED");
        assertThat(api.get(account + "/subscriptions?limit=1").items()).hasSize(1);
    }

    @Test
    void a_member_may_have_one_account_of_their_own() {
        var stranger = given.user().id();
        var user = api.post("/v1/users", """
                {"email": "ada@example.org", "displayName": "Ada"}""").at("/id");
        api.post(tenant + "/members", "{\"userId\": \"%s\", \"displayName\": \"Ada\"}".formatted(user))
                .is(201);

        var opened = api.post(tenant + "/accounts", "{\"userId\": \"%s\"}".formatted(user))
                .is(201);

        assertThat(opened.at("/id")).isEqualTo(user);
        assertThat(opened.at("/holder")).isEqualTo("MEMBER");
        assertThat(api.get(opened.header("Location")).text()).isEqualTo(opened.text());
        assertThat(api.get(tenant + "/accounts").each("/holder")).containsExactlyInAnyOrder("TENANT", "MEMBER");
        api.post(tenant + "/accounts", "{\"userId\": \"%s\"}".formatted(user)).is(409);
        api.post(tenant + "/accounts", "{\"userId\": \"%s\"}".formatted(stranger))
                .isProblem(422, "unknown-member", "userId");
    }

    @Test
    void an_unknown_account_is_not_found_anywhere() {
        var unknown = tenant + "/accounts/" + UUID.randomUUID();

        api.get(unknown).isProblem(404, "account-not-found", null);
        api.post(unknown + "/subscription", "{\"plan\": \"pro\"}").isProblem(404, "account-not-found", null);
        api.get(unknown + "/credits").isProblem(404, "account-not-found", null);
        api.get(unknown + "/quotas").isProblem(404, "account-not-found", null);
        api.post(unknown + "/grants", "{\"amount\": \"1\", \"source\": \"GIFT\"}")
                .isProblem(404, "account-not-found", null);
    }
}

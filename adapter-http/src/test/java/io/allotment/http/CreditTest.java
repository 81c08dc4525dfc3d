package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreditTest extends HttpTest {

    private String tenant;
    private String account;

    @BeforeEach
    void a_tenant_without_credits() {
        var id = given.tenantWith(1).id();
        tenant = "/v1/tenants/" + id;
        account = tenant + "/accounts/" + id;
        api.post(account + "/credits/adjustments", "{\"amount\": \"-1\"}").is(201);
    }

    @Test
    void a_grant_is_kept_as_it_is_given_and_counts_at_once() {
        var grant = api.post(account + "/grants", """
                {"amount": "12.5", "source": "PURCHASE", "sourceId": "order-1", "priority": 5,
                 "expiresAt": "2027-01-01T00:00:00+01:00", "paymentReference": "pi_1", "description": "a top-up",
                 "metadata": {"campaign": "spring"}}""").is(201);

        assertThat(grant.at("/remaining")).isEqualTo("12.5");
        assertThat(grant.at("/effectiveFrom")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(grant.at("/expiresAt")).isEqualTo("2026-12-31T23:00:00Z");
        assertThat(grant.at("/metadata/campaign")).isEqualTo("spring");
        assertThat(api.get(grant.header("Location")).text()).isEqualTo(grant.text());
        assertThat(api.get(account + "/credits").text())
                .isEqualTo("{\"balance\":\"12.5\",\"held\":\"0\",\"available\":\"12.5\",\"pending\":\"0\","
                        + "\"overdraft\":\"0\",\"overdraftLimit\":\"0\"}");
        var entry = api.get(account + "/credits/entries").json().at("/items/0");
        assertThat(entry.at("/type").textValue()).isEqualTo("GRANTED");
        assertThat(entry.at("/draws/0/grant").textValue()).isEqualTo(grant.at("/id"));
        assertThat(entry.at("/paymentReference").textValue()).isEqualTo("pi_1");
        assertThat(entry.at("/actor/type").textValue()).isEqualTo("SYSTEM");
    }

    @Test
    void a_grant_whose_time_has_not_begun_is_pending() {
        api.post(account + "/grants", """
                {"amount": 5, "source": "GIFT", "effectiveFrom": "2026-04-01T00:00:00Z"}""").is(201);

        var balance = api.get(account + "/credits");
        assertThat(balance.at("/balance")).isEqualTo("5");
        assertThat(balance.at("/available")).isEqualTo("0");
        assertThat(balance.at("/pending")).isEqualTo("5");
    }

    @ParameterizedTest
    @CsvSource({
        "'\"0\"', must be more than zero",
        "0, must be more than zero",
        "'\"-1\"', must be more than zero",
        "-0.5, must be more than zero",
        "'\"1000000000000000000\"', is too large; at most 18 digits before the point",
        "1e400, is too large; at most 29 digits before the point",
        "1e999999999, is too large; at most 29 digits before the point",
        "'\"0.0000000001\"', has more than 9 decimals",
        "1e-999999999, has more than 9 decimals",
        "'\"ten\"', must be a decimal number such as 12.5",
        "'\"1,5\"', must be a decimal number such as 12.5",
        "'\"1e5\"', must be a decimal number such as 12.5",
        "'\"NaN\"', must be a decimal number such as 12.5",
        "'\"+1\"', must be a decimal number such as 12.5",
        "'\" 1\"', must be a decimal number such as 12.5",
        "'\"\"', must be a decimal number such as 12.5",
        "'\"١\"', must be a decimal number such as 12.5",
    })
    void an_amount_that_is_none_is_refused_by_name_and_nothing_is_written(String amount, String message) {
        var before = stored().entries();

        var answer = api.postBad(account + "/grants", "{\"amount\": %s, \"source\": \"GIFT\"}".formatted(amount))
                .isProblem(422, "invalid-value", "amount");

        assertThat(answer.at("/errors/0/message")).isEqualTo(message);
        assertThat(answer.at("/detail")).isEqualTo("amount " + message + ".");
        assertThat(stored().entries()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "[1]", "{\"value\": 1}", "null"})
    void an_amount_of_another_type_is_no_request_at_all(String amount) {
        api.postBad(account + "/grants", "{\"amount\": %s, \"source\": \"GIFT\"}".formatted(amount))
                .isProblem(400, "wrong-type", "amount");
    }

    @Test
    void a_grant_that_ends_before_it_begins_is_refused() {
        api.post(account + "/grants", """
                {"amount": "5", "source": "GIFT", "effectiveFrom": "2026-04-01T00:00:00Z",
                 "expiresAt": "2026-04-01T00:00:00Z"}""").isProblem(422, "invalid-value", "expiresAt");
        api.postBad(account + "/grants", """
                {"amount": "5", "source": "GIFT", "expiresAt": "next year"}""").isProblem(422, "invalid-value", "expiresAt");
        api.postBad(account + "/grants", """
                {"amount": "5", "source": "LOTTERY"}""").isProblem(422, "invalid-value", "source");
        api.postBad(account + "/grants", """
                {"amount": "5", "source": "GIFT", "priority": 1001}""").isProblem(422, "invalid-value", "priority");
    }

    @Test
    void grants_that_expire_soon_are_found() {
        var soon = grant("{\"amount\": \"1\", \"source\": \"GIFT\", \"expiresAt\": \"2026-03-12T00:00:00Z\"}");
        grant("{\"amount\": \"2\", \"source\": \"GIFT\", \"expiresAt\": \"2026-06-01T00:00:00Z\"}");
        grant("{\"amount\": \"3\", \"source\": \"GIFT\"}");

        assertThat(api.get(account + "/grants?expiringWithinDays=7").each("/id"))
                .containsExactly(soon);
        assertThat(api.get(account + "/grants?expiringWithinDays=100").items()).hasSize(2);
        api.get(account + "/grants?expiringWithinDays=0").isProblem(422, "invalid-value", "expiringWithinDays");
        api.get(account + "/grants?expiringWithinDays=soon").isProblem(400, "wrong-type", "expiringWithinDays");
    }

    @Test
    void entries_are_found_by_what_is_known_of_them() {
        grant("""
                {"amount": "1", "source": "PURCHASE", "sourceId": "order-1", "paymentReference": "pi_1",
                 "expiresAt": "2026-03-12T00:00:00Z"}""");
        grant("{\"amount\": \"20\", \"source\": \"GIFT\", \"sourceId\": \"spring\"}");
        var operation = given.operation("1");
        api.post(tenant + "/gate/consume", """
                {"operation": "%s", "quantity": 2, "relatedTo": {"type": "meeting", "id": "m 1"}}""".formatted(operation)).is(200);

        assertThat(entries("?type=CONSUMED")).containsExactly("-2");
        assertThat(entries("?source=PURCHASE&type=GRANTED&sourceId=order-1")).containsExactly("1");
        assertThat(entries("?sourceId=spring")).containsExactly("20");
        assertThat(entries("?paymentReference=pi_1")).containsExactly("1");
        assertThat(entries("?expiresBefore=2026-04-01T00:00:00Z")).containsExactly("1");
        assertThat(entries("?relatedType=meeting&relatedId=m%201")).containsExactly("-2");
        assertThat(entries("?relatedType=meeting&relatedId=m2")).isEmpty();
        api.get(account + "/credits/entries?relatedType=meeting").isProblem(422, "invalid-value", "relatedId");
        api.get(account + "/credits/entries?type=LOST").isProblem(422, "invalid-value", "type");
        api.get(account + "/credits/entries?expiresBefore=soon").isProblem(422, "invalid-value", "expiresBefore");
    }

    @Test
    void the_ledger_is_gapless_and_paged_newest_first() {
        for (int i = 0; i < 4; i++) {
            grant("{\"amount\": \"1\", \"source\": \"GIFT\"}");
        }

        var first = api.get(account + "/credits/entries?limit=4");
        var second = api.get(account + "/credits/entries?limit=4&after=" + first.at("/next"));

        assertThat(first.each("/sequence")).containsExactly("6", "5", "4", "3");
        assertThat(second.each("/sequence")).containsExactly("2", "1");
        api.get(account + "/credits/entries?after=nowhere").isProblem(422, "invalid-value", "after");
    }

    @Test
    void an_expired_grant_is_written_off_in_the_ledger() {
        grant("{\"amount\": \"1\", \"source\": \"GIFT\", \"expiresAt\": \"2026-03-12T00:00:00Z\"}");
        clock.advance(Duration.ofDays(3));

        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("0");
        grant("{\"amount\": \"5\", \"source\": \"GIFT\"}");

        assertThat(api.get(account + "/credits/entries?limit=2").each("/type")).containsExactly("GRANTED", "EXPIRED");
    }

    @Test
    void an_adjustment_adds_or_takes_and_never_more_than_there_is() {
        assertThat(api.post(account + "/credits/adjustments", """
                {"amount": "10", "description": "lost in the move"}""").is(201).at("/balanceAfter"))
                .isEqualTo("10");
        assertThat(api.post(account + "/credits/adjustments", "{\"amount\": -4}")
                        .is(201)
                        .at("/balanceAfter"))
                .isEqualTo("6");

        api.post(account + "/credits/adjustments", "{\"amount\": \"-6.000000001\"}")
                .isProblem(409, "insufficient-credits", "amount");
        api.post(account + "/credits/adjustments", "{\"amount\": \"0\"}").isProblem(422, "invalid-value", "amount");

        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("6");
    }

    @Test
    void a_part_of_an_unused_grant_rolls_over_until_its_last_end() {
        var grant = account + "/grants/" + grant("""
                {"amount": "5", "source": "SUBSCRIPTION", "expiresAt": "2026-03-12T00:00:00Z",
                 "rollover": {"max": "2", "until": "2026-03-14T00:00:00Z"}}""");

        assertThat(api.get(grant).json().at("/rollover").toString())
                .isEqualTo("{\"max\":\"2\",\"until\":\"2026-03-14T00:00:00Z\"}");
        clock.advance(Duration.ofDays(3));
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("2");
        clock.advance(Duration.ofDays(1));
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"max": "2", "until": "2026-03-12T00:00:00Z"} | 422 | invalid-value | rollover.until
            {"max": "0", "until": "2026-03-14T00:00:00Z"} | 422 | invalid-value | rollover.max
            {"max": "two", "until": "2026-03-14T00:00:00Z"} | 422 | invalid-value | rollover.max
            {"max": "2"} | 400 | missing-field | rollover.until
            {"max": "2", "until": "2026-03-14T00:00:00Z", "from": 1} | 400 | unknown-field | rollover.from
            """)
    void a_rollover_that_cannot_be_is_named_by_its_path(String rollover, int status, String code, String field) {
        api.postBad(
                        account + "/grants",
                        "{\"amount\": \"5\", \"source\": \"GIFT\", \"expiresAt\": \"2026-03-12T00:00:00Z\", \"rollover\": %s}"
                                .formatted(rollover))
                .isProblem(status, code, field);
    }

    @Test
    void an_overdraft_is_drawn_up_to_its_limit_and_the_next_credits_repay_it() {
        var set = api.put(account + "/credits/overdraft-limit", "{\"limit\": \"5\"}")
                .is(200);
        var charge = "{\"operation\": \"%s\", \"quantity\": %s}";
        var operation = given.operation("1");

        var drawn = api.post(tenant + "/gate/consume", charge.formatted(operation, "3"));
        var denied = api.post(tenant + "/gate/consume", charge.formatted(operation, "2.5"));

        assertThat(set.at("/overdraftLimit")).isEqualTo("5");
        assertThat(drawn.at("/allowed")).isEqualTo("true");
        assertThat(drawn.at("/balanceAfter")).isEqualTo("-3");
        assertThat(denied.at("/denial/reason")).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(denied.at("/denial/available")).isEqualTo("2");
        var overdrawn = api.get(account + "/credits");
        assertThat(overdrawn.at("/balance")).isEqualTo("-3");
        assertThat(overdrawn.at("/overdraft")).isEqualTo("3");
        assertThat(api.get(account + "/credits/entries").at("/items/0/overdraftChange"))
                .isEqualTo("3");
        grant("{\"amount\": \"10\", \"source\": \"PURCHASE\"}");
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("7");
        assertThat(api.get(account + "/credits/entries?type=REPAID").at("/items/0/overdraftChange"))
                .isEqualTo("-3");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void an_overdraft_limit_is_set_again_by_the_same_request_and_ended_by_zero() {
        var path = account + "/credits/overdraft-limit";

        assertThat(api.put(path, "{\"limit\": \"5\"}").text())
                .isEqualTo(api.put(path, "{\"limit\": 5.0}").text());
        assertThat(api.put(path, "{\"limit\": \"0\"}").is(200).at("/overdraftLimit"))
                .isEqualTo("0");
        putBad(path, "{\"limit\": \"-1\"}").isProblem(422, "invalid-value", "limit");
        putBad(path, "{\"limit\": \"1000000000000000000\"}").isProblem(422, "invalid-value", "limit");
        putBad(path, "{\"limit\": \"many\"}").isProblem(422, "invalid-value", "limit");
        putBad(path, "{}").isProblem(400, "missing-field", "limit");
        putBad(path, "{\"limit\": null}").isProblem(400, "wrong-type", "limit");
        api.put(tenant + "/accounts/" + given.tenant().id() + "/credits/overdraft-limit", "{\"limit\": \"5\"}")
                .isProblem(404, "account-not-found", null);
    }

    @Test
    void a_voided_grant_gives_back_what_is_left_once() {
        var grant = account + "/grants/" + grant("{\"amount\": \"5\", \"source\": \"GIFT\"}");

        var entry =
                api.post(grant + "/void", "{\"description\": \"charged back\"}").is(200);

        assertThat(entry.at("/type")).isEqualTo("VOIDED");
        assertThat(entry.at("/amount")).isEqualTo("-5");
        assertThat(api.get(grant).at("/voidedAt")).isEqualTo("2026-03-10T10:00:00Z");
        api.post(grant + "/void").isProblem(409, "grant-not-live", null);
    }

    @Test
    void the_grant_of_another_account_does_not_exist_here() {
        var other = given.grant(given.tenant(), 5);

        api.get(account + "/grants/" + other.id()).isProblem(404, "grant-not-found", null);
        api.post(account + "/grants/" + other.id() + "/void").isProblem(404, "grant-not-found", null);
        api.get(account + "/grants/none").isProblem(404, "grant-not-found", null);
    }

    private Client.Answer putBad(String path, String body) {
        return api.request("PUT", path).body(body).bad().send();
    }

    private String grant(String body) {
        return api.post(account + "/grants", body).is(201).at("/id");
    }

    private Stream<String> entries(String query) {
        return api.get(account + "/credits/entries" + query).is(200).each("/amount");
    }
}

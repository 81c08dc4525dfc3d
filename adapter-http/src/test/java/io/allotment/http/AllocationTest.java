package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AllocationTest extends ProductTest {

    @Test
    void a_seat_is_taken_by_consuming_it_and_given_back_by_releasing_it() {
        take("ada");
        clock.advance(Duration.ofHours(1));
        take("bob");
        assertThat(seat("eve").at("/denial/reason")).isEqualTo("QUOTA_EXCEEDED");
        var allocations = account + "/quotas/seats/allocations";
        assertThat(api.get(allocations).is(200).json().at("/items").toString()).isEqualTo("""
                [{"feature":"seats","relatedTo":{"type":"member","id":"ada"},"quantity":"1","since":"2026-03-10T10:00:00Z"},\
                {"feature":"seats","relatedTo":{"type":"member","id":"bob"},"quantity":"1","since":"2026-03-10T11:00:00Z"}]""");

        var released = release("{\"feature\": \"seats\", \"relatedTo\": {\"type\": \"member\", \"id\": \"ada\"}}")
                .is(200);

        assertThat(released.at("/verb")).isEqualTo("RELEASE");
        assertThat(released.at("/allowed")).isEqualTo("true");
        assertThat(released.json().at("/lines")).isEmpty();
        assertThat(released.at("/credits")).isEqualTo("0");
        assertThat(released.json().has("reservation")).isFalse();
        assertThat(api.get(allocations).each("/relatedTo/id")).containsExactly("bob");
        assertThat(api.get(account + "/quotas").at("/items/1/used")).isEqualTo("1");
        var history = api.get(account + "/quotas/seats/history");
        assertThat(history.each("/operation")).containsExactly("DECREMENT", "INCREMENT", "INCREMENT");
        assertThat(history.at("/items/0/relatedTo/id")).isEqualTo("ada");
        assertThat(seat("eve").at("/allowed")).isEqualTo("true");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void what_is_not_held_cannot_be_given_back() {
        take("ada");
        var ada = "{\"feature\": \"seats\", \"relatedTo\": {\"type\": \"member\", \"id\": \"ada\"}%s}";

        release(ada.formatted(", \"quantity\": \"1.5\"")).isProblem(409, "nothing-allocated", "relatedTo");
        release(ada.replace("ada", "eve").formatted("")).isProblem(409, "nothing-allocated", "relatedTo");
        release(ada.replace("seats", "minutes").formatted("")).isProblem(409, "nothing-allocated", "relatedTo");
        release(ada.formatted(", \"quantity\": \"0.25\"")).is(200);
        assertThat(api.get(account + "/quotas/seats/allocations").at("/items/0/quantity"))
                .isEqualTo("0.75");
        release(ada.formatted("")).is(200);
        release(ada.formatted("")).isProblem(409, "nothing-allocated", "relatedTo");

        assertThat(api.get(account + "/quotas").at("/items/1/used")).isEqualTo("0");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void giving_back_is_done_once_for_its_key() {
        take("ada");
        var request = api.request("POST", tenant + "/gate/release")
                .key("ada-leaves")
                .body("{\"feature\": \"seats\", \"relatedTo\": {\"type\": \"member\", \"id\": \"ada\"}}");

        var first = request.send().is(200);
        var again = request.send().is(200);

        assertThat(again.text()).isEqualTo(first.text());
        assertThat(again.isReplayed()).isTrue();
        request.body("{\"feature\": \"seats\", \"relatedTo\": {\"type\": \"member\", \"id\": \"bob\"}}")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");
    }

    @Test
    void a_member_gives_back_what_the_account_they_act_on_holds() {
        var member = given.member(acme);
        take("ada");
        var body = """
                {"feature": "seats", "relatedTo": {"type": "member", "id": "ada"}, "account": "%s",
                 "actor": {"type": "USER", "id": "%s"}}""";

        release(body.formatted(UUID.randomUUID(), member)).isProblem(422, "unknown-account", "account");
        release(body.formatted(acme.id(), given.user().id())).isProblem(422, "unknown-member", "actor");
        var released = release(body.formatted(acme.id(), member)).is(200);

        assertThat(api.get(tenant + "/gate/decisions/" + released.at("/id")).at("/actor/id"))
                .isEqualTo(member.toString());
        assertThat(api.get(account + "/quotas/seats/history").at("/items/0/actor/id"))
                .isEqualTo(member.toString());
    }

    @Test
    void what_takes_a_seat_is_named() {
        api.post(tenant + "/gate/consume", "{\"operation\": \"seat\", \"quantity\": 1}")
                .isProblem(422, "invalid-value", "relatedTo");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"feature": "seats"} | 400 | missing-field | relatedTo
            {"relatedTo": {"type": "member", "id": "ada"}} | 400 | missing-field | feature
            {"feature": "seats", "relatedTo": {"type": "member"}} | 400 | missing-field | relatedTo.id
            {"feature": "No Key", "relatedTo": {"type": "member", "id": "ada"}} | 422 | invalid-value | feature
            {"feature": "seats", "relatedTo": {"type": "member", "id": "ada"}, "quantity": 0} | 422 | invalid-value | quantity
            {"feature": "seats", "relatedTo": {"type": "member", "id": "ada"}, "quantity": "-1"} | 422 | invalid-value | quantity
            {"feature": "seats", "relatedTo": {"type": "member", "id": "ada"}, "quantity": []} | 400 | wrong-type | quantity
            {"operation": "seat", "feature": "seats", "relatedTo": {"type": "member", "id": "ada"}} | 400 | unknown-field | operation
            """)
    void a_release_that_cannot_be_is_refused_by_name(String body, int status, String code, String field) {
        take("ada");

        api.postBad(tenant + "/gate/release", body).isProblem(status, code, field);

        assertThat(api.get(account + "/quotas/seats/allocations").items()).hasSize(1);
    }

    @Test
    void allocations_are_paged_and_an_accounts_own() {
        take("ada");
        take("bob");
        var allocations = account + "/quotas/seats/allocations";

        var page = api.get(allocations + "?limit=1");

        assertThat(page.each("/relatedTo/id")).containsExactly("ada");
        assertThat(api.get(allocations + "?limit=1&after=" + page.at("/next")).each("/relatedTo/id"))
                .containsExactly("bob");
        api.get(allocations + "?after=nowhere").isProblem(422, "invalid-value", "after");
        assertThat(api.get(account + "/quotas/minutes/allocations").is(200).items())
                .isEmpty();
        api.get(tenant + "/accounts/" + UUID.randomUUID() + "/quotas/seats/allocations")
                .isProblem(404, "account-not-found", null);
    }

    private void take(String member) {
        assertThat(seat(member).at("/allowed")).isEqualTo("true");
    }

    private Client.Answer seat(String member) {
        return consume("""
                {"operation": "seat", "quantity": 1, "relatedTo": {"type": "member", "id": "%s"}}""".formatted(member));
    }

    private Client.Answer release(String body) {
        return api.post(tenant + "/gate/release", body);
    }
}

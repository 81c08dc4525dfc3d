package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefundTest extends ProductTest {

    private static final String GOODWILL = "{\"reason\": \"goodwill\"}";

    @Test
    void a_refund_undoes_a_charge_by_entries_of_its_own() {
        var charge =
                consume("{\"operation\": \"transcribe\", \"quantity\": 12}").at("/id");

        var refund = refund(charge, GOODWILL).is(200);

        assertThat(refund.at("/verb")).isEqualTo("REFUND");
        assertThat(refund.at("/allowed")).isEqualTo("true");
        assertThat(refund.at("/refunded")).isEqualTo(charge);
        assertThat(refund.at("/credits")).isEqualTo("6");
        assertThat(refund.at("/balanceAfter")).isEqualTo("20");
        assertThat(refund.at("/draws/0/amount")).isEqualTo("6");
        assertThat(refund.at("/draws/0/remainingAfter")).isEqualTo("20");
        assertThat(balance()).isEqualTo("20");
        assertThat(api.get(account + "/quotas").at("/items/0/used")).isEqualTo("0");
        var entry = api.get(account + "/credits/entries").json().at("/items/0");
        assertThat(entry.at("/type").textValue()).isEqualTo("REFUNDED");
        assertThat(entry.at("/description").textValue()).isEqualTo("goodwill");
        assertThat(entry.at("/decision").textValue()).isEqualTo(refund.at("/id"));
        assertThat(api.get(account + "/credits/entries?type=REFUNDED").items()).hasSize(1);
        api.get(tenant + "/usage/events/" + charge).is(200);
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void what_was_settled_is_refunded_too() {
        var work = reserved("{\"operation\": \"transcribe\", \"quantity\": 30}");
        var settled = api.post(work + "/settle", "{\"operation\": \"transcribe\", \"quantity\": 10}")
                .is(200);

        refund(settled.at("/id"), GOODWILL).is(200);

        assertThat(balance()).isEqualTo("20");
        assertThat(api.get(work).at("/status")).isEqualTo("SETTLED");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void a_refunded_seat_is_free_again() {
        var seat = consume("""
                {"operation": "seat", "quantity": 1, "relatedTo": {"type": "member", "id": "ada"}}""").at("/id");

        refund(seat, GOODWILL).is(200);

        assertThat(api.get(account + "/quotas/seats/allocations").items()).isEmpty();
        assertThat(api.get(account + "/quotas").at("/items/1/used")).isEqualTo("0");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void a_charge_is_undone_once_whatever_the_key() {
        var charge = consume(TWO_SUMMARIES).at("/id");
        var request = api.request("POST", tenant + "/gate/decisions/" + charge + "/refund")
                .body(GOODWILL);

        var first = request.key("refund-1").send().is(200);
        var sameKey = request.key("refund-1").send().is(200);
        var otherKey =
                request.key("refund-2").body("{\"reason\": \"twice\"}").send().is(200);

        assertThat(first.isReplayed()).isFalse();
        assertThat(sameKey.isReplayed()).isTrue();
        assertThat(otherKey.isReplayed()).isTrue();
        assertThat(sameKey.text()).isEqualTo(first.text());
        assertThat(otherKey.text()).isEqualTo(first.text());
        assertThat(balance()).isEqualTo("20");
        assertThat(api.get(account + "/credits/entries?type=REFUNDED").items()).hasSize(1);
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void what_charged_nothing_cannot_be_refunded() {
        var denied = consume("{\"operation\": \"summarize\", \"quantity\": 11}").at("/id");
        var reserved = reserve(TWO_SUMMARIES).at("/id");
        var refund = refund(consume(TWO_SUMMARIES).at("/id"), GOODWILL).at("/id");

        for (var decision : new String[] {denied, reserved, refund}) {
            refund(decision, GOODWILL).isProblem(409, "not-refundable", "decision");
        }

        refund(UUID.randomUUID().toString(), GOODWILL).isProblem(404, "decision-not-found", null);
        refund("none", GOODWILL).isProblem(404, "decision-not-found", null);
        assertThat(balance()).isEqualTo("20");
    }

    @Test
    void the_charge_of_another_tenant_does_not_exist_here() {
        var charge = consume(TWO_SUMMARIES).at("/id");

        api.post("/v1/tenants/" + given.tenant().id() + "/gate/decisions/" + charge + "/refund", GOODWILL)
                .isProblem(404, "decision-not-found", null);

        assertThat(balance()).isEqualTo("16");
    }

    @Test
    void a_refund_tells_who_did_it() {
        var member = given.member(acme);
        var charge = consume(TWO_SUMMARIES).at("/id");

        refund(charge, """
                {"reason": "goodwill", "actor": {"type": "USER", "id": "%s"}}""".formatted(member)).is(200);

        assertThat(api.get(account + "/credits/entries").at("/items/0/actor/id"))
                .isEqualTo(member.toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {} | 400 | missing-field | reason
            {"reason": ""} | 422 | invalid-value | reason
            {"reason": 5} | 400 | wrong-type | reason
            {"reason": "goodwill", "credits": "1"} | 400 | unknown-field | credits
            {"reason": "goodwill", "actor": {"type": "USER"}} | 422 | invalid-value | actor.id
            """)
    void a_refund_that_cannot_be_is_refused_by_name(String body, int status, String code, String field) {
        var charge = consume(TWO_SUMMARIES).at("/id");

        api.postBad(tenant + "/gate/decisions/" + charge + "/refund", body).isProblem(status, code, field);

        assertThat(balance()).isEqualTo("16");
    }

    private Client.Answer refund(String decision, String body) {
        return api.post(tenant + "/gate/decisions/" + decision + "/refund", body);
    }
}

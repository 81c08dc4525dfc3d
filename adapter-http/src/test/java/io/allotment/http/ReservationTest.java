package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReservationTest extends ProductTest {

    private static final String HALF_AN_HOUR = "{\"operation\": \"transcribe\", \"quantity\": 30}";

    @Test
    void a_reservation_sets_the_worst_case_aside_and_draws_nothing() {
        var decision = reserve("""
                {"lines": [{"operation": "transcribe", "quantity": "30"}], "leaseSeconds": 120, "model": "scribe-1",
                 "relatedTo": {"type": "meeting", "id": "m-1"}, "metadata": {"room": "blue"}}""");

        assertThat(decision.at("/verb")).isEqualTo("RESERVE");
        assertThat(decision.at("/allowed")).isEqualTo("true");
        assertThat(decision.at("/reservation")).isEqualTo(decision.at("/id"));
        assertThat(decision.at("/leaseUntil")).isEqualTo("2026-03-10T10:02:00Z");
        assertThat(decision.at("/credits")).isEqualTo("15");
        assertThat(decision.at("/balanceAfter")).isEqualTo("20");
        assertThat(decision.at("/draws/0/amount")).isEqualTo("-15");
        assertThat(decision.at("/draws/0/remainingAfter")).isEqualTo("5");
        var credits = api.get(account + "/credits");
        assertThat(credits.at("/balance")).isEqualTo("20");
        assertThat(credits.at("/held")).isEqualTo("15");
        assertThat(credits.at("/available")).isEqualTo("5");
        var quota = api.get(account + "/quotas");
        assertThat(quota.at("/items/0/used")).isEqualTo("0");
        assertThat(quota.at("/items/0/held")).isEqualTo("30");
        assertThat(quota.at("/items/0/remaining")).isEqualTo("30");
        assertThat(api.get(account + "/grants").at("/items/0/held")).isEqualTo("15");
        assertThat(api.get(tenant + "/usage/events").items()).isEmpty();
        var reservation = api.get(tenant + "/gate/reservations/" + decision.at("/reservation"))
                .is(200);
        assertThat(reservation.at("/status")).isEqualTo("HELD");
        assertThat(reservation.at("/actor/type")).isEqualTo("SYSTEM");
        assertThat(reservation.json().at("/lines").toString()).isEqualTo("""
                [{"operation":"transcribe","quantity":"30","creditRate":"0.5","credits":"15",\
                "quota":{"feature":"minutes",\
                "period":{"start":"2026-03-10T00:00:00Z","end":"2026-03-11T00:00:00Z"},\
                "usedBefore":"0","limit":"60","overage":"BLOCK"},"creditBasis":"QUANTITY"}]""");
        assertThat(reservation.at("/credits")).isEqualTo("15");
        assertThat(reservation.at("/hold/pins/0/amount")).isEqualTo("15");
        assertThat(reservation.at("/hold/overdraft")).isEqualTo("0");
        assertThat(reservation.at("/plan/status")).isEqualTo("ACTIVE");
        assertThat(reservation.at("/relatedTo/id")).isEqualTo("m-1");
        assertThat(reservation.at("/model")).isEqualTo("scribe-1");
        assertThat(reservation.at("/metadata/room")).isEqualTo("blue");
        assertThat(reservation.at("/leaseUntil")).isEqualTo("2026-03-10T10:02:00Z");
        assertThat(reservation.json().has("endedAt")).isFalse();
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void a_lease_is_five_minutes_where_nothing_is_said() {
        assertThat(reserve(HALF_AN_HOUR).at("/leaseUntil")).isEqualTo("2026-03-10T10:05:00Z");
    }

    @Test
    void settling_draws_what_was_used_frees_the_rest_and_records_it_once() {
        var work = reserved(HALF_AN_HOUR);

        var settled = api.post(work + "/settle", """
                {"lines": [{"operation": "transcribe", "quantity": "10"}], "model": "scribe-2",
                 "tokens": {"audioInput": 900}, "metadata": {"end": "regular"}}""").is(200);

        assertThat(settled.at("/verb")).isEqualTo("SETTLE");
        assertThat(settled.at("/credits")).isEqualTo("5");
        assertThat(settled.at("/uncoveredCredits")).isEqualTo("0");
        assertThat(settled.at("/balanceAfter")).isEqualTo("15");
        assertThat(work).endsWith(settled.at("/reservation"));
        var credits = api.get(account + "/credits");
        assertThat(credits.at("/held")).isEqualTo("0");
        assertThat(credits.at("/available")).isEqualTo("15");
        var quota = api.get(account + "/quotas");
        assertThat(quota.at("/items/0/used")).isEqualTo("10");
        assertThat(quota.at("/items/0/held")).isEqualTo("0");
        var event = api.get(tenant + "/usage/events/" + settled.at("/id")).is(200);
        assertThat(event.at("/reservation")).isEqualTo(settled.at("/reservation"));
        assertThat(event.at("/lines/0/quantity")).isEqualTo("10");
        assertThat(event.at("/model")).isEqualTo("scribe-2");
        assertThat(event.at("/tokens/audioInput")).isEqualTo("900");
        assertThat(event.at("/metadata/end")).isEqualTo("regular");
        assertThat(api.get(work).at("/status")).isEqualTo("SETTLED");
        assertThat(api.get(work).at("/endedAt")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void more_than_there_is_settles_in_full_and_the_rest_is_uncovered() {
        var work = reserved("{\"operation\": \"summarize\", \"quantity\": 5}");

        var settled = api.post(work + "/settle", "{\"operation\": \"summarize\", \"quantity\": \"12\"}")
                .is(200);

        assertThat(settled.at("/allowed")).isEqualTo("true");
        assertThat(settled.at("/credits")).isEqualTo("24");
        assertThat(settled.at("/uncoveredCredits")).isEqualTo("4");
        assertThat(settled.at("/balanceAfter")).isEqualTo("0");
        assertThat(api.get(tenant + "/usage/events").at("/items/0/uncoveredCredits"))
                .isEqualTo("4");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void a_settle_that_names_nothing_used_nothing() {
        for (var nothing : List.of("{}", "{\"lines\": []}", "{\"metadata\": {\"failed\": true}}")) {
            var settled = api.post(reserved(HALF_AN_HOUR) + "/settle", nothing).is(200);

            assertThat(settled.at("/credits")).isEqualTo("0");
            assertThat(settled.at("/lines/0/quantity")).isEqualTo("0");
        }
        api.post(reserved(HALF_AN_HOUR) + "/settle").is(200);

        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("20");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void every_step_is_done_once_for_its_key() {
        var first = twice("/gate/reserve", "r-1", HALF_AN_HOUR);
        var second = twice("/gate/reserve", "r-2", TWO_SUMMARIES);
        var work = "/gate/reservations/" + first.at("/reservation");
        clock.advance(Duration.ofMinutes(1));
        twice(work + "/renew", "n-1", "{\"leaseSeconds\": 600}");
        twice(work + "/settle", "s-1", "{\"operation\": \"transcribe\", \"quantity\": 20}");
        twice("/gate/reservations/" + second.at("/reservation") + "/release", "f-1", "{}");

        assertThat(api.get(account + "/credits").at("/held")).isEqualTo("0");
        assertThat(balance()).isEqualTo("10");
        assertThat(api.get(tenant + "/usage/events").items()).hasSize(1);
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void another_request_under_a_used_key_is_a_conflict_without_effect() {
        var work = reserved(HALF_AN_HOUR);
        var settle = api.request("POST", work + "/settle").key("s-1");
        settle.body("{\"operation\": \"transcribe\", \"quantity\": 20}").send().is(200);

        settle.body("{\"operation\": \"transcribe\", \"quantity\": 21}")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");
        api.request("POST", tenant + "/gate/consume")
                .key("s-1")
                .body("{\"operation\": \"transcribe\", \"quantity\": 20}")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");

        assertThat(balance()).isEqualTo("10");
    }

    @Test
    void a_reservation_ends_once() {
        var settled = reserved(HALF_AN_HOUR);
        var released = reserved(TWO_SUMMARIES);
        api.post(settled + "/settle", HALF_AN_HOUR).is(200);
        api.post(released + "/release").is(200);

        for (var work : List.of(settled, released)) {
            api.post(work + "/settle", "{}").isProblem(409, "reservation-ended", "reservation");
            api.post(work + "/release").isProblem(409, "reservation-ended", "reservation");
            api.post(work + "/renew", "{\"leaseSeconds\": 60}").isProblem(409, "reservation-ended", "reservation");
        }

        assertThat(api.post(settled + "/settle", HALF_AN_HOUR).at("/detail"))
                .contains("is SETTLED already and cannot change any more");
        assertThat(balance()).isEqualTo("5");
        assertThat(api.get(tenant + "/usage/events").items()).hasSize(1);
    }

    @Test
    void releasing_gives_back_all_that_is_held() {
        var work = reserved(HALF_AN_HOUR);

        var released = api.post(work + "/release").is(200);

        assertThat(released.at("/verb")).isEqualTo("RELEASE");
        assertThat(released.at("/credits")).isEqualTo("15");
        assertThat(released.at("/draws/0/amount")).isEqualTo("15");
        assertThat(released.at("/draws/0/remainingAfter")).isEqualTo("20");
        assertThat(api.get(work).at("/status")).isEqualTo("RELEASED");
        assertThat(api.get(account + "/credits").at("/available")).isEqualTo("20");
        assertThat(api.get(account + "/quotas").at("/items/0/remaining")).isEqualTo("60");
        assertThat(api.get(tenant + "/usage/events").items()).isEmpty();
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void renewing_lets_the_lease_go_on_and_never_shortens_it() {
        var work = reserved(HALF_AN_HOUR);
        clock.advance(Duration.ofMinutes(4));

        var longer = api.post(work + "/renew", "{\"leaseSeconds\": 300}").is(200);
        var shorter = api.post(work + "/renew", "{\"leaseSeconds\": 1}").is(200);

        assertThat(longer.at("/leaseUntil")).isEqualTo("2026-03-10T10:09:00Z");
        assertThat(shorter.at("/leaseUntil")).isEqualTo("2026-03-10T10:09:00Z");
        clock.advance(Duration.ofMinutes(2));
        assertThat(api.get(work).at("/status")).isEqualTo("HELD");
        assertThat(api.get(work).at("/leaseUntil")).isEqualTo("2026-03-10T10:09:00Z");
    }

    @Test
    void a_lapsed_reservation_holds_nothing_and_can_still_be_settled() {
        var work = reserved(HALF_AN_HOUR);
        clock.advance(Duration.ofMinutes(5));

        assertThat(api.get(work).at("/status")).isEqualTo("LAPSED");
        assertThat(api.get(account + "/credits").at("/held")).isEqualTo("0");
        assertThat(api.post(work + "/renew", "{\"leaseSeconds\": 60}")
                        .isProblem(409, "reservation-ended", "reservation")
                        .at("/detail"))
                .contains("it can still be settled");
        api.post(work + "/release").isProblem(409, "reservation-ended", "reservation");
        api.post(work + "/settle", HALF_AN_HOUR).is(200);

        assertThat(api.get(work).at("/status")).isEqualTo("SETTLED");
        assertThat(balance()).isEqualTo("5");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void what_is_held_is_not_there_for_others() {
        reserve(HALF_AN_HOUR);

        var denied = reserve("{\"operation\": \"summarize\", \"quantity\": 3}");

        assertThat(denied.at("/allowed")).isEqualTo("false");
        assertThat(denied.at("/denial/reason")).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(denied.at("/denial/available")).isEqualTo("5");
        assertThat(denied.json().has("reservation")).isFalse();
        assertThat(denied.json().has("leaseUntil")).isFalse();
        api.get(tenant + "/gate/reservations/" + denied.at("/id")).isProblem(404, "reservation-not-found", null);
    }

    @Test
    void the_reservation_of_another_tenant_does_not_exist_here() {
        var work = reserved(HALF_AN_HOUR);
        var other = work.replace(tenant, "/v1/tenants/" + given.tenantWith(10).id());

        for (var path : List.of(
                other, tenant + "/gate/reservations/" + UUID.randomUUID(), tenant + "/gate/reservations/none")) {
            api.get(path).isProblem(404, "reservation-not-found", null);
            api.post(path + "/renew", "{\"leaseSeconds\": 60}").isProblem(404, "reservation-not-found", null);
            api.post(path + "/settle", "{}").isProblem(404, "reservation-not-found", null);
            api.post(path + "/release").isProblem(404, "reservation-not-found", null);
        }

        assertThat(api.get(work).at("/status")).isEqualTo("HELD");
    }

    @Test
    void an_accounts_reservations_are_listed_newest_first() {
        var first = reserved(HALF_AN_HOUR);
        clock.advance(Duration.ofSeconds(1));
        var second = reserved(TWO_SUMMARIES);
        api.post(first + "/release").is(200);
        var list = account + "/reservations";

        var page = api.get(list + "?limit=1");

        assertThat(page.each("/status")).containsExactly("HELD");
        assertThat(second).endsWith(page.at("/items/0/id"));
        assertThat(api.get(list + "?limit=1&after=" + page.at("/next")).each("/status"))
                .containsExactly("RELEASED");
        assertThat(api.get(list + "?open=true").each("/status")).containsExactly("HELD");
        assertThat(api.get(list + "?open=false").items()).hasSize(2);
        api.get(list + "?open=yes").isProblem(400, "wrong-type", "open");
        api.get(list + "?after=nowhere").isProblem(422, "invalid-value", "after");
        api.get(tenant + "/accounts/" + UUID.randomUUID() + "/reservations").isProblem(404, "account-not-found", null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"operation": "summarize", "quantity": 1, "leaseSeconds": 0} | 422 | invalid-value | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": -1} | 422 | invalid-value | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": 604801} | 422 | invalid-value | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": 9223372036854775807} | 422 | invalid-value | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": 9223372036854775808} | 422 | invalid-value | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": 1.5} | 400 | wrong-type | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": "60"} | 400 | wrong-type | leaseSeconds
            {"operation": "summarize", "quantity": 1, "leaseSeconds": null} | 400 | wrong-type | leaseSeconds
            {"operation": "summarize", "quantity": 1, "lease": 60} | 400 | unknown-field | lease
            {"leaseSeconds": 60} | 400 | missing-field | lines
            {"operation": "summarize", "quantity": 0} | 422 | invalid-value | quantity
            {"operation": "summarize", "quantity": "a dozen"} | 422 | invalid-value | quantity
            {"lines": [{"operation": "summarize", "quantity": 1}, {"operation": "summarize", "quantity": 1}]} | 422 | invalid-value | lines[1].operation
            {"lines": []} | 422 | invalid-value | lines
            """)
    void a_reservation_that_cannot_be_is_refused_by_name(String body, int status, String code, String field) {
        api.postBad(tenant + "/gate/reserve", body).isProblem(status, code, field);

        assertThat(api.get(account + "/reservations").items()).isEmpty();
        assertThat(stored().decisions()).isZero();
    }

    @Test
    void a_reservation_is_of_operations_that_exist_and_can_be_given_back() {
        api.post(tenant + "/gate/reserve", "{\"operation\": \"none\", \"quantity\": 1}")
                .isProblem(422, "unknown-operation", "lines[0].operation");
        api.post(tenant + "/gate/reserve", """
                {"operation": "seat", "quantity": 1, "relatedTo": {"type": "member", "id": "ada"}}""").isProblem(422, "invalid-value", "lines[0].operation");
        api.post(
                        "/v1/tenants/" + UUID.randomUUID() + "/gate/reserve",
                        "{\"operation\": \"summarize\", \"quantity\": 1}")
                .isProblem(404, "tenant-not-found", null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"operation": "summarize", "quantity": 1} | 422 | invalid-value | lines[0].operation
            {"lines": [{"operation": "transcribe", "quantity": 1}, {"operation": "none", "quantity": 1}]} | 422 | invalid-value | lines[1].operation
            {"lines": [{"operation": "transcribe", "quantity": 1}, {"operation": "transcribe", "quantity": 1}]} | 422 | invalid-value | lines[1].operation
            {"operation": "transcribe", "quantity": 0} | 422 | invalid-value | quantity
            {"operation": "transcribe", "quantity": "-1"} | 422 | invalid-value | quantity
            {"operation": "transcribe", "quantity": "0.0000000001"} | 422 | invalid-value | quantity
            {"operation": "transcribe", "quantity": "1000000000000"} | 422 | invalid-value | quantity
            {"operation": "transcribe", "quantity": true} | 400 | wrong-type | quantity
            {"operation": "transcribe"} | 400 | missing-field | quantity
            {"quantity": 1} | 400 | missing-field | operation
            {"lines": [], "quantity": 1} | 422 | invalid-value | quantity
            {"lines": [], "operation": "transcribe"} | 422 | invalid-value | operation
            {"lines": null} | 400 | wrong-type | lines
            {"model": ""} | 422 | invalid-value | model
            {"tokens": {"input": -1}} | 422 | invalid-value | tokens.input
            {"leaseSeconds": 60} | 400 | unknown-field | leaseSeconds
            """)
    void a_settle_that_cannot_be_is_refused_by_name_and_the_hold_stays(
            String body, int status, String code, String field) {
        var work = reserved(HALF_AN_HOUR);

        api.postBad(work + "/settle", body).isProblem(status, code, field);

        assertThat(api.get(work).at("/status")).isEqualTo("HELD");
        assertThat(api.get(account + "/credits").at("/held")).isEqualTo("15");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "604801"})
    void a_renewal_is_of_a_lease_in_range(String seconds) {
        var work = reserved(HALF_AN_HOUR);

        api.postBad(work + "/renew", "{\"leaseSeconds\": %s}".formatted(seconds))
                .isProblem(422, "invalid-value", "leaseSeconds");
        api.postBad(work + "/renew", "{}").isProblem(400, "missing-field", "leaseSeconds");
        api.postBad(work + "/release", "{\"quantity\": 1}").isProblem(400, "unknown-field", "quantity");

        assertThat(api.get(work).at("/leaseUntil")).isEqualTo("2026-03-10T10:05:00Z");
    }

    /** The same request twice; the answer to both. */
    private Client.Answer twice(String path, String key, String body) {
        var request = api.request("POST", tenant + path).key(key);
        if (!path.endsWith("/release")) {
            request.body(body);
        }
        var first = request.send().is(200);
        var again = request.send().is(200);
        assertThat(first.isReplayed()).isFalse();
        assertThat(again.isReplayed()).isTrue();
        assertThat(again.text()).isEqualTo(first.text());
        return again;
    }
}

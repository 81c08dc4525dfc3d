package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.TenantId;
import java.util.Collections;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest extends HttpTest {

    private String id;
    private String tenant;
    private String account;

    @BeforeEach
    void a_tenant_with_minutes_and_credits() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.post("/v1/operations", """
                {"key": "transcribe", "category": "audio", "creditRate": "0.5", "feature": "minutes"}""").is(201);
        api.post("/v1/operations", """
                {"key": "summarize", "category": "text", "creditRate": "2"}""").is(201);
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "includedCredits": "20",
                 "entitlements": [{"feature": "minutes", "quota": {"limit": "60", "reset": "CALENDAR_DAY"}}]}""").is(201);
        id = given.tenant().id().toString();
        tenant = "/v1/tenants/" + id;
        account = tenant + "/accounts/" + id;
        api.post(account + "/subscription", "{\"plan\": \"pro\"}").is(201);
    }

    @Test
    void an_allowed_charge_is_answered_with_all_it_did() {
        var decision = consume("""
                {"lines": [{"operation": "transcribe", "quantity": "12.5"}, {"operation": "summarize", "quantity": 1}]}""");

        assertThat(decision.at("/verb")).isEqualTo("CONSUME");
        assertThat(decision.at("/allowed")).isEqualTo("true");
        assertThat(decision.at("/account")).isEqualTo(id);
        assertThat(decision.json().at("/lines").toString()).isEqualTo("""
                [{"operation":"transcribe","quantity":"12.5","credits":"6.25",\
                "quota":{"feature":"minutes","used":"12.5","limit":"60","above":"0","resetsAt":"2026-03-11T00:00:00Z"}},\
                {"operation":"summarize","quantity":"1","credits":"2"}]""");
        assertThat(decision.at("/credits")).isEqualTo("8.25");
        assertThat(decision.at("/balanceAfter")).isEqualTo("11.75");
        assertThat(decision.at("/plan/status")).isEqualTo("ACTIVE");
        assertThat(decision.at("/draws/0/amount")).isEqualTo("-8.25");
        assertThat(decision.at("/draws/0/remainingAfter")).isEqualTo("11.75");
        assertThat(decision.json().has("denial")).isFalse();
        assertThat(decision.at("/decidedAt")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("11.75");
        assertThat(stored().violations()).isEmpty();
    }

    @Test
    void more_than_the_credits_is_denied_with_the_figures_and_draws_nothing() {
        var decision = consume("{\"operation\": \"summarize\", \"quantity\": \"10.5\"}");

        assertThat(decision.at("/allowed")).isEqualTo("false");
        assertThat(decision.json().at("/denial").toString()).isEqualTo("""
                {"step":"CREDITS","reason":"INSUFFICIENT_CREDITS","scope":{"kind":"ACCOUNT","name":"%s"},\
                "needed":"21","available":"20","message":"21 credits are needed, 20 are available.",\
                "help":"Add credits. Then try again with a new idempotency key: this one keeps its answer."}""".formatted(id));
        assertThat(decision.at("/draws/0/amount")).isEqualTo("0");
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("20");
    }

    @Test
    void more_than_the_quota_is_denied_with_the_figures_and_counts_nothing() {
        consume("{\"operation\": \"transcribe\", \"quantity\": 20}");

        var decision = consume("""
                {"lines": [{"operation": "summarize", "quantity": 1}, {"operation": "transcribe", "quantity": 41}]}""");

        assertThat(decision.at("/denial/step")).isEqualTo("ENTITLEMENT");
        assertThat(decision.at("/denial/reason")).isEqualTo("QUOTA_EXCEEDED");
        assertThat(decision.at("/denial/scope/kind")).isEqualTo("FEATURE");
        assertThat(decision.at("/denial/scope/name")).isEqualTo("minutes");
        assertThat(decision.at("/denial/line")).isEqualTo("1");
        assertThat(decision.at("/denial/needed")).isEqualTo("41");
        assertThat(decision.at("/denial/available")).isEqualTo("40");
        assertThat(decision.at("/denial/limit")).isEqualTo("60");
        assertThat(decision.at("/denial/used")).isEqualTo("20");
        assertThat(decision.at("/denial/resetsAt")).isEqualTo("2026-03-11T00:00:00Z");
        assertThat(api.get(account + "/quotas").at("/items/0/used")).isEqualTo("20");
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("10");
    }

    @Test
    void the_same_charge_under_the_same_key_is_decided_once() {
        var request = api.request("POST", tenant + "/gate/consume")
                .key("call-1")
                .body("{\"operation\": \"summarize\", \"quantity\": 1, \"metadata\": {\"try\": 1}}");

        var first = request.send().is(200);
        var second = request.body("{\"quantity\": \"1.0\", \"operation\": \"summarize\"}")
                .send()
                .is(200);

        assertThat(first.isReplayed()).isFalse();
        assertThat(second.isReplayed()).isTrue();
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("18");
        assertThat(stored().decisions()).isEqualTo(1);
    }

    @Test
    void a_denial_is_kept_under_its_key_and_a_new_key_tries_again() {
        var charge = "{\"operation\": \"summarize\", \"quantity\": 11}";
        var denied = api.request("POST", tenant + "/gate/consume")
                .key("call-1")
                .body(charge)
                .send()
                .is(200);
        api.post(account + "/grants", "{\"amount\": \"50\", \"source\": \"PURCHASE\"}")
                .is(201);

        var again = api.request("POST", tenant + "/gate/consume")
                .key("call-1")
                .body(charge)
                .send()
                .is(200);
        var anew = api.request("POST", tenant + "/gate/consume")
                .key("call-2")
                .body(charge)
                .send()
                .is(200);

        assertThat(again.text()).isEqualTo(denied.text());
        assertThat(again.isReplayed()).isTrue();
        assertThat(anew.at("/allowed")).isEqualTo("true");
    }

    @Test
    void another_charge_under_a_used_key_is_a_conflict_without_effect() {
        var request = api.request("POST", tenant + "/gate/consume").key("call-1");
        request.body("{\"operation\": \"summarize\", \"quantity\": 1}").send().is(200);

        request.body("{\"operation\": \"summarize\", \"quantity\": 2}")
                .send()
                .isProblem(409, "idempotency-key-reused", "Idempotency-Key");

        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("18");
    }

    @Test
    void a_check_tells_what_would_be_and_leaves_no_trace() {
        var allowed = check("{\"operation\": \"summarize\", \"quantity\": 10}");
        var denied = check("{\"operation\": \"summarize\", \"quantity\": 11}");

        assertThat(allowed.at("/allowed")).isEqualTo("true");
        assertThat(allowed.at("/balanceAfter")).isEqualTo("0");
        assertThat(allowed.json().has("id")).isFalse();
        assertThat(denied.at("/denial/reason")).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("20");
        assertThat(stored().decisions()).isZero();
    }

    @Test
    void an_explanation_walks_the_steps_up_to_the_one_that_refused() {
        var decision = consume("{\"operation\": \"summarize\", \"quantity\": 11}");

        var explanation =
                api.get(tenant + "/gate/decisions/" + decision.at("/id")).is(200);

        assertThat(explanation.json().at("/decision")).isEqualTo(decision.json());
        assertThat(explanation.at("/actor/type")).isEqualTo("SYSTEM");
        assertThat(explanation.at("/idempotencyKey")).isNotBlank();
        assertThat(explanation.at("/trace/0/step")).isEqualTo("TENANT");
        assertThat(explanation.at("/trace/6/step")).isEqualTo("CREDITS");
        assertThat(explanation.at("/trace/6/passed")).isEqualTo("false");
        assertThat(explanation.at("/trace/6/detail")).isEqualTo("22 credits are needed, 20 are available.");
        api.get(tenant + "/gate/decisions/" + UUID.randomUUID()).isProblem(404, "decision-not-found", null);
    }

    @Test
    void a_member_with_an_account_pays_for_what_they_do() {
        var user = given.user().id();
        api.post(tenant + "/members", "{\"userId\": \"%s\", \"displayName\": \"Ada\"}".formatted(user))
                .is(201);
        api.post(tenant + "/accounts", "{\"userId\": \"%s\"}".formatted(user)).is(201);
        api.post(tenant + "/accounts/" + user + "/subscription", "{\"plan\": \"pro\"}")
                .is(201);
        var charge =
                "{\"operation\": \"summarize\", \"quantity\": 1, \"actor\": {\"type\": \"USER\", \"id\": \"%s\"}%s}";

        var theirs = consume(charge.formatted(user, ""));
        var named = consume(charge.formatted(user, ", \"account\": \"" + id + "\""));

        assertThat(theirs.at("/account")).isEqualTo(user.toString());
        assertThat(named.at("/account")).isEqualTo(id);
        assertThat(api.get(tenant + "/usage/events").at("/items/0/actor/id")).isEqualTo(user.toString());
    }

    @Test
    void a_user_is_denied_what_needs_a_permission_and_the_system_is_not() {
        var tenantWithMember = given.tenantWith(10);
        var user = given.member(tenantWithMember);
        var operation = given.operation(Operation.of("export", "data", Credits.of(1))
                .needing(given.permission("data:export").value()));
        var path = "/v1/tenants/" + tenantWithMember.id() + "/gate/consume";
        var charge = "{\"operation\": \"%s\", \"quantity\": 1, \"actor\": {\"type\": \"%s\"%s}}";

        var denied = api.post(path, charge.formatted(operation, "USER", ", \"id\": \"" + user + "\""))
                .is(200);
        var allowed = api.post(path, charge.formatted(operation, "SYSTEM", "")).is(200);

        assertThat(denied.at("/denial/reason")).isEqualTo("PERMISSION_MISSING");
        assertThat(denied.at("/denial/scope/name")).isEqualTo("data:export");
        assertThat(allowed.at("/allowed")).isEqualTo("true");
    }

    @Test
    void a_charge_names_what_exists() {
        consumeBad(
                        "{\"lines\": [{\"operation\": \"summarize\", \"quantity\": 1}, {\"operation\": \"none\", \"quantity\": 1}]}")
                .isProblem(422, "unknown-operation", "lines[1].operation");
        consumeBad("{\"operation\": \"none\", \"quantity\": 1}")
                .isProblem(422, "unknown-operation", "lines[0].operation");
        consumeBad("{\"operation\": \"summarize\", \"quantity\": 1, \"account\": \"%s\"}".formatted(UUID.randomUUID()))
                .isProblem(422, "unknown-account", "account");
        consumeBad("""
                {"operation": "summarize", "quantity": 1, "actor": {"type": "USER", "id": "%s"}}""".formatted(given.user().id())).isProblem(422, "unknown-member", "actor");
        api.post(
                        "/v1/tenants/" + UUID.randomUUID() + "/gate/consume",
                        "{\"operation\": \"summarize\", \"quantity\": 1}")
                .isProblem(404, "tenant-not-found", null);

        assertThat(stored().decisions()).isZero();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"operation": "summarize", "quantity": 0} | quantity
            {"operation": "summarize", "quantity": "-1"} | quantity
            {"operation": "summarize", "quantity": "1000000000000"} | quantity
            {"operation": "summarize", "quantity": 1e30} | quantity
            {"operation": "summarize", "quantity": "0.0000000001"} | quantity
            {"operation": "summarize", "quantity": "a dozen"} | quantity
            {"operation": "Summarize!", "quantity": 1} | operation
            {"lines": [{"operation": "summarize", "quantity": 1}, {"operation": "summarize", "quantity": 0}]} | lines[1].quantity
            {"lines": []} | lines
            {"lines": [{"operation": "summarize", "quantity": 1}], "operation": "summarize"} | operation
            {"lines": [{"operation": "summarize", "quantity": 1}], "quantity": 1} | quantity
            {"operation": "summarize", "quantity": 1, "account": "mine"} | account
            {"operation": "summarize", "quantity": 1, "actor": {"type": "USER"}} | actor.id
            {"operation": "summarize", "quantity": 1, "actor": {"type": "USER", "id": "ada"}} | actor.id
            {"operation": "summarize", "quantity": 1, "actor": {"type": "ROBOT"}} | actor.type
            {"operation": "summarize", "quantity": 1, "actor": {"type": "API_KEY"}} | actor.id
            {"operation": "summarize", "quantity": 1, "actor": {"type": "API_KEY", "id": "1-1-1-1-1"}} | actor.id
            {"operation": "summarize", "quantity": 1, "actor": {"type": "SYSTEM", "id": "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01"}} | actor.id
            {"operation": "summarize", "quantity": 1, "actor": {"type": "SYSTEM", "member": "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01"}} | actor.member
            {"operation": "summarize", "quantity": 1, "relatedTo": {"type": "", "id": "x"}} | relatedTo.type
            {"operation": "summarize", "quantity": 1, "model": ""} | model
            {"operation": "summarize", "quantity": 1, "tokens": {"input": -1}} | tokens.input
            """)
    void a_value_that_breaks_a_rule_is_named_by_its_path_and_nothing_is_kept(String charge, String field) {
        consumeBad(charge).isProblem(422, "invalid-value", field);

        assertThat(stored().decisions()).isZero();
        assertThat(api.get(account + "/credits").at("/balance")).isEqualTo("20");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {} | missing-field | lines
            {"operation": "summarize"} | missing-field | quantity
            {"quantity": 1} | missing-field | operation
            {"lines": [{"operation": "summarize"}]} | missing-field | lines[0].quantity
            {"lines": [{"operation": "summarize", "quantity": 1, "price": 2}]} | unknown-field | lines[0].price
            {"operation": "summarize", "quantity": true} | wrong-type | quantity
            {"operation": 5, "quantity": 1} | wrong-type | operation
            {"lines": {"operation": "summarize", "quantity": 1}} | wrong-type | lines
            {"lines": ["summarize"]} | wrong-type | lines[0]
            {"lines": [null]} | wrong-type | lines[0]
            {"operation": "summarize", "quantity": 1, "account": null} | wrong-type | account
            {"operation": "summarize", "quantity": 1, "metadata": "x"} | wrong-type | metadata
            {"operation": "summarize", "quantity": 1, "actor": "system"} | wrong-type | actor
            """)
    void what_is_not_of_the_form_of_a_charge_is_named_by_its_path(String charge, String code, String field) {
        consumeBad(charge).isProblem(400, code, field);
    }

    @Test
    void a_charge_of_nothing_is_told_both_ways_of_saying_what_is_used() {
        var answer = consumeBad("{}");

        assertThat(answer.at("/detail")).isEqualTo("The body needs lines, or else operation and quantity.");
        assertThat(answer.at("/errors/0/message")).isEqualTo("is needed, or else operation and quantity");
    }

    @Test
    void a_key_acts_for_its_member_and_is_named_in_the_record() {
        var member = given.member(allotment.tenants().get(TenantId.of(id)));
        var key = UUID.randomUUID();

        var actor = "{\"type\": \"API_KEY\", \"id\": \"%s\", \"member\": \"%s\"}".formatted(key, member);
        var decision = consume("{\"operation\": \"summarize\", \"quantity\": 1, \"actor\": %s}".formatted(actor));

        var event = api.get(tenant + "/usage/events/" + decision.at("/id")).is(200);
        assertThat(event.json().at("/actor")).isEqualTo(Client.parsed(actor));
        consume("{\"operation\": \"summarize\", \"quantity\": 1, \"actor\": {\"type\": \"API_KEY\", \"id\": \"%s\"}}"
                .formatted(key));
        assertThat(api.get(tenant + "/usage/events").json().at("/items/0/actor").toString())
                .isEqualTo("{\"type\":\"API_KEY\",\"id\":\"%s\"}".formatted(key));
        consumeBad("""
                {"operation": "summarize", "quantity": 1, "actor": {"type": "API_KEY", "id": "%s", "member": "%s"}}""".formatted(key, given.user().id())).isProblem(422, "unknown-member", "actor");
    }

    @Test
    void a_charge_has_at_most_sixteen_lines() {
        var line = "{\"operation\": \"summarize\", \"quantity\": \"0.1\"}";

        consume("{\"lines\": [%s]}".formatted(String.join(",", Collections.nCopies(16, line))));
        consumeBad("{\"lines\": [%s]}".formatted(String.join(",", Collections.nCopies(17, line))))
                .isProblem(422, "invalid-value", "lines");
    }

    @Test
    void metadata_has_bounds() {
        var charge = "{\"operation\": \"summarize\", \"quantity\": 1, \"metadata\": %s}";
        var deep = "{\"a\":".repeat(9) + "1" + "}".repeat(9);

        api.post(tenant + "/gate/consume", charge.formatted(deep)).isProblem(422, "invalid-value", "metadata");
        api.post(tenant + "/gate/consume", charge.formatted("{\"a\": \"" + "x".repeat(16_384) + "\"}"))
                .isProblem(422, "invalid-value", "metadata");
        api.post(tenant + "/gate/consume", charge.formatted("{\"a\": 1e999}"))
                .isProblem(422, "invalid-value", "metadata");
    }

    @ParameterizedTest
    @ValueSource(strings = {"with space", "with\ttab"})
    void a_key_is_of_visible_ascii(String key) {
        var answer = api.request("POST", tenant + "/gate/consume")
                .key(key)
                .body("{\"operation\": \"summarize\", \"quantity\": 1}")
                .send();

        answer.isProblem(422, "invalid-value", "Idempotency-Key");
    }

    private Client.Answer consume(String charge) {
        return api.post(tenant + "/gate/consume", charge).is(200);
    }

    private Client.Answer consumeBad(String charge) {
        return api.postBad(tenant + "/gate/consume", charge);
    }

    private Client.Answer check(String charge) {
        return api.request("POST", tenant + "/gate/check").body(charge).send().is(200);
    }
}

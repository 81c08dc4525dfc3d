package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.PlanVersionTerms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogTest extends HttpTest {

    @Test
    void a_plan_of_which_nothing_is_said_gives_seven_days_of_grace_and_none_where_that_is_said() {
        var plan = api.post("/v1/plans", "{\"key\": \"plain\", \"name\": \"Plain\"}")
                .is(201);
        assertThat(plan.at("/version/graceDays")).isEqualTo("7");

        var strict = api.post("/v1/plans/plain/versions", "{\"graceDays\": 0}").is(201);
        assertThat(strict.at("/graceDays")).isEqualTo("0");
    }

    @Test
    void a_metered_feature_counts_in_a_unit_and_the_others_in_none() {
        api.post("/v1/features", """
                {"key": "seats", "name": "Seats", "kind": "ALLOCATED", "unit": "seat"}""").is(201);
        api.post("/v1/features", """
                {"key": "sso", "name": "Single sign-on", "kind": "BOOLEAN"}""").is(201);

        api.postBad("/v1/features", """
                {"key": "a", "name": "A", "kind": "CONSUMED"}""").isProblem(422, "invalid-value", "unit");
        api.postBad("/v1/features", """
                {"key": "a", "name": "A", "kind": "CONFIG", "unit": "minute"}""").isProblem(422, "invalid-value", "unit");
        api.postBad("/v1/features", """
                {"key": "a", "name": "A", "kind": "consumed", "unit": "minute"}""").isProblem(422, "invalid-value", "kind");
        assertThat(api.get("/v1/features").each("/key")).containsExactly("seats", "sso");
    }

    @Test
    void a_feature_is_renamed_but_stays_of_its_kind() {
        api.post("/v1/features", """
                {"key": "seats", "name": "Seats", "kind": "ALLOCATED", "unit": "seat", "description": "chairs"}""").is(201);

        var changed = api.patch("/v1/features/seats", """
                {"name": "Places", "description": null}""").is(200);

        assertThat(changed.text()).isEqualTo("""
                {"key":"seats","name":"Places","kind":"ALLOCATED","unit":"seat"}""");
        api.request("PATCH", "/v1/features/seats")
                .body("{\"kind\": \"CONSUMED\"}")
                .bad()
                .send()
                .isProblem(400, "unknown-field", "kind");
        api.patch("/v1/features/seats", "{\"unit\": null}").isProblem(422, "invalid-value", "unit");
        api.patch("/v1/features/chairs", "{}").isProblem(404, "feature-not-found", null);
    }

    @Test
    void an_operation_needs_a_key_and_a_category_alone() {
        var created = api.post("/v1/operations", """
                {"key": "chat.turn", "category": "chat"}""").is(201);

        assertThat(created.text()).isEqualTo("""
                {"key":"chat.turn","category":"chat","creditRate":"0","active":true,"metadata":{},"creditBasis":"QUANTITY"}""");
        assertThat(api.get(created.header("Location")).text()).isEqualTo(created.text());
    }

    @ParameterizedTest
    @CsvSource({
        "'\"0.1\"', 0.1",
        "0.1, 0.1",
        "0.10, 0.1",
        "'\"12.500\"', 12.5",
        "3, 3",
        "1e2, 100",
        "0.000000001, 0.000000001"
    })
    void a_rate_is_exact_however_it_is_written(String written, String kept) {
        var created = api.post("/v1/operations", """
                {"key": "chat.turn", "category": "chat", "creditRate": %s}""".formatted(written)).is(201);

        assertThat(created.at("/creditRate")).isEqualTo(kept);
    }

    @Test
    void an_operation_draws_a_feature_of_the_catalogue() {
        api.post("/v1/operations", """
                {"key": "a", "category": "c", "feature": "none"}""").isProblem(422, "unknown-feature", "feature");
        api.get("/v1/operations/a").isProblem(404, "operation-not-found", null);
    }

    @Test
    void an_operation_needs_a_permission_of_the_catalogue() {
        api.post("/v1/operations", """
                {"key": "a", "category": "c", "permission": "chat:none"}""").isProblem(422, "unknown-permission", "permission");
        api.get("/v1/operations/a").isProblem(404, "operation-not-found", null);
    }

    @Test
    void an_operation_is_changed_in_all_but_its_key() {
        var feature = given.feature();
        given.permission("chat:use");
        api.post("/v1/operations", """
                {"key": "a", "category": "c", "feature": "%s", "permission": "chat:use", "creditRate": "1"}""".formatted(feature)).is(201);

        var changed = api.patch("/v1/operations/a", """
                {"feature": null, "permission": null, "creditRate": "2", "creditBasis": "TOKENS", "active": false, "metadata": {"x": 1}}""").is(200);

        assertThat(changed.text()).isEqualTo("""
                {"key":"a","category":"c","creditRate":"2","active":false,"metadata":{"x":1},"creditBasis":"TOKENS"}""");
        api.patch("/v1/operations/a", "{\"feature\": \"none\"}").isProblem(422, "unknown-feature", "feature");
        api.patch("/v1/operations/a", "{\"creditRate\": \"-1\"}").isProblem(422, "invalid-value", "creditRate");
    }

    @Test
    void a_taken_key_is_a_conflict() {
        given.operation("1");
        api.post("/v1/operations", """
                {"key": "a", "category": "c"}""").is(201);
        api.post("/v1/features", """
                {"key": "a", "name": "A", "kind": "BOOLEAN"}""").is(201);
        api.post("/v1/plans", """
                {"key": "a", "name": "A"}""").is(201);

        api.post("/v1/operations", """
                {"key": "a", "category": "other"}""").isProblem(409, "operation-exists", "key");
        api.post("/v1/features", """
                {"key": "a", "name": "B", "kind": "BOOLEAN"}""").isProblem(409, "feature-exists", "key");
        api.post("/v1/plans", """
                {"key": "a", "name": "B"}""").isProblem(409, "plan-exists", "key");
        api.post("/v1/plans", """
                {"key": "b", "name": "A"}""").isProblem(409, "plan-exists", "name");
    }

    @Test
    void a_plan_comes_with_its_first_version() {
        var minutes = given.feature();
        api.post("/v1/features", """
                {"key": "sso", "name": "Single sign-on", "kind": "BOOLEAN"}""").is(201);
        api.post("/v1/features", """
                {"key": "quality", "name": "Quality", "kind": "CONFIG"}""").is(201);

        var plan = api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "description": "for professionals", "featured": true, "sortOrder": 2,
                 "trialDays": 14, "graceDays": 3, "seatLimit": 5, "includedCredits": "1000.5", "rolloverMax": "250",
                 "features": {"support": "mail"},
                 "prices": [
                   {"key": "monthly", "interval": "MONTH", "amountMinor": 2900, "currency": "EUR", "stripePriceId": "price_1"},
                   {"key": "yearly", "interval": "YEAR", "intervalCount": 2, "amountMinor": 29000, "currency": "EUR"}],
                 "entitlements": [
                   {"feature": "sso", "enabled": true},
                   {"feature": "quality", "value": "1080p"},
                   {"feature": "%s", "quota": {"limit": "600", "reset": "FIXED_WINDOW", "windowSeconds": 3600}}]}""".formatted(minutes)).is(201);

        assertThat(plan.at("/featured")).isEqualTo("true");
        var version = plan.json().at("/version");
        assertThat(version.at("/number").intValue()).isEqualTo(1);
        assertThat(version.at("/includedCredits").textValue()).isEqualTo("1000.5");
        assertThat(version.at("/rolloverMax").textValue()).isEqualTo("250");
        assertThat(version.at("/prices/0/intervalCount").intValue()).isEqualTo(1);
        assertThat(version.at("/entitlements/2/quota").toString())
                .isEqualTo(
                        "{\"limit\":\"600\",\"reset\":\"FIXED_WINDOW\",\"windowSeconds\":3600,\"overage\":\"BLOCK\",\"gracePercent\":0}");
        assertThat(api.get("/v1/plans/pro").text()).isEqualTo(plan.text());
        assertThat(api.get("/v1/plans/pro/versions").json().at("/items/0")).isEqualTo(version);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "prices": [{"key": "a", "interval": "MONTH", "amountMinor": 1, "currency": "EUR"}, {"key": "b", "interval": "MONTH", "amountMinor": 1, "currency": "euro"}] | prices[1].currency
            "prices": [{"key": "a", "interval": "MONTH", "amountMinor": -1, "currency": "EUR"}] | prices[0].amountMinor
            "prices": [{"key": "a", "interval": "WEEK", "amountMinor": 1, "currency": "EUR"}] | prices[0].interval
            "prices": [{"key": "A b", "interval": "MONTH", "amountMinor": 1, "currency": "EUR"}] | prices[0].key
            "prices": [{"key": "a", "interval": "MONTH", "intervalCount": 37, "amountMinor": 1, "currency": "EUR"}] | prices[0].intervalCount
            "prices": [{"key": "a", "interval": "MONTH", "amountMinor": 1, "currency": "EUR"}, {"key": "a", "interval": "YEAR", "amountMinor": 1, "currency": "EUR"}] | prices
            "entitlements": [{"feature": "sso", "quota": {"limit": "-1", "reset": "NEVER"}}] | entitlements[0].quota.limit
            "entitlements": [{"feature": "sso", "quota": {"reset": "NEVER", "gracePercent": 1001}}] | entitlements[0].quota.gracePercent
            "entitlements": [{"feature": "sso", "quota": {"reset": "NEVER", "windowSeconds": 60}}] | entitlements[0].quota.windowSeconds
            "entitlements": [{"feature": "sso"}] | entitlements[0].feature
            "entitlements": [{"feature": "sso", "value": "x", "enabled": true}] | entitlements[0].feature
            "entitlements": [{"feature": "sso", "value": ""}] | entitlements[0].value
            "trialDays": -1 | trialDays
            "trialDays": 731 | trialDays
            "graceDays": 91 | graceDays
            "seatLimit": 0 | seatLimit
            "includedCredits": "-1" | includedCredits
            "includedCredits": "1000000000000000000" | includedCredits
            "includedCredits": "5", "rolloverMax": "5.1" | rolloverMax
            "rolloverMax": "-1" | rolloverMax
            "sortOrder": 99999999999 | sortOrder
            """)
    void what_is_wrong_in_the_terms_of_a_plan_is_named_by_its_path(String terms, String field) {
        api.postBad("/v1/plans", "{\"key\": \"pro\", \"name\": \"Pro\", " + terms + "}")
                .isProblem(422, "invalid-value", field);
        api.get("/v1/plans/pro").isProblem(404, "plan-not-found", null);
    }

    @Test
    void an_entitlement_is_of_a_feature_that_exists_and_in_its_form() {
        api.post("/v1/features", """
                {"key": "sso", "name": "Single sign-on", "kind": "BOOLEAN"}""").is(201);

        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "entitlements": [
                  {"feature": "sso", "enabled": true}, {"feature": "none", "enabled": true}]}""").isProblem(422, "unknown-feature", "entitlements[1].feature");
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "entitlements": [{"feature": "sso", "value": "on"}]}""").isProblem(422, "invalid-value", "entitlements[0]");
        api.get("/v1/plans/pro").isProblem(404, "plan-not-found", null);
    }

    @Test
    void a_plan_is_changed_in_how_it_is_sold_and_given_more_by_a_new_version() {
        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "description": "old", "includedCredits": "1"}""").is(201);

        api.patch("/v1/plans/pro", "{\"active\": false, \"description\": null}").is(200);
        var second = api.post("/v1/plans/pro/versions", "{\"includedCredits\": \"2\"}")
                .is(201);
        var plan = api.get("/v1/plans/pro");

        assertThat(second.at("/number")).isEqualTo("2");
        assertThat(plan.at("/active")).isEqualTo("false");
        assertThat(plan.json().has("description")).isFalse();
        assertThat(plan.at("/version/number")).isEqualTo("2");
        assertThat(api.get("/v1/plans/pro/versions").each("/includedCredits")).containsExactly("1", "2");
        assertThat(second.at("/rolloverMax")).isEqualTo("0");
        assertThat(api.get("/v1/plans").json().at("/items/0").has("version")).isFalse();
        api.post("/v1/plans/none/versions", "{}").isProblem(404, "plan-not-found", null);
    }

    @Test
    void a_version_that_was_subscribed_to_stays() {
        var tenant = given.tenantOn(PlanVersionTerms.empty());
        var plan = api.get("/v1/tenants/%1$s/accounts/%1$s/subscription".formatted(tenant.id()))
                .at("/plan");
        api.post("/v1/plans/" + plan + "/versions", "{}").is(201);

        api.delete("/v1/plans/" + plan + "/versions/1").isProblem(409, "plan-version-in-use", "version");
        api.delete("/v1/plans/" + plan + "/versions/2").is(204);

        assertThat(api.get("/v1/plans/" + plan + "/versions").each("/number")).containsExactly("1");
        api.delete("/v1/plans/" + plan + "/versions/2").isProblem(404, "plan-version-not-found", null);
        api.delete("/v1/plans/" + plan + "/versions/two").isProblem(404, "version-not-found", null);
    }

    @Test
    void one_plan_is_the_default() {
        api.post("/v1/plans", """
                {"key": "free", "name": "Free", "defaultPlan": true}""").is(201);

        api.post("/v1/plans", """
                {"key": "pro", "name": "Pro", "defaultPlan": true}""").isProblem(409, "plan-exists", "defaultPlan");
        var tenant = given.tenant();
        assertThat(api.get("/v1/tenants/%1$s/accounts/%1$s/subscription".formatted(tenant.id()))
                        .at("/status"))
                .isEqualTo("FREE");
    }

    @Test
    void listings_go_by_key_page_by_page() {
        for (var key : new String[] {"c", "a", "b"}) {
            api.post("/v1/operations", "{\"key\": \"%s\", \"category\": \"x\"}".formatted(key))
                    .is(201);
            api.post("/v1/plans", "{\"key\": \"%1$s\", \"name\": \"%1$s\"}".formatted(key))
                    .is(201);
            api.post("/v1/features", "{\"key\": \"%1$s\", \"name\": \"%1$s\", \"kind\": \"BOOLEAN\"}".formatted(key))
                    .is(201);
        }

        for (var listing : new String[] {"/v1/operations", "/v1/plans", "/v1/features"}) {
            var first = api.get(listing + "?limit=2");
            assertThat(first.each("/key")).containsExactly("a", "b");
            assertThat(api.get(listing + "?limit=2&after=" + first.at("/next")).each("/key"))
                    .containsExactly("c");
        }
    }
}

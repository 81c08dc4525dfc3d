package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TenancyTest extends HttpTest {

    @Test
    void a_tenant_is_created_as_it_is_given_and_found_where_the_answer_says() {
        var created = api.post("/v1/tenants", """
                        {"name": "Acme Studio", "slug": "acme-studio", "website": "https://acme.example",
                         "description": "Films", "timeZone": "Europe/Berlin",
                         "metadata": {"crm": {"id": 4711, "rate": 1.50, "tags": ["a", null, true]}}}""").is(201);

        assertThat(created.at("/slug")).isEqualTo("acme-studio");
        assertThat(created.at("/timeZone")).isEqualTo("Europe/Berlin");
        assertThat(created.at("/status")).isEqualTo("ACTIVE");
        assertThat(created.at("/createdAt")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(created.json().at("/metadata"))
                .isEqualTo(Client.parsed("{\"crm\": {\"id\": 4711, \"rate\": 1.5, \"tags\": [\"a\", null, true]}}"));
        assertThat(api.get(created.header("Location")).text()).isEqualTo(created.text());
        assertThat(api.get("/v1/tenants/by-slug/acme-studio").text()).isEqualTo(created.text());
    }

    @Test
    void a_tenant_needs_a_name_and_a_slug_alone() {
        var created = api.post("/v1/tenants", """
                {"name": "Acme", "slug": "acme"}""").is(201);

        assertThat(created.at("/timeZone")).isEqualTo("UTC");
        assertThat(created.json().has("website")).isFalse();
        assertThat(created.json().has("description")).isFalse();
    }

    @Test
    void the_account_of_a_tenant_has_the_id_of_the_tenant() {
        var tenant = given.tenant();

        var account =
                api.get("/v1/tenants/%1$s/accounts/%1$s".formatted(tenant.id())).is(200);

        assertThat(account.at("/holder")).isEqualTo("TENANT");
    }

    @Test
    void a_taken_slug_or_name_is_a_conflict_that_names_it() {
        api.post("/v1/tenants", """
                {"name": "Acme", "slug": "acme"}""").is(201);

        api.post("/v1/tenants", """
                {"name": "Other", "slug": "acme"}""").isProblem(409, "tenant-exists", "slug");
        api.post("/v1/tenants", """
                {"name": "Acme", "slug": "other"}""").isProblem(409, "tenant-exists", "name");
        assertThat(api.get("/v1/tenants").items()).hasSize(1);
    }

    @Test
    void a_tenant_may_have_a_slug_that_is_a_word_of_the_routes() {
        for (var word : new String[] {"members", "accounts", "suspend"}) {
            api.post("/v1/tenants", """
                    {"name": "%1$s", "slug": "%1$s"}""".formatted(word)).is(201);

            assertThat(api.get("/v1/tenants/by-slug/" + word).is(200).at("/slug"))
                    .isEqualTo(word);
        }
    }

    @Test
    void a_patch_changes_what_is_given_clears_what_is_null_and_leaves_the_rest() {
        var path = api.post("/v1/tenants", """
                        {"name": "Acme", "slug": "acme", "website": "https://acme.example", "description": "Films",
                         "metadata": {"a": 1}}""").header("Location");

        var changed = api.patch(path, """
                {"name": "Acme Studio", "website": null, "metadata": {"b": 2}}""").is(200);

        assertThat(changed.at("/name")).isEqualTo("Acme Studio");
        assertThat(changed.at("/slug")).isEqualTo("acme");
        assertThat(changed.json().has("website")).isFalse();
        assertThat(changed.at("/description")).isEqualTo("Films");
        assertThat(changed.json().at("/metadata")).isEqualTo(Client.parsed("{\"b\": 2}"));
        assertThat(changed.at("/version")).isEqualTo("2");
        assertThat(api.get(path).text()).isEqualTo(changed.text());
    }

    @Test
    void thresholds_are_replaced_as_a_whole() {
        var path = "/v1/tenants/" + given.tenant().id();
        assertThat(api.get(path).json().at("/thresholds").toString()).isEqualTo("{\"quotaPercents\":[50,80,100]}");

        var set = api.put(path + "/thresholds", "{\"quotaPercents\": [75, 1000], \"lowCredits\": \"12.5\"}")
                .is(200);
        var cleared = api.put(path + "/thresholds", "{\"quotaPercents\": []}").is(200);

        assertThat(set.json().at("/thresholds").toString())
                .isEqualTo("{\"quotaPercents\":[75,1000],\"lowCredits\":\"12.5\"}");
        assertThat(set.at("/version")).isEqualTo("2");
        assertThat(cleared.json().at("/thresholds").toString()).isEqualTo("{\"quotaPercents\":[]}");
        assertThat(api.get(path).text()).isEqualTo(cleared.text());
    }

    @Test
    void thresholds_set_on_a_version_that_somebody_else_has_changed_are_a_conflict() {
        var path = "/v1/tenants/" + given.tenant().id();
        api.put(path + "/thresholds", "{\"quotaPercents\": [75], \"version\": 1}")
                .is(200);

        api.put(path + "/thresholds", "{\"quotaPercents\": [90], \"version\": 1}")
                .isProblem(409, "stale-version", "version");

        assertThat(api.get(path).at("/thresholds/quotaPercents/0")).isEqualTo("75");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"quotaPercents": [0]} | 422 | invalid-value | quotaPercents
            {"quotaPercents": [1001]} | 422 | invalid-value | quotaPercents
            {"quotaPercents": [80, 80]} | 422 | invalid-value | quotaPercents
            {"quotaPercents": [80, 50]} | 422 | invalid-value | quotaPercents
            {"quotaPercents": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]} | 422 | invalid-value | quotaPercents
            {"quotaPercents": [], "lowCredits": "0"} | 422 | invalid-value | lowCredits
            {"quotaPercents": [], "lowCredits": "few"} | 422 | invalid-value | lowCredits
            {"quotaPercents": [50.5]} | 400 | wrong-type | quotaPercents[0]
            {"quotaPercents": [null]} | 400 | wrong-type | quotaPercents[0]
            {"quotaPercents": 50} | 400 | wrong-type | quotaPercents
            {"lowCredits": "5"} | 400 | missing-field | quotaPercents
            {"quotaPercents": [], "lowCredits": null} | 400 | wrong-type | lowCredits
            """)
    void thresholds_that_cannot_be_are_refused_by_name(String body, int status, String code, String field) {
        var path = "/v1/tenants/" + given.tenant().id();

        api.request("PUT", path + "/thresholds").body(body).bad().send().isProblem(status, code, field);

        assertThat(api.get(path).at("/version")).isEqualTo("1");
    }

    @Test
    void a_patch_may_not_clear_what_every_tenant_has() {
        var path = "/v1/tenants/" + given.tenant().id();

        api.request("PATCH", path).body("{\"name\": null}").bad().send().isProblem(400, "wrong-type", "name");
    }

    @Test
    void a_patch_on_a_version_that_somebody_else_has_changed_is_a_conflict() {
        var path = "/v1/tenants/" + given.tenant().id();
        api.patch(path, "{\"description\": \"first\", \"version\": 1}").is(200);

        api.patch(path, "{\"description\": \"second\", \"version\": 1}").isProblem(409, "stale-version", "version");

        assertThat(api.get(path).at("/description")).isEqualTo("first");
    }

    @Test
    void a_suspended_tenant_is_denied_until_it_is_reactivated() {
        var tenant = given.tenantWith(10);
        var operation = given.operation("1");
        var path = "/v1/tenants/" + tenant.id();
        var charge = "{\"operation\": \"%s\", \"quantity\": 1}".formatted(operation);

        assertThat(api.post(path + "/suspend").is(200).at("/status")).isEqualTo("SUSPENDED");
        var denied = api.post(path + "/gate/consume", charge).is(200);
        assertThat(api.post(path + "/reactivate").is(200).at("/status")).isEqualTo("ACTIVE");
        var allowed = api.post(path + "/gate/consume", charge).is(200);

        assertThat(denied.at("/denial/reason")).isEqualTo("TENANT_SUSPENDED");
        assertThat(allowed.at("/allowed")).isEqualTo("true");
    }

    @Test
    void a_deleted_tenant_does_not_exist() {
        var path = "/v1/tenants/" + given.tenantWith(10).id();

        api.delete(path).is(204);

        api.get(path).isProblem(404, "tenant-not-found", null);
        api.delete(path).isProblem(404, "tenant-not-found", null);
        api.post(path + "/suspend").isProblem(404, "tenant-not-found", null);
        api.post(path + "/members", "{\"userId\": \"%s\", \"displayName\": \"Ada\"}".formatted(UUID.randomUUID()))
                .isProblem(404, "tenant-not-found", null);
    }

    @Test
    void what_cannot_be_an_id_does_not_exist() {
        api.get("/v1/tenants/acme").isProblem(404, "tenant-not-found", null);
        api.get("/v1/tenants/1-1-1-1-1").isProblem(404, "tenant-not-found", null);
        api.get("/v1/tenants/by-slug/No%20Slug").isProblem(404, "slug-not-found", null);
    }

    @Test
    void a_listing_goes_through_all_tenants_oldest_first() {
        var all = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            all.add(given.tenant().id().toString());
        }

        var found = new ArrayList<String>();
        var answer = api.get("/v1/tenants?limit=2").is(200);
        int pages = 1;
        answer.each("/id").forEach(found::add);
        while (answer.at("/next") != null) {
            answer = api.get("/v1/tenants?limit=2&after=" + answer.at("/next")).is(200);
            answer.each("/id").forEach(found::add);
            pages++;
        }

        assertThat(found).isEqualTo(all);
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void a_page_that_ends_exactly_at_the_last_tenant_has_no_next() {
        given.tenant();
        given.tenant();

        assertThat(api.get("/v1/tenants?limit=2").at("/next")).isNull();
    }

    @Test
    void a_tenant_may_have_an_owner_from_the_beginning() {
        var user = given.user();

        var path = api.post("/v1/tenants", """
                        {"name": "Acme", "slug": "acme", "ownerUserId": "%s"}""".formatted(user.id())).is(201).header("Location");

        assertThat(api.get(path + "/members").each("/userId"))
                .containsExactly(user.id().toString());
        api.delete(path + "/members/" + user.id()).isProblem(409, "last-owner", null);
        api.post("/v1/tenants", """
                {"name": "Other", "slug": "other", "ownerUserId": "%s"}""".formatted(UUID.randomUUID())).isProblem(422, "unknown-user", "ownerUserId");
        api.get("/v1/tenants/by-slug/other").is(404);
    }

    @Test
    void names_and_keys_beyond_their_bounds_are_refused_by_name() {
        var long101 = "a".repeat(101);
        api.postBad("/v1/tenants", "{\"name\": \"%s\", \"slug\": \"a\"}".formatted(long101))
                .isProblem(422, "invalid-value", "name");
        api.postBad("/v1/tenants", "{\"name\": \"A\", \"slug\": \"%s\"}".formatted(long101))
                .isProblem(422, "invalid-value", "slug");
        for (var slug : new String[] {"", "Acme", "acme studio", "-acme", "acme-", "a--b", "akmé", "../etc"}) {
            api.postBad("/v1/tenants", "{\"name\": \"A\", \"slug\": \"%s\"}".formatted(slug))
                    .isProblem(422, "invalid-value", "slug");
        }
        api.postBad("/v1/tenants", "{\"name\": \" \", \"slug\": \"a\"}").isProblem(422, "invalid-value", "name");
        api.post("/v1/tenants", "{\"name\": \"a\\u0000b\", \"slug\": \"a\"}").isProblem(422, "invalid-value", "name");
        api.postBad("/v1/tenants", "{\"name\": \"A\", \"slug\": \"a\", \"website\": \"javascript:alert(1)\"}")
                .isProblem(422, "invalid-value", "website");
        for (var zone : new String[] {"Mars/Olympus", "+02:00", "GMT+2", ""}) {
            api.postBad("/v1/tenants", "{\"name\": \"A\", \"slug\": \"a\", \"timeZone\": \"%s\"}".formatted(zone))
                    .isProblem(422, "invalid-value", "timeZone");
        }

        assertThat(stored().tenants()).isZero();
    }
}

package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApiKeyTest extends HttpTest {

    private TenantId tenant;
    private String keys;

    @BeforeEach
    void a_tenant() {
        tenant = given.tenantWith(100).id();
        keys = "/v1/tenants/" + tenant + "/api-keys";
    }

    @Test
    void a_key_is_made_and_tells_its_secret_once() {
        var made = api.post(keys, """
                {"name": "importer", "description": "nightly", "environment": "test", "scopes": ["usage:read", "gate:use"],
                 "ipAllowList": ["127.0.0.1", "2001:DB8::/32"], "requestsPerMinute": 60,
                 "expiresAt": "2026-04-01T00:00:00Z"}""").is(201);

        assertThat(made.at("/secret")).matches("allot_test_[0-9A-Za-z]{36}").startsWith(made.at("/prefix"));
        assertThat(made.at("/scopes/0")).isEqualTo("gate:use");
        assertThat(made.at("/ipAllowList/0")).isEqualTo("127.0.0.1/32");
        assertThat(made.at("/ipAllowList/1")).isEqualTo("2001:db8::/32");
        assertThat(made.header("Location")).isEqualTo(keys + "/" + made.at("/id"));
        var read = api.get(made.header("Location")).is(200);
        assertThat(read.at("/secret")).isNull();
        assertThat(read.at("/name")).isEqualTo("importer");
        assertThat(api.get(keys).each("/id")).containsExactly(made.at("/id"));
        assertThat(api.get(keys).text()).doesNotContain(made.at("/secret"));
    }

    @Test
    void the_same_request_again_is_answered_without_the_secret_and_makes_no_other() {
        var request = api.request("POST", keys).key("k-1").body("""
                {"name": "importer", "scopes": []}""");
        var first = request.send().is(201);

        var again = request.send().is(201);

        assertThat(again.isReplayed()).isTrue();
        assertThat(again.at("/id")).isEqualTo(first.at("/id"));
        assertThat(first.at("/secret")).isNotNull();
        assertThat(again.at("/secret")).isNull();
        assertThat(api.get(keys).items()).hasSize(1);
    }

    @Test
    void a_key_opens_its_tenant_as_far_as_its_scopes_go() {
        var operation = given.operation("1");
        var secret = secret("gate:use", "account:read");

        as(secret, "POST", "/v1/tenants/" + tenant + "/gate/consume")
                .key("c-1")
                .body("{\"operation\": \"" + operation + "\", \"quantity\": 1}")
                .send()
                .is(200);
        as(secret, "GET", "/v1/tenants/" + tenant + "/accounts").send().is(200);
        as(secret, "GET", keys).send().isProblem(403, "permission-missing", null);
        as(secret, "POST", "/v1/features").key("f-1").body("""
                        {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").send().isProblem(403, "operator-only", null);
    }

    @Test
    void to_a_key_another_tenant_is_like_one_that_does_not_exist() {
        var secret = secret("gate:use", "account:read", "key:read");
        var other = given.tenantWith(5).id();
        var nobodys = "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01";

        var theirs =
                as(secret, "GET", "/v1/tenants/" + other + "/accounts").send().isProblem(404, "tenant-not-found", null);
        var none = as(secret, "GET", "/v1/tenants/" + nobodys + "/accounts")
                .send()
                .isProblem(404, "tenant-not-found", null);

        assertThat(theirs.at("/detail").replace(other.toString(), nobodys)).isEqualTo(none.at("/detail"));
    }

    @Test
    void every_wrong_key_is_refused_in_the_same_words() {
        var revoked = api.post(keys, """
                {"name": "one", "scopes": []}""").is(201);
        api.delete(keys + "/" + revoked.at("/id")).is(204);
        var ended = api.post(keys, """
                {"name": "two", "scopes": [], "expiresAt": "2026-03-10T10:01:00Z"}""").is(201);
        var elsewhere = api.post(keys, """
                {"name": "three", "scopes": [], "ipAllowList": ["192.0.2.1"]}""").is(201);
        clock.advance(Duration.ofMinutes(1));
        var good = secret();
        char last = good.charAt(good.length() - 1);
        var mistyped = good.substring(0, good.length() - 1) + (last == 'a' ? 'b' : 'a');

        for (var secret :
                new String[] {revoked.at("/secret"), ended.at("/secret"), elsewhere.at("/secret"), mistyped, "nonsense"
                }) {
            var answer = as(secret, "GET", keys).send().isProblem(401, "unauthorized", null);
            assertThat(answer.at("/detail")).isEqualTo("The key or token is not known, or is not valid any more.");
        }
        as(good, "GET", keys).send().is(403);
    }

    @Test
    void a_key_is_changed_on_the_version_it_was_read_at() {
        var made = api.post(keys, """
                {"name": "importer", "description": "x", "scopes": ["gate:use"], "requestsPerMinute": 5}""").is(201);
        var key = keys + "/" + made.at("/id");

        var changed = api.patch(key, """
                {"name": "exporter", "description": null, "scopes": ["usage:read"], "requestsPerMinute": null,
                 "ipAllowList": ["10.0.0.0/8"], "version": 1}""").is(200);

        assertThat(changed.at("/name")).isEqualTo("exporter");
        assertThat(changed.at("/description")).isNull();
        assertThat(changed.at("/scopes/0")).isEqualTo("usage:read");
        assertThat(changed.at("/requestsPerMinute")).isNull();
        assertThat(changed.at("/version")).isEqualTo("2");
        api.patch(key, "{\"version\": 1}").isProblem(409, "stale-version", "version");
    }

    @Test
    void a_key_is_rotated_with_grace() {
        var old = api.post(keys, """
                {"name": "importer", "scopes": ["key:read"]}""").is(201);

        var next = api.post(keys + "/" + old.at("/id") + "/rotate", """
                {"graceSeconds": 3600}""").is(201);

        assertThat(next.at("/secret")).isNotEqualTo(old.at("/secret"));
        assertThat(next.header("Location")).isEqualTo(keys + "/" + next.at("/id"));
        assertThat(api.get(keys + "/" + old.at("/id")).at("/replacedBy")).isEqualTo(next.at("/id"));
        as(old.at("/secret"), "GET", keys).send().is(200);
        as(next.at("/secret"), "GET", keys).send().is(200);
        clock.advance(Duration.ofHours(1));
        as(old.at("/secret"), "GET", keys).send().is(401);
        as(next.at("/secret"), "GET", keys).send().is(200);
        api.post(keys + "/" + old.at("/id") + "/rotate").isProblem(409, "api-key-ended", null);
    }

    @Test
    void without_grace_the_old_key_is_refused_at_once() {
        var old = api.post(keys, """
                {"name": "importer", "scopes": ["key:read"]}""").is(201);
        as(old.at("/secret"), "GET", keys).send().is(200);

        api.post(keys + "/" + old.at("/id") + "/rotate").is(201);

        as(old.at("/secret"), "GET", keys).send().is(401);
    }

    @Test
    void a_revoked_key_is_refused_at_once_and_stays_listed() {
        var made = api.post(keys, """
                {"name": "importer", "scopes": ["key:read"]}""").is(201);
        as(made.at("/secret"), "GET", keys).send().is(200);

        api.delete(keys + "/" + made.at("/id")).is(204);

        as(made.at("/secret"), "GET", keys).send().is(401);
        assertThat(api.get(keys + "/" + made.at("/id")).at("/revokedAt")).isNotNull();
        api.delete(keys + "/" + made.at("/id")).is(204);
    }

    @Test
    void another_issuers_key_is_found_by_its_id_there() {
        var made = api.post(keys, """
                {"name": "theirs", "scopes": [], "externalId": "unkey_4711"}""").is(201);

        assertThat(made.at("/secret")).isNull();
        assertThat(api.get(keys + "?externalId=unkey_4711").each("/id")).containsExactly(made.at("/id"));
        assertThat(api.get(keys + "?externalId=unkey_4712").items()).isEmpty();
        api.post(keys, """
                {"name": "again", "scopes": [], "externalId": "unkey_4711"}""").isProblem(409, "api-key-exists", "externalId");
        api.post(keys + "/" + made.at("/id") + "/rotate").isProblem(409, "api-key-managed-elsewhere", null);
    }

    @Test
    void what_is_wrong_with_a_key_is_told() {
        api.postBad(keys, """
                {"name": "", "scopes": []}""").isProblem(422, "invalid-value", "name");
        api.postBad(keys, """
                {"name": "k", "scopes": ["no colon"]}""").isProblem(422, "invalid-value", "scopes[0]");
        api.post(keys, """
                {"name": "k", "scopes": ["no.such:thing"]}""").isProblem(422, "unknown-permission", "scopes");
        api.post(keys, """
                {"name": "k", "scopes": [], "environment": "root"}""").isProblem(422, "invalid-value", "environment");
        api.post(keys, """
                {"name": "k", "scopes": [], "ipAllowList": ["10.0.0.1/8"]}""").isProblem(422, "invalid-value", "ipAllowList[0]");
        api.post(keys, """
                {"name": "k", "scopes": [], "expiresAt": "2020-01-01T00:00:00Z"}""").isProblem(422, "invalid-value", "expiresAt");
        api.post(keys, """
                {"name": "k", "scopes": [], "owner": "0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02"}""").isProblem(422, "unknown-member", "owner");
        api.get(keys + "/0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e02").isProblem(404, "api-key-not-found", null);
        api.get("/v1/tenants/0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01/api-keys").isProblem(404, "tenant-not-found", null);
    }

    @Test
    void a_spend_limit_is_set_on_a_key_by_its_id() {
        var made = api.post(keys, """
                {"name": "importer", "scopes": ["gate:use"]}""").is(201);
        var operation = given.operation("1");
        api.put("/v1/tenants/" + tenant + "/spend-limits/API_KEY/" + made.at("/id") + "/CALENDAR_MONTH", """
                {"limit": "1"}""")
                .is(200);

        assertThat(consume(made.at("/secret"), operation.value()).at("/allowed"))
                .isEqualTo("true");
        assertThat(consume(made.at("/secret"), operation.value()).at("/denial/reason"))
                .isEqualTo("SPEND_LIMIT_EXCEEDED");
        var limits = api.get("/v1/tenants/" + tenant + "/spend-limits");
        assertThat(limits.at("/items/0/spender/id")).isEqualTo(made.at("/id"));
        assertThat(limits.at("/items/0/spent")).isEqualTo("1");
    }

    @Test
    void uses_are_written_when_the_server_stops() {
        var made = api.post(keys, """
                {"name": "importer", "scopes": ["key:read"]}""").is(201);
        for (int i = 0; i < 3; i++) {
            as(made.at("/secret"), "GET", keys).send().is(200);
        }

        server.close();

        assertThat(allotment
                        .apiKeys()
                        .list(tenant, PageRequest.first(1))
                        .items()
                        .get(0)
                        .usageCount())
                .isEqualTo(3);
    }

    private Client.Answer consume(String secret, String operation) {
        return as(secret, "POST", "/v1/tenants/" + tenant + "/gate/consume")
                .key(Fixtures.word())
                .body("{\"operation\": \"" + operation + "\", \"quantity\": 1}")
                .send()
                .is(200);
    }

    private String secret(String... scopes) {
        var list = scopes.length == 0 ? "" : "\"" + String.join("\", \"", scopes) + "\"";
        return api.post(keys, "{\"name\": \"key\", \"scopes\": [" + list + "]}")
                .is(201)
                .at("/secret");
    }

    private Client.Request as(String secret, String method, String target) {
        return api.request(method, target).header("Authorization", "Bearer " + secret);
    }
}

package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Permissions, roles that hold them, and who has which. */
class RoleTest extends HttpTest {

    private Tenant acme;
    private String tenant;
    private UserId owner;
    private UserId member;

    @BeforeEach
    void a_tenant_with_people() {
        acme = given.tenantWith(100);
        tenant = "/v1/tenants/" + acme.id();
        owner = given.member(acme, SystemRole.OWNER);
        member = given.member(acme, SystemRole.MEMBER);
        api.post("/v1/permissions", """
                {"key": "chat:use", "description": "Chat"}""").is(201);
    }

    // ---- permissions

    @Test
    void a_permission_is_found_where_the_answer_says_described_and_deleted() {
        var created = api.post("/v1/permissions", """
                {"key": "report:export"}""").is(201);
        var path = created.header("Location");

        assertThat(created.text()).isEqualTo("""
                {"key":"report:export","builtIn":false,"createdAt":"2026-03-10T10:00:00Z","updatedAt":"2026-03-10T10:00:00Z"}""");
        assertThat(api.get(path).text()).isEqualTo(created.text());
        clock.advance(Duration.ofSeconds(1));
        var described = api.patch(path, """
                {"description": "Export reports"}""").is(200);
        assertThat(described.at("/description")).isEqualTo("Export reports");
        assertThat(described.at("/updatedAt")).isEqualTo("2026-03-10T10:00:01Z");
        assertThat(api.patch(path, "{}").is(200).text()).isEqualTo(described.text());
        assertThat(api.patch(path, "{\"description\": null}").is(200).json().has("description"))
                .isFalse();

        api.delete(path).is(204);
        api.get(path).isProblem(404, "permission-not-found", null);
        api.delete(path).isProblem(404, "permission-not-found", null);
    }

    @Test
    void a_permission_is_there_once() {
        api.post("/v1/permissions", "{\"key\": \"chat:use\"}").isProblem(409, "permission-exists", "key");
        api.post("/v1/permissions", "{\"key\": \"role:manage\"}").isProblem(409, "permission-exists", "key");
    }

    @ParameterizedTest
    @CsvSource({"chat", "chat:", "Chat:use", "chat:use:twice", "chat use:x"})
    void a_permission_is_a_resource_and_an_action(String key) {
        api.postBad("/v1/permissions", "{\"key\": \"%s\"}".formatted(key)).isProblem(422, "invalid-value", "key");
    }

    @Test
    void allotments_own_permissions_stay_as_they_are() {
        assertThat(api.get("/v1/permissions/gate:use").is(200).at("/builtIn")).isEqualTo("true");
        api.patch("/v1/permissions/gate:use", "{\"description\": \"x\"}").isProblem(403, "built-in-permission", null);
        api.delete("/v1/permissions/gate:use").isProblem(403, "built-in-permission", null);
        api.delete("/v1/system-roles/member/permissions/gate:use").isProblem(403, "built-in-permission", null);
    }

    @Test
    void a_permission_that_an_operation_needs_is_not_deleted() {
        given.operation(Operation.of("chat", "chat", Credits.of(1)).needing("chat:use"));

        api.delete("/v1/permissions/chat:use").isProblem(409, "permission-in-use", null);
    }

    // ---- system roles

    @Test
    void system_roles_are_read_given_to_and_taken_from() {
        assertThat(api.get("/v1/system-roles").items())
                .extracting(role -> role.at("/key").textValue())
                .containsExactly("owner", "admin", "moderator", "member", "viewer");
        assertThat(permissions(api.get("/v1/system-roles/owner").json())).contains("chat:use", "role:manage");

        var given = put("/v1/system-roles/member/permissions/chat:use").is(200);
        assertThat(permissions(given.json())).contains("chat:use", "gate:use");
        assertThat(api.get("/v1/system-roles/member").text()).isEqualTo(given.text());
        assertThat(permissions(api.get(tenant + "/roles/member").json())).contains("chat:use");
        api.delete("/v1/system-roles/member/permissions/chat:use").is(204);
        assertThat(permissions(api.get("/v1/system-roles/member").json())).doesNotContain("chat:use");

        put("/v1/system-roles/owner/permissions/chat:use").isProblem(403, "owner-holds-all", null);
        put("/v1/system-roles/member/permissions/chat:none").isProblem(404, "permission-not-found", null);
        put("/v1/system-roles/boss/permissions/chat:use").isProblem(404, "role-not-found", null);
        api.get("/v1/system-roles/Member").isProblem(404, "role-not-found", null);
    }

    // ---- a tenant's roles

    @Test
    void a_role_is_made_changed_and_deleted() {
        var created = api.post(tenant + "/roles", """
                {"key": "editor", "name": "Editor", "description": "Writes", "permissions": ["chat:use", "audit:read", "chat:use"]}""").is(201);
        var path = created.header("Location");

        assertThat(created.text()).isEqualTo("""
                {"key":"editor","name":"Editor","description":"Writes","permissions":["audit:read","chat:use"],\
                "system":false,"createdAt":"2026-03-10T10:00:00Z","updatedAt":"2026-03-10T10:00:00Z","version":1}""");
        assertThat(api.get(path).text()).isEqualTo(created.text());
        assertThat(api.get(tenant + "/roles").items())
                .extracting(role -> role.at("/key").textValue())
                .containsExactly("admin", "editor", "member", "moderator", "owner", "viewer");

        var changed = api.patch(path, """
                {"description": null, "permissions": ["chat:use"], "version": 1}""").is(200);
        assertThat(changed.json().has("description")).isFalse();
        assertThat(changed.at("/name")).isEqualTo("Editor");
        assertThat(permissions(changed.json())).containsExactly("chat:use");
        api.patch(path, "{\"name\": \"Late\", \"version\": 1}").isProblem(409, "stale-version", "version");

        api.delete(path).is(204);
        api.get(path).isProblem(404, "role-not-found", null);
    }

    @Test
    void a_role_is_refused_that_is_none() {
        api.post(tenant + "/roles", "{\"key\": \"owner\", \"name\": \"Mine\"}").isProblem(422, "invalid-value", "key");
        api.post(tenant + "/roles", "{\"key\": \"x\", \"name\": \"X\", \"permissions\": [\"chat:none\"]}")
                .isProblem(422, "unknown-permission", "permissions");
        api.postBad(tenant + "/roles", "{\"key\": \"x\", \"name\": \"X\", \"permissions\": [null]}")
                .is(400);
        api.patch(tenant + "/roles/admin", "{\"name\": \"Mine\"}").isProblem(403, "system-role", null);
        api.delete(tenant + "/roles/admin").isProblem(403, "system-role", null);
    }

    @Test
    void a_role_in_use_is_deleted_with_cascade_alone() {
        editor();
        put(tenant + "/members/" + member + "/roles/editor").is(200);

        var refused = api.delete(tenant + "/roles/editor").isProblem(409, "role-in-use", null);
        assertThat(refused.at("/detail")).contains("1 member;");
        api.delete(tenant + "/roles/editor?cascade=false").isProblem(409, "role-in-use", null);
        api.request("DELETE", tenant + "/roles/editor?cascaded=true")
                .bad()
                .send()
                .is(400);
        api.delete(tenant + "/roles/editor?cascade=true").is(204);
        assertThat(api.get(tenant + "/members/" + member + "/roles").items()).hasSize(1);
    }

    // ---- who has which

    @Test
    void a_role_is_given_asked_for_and_taken() {
        editor();
        var path = tenant + "/members/" + member + "/roles/editor";

        var assigned =
                api.put(path, "{\"expiresAt\": \"2026-03-11T00:00:00Z\"}").is(200);

        assertThat(assigned.text()).isEqualTo("""
                {"userId":"%s","role":"editor","grantedAt":"2026-03-10T10:00:00Z","expiresAt":"2026-03-11T00:00:00Z","expired":false}""".formatted(member));
        assertThat(api.get(tenant + "/roles/editor/holders").items()).containsExactly(assigned.json());
        assertThat(api.get(tenant + "/members/" + member + "/roles").items())
                .extracting(role -> role.at("/role").textValue())
                .containsExactly("editor", "member");
        assertThat(api.get(tenant + "/members/" + member + "/permissions?permission=chat:use")
                        .text())
                .isEqualTo("{\"items\":[\"chat:use\"],\"holds\":true}");
        assertThat(api.get(tenant + "/members/" + member + "/permissions?permission=role:manage")
                        .text())
                .isEqualTo("{\"items\":[],\"holds\":false}");
        var all = api.get(tenant + "/members/" + member + "/permissions").json();
        assertThat(all.has("holds")).isFalse();
        assertThat(texts(all.at("/items"))).contains("chat:use", "gate:use").isSorted();

        clock.set(Instant.parse("2026-03-11T00:00:00Z"));
        assertThat(api.get(tenant + "/members/" + member + "/permissions?permission=chat:use")
                        .at("/holds"))
                .isEqualTo("false");
        api.delete(path).is(204);
        api.delete(path).is(404);
    }

    @Test
    void a_role_is_given_to_members_until_a_time_that_comes() {
        editor();

        put(tenant + "/members/" + UUID.randomUUID() + "/roles/editor").isProblem(404, "member-not-found", null);
        put(tenant + "/members/" + member + "/roles/none").isProblem(404, "role-not-found", null);
        api.put(tenant + "/members/" + member + "/roles/editor", "{\"expiresAt\": \"2026-03-10T10:00:00Z\"}")
                .isProblem(422, "invalid-value", "expiresAt");
        api.get(tenant + "/members/" + UUID.randomUUID() + "/permissions").isProblem(404, "member-not-found", null);
        api.get("/v1/tenants/" + UUID.randomUUID() + "/roles").isProblem(404, "tenant-not-found", null);
    }

    @Test
    void the_last_owner_stays_one() {
        var path = tenant + "/members/" + owner + "/roles/owner";

        api.delete(path).isProblem(409, "last-owner", null);
        api.put(path, "{\"expiresAt\": \"2026-03-11T00:00:00Z\"}").isProblem(409, "last-owner", null);
        put(tenant + "/members/" + member + "/roles/owner").is(200);
        api.delete(path).is(204);
    }

    @Test
    void what_a_user_may_at_the_gate_follows_at_once() {
        editor();
        given.operation(Operation.of("chat", "chat", Credits.of(1)).needing("chat:use"));
        var charge = "{\"operation\": \"chat\", \"quantity\": 1, \"actor\": {\"type\": \"USER\", \"id\": \"%s\"}}"
                .formatted(member);
        var path = tenant + "/members/" + member + "/roles/editor";

        assertThat(api.post(tenant + "/gate/consume", charge).at("/denial/reason"))
                .isEqualTo("PERMISSION_MISSING");
        put(path).is(200);
        assertThat(api.post(tenant + "/gate/consume", charge).at("/allowed")).isEqualTo("true");
        api.delete(path).is(204);
        assertThat(api.post(tenant + "/gate/consume", charge).at("/allowed")).isEqualTo("false");
    }

    @Test
    void who_signed_in_gives_what_they_hold_and_nothing_once_it_is_taken() {
        var boss = signedUp(SystemRole.ADMIN);
        var guest = signedUp(SystemRole.MEMBER);
        var bossId = boss.get("/v1/me").at("/id");
        var guestPath = tenant + "/members/" + guest.get("/v1/me").at("/id");
        editor();

        put(boss, guestPath + "/roles/editor").isProblem(403, "permission-not-held", null);
        put(boss, guestPath + "/roles/owner").isProblem(403, "owner-only", null);
        boss.post(tenant + "/roles", """
                {"key": "auditor", "name": "Auditor", "permissions": ["audit:read"]}""").is(201);
        assertThat(put(boss, guestPath + "/roles/auditor").is(200).at("/grantedBy"))
                .isEqualTo(bossId);
        assertThat(guest.get(guestPath + "/permissions?permission=audit:read").at("/holds"))
                .isEqualTo("true");
        guest.post(tenant + "/roles", "{\"key\": \"x\", \"name\": \"X\"}").isProblem(403, "permission-missing", null);
        guest.get("/v1/permissions").is(200);
        guest.get("/v1/system-roles").is(200);
        boss.post("/v1/permissions", "{\"key\": \"a:b\"}").isProblem(403, "operator-only", null);
        put(boss, "/v1/system-roles/admin/permissions/chat:use").isProblem(403, "operator-only", null);
        put(boss, "/v1/platform-roles/" + bossId + "/OPERATOR").isProblem(403, "operator-only", null);

        api.delete(tenant + "/members/" + bossId + "/roles/admin").is(204);
        put(boss, guestPath + "/roles/viewer").isProblem(403, "permission-missing", null);
    }

    @Test
    void who_does_not_belong_to_the_tenant_does_not_hear_of_its_roles() {
        var stranger = signedUp();
        editor();

        stranger.get(tenant + "/roles").isProblem(404, "tenant-not-found", null);
        stranger.get(tenant + "/roles/editor").isProblem(404, "tenant-not-found", null);
        stranger.get(tenant + "/members/" + member + "/permissions").isProblem(404, "tenant-not-found", null);
        stranger.post(tenant + "/roles", "{\"key\": \"x\", \"name\": \"X\"}").isProblem(404, "tenant-not-found", null);
        put(stranger, tenant + "/members/" + member + "/roles/owner").isProblem(404, "tenant-not-found", null);
    }

    @Test
    void an_operator_who_signed_in_may_what_the_root_key_may_until_the_role_is_taken() {
        var operator = signedUp();
        var path = "/v1/platform-roles/" + operator.get("/v1/me").at("/id") + "/OPERATOR";
        operator.get("/v1/platform-roles").isProblem(403, "operator-only", null);

        put(path).is(200);
        operator.post("/v1/permissions", "{\"key\": \"a:b\"}").is(201);
        operator.get(tenant + "/roles").is(200);

        api.delete(path).is(204);
        operator.post("/v1/permissions", "{\"key\": \"c:d\"}").isProblem(403, "operator-only", null);
        operator.get(tenant + "/roles").isProblem(404, "tenant-not-found", null);
    }

    // ---- on the platform

    @Test
    void roles_on_the_platform_are_given_listed_and_taken() {
        var path = "/v1/platform-roles/" + owner + "/SUPPORT";

        var assigned =
                api.put(path, "{\"expiresAt\": \"2026-03-11T00:00:00Z\"}").is(200);

        assertThat(assigned.at("/role")).isEqualTo("SUPPORT");
        assertThat(api.get("/v1/platform-roles").items()).containsExactly(assigned.json());
        api.delete(path).is(204);
        api.delete(path).is(404);
        put("/v1/platform-roles/" + UUID.randomUUID() + "/OPERATOR").isProblem(404, "user-not-found", null);
    }

    private Client signedUp() {
        return api.as(
                api.open("/v1/sign-up", """
                        {"email": "%s@example.org", "password": "analytical engine", "displayName": "Ada"}""".formatted(Fixtures.word())).is(201).at("/token"));
    }

    private Client signedUp(SystemRole role) {
        var client = signedUp();
        allotment.members().add(acme.id(), UserId.of(client.get("/v1/me").at("/id")), "Ada", role.key());
        return client;
    }

    private Client.Answer put(String path) {
        return put(api, path);
    }

    private static Client.Answer put(Client who, String path) {
        return who.request("PUT", path).send();
    }

    private void editor() {
        api.post(tenant + "/roles", """
                {"key": "editor", "name": "Editor", "permissions": ["chat:use"]}""").is(201);
    }

    private static List<String> permissions(JsonNode role) {
        return texts(role.at("/permissions"));
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonNode::textValue)
                .toList();
    }
}

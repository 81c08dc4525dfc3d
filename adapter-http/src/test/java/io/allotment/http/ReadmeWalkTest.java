package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The requests of the README, from an empty server to a key whose right was taken away, in their order. */
class ReadmeWalkTest extends HttpTest {

    @Override
    boolean signUpOpen() {
        return false;
    }

    @Test
    void an_owner_invites_a_colleague_whose_key_consumes_until_her_role_is_taken_away() {
        var tenant = tenantWithMinutesAndCredits();
        var path = "/v1/tenants/" + tenant;
        api.post("/v1/permissions", "{\"key\": \"minutes:use\"}").is(201);
        api.patch("/v1/operations/transcribe.minute", "{\"permission\": \"minutes:use\"}")
                .is(200);

        var ada = owner(path);
        var grace = invited(ada, path, "grace@harbor.example");
        var her = grace.get("/v1/me").at("/id");
        ada.post(path + "/roles", """
                {"key": "transcriber", "name": "Transcriber", "permissions": ["minutes:use"]}""").is(201);
        ada.put(path + "/members/" + her + "/roles/transcriber", "{}").is(200);
        var key = api.as(
                grace.post(path + "/api-keys", """
                        {"name": "importer", "owner": "%s", "scopes": ["gate:use", "minutes:use"]}""".formatted(her)).is(201).at("/secret"));

        assertThat(consumed(key, path).at("/allowed")).isEqualTo("true");
        ada.delete(path + "/members/" + her + "/roles/transcriber").is(204);
        var denied = consumed(key, path);

        assertThat(denied.at("/allowed")).isEqualTo("false");
        assertThat(denied.at("/denial/reason")).isEqualTo("PERMISSION_MISSING");
        assertThat(ada.get(path + "/audit").is(200).each("/action"))
                .startsWith(
                        "role.unassigned", "api-key.created", "role.assigned", "role.created", "invitation.accepted");
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    private String tenantWithMinutesAndCredits() {
        api.post("/v1/features", """
                {"key": "minutes", "name": "Minutes", "kind": "CONSUMED", "unit": "minute"}""").is(201);
        api.post("/v1/operations", """
                {"key": "transcribe.minute", "category": "transcription", "creditRate": "0.5", "feature": "minutes"}""").is(201);
        api.post("/v1/plans", """
                {"key": "studio", "name": "Studio", "entitlements": [{"feature": "minutes",
                 "quota": {"limit": "100", "reset": "BILLING_CYCLE", "overage": "BLOCK"}}]}""").is(201);
        var tenant = api.post("/v1/tenants", "{\"name\": \"Harbor Studio\", \"slug\": \"harbor\"}")
                .is(201)
                .at("/id");
        var account = "/v1/tenants/" + tenant + "/accounts/" + tenant;
        api.post(account + "/subscription", "{\"plan\": \"studio\"}").is(201);
        api.post(account + "/grants", "{\"amount\": \"40\", \"source\": \"GIFT\"}")
                .is(201);
        return tenant;
    }

    private Client owner(String path) {
        var user = api.post("/v1/users", """
                {"email": "ada@harbor.example", "displayName": "Ada"}""").is(201).at("/id");
        api.put("/v1/users/" + user + "/password", "{\"password\": \"correct horse battery\"}")
                .is(204);
        api.post(path + "/members", """
                {"userId": "%s", "displayName": "Ada", "role": "owner"}""".formatted(user)).is(201);
        return api.as(api.open("/v1/sign-in/password", """
                        {"email": "ada@harbor.example", "password": "correct horse battery"}""").is(200).at("/token"));
    }

    private Client invited(Client owner, String path, String address) {
        owner.post(path + "/invitations", "{\"email\": \"" + address + "\"}").is(201);
        var token = IdentityTest.tokenIn(api.get("/v1/mails?limit=1").at("/items/0/body"));
        api.open("/v1/sign-up", """
                {"email": "%s", "password": "a nanosecond of wire", "displayName": "Grace",
                 "invitation": "%s"}""".formatted(address, token)).is(201);
        var person = api.as(
                api.open("/v1/sign-in/password", """
                        {"email": "%s", "password": "a nanosecond of wire"}""".formatted(address)).is(200).at("/token"));
        person.request("POST", "/v1/invitations/accept")
                .body("{\"token\": \"" + token + "\"}")
                .send()
                .is(200);
        return person;
    }

    private static Client.Answer consumed(Client key, String path) {
        return key.post(path + "/gate/consume", "{\"operation\": \"transcribe.minute\", \"quantity\": \"1\"}")
                .is(200);
    }
}

package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MeTest extends HttpTest {

    private static final String PASSWORD = "analytical engine";

    private String token;
    private Client me;

    @BeforeEach
    void sign_up() {
        token = api.open("/v1/sign-up", """
                {"email": "ada@example.org", "password": "analytical engine", "displayName": "Ada"}""").is(201).at("/token");
        me = api.as(token);
    }

    @Test
    void everybody_changes_their_own_profile() {
        var changed = me.patch("/v1/me", """
                {"displayName": "Countess", "fullName": "Ada Lovelace", "language": "pt-BR"}""").is(200);

        assertThat(changed.at("/displayName")).isEqualTo("Countess");
        assertThat(changed.at("/language")).isEqualTo("pt-BR");
        assertThat(me.get("/v1/me").is(200).text())
                .isEqualTo(changed.text().replaceFirst("\\{", "{\"type\":\"USER\","));
        me.request("PATCH", "/v1/me")
                .body("{\"email\": \"eve@example.org\"}")
                .bad()
                .send()
                .isProblem(400, "unknown-field", "email");
    }

    @Test
    void being_onboarded_is_noted_once() {
        var first = me.request("PUT", "/v1/me/onboarded").send().is(200).at("/onboardedAt");
        clock.advance(Duration.ofMinutes(5));

        assertThat(me.request("PUT", "/v1/me/onboarded").send().at("/onboardedAt"))
                .isEqualTo(first)
                .isEqualTo("2026-03-10T10:00:00Z");
    }

    @Test
    void a_key_is_told_whose_it_is_and_what_it_is_for() {
        var tenant = given.tenant();
        var member = given.member(tenant);
        var keys = "/v1/tenants/" + tenant.id() + "/api-keys";
        var own = api.post(keys, """
                {"name": "importer", "owner": "%s", "scopes": ["tenant:read", "gate:use"],
                 "expiresAt": "2026-03-11T00:00:00Z"}""".formatted(member)).is(201);
        var theTenants = api.post(keys, """
                {"name": "reader", "environment": "test", "scopes": []}""").is(201);

        assertThat(api.as(own.at("/secret")).get("/v1/me").is(200).text())
                .isEqualTo("""
                {"type":"API_KEY","id":"%s","tenant":"%s","owner":"%s","name":"importer","environment":"live",\
                "scopes":["gate:use","tenant:read"],"expiresAt":"2026-03-11T00:00:00Z"}""".formatted(own.at("/id"), tenant.id(), member));
        assertThat(api.as(theTenants.at("/secret")).get("/v1/me").is(200).text())
                .isEqualTo("""
                {"type":"API_KEY","id":"%s","tenant":"%s","name":"reader","environment":"test",\
                "scopes":[]}""".formatted(theTenants.at("/id"), tenant.id()));
        api.as(own.at("/secret")).patch("/v1/me", "{\"displayName\": \"Eve\"}").isProblem(403, "signed-in-only", null);
    }

    @Test
    void the_root_key_is_nobody_who_signed_in() {
        assertThat(api.get("/v1/me").is(200).text()).isEqualTo("{\"type\":\"SYSTEM\"}");
        api.get("/v1/me/sessions").isProblem(403, "signed-in-only", null);
        api.delete("/v1/me/sessions").isProblem(403, "signed-in-only", null);
    }

    @Test
    void sessions_are_listed_newest_first_and_say_which_is_this_one() {
        clock.advance(Duration.ofMinutes(10));
        var second = api.request("POST", "/v1/sign-in/password")
                .without("Authorization")
                .header("User-Agent", "Browser/1.0")
                .body("""
                        {"email": "ada@example.org", "password": "analytical engine"}""")
                .send()
                .is(200)
                .at("/token");

        var sessions = me.get("/v1/me/sessions").is(200);

        assertThat(sessions.each("/current")).containsExactly("false", "true");
        assertThat(sessions.at("/items/0/userAgent")).isEqualTo("Browser/1.0");
        assertThat(sessions.at("/items/0/ipAddress")).isEqualTo("127.0.0.1");
        assertThat(sessions.at("/items/1/lastUsedAt")).isEqualTo("2026-03-10T10:10:00Z");
        assertThat(sessions.text()).doesNotContain(second).doesNotContain(token);
    }

    @Test
    void a_revoked_session_is_over_at_once() {
        var other = api.as(signedIn(PASSWORD));
        other.get("/v1/me").is(200);
        var session = other.get("/v1/me/sessions").at("/items/0/id");

        me.delete("/v1/me/sessions/" + session).is(204);

        other.get("/v1/me").isProblem(401, "unauthorized", null);
        me.get("/v1/me").is(200);
        me.delete("/v1/me/sessions/" + session).isProblem(404, "session-not-found", null);
    }

    @Test
    void nobody_ends_anothers_session() {
        var session = me.get("/v1/me/sessions").at("/items/0/id");
        var eve = api.as(api.open("/v1/sign-up", """
                {"email": "eve@example.org", "password": "listening on the wire", "displayName": "Eve"}""").at("/token"));

        eve.delete("/v1/me/sessions/" + session).isProblem(404, "session-not-found", null);
        eve.delete("/v1/me/sessions").is(204);

        me.get("/v1/me").is(200);
    }

    @Test
    void signing_out_ends_this_session_and_no_other() {
        var other = api.as(signedIn(PASSWORD));

        me.request("POST", "/v1/sign-out").send().is(204);

        me.get("/v1/me").is(401);
        other.get("/v1/me").is(200);
        other.delete("/v1/me/sessions").is(204);
        other.get("/v1/me").is(401);
    }

    @Test
    void a_changed_password_ends_all_other_sessions() {
        var other = api.as(signedIn(PASSWORD));
        other.get("/v1/me").is(200);

        me.put("/v1/me/password", """
                {"oldPassword": "analytical engine", "newPassword": "difference engine"}""").is(204);

        me.get("/v1/me").is(200);
        other.get("/v1/me").is(401);
        signedIn("difference engine");
    }

    @Test
    void a_password_is_not_changed_by_who_does_not_know_it_and_guessing_is_throttled() {
        for (int i = 0; i < 5; i++) {
            me.put("/v1/me/password", """
                            {"oldPassword": "another engine", "newPassword": "difference engine"}""").isProblem(422, "invalid-value", "oldPassword");
        }
        me.put("/v1/me/password", """
                        {"oldPassword": "analytical engine", "newPassword": "difference engine"}""").isProblem(429, "too-many-attempts", null);

        clock.advance(Duration.ofSeconds(1));
        signedIn(PASSWORD);
    }

    @Test
    void an_operator_ends_all_sessions_of_somebody() {
        var user = me.get("/v1/me").at("/id");

        api.delete("/v1/users/" + user + "/sessions").is(204);

        me.get("/v1/me").is(401);
    }

    private String signedIn(String password) {
        return api.open("/v1/sign-in/password", """
                {"email": "ada@example.org", "password": "%s"}""".formatted(password)).is(200).at("/token");
    }
}

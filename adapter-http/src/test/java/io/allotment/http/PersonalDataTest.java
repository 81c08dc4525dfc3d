package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PersonalDataTest extends HttpTest {

    private Client me;
    private String user;

    @BeforeEach
    void sign_up() {
        me = api.as(api.open("/v1/sign-up", """
                {"email": "ada@example.org", "password": "analytical engine", "displayName": "Ada"}""").is(201).at("/token"));
        user = me.get("/v1/me").at("/id");
    }

    @Test
    void what_is_kept_is_told_line_by_line_to_the_person_and_to_the_operator() {
        var mine = me.get("/v1/me/personal-data").is(200);

        assertThat(mine.header("Content-Type")).contains("application/x-ndjson");
        assertThat(mine.text().lines())
                .anyMatch(line -> line.startsWith("{\"kind\":\"user\"") && line.contains("ada@example.org"))
                .anyMatch(line -> line.startsWith("{\"kind\":\"session\""))
                .anyMatch(line -> line.startsWith("{\"kind\":\"password\""))
                .noneMatch(line -> line.contains("argon2"));
        assertThat(api.get("/v1/users/" + user + "/personal-data").is(200).text())
                .isEqualTo(mine.text());
        me.get("/v1/users/" + user + "/personal-data").is(403);
        api.get("/v1/me/personal-data").isProblem(403, "signed-in-only", null);
        api.get("/v1/users/" + UUID.randomUUID() + "/personal-data").isProblem(404, "user-not-found", null);
    }

    @Test
    void an_erased_user_is_gone_at_once_and_a_repeated_request_has_the_same_answer() {
        var first = api.request("POST", "/v1/users/" + user + "/erase")
                .key("erase-ada")
                .send()
                .is(200);

        assertThat(first.at("/memberships")).isEqualTo("0");
        me.get("/v1/me").is(401);
        api.get("/v1/users/" + user).isProblem(404, "user-not-found", null);
        var again = api.request("POST", "/v1/users/" + user + "/erase")
                .key("erase-ada")
                .send()
                .is(200);
        assertThat(again.isReplayed()).isTrue();
        assertThat(again.text()).isEqualTo(first.text());
        api.post("/v1/users/" + user + "/erase").isProblem(404, "user-not-found", null);
        api.open("/v1/sign-in/password", """
                {"email": "ada@example.org", "password": "analytical engine"}""").is(401);
    }

    @Test
    void nobody_erases_but_the_operator() {
        me.post("/v1/users/" + user + "/erase").is(403);
        me.get("/v1/me").is(200);
    }
}

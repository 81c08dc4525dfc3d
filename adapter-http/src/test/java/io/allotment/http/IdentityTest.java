package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdentityTest extends HttpTest {

    @Test
    void a_user_is_found_by_id_and_by_address_in_any_case() {
        var created = api.post("/v1/users", """
                {"email": "Ada@Example.org", "displayName": "Ada Lovelace"}""").is(201);

        assertThat(created.at("/email")).isEqualTo("ada@example.org");
        assertThat(api.get(created.header("Location")).text()).isEqualTo(created.text());
        assertThat(api.get("/v1/users?email=ADA@example.org").each("/id")).containsExactly(created.at("/id"));
    }

    @Test
    void an_address_that_nobody_has_finds_nobody() {
        given.user();

        assertThat(api.get("/v1/users?email=nobody@example.org").is(200).items())
                .isEmpty();
    }

    @Test
    void an_address_belongs_to_one_user() {
        var ada = """
                {"email": "ada@example.org", "displayName": "Ada"}""";
        api.post("/v1/users", ada).is(201);

        api.post("/v1/users", ada).isProblem(409, "user-exists", "email");
    }

    @Test
    void what_is_no_address_is_refused() {
        api.post("/v1/users", """
                {"email": "ada at example", "displayName": "Ada"}""").isProblem(422, "invalid-value", "email");
        api.get("/v1/users?email=nonsense").isProblem(422, "invalid-value", "email");
    }

    @Test
    void users_are_listed_oldest_first() {
        var first = given.user();
        var second = given.user();

        var page = api.get("/v1/users?limit=1");

        assertThat(page.each("/id")).containsExactly(first.id().toString());
        assertThat(api.get("/v1/users?limit=1&after=" + page.at("/next")).each("/id"))
                .containsExactly(second.id().toString());
    }

    @Test
    void an_unknown_user_is_not_found() {
        api.get("/v1/users/" + UUID.randomUUID()).isProblem(404, "user-not-found", null);
    }
}

package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.identity.Attempts;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The way in. */
class SignInTest extends HttpTest {

    private static final String PASSWORD = "analytical engine";

    @Test
    void who_signs_in_by_password_gets_a_token_that_says_who_they_are() {
        var user = user("ada@example.org");

        var signedIn = signIn("Ada@Example.org", PASSWORD).is(200);

        assertThat(signedIn.at("/token")).matches("allot_session_[0-9A-Za-z]{43}");
        assertThat(signedIn.at("/expiresAt")).isEqualTo("2026-03-10T22:00:00Z");
        assertThat(signedIn.at("/user/lastLoginAt")).isEqualTo("2026-03-10T10:00:00Z");
        assertThat(api.as(signedIn.at("/token")).get("/v1/me").at("/id")).isEqualTo(user);
        assertThat(signedIn.header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void an_unknown_address_a_wrong_password_and_no_password_are_answered_alike() {
        user("ada@example.org");
        api.post("/v1/users", """
                {"email": "none@example.org", "displayName": "None"}""").is(201);

        var wrong = signIn("ada@example.org", "another engine");
        var unknown = signIn("nobody@example.org", PASSWORD);
        var without = signIn("none@example.org", PASSWORD);

        assertThat(List.of(bare(unknown), bare(without))).containsOnly(bare(wrong));
        wrong.isProblem(401, "sign-in-failed", null);
        assertThat(wrong.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"allotment\"");
    }

    @Test
    void after_five_failures_the_next_attempt_waits_whether_there_is_such_an_address_or_not() {
        user("ada@example.org");

        for (var email : new String[] {"ada@example.org", "nobody@example.org"}) {
            for (int i = 0; i < 5; i++) {
                signIn(email, "another engine").isProblem(401, "sign-in-failed", null);
            }
            var throttled = signIn(email, "another engine").isProblem(429, "too-many-attempts", null);
            assertThat(throttled.header("Retry-After")).isEqualTo("1");
        }

        // Not even the right one is tried.
        signIn("ada@example.org", PASSWORD).is(429);
        clock.advance(Duration.ofSeconds(1));
        signIn("ada@example.org", PASSWORD).is(200);
        signIn("ada@example.org", "another engine").is(401);
    }

    @Test
    void the_pause_gets_longer_up_to_a_quarter_of_an_hour() {
        user("ada@example.org");
        for (int i = 0; i < 5; i++) {
            signIn("ada@example.org", "another engine").is(401);
        }

        for (int seconds = 1; seconds < 900; seconds *= 2) {
            assertThat(signIn("ada@example.org", "x").header("Retry-After")).isEqualTo(Integer.toString(seconds));
            clock.advance(Duration.ofSeconds(seconds));
            signIn("ada@example.org", "x").is(401);
        }
        assertThat(signIn("ada@example.org", "x").header("Retry-After"))
                .isEqualTo(Long.toString(Attempts.MAX_PAUSE.toSeconds()));
    }

    @Test
    void of_many_guesses_at_the_same_moment_five_are_tried() {
        user("ada@example.org");

        var statuses = IntStream.range(0, 12)
                .parallel()
                .mapToObj(i -> signIn("ada@example.org", "guess number " + i).status())
                .collect(Collectors.groupingBy(status -> status, Collectors.counting()));

        assertThat(statuses).containsEntry(401, 5L).containsEntry(429, 7L);
    }

    @Test
    void a_session_ends_twelve_hours_after_it_was_last_used() {
        user("ada@example.org");
        var me = api.as(signIn("ada@example.org", PASSWORD).at("/token"));

        clock.advance(Duration.ofHours(11));
        me.get("/v1/me").is(200);
        clock.advance(Duration.ofHours(11));
        me.get("/v1/me").is(200);
        clock.advance(Duration.ofHours(12));
        me.get("/v1/me").isProblem(401, "unauthorized", null);
    }

    @Test
    void a_session_ends_after_thirty_days_however_it_is_used() {
        user("ada@example.org");
        var me = api.as(signIn("ada@example.org", PASSWORD).at("/token"));

        for (int i = 0; i < 60; i++) {
            me.get("/v1/me").is(200);
            clock.advance(Duration.ofHours(12).minusSeconds(1));
        }
        clock.advance(Duration.ofMinutes(1));
        me.get("/v1/me").isProblem(401, "unauthorized", null);
    }

    @Test
    void a_wrong_session_token_is_answered_like_any_other_wrong_token() {
        user("ada@example.org");
        var token = signIn("ada@example.org", PASSWORD).at("/token");

        var answers = List.of(
                bare(api.as(token.substring(0, token.length() - 1)).get("/v1/me")),
                bare(api.as("allot_session_" + "0".repeat(43)).get("/v1/me")),
                bare(api.as("allot_session_").get("/v1/me")),
                bare(api.as("a.b.c").get("/v1/me")),
                bare(api.as(token.toUpperCase(Locale.ROOT)).get("/v1/me")),
                bare(api.as("wrong").get("/v1/me")));

        assertThat(answers).containsOnly(answers.get(0));
    }

    @Test
    void sign_up_signs_in_and_an_address_is_taken_once() {
        var ada = signUp("ada@example.org", "").is(201);

        assertThat(api.as(ada.at("/token")).get("/v1/me").at("/email")).isEqualTo("ada@example.org");
        signUp("ADA@example.org", "").isProblem(409, "user-exists", "email");
    }

    @Test
    void a_bad_password_is_refused_when_it_is_chosen() {
        for (var password : new String[] {"short", "eleven char", "x".repeat(129), "ada.lovelace@example.org"}) {
            api.request("POST", "/v1/sign-up")
                    .without("Authorization")
                    .body("""
                            {"email": "ada.lovelace@example.org", "password": "%s", "displayName": "Ada"}""".formatted(password))
                    .bad()
                    .send()
                    .isProblem(422, "invalid-value", "password");
        }
    }

    @Test
    void a_mailed_token_sets_a_new_password_once_and_ends_all_sessions() {
        user("ada@example.org");
        var me = api.as(signIn("ada@example.org", PASSWORD).at("/token"));
        me.get("/v1/me").is(200);
        reset("ada@example.org").is(202);
        var token = IdentityTest.tokenIn(api.get("/v1/mails").at("/items/0/body"));

        confirm(token, "difference engine").is(204);

        me.get("/v1/me").is(401);
        signIn("ada@example.org", PASSWORD).is(401);
        signIn("ada@example.org", "difference engine").is(200);
        confirm(token, "a third engine").isProblem(422, "invalid-value", "token");
    }

    @Test
    void a_mailed_token_is_worth_nothing_after_an_hour() {
        user("ada@example.org");
        reset("ada@example.org").is(202);
        var token = IdentityTest.tokenIn(api.get("/v1/mails").at("/items/0/body"));

        clock.advance(Duration.ofHours(1));

        confirm(token, "difference engine").isProblem(422, "invalid-value", "token");
        signIn("ada@example.org", PASSWORD).is(200);
    }

    @Test
    void a_refused_password_does_not_use_the_token_up() {
        user("ada@example.org");
        reset("ada@example.org").is(202);
        var token = IdentityTest.tokenIn(api.get("/v1/mails").at("/items/0/body"));

        api.request("POST", "/v1/password-resets/confirm")
                .without("Authorization")
                .body("{\"token\": \"" + token + "\", \"password\": \"short\"}")
                .bad()
                .send()
                .isProblem(422, "invalid-value", "password");

        confirm(token, "difference engine").is(204);
    }

    @Test
    void asking_for_a_new_password_tells_nothing_and_mails_once_a_minute() {
        user("ada@example.org");

        assertThat(bare(reset("ada@example.org"))).isEqualTo(bare(reset("nobody@example.org")));
        reset("ada@example.org").is(202);
        assertThat(api.get("/v1/mails").items()).hasSize(1);

        clock.advance(Duration.ofMinutes(1));
        reset("ada@example.org").is(202);
        assertThat(api.get("/v1/mails").items()).hasSize(2);
    }

    @Test
    void a_token_of_a_trusted_issuer_signs_in_and_is_taken_as_it_is() {
        var jwt = Issued.token("subject-1", "ada@example.org", clock);

        var direct = api.as(jwt).get("/v1/me").is(200);
        var exchanged = byToken(jwt).is(200);

        assertThat(exchanged.at("/user/id")).isEqualTo(direct.at("/id"));
        assertThat(direct.at("/displayName")).isEqualTo("ada");
        assertThat(api.as(exchanged.at("/token")).get("/v1/me").at("/id")).isEqualTo(direct.at("/id"));
        // The address may change; the subject says who it is.
        assertThat(byToken(Issued.token("subject-1", "other@example.org", clock))
                        .at("/user/id"))
                .isEqualTo(direct.at("/id"));
    }

    @Test
    void an_address_that_the_issuer_vouches_for_is_the_user_who_has_it() {
        var user = user("ada@example.org");

        assertThat(byToken(Issued.token("subject", "Ada@example.org", clock)).at("/user/id"))
                .isEqualTo(user);
        signIn("ada@example.org", PASSWORD).is(200);
    }

    @Test
    void an_address_that_nobody_vouches_for_lets_nobody_in() {
        user("ada@example.org");

        for (var email : new String[] {"ada@example.org", "nobody@example.org"}) {
            var jwt = Issued.token(claims -> claims.subject("subject").claim("email", email), clock);
            byToken(jwt).isProblem(403, "email-not-verified", null);
            api.as(jwt).get("/v1/me").isProblem(401, "unauthorized", null);
        }
        assertThat(api.get("/v1/users?email=nobody@example.org").items()).isEmpty();
    }

    @Test
    void who_took_an_address_before_its_owner_came_is_out_when_they_do() {
        var squatter = signUp("ada@example.org", "").is(201);

        byToken(Issued.token("subject", "ada@example.org", clock)).is(200);

        api.as(squatter.at("/token")).get("/v1/me").is(401);
        signIn("ada@example.org", PASSWORD).is(401);
    }

    @Test
    void a_token_that_is_not_valid_now_is_refused() {
        var expired = Issued.token(
                claims -> claims.subject("subject")
                        .claim("email", "ada@example.org")
                        .claim("email_verified", true)
                        .expirationTime(Date.from(clock.instant().minusSeconds(3600))),
                clock);

        byToken(expired).isProblem(401, "sign-in-failed", null);
        api.as(expired).get("/v1/me").isProblem(401, "unauthorized", null);
    }

    private String user(String email) {
        var id = api.post("/v1/users", """
                {"email": "%s", "displayName": "Ada"}""".formatted(email)).is(201).at("/id");
        api.put("/v1/users/" + id + "/password", "{\"password\": \"" + PASSWORD + "\"}")
                .is(204);
        return id;
    }

    private Client.Answer signIn(String email, String password) {
        return api.open("/v1/sign-in/password", """
                {"email": "%s", "password": "%s"}""".formatted(email, password));
    }

    private Client.Answer signUp(String email, String more) {
        return api.open("/v1/sign-up", """
                {"email": "%s", "password": "%s", "displayName": "Ada"%s}""".formatted(email, PASSWORD, more));
    }

    private Client.Answer byToken(String jwt) {
        return api.open("/v1/sign-in/token", "{\"token\": \"" + jwt + "\"}");
    }

    private Client.Answer reset(String email) {
        return api.open("/v1/password-resets", "{\"email\": \"" + email + "\"}");
    }

    private Client.Answer confirm(String token, String password) {
        return api.open("/v1/password-resets/confirm", """
                {"token": "%s", "password": "%s"}""".formatted(token, password));
    }

    /** All of an answer but the request's id. */
    private static String bare(Client.Answer answer) {
        return answer.status() + answer.text().replaceAll("\"requestId\":\"[^\"]*\"", "");
    }
}

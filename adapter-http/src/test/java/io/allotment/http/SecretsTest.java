package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.Fixtures;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Whoever sends a secret where it does not belong finds it nowhere again: in no log, no answer, no text form. */
class SecretsTest extends HttpTest {

    private static final String JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("io.allotment");
    private final Logger problems = (Logger) LoggerFactory.getLogger(Problems.class);
    private final List<String> answers = new ArrayList<>();

    private TenantId tenant;

    @BeforeEach
    void listen() {
        log.start();
        root.addAppender(log);
        ours.setLevel(Level.TRACE);
        problems.setLevel(Level.TRACE);
        tenant = given.tenant().id();
    }

    @AfterEach
    void stop_listening() {
        root.detachAppender(log);
        ours.setLevel(null);
        problems.setLevel(Level.OFF);
    }

    @Test
    void a_secret_in_the_wrong_place_is_not_said_again() {
        var live = api.post("/v1/tenants/" + tenant + "/api-keys", """
                {"name": "key", "scopes": ["gate:use"]}""").is(201).at("/secret");
        var wrong = KeySecret.generate("test", new SecureRandom()).reveal();
        var madeRoot = allotment.rootKeys().replace();

        for (var secret : new String[] {live, wrong, madeRoot, "allot_session_" + "Zz9".repeat(14), JWT}) {
            sendEverywhere(secret);
        }

        assertThat(answers).hasSizeGreaterThan(80);
        for (var secret : new String[] {live, wrong, madeRoot, "Zz9".repeat(14), JWT}) {
            var kernel = secret.substring(secret.length() - 20);
            assertThat(answers).as("answers").noneMatch(answer -> answer.contains(kernel));
            assertThat(logged()).as("the log").doesNotContain(kernel);
        }
    }

    @Test
    void a_server_that_fails_does_not_log_it_either() {
        var secret = KeySecret.generate("live", new SecureRandom()).reveal();
        try (var failing = configured()
                .readiness(() -> {
                    throw new IllegalStateException("broken");
                })
                .start()) {
            var client = new Client(failing.port());
            note(client.request("GET", "/readyz?key=" + secret)
                    .header("Authorization", "Bearer " + secret)
                    .sendUnchecked()
                    .is(500));
        }

        assertThat(logged()).contains("broken").doesNotContain(secret.substring(20));
        assertThat(answers.toString()).doesNotContain(secret.substring(20));
    }

    @Test
    void what_holds_a_secret_has_a_text_form_without_it() {
        var made = allotment.apiKeys().create(tenant, ApiKey.Wish.of("live", ApiKeySettings.of("key", Set.of())));
        var secret = made.secret().orElseThrow().reveal();
        var verified = allotment.apiKeys().verify(secret, Origin.HERE);
        var view = ApiKeyRoutes.KeyView.of(made.key(), made.secret());

        for (var holder : List.of(made, made.key(), verified, view, Optional.of(view), made.secret())) {
            assertThat(holder.toString()).doesNotContain(secret.substring(15));
        }
    }

    private void sendEverywhere(String secret) {
        var encoded = URLEncoder.encode(secret, StandardCharsets.UTF_8);
        var t = "/v1/tenants/" + tenant;
        for (var path : List.of(
                "/" + encoded,
                "/v1/" + encoded,
                "/v1/tenants/" + encoded,
                "/v1/tenants/by-slug/" + encoded,
                "/v1/features/" + encoded,
                t + "/api-keys/" + encoded,
                t + "/api-keys?after=" + encoded,
                t + "/api-keys?limit=" + encoded,
                t + "/api-keys?externalId=" + encoded,
                t + "/api-keys?" + encoded + "=1",
                t + "/spend-limits/" + encoded + "/x/y")) {
            note(api.request("GET", path).sendUnchecked());
            note(api.request("GET", path)
                    .header("Authorization", "Bearer " + secret)
                    .sendUnchecked());
        }
        note(api.request("DELETE", t + "/api-keys/" + encoded).sendUnchecked());
        note(api.request("GET", t).header("Authorization", secret).sendUnchecked());
        note(api.request("GET", t).header("X-Request-Id", secret).sendUnchecked());
        note(api.request("GET", t).header("User-Agent", secret).sendUnchecked());
        note(api.request("GET", t).header("X-Forwarded-For", secret).sendUnchecked());
        note(api.request("GET", t).header("Cookie", "key=" + secret).sendUnchecked());
        for (var body : List.of(
                secret,
                "\"" + secret + "\"",
                "{\"" + secret + "\": 1}",
                "{\"name\": {\"" + secret + "\": 1}}",
                "{\"name\": \"n\", \"scopes\": [\"" + secret + "\"]}",
                "{\"name\": \"n\", \"scopes\": [\"" + secret.toLowerCase(Locale.ROOT) + ":x\"]}",
                "{\"name\": \"n\", \"scopes\": [], \"environment\": \"" + secret + "\"}",
                "{\"name\": \"n\", \"scopes\": [], \"owner\": \"" + secret + "\"}",
                "{\"name\": \"n\", \"scopes\": [], \"ipAllowList\": [\"" + secret + "\"]}",
                "{\"name\": \"n\", \"scopes\": [], \"expiresAt\": \"" + secret + "\"}",
                "{\"name\": \"n\", \"scopes\": [], \"" + secret + "\": \"" + secret + "\"}")) {
            note(api.request("POST", t + "/api-keys")
                    .key(Fixtures.word())
                    .body(body)
                    .sendUnchecked());
        }
        note(api.request("POST", t + "/api-keys").key(secret).body("{}").sendUnchecked());
        note(api.request("POST", t + "/api-keys")
                .key("k")
                .header("Content-Type", secret)
                .body("{}")
                .sendUnchecked());
        note(api.request("POST", t + "/api-keys")
                .key(secret)
                .body("{\"name\": \"once\", \"scopes\": []}")
                .sendUnchecked()
                .is(201));
        note(api.request("POST", t + "/api-keys")
                .key(secret)
                .body("{\"name\": \"for something else\", \"scopes\": []}")
                .sendUnchecked()
                .is(409));
    }

    private void note(Client.Answer answer) {
        answers.add(answer.response().headers().map() + "\n" + answer.text());
    }

    private String logged() {
        return List.copyOf(log.list).stream()
                .map(event ->
                        event.getFormattedMessage() + "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()))
                .collect(Collectors.joining("\n"));
    }
}

package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.Fixtures;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadInputTest extends HttpTest {

    private static final String ACME = "{\"name\": \"Acme\", \"slug\": \"acme\"}";

    @Override
    HttpApi.Builder configured() {
        return super.configured().maxBodyBytes(20_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\": \"Acme\", \"slug\": \"acme\"",
                "{\"name\": \"Acme\", \"slug\": \"acme\"} {}",
                "{\"name\": \"Acme\", \"slug\": \"acme\", \"slug\": \"other\"}",
                "{name: 'Acme'}",
                "[{\"name\": \"Acme\", \"slug\": \"acme\"}]",
                "\"Acme\"",
                "null",
                " ",
                "name=Acme&slug=acme",
                "{\"name\": NaN}",
                "{\"metadata\": 1e99999999999}",
            })
    void what_is_no_json_object_is_refused(String body) {
        api.request("POST", "/v1/tenants").key("k").body(body).bad().send().isProblem(400, "malformed-json", null);

        assertThat(stored().tenants()).isZero();
    }

    @Test
    void what_is_wrong_with_the_json_is_told_with_its_place() {
        var answer = api.postBad("/v1/tenants", "{\n  \"name\": \"Acme\",\n  \"slug\": acme\n}");

        assertThat(answer.at("/title")).isEqualTo("Malformed JSON");
        assertThat(answer.at("/detail"))
                .isEqualTo("The body is not JSON: Unrecognized token 'acme' in line 3, column 11.");
    }

    @Test
    void an_empty_body_is_refused_where_one_is_needed() {
        api.request("POST", "/v1/tenants").key("k").bad().send().isProblem(400, "malformed-json", null);
    }

    @Test
    void a_body_that_nobody_reads_is_refused() {
        var tenant = given.tenant();

        api.request("POST", "/v1/tenants/" + tenant.id() + "/suspend")
                .key("k")
                .body("{\"reason\": \"x\"}")
                .bad()
                .send()
                .isProblem(400, "unknown-field", "reason");

        assertThat(api.get("/v1/tenants/" + tenant.id()).at("/status")).isEqualTo("ACTIVE");
    }

    @Test
    void nesting_without_end_is_refused() {
        api.postBad("/v1/tenants", "{\"metadata\":" + "[".repeat(9_000)).isProblem(400, "malformed-json", null);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"name": "Acme", "slug": "acme", "color": "red"} | unknown-field | color
            {"name": "Acme", "slug": "acme", "Name": "Acme"} | unknown-field | Name
            {"name": "Acme"} | missing-field | slug
            {"name": "Acme", "slag": "acme"} | unknown-field | slag
            {"name": "Acme", "slug": 5} | wrong-type | slug
            {"name": ["Acme"], "slug": "acme"} | wrong-type | name
            {"name": "Acme", "slug": "acme", "website": null} | wrong-type | website
            {"name": "Acme", "slug": "acme", "metadata": []} | wrong-type | metadata
            """)
    void what_is_not_of_the_form_of_a_request_is_named(String body, String code, String field) {
        api.postBad("/v1/tenants", body).isProblem(400, code, field);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"active\": \"true\"', active",
        "'\"active\": 1', active",
        "'\"sortOrder\": \"1\"', sortOrder",
        "'\"sortOrder\": 1.5', sortOrder",
        "'\"sortOrder\": 1.0', sortOrder",
        "'\"trialDays\": true', trialDays",
        "'\"prices\": {}', prices",
        "'\"prices\": [[]]', prices[0]",
    })
    void no_value_is_turned_into_another_type(String field, String name) {
        api.postBad("/v1/plans", "{\"key\": \"pro\", \"name\": \"Pro\", %s}".formatted(field))
                .isProblem(400, "wrong-type", name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/json; charset=iso-8859-1",
                "application/jsonp",
                "json"
            })
    void only_json_in_utf_8_is_taken(String contentType) {
        api.request("POST", "/v1/tenants")
                .key("k")
                .header("Content-Type", contentType)
                .body(ACME)
                .bad()
                .send()
                .isProblem(415, "unsupported-media-type", "Content-Type");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", "application/json;charset=UTF-8", "Application/JSON; charset=\"utf-8\""})
    void json_is_taken_in_all_its_spellings(String contentType) {
        api.request("POST", "/v1/tenants")
                .key("k")
                .header("Content-Type", contentType)
                .body(ACME)
                .send()
                .is(201);
    }

    @Test
    void a_body_that_is_too_large_is_refused_unread() {
        api.postBad("/v1/tenants", "{\"name\": \"" + "a".repeat(20_000) + "\"}").isProblem(413, "body-too-large", null);
    }

    @ParameterizedTest
    @CsvSource({
        "413 Payload Too Large, " + Client.ROOT_KEY + ", false",
        "413 Payload Too Large, " + Client.ROOT_KEY + ", true",
        "401 Unauthorized, somebody, false",
        "401 Unauthorized, somebody, true",
    })
    void who_sends_a_long_body_that_nobody_reads_still_gets_the_answer(String status, String token, boolean chunked)
            throws IOException {
        int pieces = 500;
        var piece = "a".repeat(20_000);
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(5_000);
            var out = socket.getOutputStream();
            out.write(ascii("POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token
                    + "\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
                    + (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + pieces * piece.length())
                    + "\r\n\r\n"));
            for (int i = 0; i < pieces; i++) {
                out.write(ascii(chunked ? "4e20\r\n" + piece + "\r\n" : piece));
            }

            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 " + status)
                    .contains("Connection: close");
        }
    }

    @Test
    void a_body_of_unknown_length_is_read_up_to_the_limit() throws IOException {
        var chunk = "8000\r\n" + " ".repeat(0x8000) + "\r\n";
        var request = "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + Client.ROOT_KEY
                + "\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk;

        assertThat(raw(request)).startsWith("HTTP/1.1 413 ").contains("urn:allotment:problem:body-too-large");
    }

    @Test
    void a_body_that_ends_too_early_is_the_callers_fault() throws IOException {
        var head = "POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + Client.ROOT_KEY
                + "\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n";

        assertThat(raw(head + "Transfer-Encoding: chunked\r\n\r\nZZZ\r\n{}\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains("urn:allotment:problem:malformed-json");
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write((head + "Content-Length: 100\r\n\r\n{").getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void what_is_no_http_is_answered_as_a_problem_with_a_request_id() throws IOException {
        assertThat(raw("GET /v1/tenants/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .contains(
                        "X-Request-Id: ",
                        "Content-Type: application/problem+json",
                        "urn:allotment:problem:unreadable-request")
                .doesNotContain("Jetty");
        assertThat(raw("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: " + "a".repeat(20_000)
                        + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("urn:allotment:problem:unreadable-request");
    }

    @Test
    void a_parameter_that_is_not_known_is_refused_rather_than_ignored() {
        var tenant = given.tenant();

        api.request("GET", "/v1/tenants?Limit=5").bad().send().isProblem(400, "unknown-parameter", "Limit");
        api.request("GET", "/v1/tenants/" + tenant.id() + "?expand=plan")
                .bad()
                .send()
                .isProblem(400, "unknown-parameter", "expand");
        api.request("DELETE", "/v1/tenants/" + tenant.id() + "?dryRun=true")
                .bad()
                .send()
                .isProblem(400, "unknown-parameter", "dryRun");
        api.request("POST", "/v1/tenants?dryRun=true")
                .key("k")
                .body(ACME)
                .bad()
                .send()
                .isProblem(400, "unknown-parameter", "dryRun");

        api.get("/v1/tenants/" + tenant.id()).is(200);
        assertThat(stored().tenants()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, 422, invalid-value, limit",
        "limit=201, 422, invalid-value, limit",
        "limit=-1, 422, invalid-value, limit",
        "limit=ten, 400, wrong-type, limit",
        "limit=1.5, 400, wrong-type, limit",
        "limit=99999999999, 400, wrong-type, limit",
        "limit=, 400, unusable-parameter, limit",
        "limit=1&limit=2, 400, unusable-parameter, limit",
        "after=nowhere, 422, invalid-value, after",
        "after=%ff, 422, invalid-value, after",
    })
    void a_page_that_cannot_be_is_refused(String query, int status, String code, String field) {
        api.get("/v1/tenants?" + query).isProblem(status, code, field);
    }

    @Test
    void a_key_has_at_most_two_hundred_characters() {
        api.request("POST", "/v1/tenants")
                .key("k".repeat(201))
                .body(ACME)
                .send()
                .isProblem(422, "invalid-value", "Idempotency-Key");
        api.request("POST", "/v1/tenants")
                .key("k".repeat(200))
                .body(ACME)
                .send()
                .is(201);
    }

    @Test
    void texts_in_every_script_come_back_as_they_went() {
        var name = "Ægir 株式会社 🎬 \u202Eabc";

        var path = api.post("/v1/tenants", "{\"name\": \"%s\", \"slug\": \"%s\"}".formatted(name, Fixtures.word()))
                .is(201)
                .header("Location");

        assertThat(api.get(path).at("/name")).isEqualTo(name);
        api.post("/v1/tenants", "{\"name\": \"half \\ud83c\", \"slug\": \"half\"}")
                .isProblem(422, "invalid-value", "name");
    }

    private String raw(String request) throws IOException {
        try (var socket = new Socket("127.0.0.1", server.port())) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

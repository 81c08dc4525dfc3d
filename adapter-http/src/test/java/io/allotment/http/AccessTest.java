package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.application.shared.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest extends HttpTest {

    @Test
    void every_route_under_v1_but_the_way_in_needs_a_token() {
        for (var operation : Contract.OPENAPI.operations().values()) {
            if (operation.path().startsWith("/v1/") && !operation.node().has("security")) {
                var answer = api.request(operation.method(), operation.path().replaceAll("[{}]", ""))
                        .without("Authorization")
                        .bad()
                        .send()
                        .isProblem(401, "unauthorized", null);
                assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"allotment\"");
            }
        }
    }

    @Test
    void a_route_that_does_not_exist_tells_nothing_to_a_stranger() {
        for (var path : new String[] {"/v1", "/v1/", "/v1/none", "/v1/tenants/"}) {
            api.request("GET", path).without("Authorization").sendUnchecked().isProblem(401, "unauthorized", null);
            api.request("GET", path).sendUnchecked().isProblem(404, "route-not-found", null);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Bearer wrong",
                "Bearer " + Client.ROOT_KEY + "x",
                "Bearer ALLOT_ROOT_OF_THE_TESTS",
                "Basic YWxsb3Q6cm9vdA==",
                Client.ROOT_KEY,
            })
    void anything_but_the_root_key_is_refused(String authorization) {
        api.request("GET", "/v1/tenants")
                .header("Authorization", authorization)
                .send()
                .isProblem(401, "unauthorized", null);
    }

    @Test
    void the_scheme_is_known_in_any_case() {
        api.request("GET", "/v1/tenants")
                .header("Authorization", "bearer " + Client.ROOT_KEY)
                .send()
                .is(200);
    }

    @Test
    void every_one_of_several_keys_is_taken() {
        try (var other = HttpApi.of(allotment)
                .rootKey("first")
                .rootKeySha256(Tokens.sha256("second"))
                .start()) {
            var client = new Client(other.port());
            for (var key : new String[] {"first", "second"}) {
                client.request("GET", "/v1/tenants")
                        .header("Authorization", "Bearer " + key)
                        .send()
                        .is(200);
            }
            client.get("/v1/tenants").is(401);
        }
    }

    @Test
    void without_a_given_key_those_that_were_made_are_taken() {
        var made = allotment.rootKeys().createFirst().orElseThrow();
        try (var other = HttpApi.of(allotment).start()) {
            var client = new Client(other.port());
            client.request("GET", "/v1/tenants")
                    .header("Authorization", "Bearer " + made)
                    .send()
                    .is(200);
            client.get("/v1/tenants").is(401);
        }
    }

    @Test
    void the_servers_own_pages_are_open() {
        for (var path : new String[] {"/livez", "/readyz", "/metrics", "/openapi.yaml", "/docs"}) {
            api.request("GET", path).without("Authorization").send().is(200);
        }
        for (var path : new String[] {"/docs/docs.js", "/docs/docs.css", "/docs/scalar.js"}) {
            api.request("GET", path).without("Authorization").sendUnchecked().is(200);
        }
    }
}

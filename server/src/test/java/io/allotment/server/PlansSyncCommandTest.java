package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.allotment.Allotment;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlansSyncCommandTest {

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2));
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private HttpServer stripe;
    /** Whether Stripe has the price. */
    private volatile boolean sold;

    @BeforeEach
    void start() throws IOException {
        Allotment.with(persistence)
                .build()
                .creditProducts()
                .create(CreditProduct.of("pack-100", "A hundred", 100, 1_900, "EUR"));
        stripe = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        stripe.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                var call = exchange.getRequestMethod() + " "
                        + exchange.getRequestURI().getPath();
                calls.add(call);
                sold |= call.equals("POST /v1/prices");
                var body = answer(call).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(call.startsWith("GET /v1/products/") ? 404 : 200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        stripe.start();
    }

    private String answer(String call) {
        var price =
                "{\"id\":\"price_1\",\"object\":\"price\",\"active\":true,\"unit_amount\":1900,\"currency\":\"eur\",\"recurring\":null,"
                        + "\"product\":{\"id\":\"prod_1\",\"object\":\"product\",\"name\":\"A hundred\",\"description\":null,\"active\":true}}";
        return switch (call) {
            case "GET /v1/prices" -> "{\"object\":\"list\",\"has_more\":false,\"data\":[" + (sold ? price : "") + "]}";
            case "POST /v1/prices" -> price;
            case "POST /v1/products" -> "{\"id\":\"allotment_x\",\"object\":\"product\"}";
            default -> "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"none\"}}";
        };
    }

    @AfterEach
    void stop() {
        stripe.stop(0);
        persistence.close();
        database.close();
    }

    private CommandRun run(String... arguments) {
        var environment = new HashMap<>(CommandRun.environment(database));
        environment.put("STRIPE_API_KEY", "sk_test_1");
        environment.put(
                "STRIPE_API_BASE", "http://127.0.0.1:" + stripe.getAddress().getPort());
        return CommandRun.of(environment, arguments);
    }

    @Test
    void what_is_missing_is_told_and_made_where_that_is_asked_for() {
        var told = run("plans", "sync", "--json");
        assertThat(told.exitCode()).isEqualTo(1);
        assertThat(told.json().at("/findings/0/name").asText()).isEqualTo("credit-product/pack-100");
        assertThat(told.json().at("/findings/0/differences/0").asText()).isEqualTo("MISSING");
        assertThat(calls).noneMatch(call -> call.startsWith("POST"));

        var done = run("plans", "sync", "--apply");
        assertThat(done.exitCode()).isZero();
        assertThat(done.out()).contains("credit-product/pack-100", "missing", "in line");

        var again = run("plans", "sync", "--apply");
        assertThat(again.exitCode()).isZero();
        assertThat(again.out()).contains("Stripe is in line.");
        assertThat(calls)
                .filteredOn(call -> call.startsWith("POST"))
                .containsExactly("POST /v1/products", "POST /v1/prices");
    }

    @Test
    void without_a_key_it_does_nothing() {
        var run = CommandRun.on(database, "plans", "sync");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("STRIPE_API_KEY is missing");
    }
}

package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.allotment.Allotment;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.stripe.StripePayments;
import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credits that were paid for at Stripe, which was never told. */
class ReconcileCommandTest {

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2));
    private static final String FORBIDDEN =
            "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Having the 'rak_one_read' permission would allow this.\"}}";

    private final Set<String> forbidden = ConcurrentHashMap.newKeySet();
    private HttpServer stripe;
    private Allotment allotment;
    private TenantId tenant;
    private AccountId account;

    @BeforeEach
    void pay() throws IOException {
        stripe = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        stripe.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                var call = exchange.getRequestMethod() + " "
                        + exchange.getRequestURI().getPath();
                var body = (forbidden.contains(call) ? FORBIDDEN : answer(call)).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(forbidden.contains(call) ? 403 : 200, body.length);
                exchange.getResponseBody().write(body);
            }
        });
        stripe.start();
        allotment = Allotment.with(persistence)
                .payments(StripePayments.of(
                        StripePayments.Settings.of("sk_test_1", "whsec_1")
                                .at(base())
                                .returningTo(new ReturnAddresses(
                                        Optional.of("https://product.example/done"), Optional.empty())),
                        Clock.systemUTC()))
                .build();
        tenant = allotment.tenants().create(TenantProfile.of("Acme", "acme")).id();
        account = BillingAccount.idOf(tenant);
        allotment.creditProducts().create(CreditProduct.of("pack-100", "A hundred", 100, 1_900, "EUR"));
        allotment.creditPurchases().buy(tenant, account, new ProductKey("pack-100"));
    }

    @AfterEach
    void stop() {
        stripe.stop(0);
        persistence.close();
        database.close();
    }

    private String base() {
        return "http://127.0.0.1:" + stripe.getAddress().getPort();
    }

    private static String answer(String call) {
        return switch (call) {
            case "GET /v1/customers/search" -> "{\"object\":\"search_result\",\"data\":[]}";
            case "POST /v1/customers" -> "{\"id\":\"cus_1\",\"object\":\"customer\"}";
            case "POST /v1/checkout/sessions" -> session("cs_1", "open", "unpaid");
            case "GET /v1/checkout/sessions" ->
                list(session("cs_1", "complete", "paid") + "," + session("cs_of_others", "complete", "paid"));
            default -> list("");
        };
    }

    private static String list(String all) {
        return "{\"object\":\"list\",\"has_more\":false,\"data\":[" + all + "]}";
    }

    private static String session(String id, String status, String payment) {
        return "{\"id\":\"" + id + "\",\"object\":\"checkout.session\",\"customer\":"
                + (id.equals("cs_1") ? "\"cus_1\"" : "null") + ",\"mode\":\"payment\",\"status\":\"" + status
                + "\",\"payment_status\":\"" + payment + "\",\"payment_intent\":\"pi_" + id
                + "\",\"url\":\"https://checkout.example/" + id + "\",\"expires_at\":4102444800}";
    }

    private CommandRun run(String... arguments) {
        var environment = new HashMap<>(CommandRun.environment(database));
        environment.put("STRIPE_API_KEY", "sk_test_1");
        environment.put("STRIPE_API_BASE", base());
        return CommandRun.of(environment, arguments);
    }

    private Credits balance() {
        return allotment.credits().balance(tenant, account).balance();
    }

    @Test
    void what_was_never_told_is_found_and_followed_where_that_is_asked_for() {
        var told = run("reconcile", "--json");
        assertThat(told.exitCode()).as(told.err()).isEqualTo(1);
        assertThat(told.json().get("looked").asInt()).isEqualTo(2);
        assertThat(told.json().get("unknown").asInt()).isEqualTo(1);
        assertThat(told.json().get("missed")).isEmpty();
        assertThat(told.json().get("drifted"))
                .extracting(drift -> drift.get("kind").asText() + " "
                        + drift.get("id").asText() + " " + drift.get("what").asText() + ": "
                        + drift.get("here").asText() + " -> "
                        + drift.get("there").asText())
                .containsExactly(
                        "checkout cs_1 credits: 0 -> 100",
                        "checkout cs_1 payment:  -> pi_cs_1",
                        "checkout cs_1 purchase: PENDING -> PAID");
        assertThat(told.json().at("/drifted/0/account").asText()).isEqualTo(account.toString());
        assertThat(told.json().get("failed")).isEmpty();
        assertThat(balance()).isEqualTo(Credits.ZERO);

        var followed = run("reconcile", "--apply");
        assertThat(followed.exitCode()).as(followed.err()).isZero();
        assertThat(followed.out()).contains("checkout cs_1", "PENDING", "followed");
        assertThat(balance()).isEqualTo(Credits.of(100));

        for (var again : List.of(run("reconcile", "--apply", "--json"), run("reconcile", "--json"))) {
            assertThat(again.exitCode()).as(again.err()).isZero();
            assertThat(again.json().get("drifted")).isEmpty();
        }
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void a_key_that_may_not_read_all_is_told_which_right_is_missing() {
        run("reconcile", "--apply");
        forbidden.add("GET /v2/core/events");

        var withoutThinEvents = run("reconcile", "--json");
        assertThat(withoutThinEvents.exitCode()).as(withoutThinEvents.err()).isZero();
        assertThat(withoutThinEvents.json().get("failed")).isEmpty();
        assertThat(withoutThinEvents.json().at("/notLookedAt/0").asText())
                .contains("usage that stripe rejected", "the key needs the right to read them (rak_one_read)");
        assertThat(run("jobs", "run", "reconcile").exitCode()).isZero();

        forbidden.add("GET /v1/disputes");
        var withoutDisputes = run("reconcile", "--json");
        assertThat(withoutDisputes.exitCode()).isEqualTo(1);
        assertThat(withoutDisputes.json().get("failed"))
                .singleElement()
                .satisfies(failure -> assertThat(failure.asText()).startsWith("disputes: not looked at"));
        var leftOut = run("reconcile", "--without", "dispute,refund");
        assertThat(leftOut.exitCode()).as(leftOut.err()).isZero();
        assertThat(leftOut.out()).contains("Not looked at", "disputes: left out", "refunds: left out");
    }

    @Test
    void a_job_of_gateways_reaches_stripe_and_without_a_key_it_says_what_is_missing() {
        var run = run("jobs", "run", "reconcile", "--json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(balance()).isEqualTo(Credits.of(100));

        for (var job : List.of("payments", "missed-events", "reconcile")) {
            var without = CommandRun.on(database, "jobs", "run", job);
            assertThat(without.exitCode()).isEqualTo(1);
            assertThat(without.err()).contains("STRIPE_API_KEY is missing");
        }
    }

    @Test
    void without_a_key_it_does_nothing() {
        var run = CommandRun.on(database, "reconcile");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("STRIPE_API_KEY is missing");
    }
}

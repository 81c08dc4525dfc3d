package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.allotment.Allotment;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.http.HttpApi;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.stripe.StripePayments;
import io.allotment.testkit.TestClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Stripe posts, through the door, the library and the services, to the credits. */
class StripeWebhooksTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String SECRET = "whsec_of_the_tests";
    private static final ProductKey PACK = new ProductKey("pack-100");

    private final TestClock clock = TestClock.at("2026-11-20T10:00:00Z");
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private HttpServer stripe;
    private Allotment allotment;
    private HttpApi api;
    private TenantId tenant;
    private AccountId account;

    @BeforeEach
    void start() throws IOException {
        stripe = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        stripe.createContext("/", exchange -> {
            try (exchange) {
                var call = exchange.getRequestMethod() + " "
                        + exchange.getRequestURI().getPath();
                asked.add(call);
                var body = answers.get(call);
                var bytes = (body == null
                                ? "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"none\"}}"
                                : body)
                        .getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(body == null ? 404 : 200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        stripe.start();
        answers.put("GET /v1/customers/search", "{\"object\":\"search_result\",\"data\":[]}");
        answers.put("POST /v1/customers", "{\"id\":\"cus_1\",\"object\":\"customer\"}");
        answers.put("GET /v1/prices", "{\"object\":\"list\",\"data\":[]}");
        answers.put("POST /v1/prices", "{\"id\":\"price_9\",\"object\":\"price\"}");
        answers.put("POST /v1/checkout/sessions", session("open", "unpaid"));
        var settings = StripePayments.Settings.of("sk_test_1", SECRET)
                .at("http://127.0.0.1:" + stripe.getAddress().getPort())
                .returningTo(new ReturnAddresses(Optional.of("https://product.example/done"), Optional.empty()));
        allotment = Allotment.with(new InMemoryPersistence())
                .clock(clock)
                .payments(StripePayments.of(settings, clock))
                .build();
        api = HttpApi.of(allotment).rootKey("allot_root_of_the_tests").start();
        tenant = allotment.tenants().create(TenantProfile.of("Acme", "acme")).id();
        account = BillingAccount.idOf(tenant);
        allotment.creditProducts().create(CreditProduct.of("pack-100", "A hundred", 100, 1_900, "EUR"));
    }

    @AfterEach
    void stop() {
        api.close();
        stripe.stop(0);
    }

    @Test
    void credits_that_are_paid_for_come_once_and_go_with_the_money() throws Exception {
        allotment.creditPurchases().buy(tenant, account, PACK);
        var paid = event("evt_1", "checkout.session.completed", session("complete", "paid"));

        assertThat(post(paid, signature(paid, SECRET)).statusCode()).isEqualTo(200);
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(post(paid, signature(paid, SECRET)).statusCode()).isEqualTo(200);
        var again = event("evt_2", "checkout.session.async_payment_succeeded", session("complete", "paid"));
        assertThat(post(again, signature(again, SECRET)).statusCode()).isEqualTo(200);
        assertThat(balance()).isEqualTo(Credits.of(100));

        var refund = event("evt_3", "refund.created", refund("succeeded"));
        assertThat(post(refund, signature(refund, SECRET)).statusCode()).isEqualTo(200);
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void what_is_complete_and_not_paid_brings_nothing() throws Exception {
        allotment.creditPurchases().buy(tenant, account, PACK);
        var unpaid = event("evt_1", "checkout.session.completed", session("complete", "unpaid"));

        assertThat(post(unpaid, signature(unpaid, SECRET)).statusCode()).isEqualTo(200);
        assertThat(balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void an_event_of_another_version_is_fetched() throws Exception {
        allotment.creditPurchases().buy(tenant, account, PACK);
        answers.put("GET /v1/checkout/sessions/cs_1", session("complete", "paid"));
        var old = event("evt_1", "checkout.session.completed", "{\"id\":\"cs_1\",\"object\":\"checkout.session\"}")
                .replace("\"2026-07-29.dahlia\"", "null");

        assertThat(post(old, signature(old, SECRET)).statusCode()).isEqualTo(200);
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void a_subscription_that_is_paid_brings_its_credits_once_whichever_way_it_is_told() throws Exception {
        var price = plan("pro", 50, Price.monthly("monthly", 2_900, "EUR"));
        var choice = Choice.of("pro");
        var order = allotment.billing().order(tenant, account, choice, Way.PLAIN);
        allotment.billing().checkout(tenant, account, order, choice, Way.PLAIN);
        answers.put("GET /v1/invoices/in_9", invoice(true));

        var paid = event("evt_1", "invoice.paid", invoice(false));
        assertThat(post(paid, signature(paid, SECRET)).statusCode()).isEqualTo(200);
        var created = event("evt_2", "customer.subscription.created", subscription(price));
        assertThat(post(created, signature(created, SECRET)).statusCode()).isEqualTo(200);
        var payment = event(
                "evt_3",
                "invoice_payment.paid",
                "{\"id\":\"inpay_9\",\"object\":\"invoice_payment\",\"invoice\":\"in_9\"}");
        assertThat(post(payment, signature(payment, SECRET)).statusCode()).isEqualTo(200);

        assertThat(balance()).isEqualTo(Credits.of(50));
        assertThat(allotment
                        .billing()
                        .listInvoices(tenant, Invoices.Filter.ALL, PageRequest.first(10))
                        .items())
                .singleElement()
                .satisfies(invoice -> assertThat(invoice.told().number()).contains("A-0009"));
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void a_change_to_another_interval_brings_the_credits_of_its_period_once() throws Exception {
        var monthly = plan("pro", 50, Price.monthly("monthly", 2_900, "EUR"));
        var yearly = plan(
                "studio",
                700,
                new Price(
                        new PriceKey("yearly"),
                        Price.Interval.YEAR,
                        1,
                        new Money(29_000, "EUR"),
                        Optional.empty(),
                        Optional.empty()));
        var choice = Choice.of("pro");
        var order = allotment.billing().order(tenant, account, choice, Way.PLAIN);
        allotment.billing().checkout(tenant, account, order, choice, Way.PLAIN);
        answers.put("GET /v1/invoices/in_9", invoice(true));
        tell("evt_1", "customer.subscription.created", subscription(monthly));
        tell("evt_2", "invoice.paid", invoice(false));
        assertThat(balance()).isEqualTo(Credits.of(50));

        clock.advance(Duration.ofDays(10));
        var becomes = subscription(yearly)
                .replace("price_9", "price_10")
                .replace("1795168800", "1796032800")
                .replace("1797760800", "1827568800");
        answers.put(
                "GET /v1/prices/price_10",
                "{\"id\":\"price_10\",\"object\":\"price\",\"metadata\":{\"allotment_price\":\"" + yearly + "\"}}");
        answers.put("GET /v1/invoices/in_10", change(true));
        tell("evt_3", "invoice.paid", change(false));
        tell("evt_4", "customer.subscription.updated", becomes);
        tell(
                "evt_5",
                "invoice_payment.paid",
                "{\"id\":\"inpay_10\",\"object\":\"invoice_payment\",\"invoice\":\"in_10\"}");
        tell("evt_6", "invoice.payment_succeeded", change(false));

        assertThat(balance()).isEqualTo(Credits.of(750));
        assertThat(allotment
                        .subscriptions()
                        .get(tenant, account)
                        .currentPeriod()
                        .end())
                .contains(Instant.ofEpochSecond(1_827_568_800));
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    private String plan(String key, long credits, Price price) {
        var terms = new PlanVersionTerms(
                0,
                7,
                Optional.empty(),
                Credits.of(credits),
                Credits.ZERO,
                PlanVersionTerms.empty().features(),
                List.of(price),
                List.of());
        return allotment.catalog().create(Plan.of(key, key), terms).id() + "/" + price.key();
    }

    private void tell(String id, String type, String object) throws Exception {
        var event = event(id, type, object);
        assertThat(post(event, signature(event, SECRET)).statusCode()).isEqualTo(200);
    }

    /** What is left of the month is given back, and the year is charged. */
    private static String change(boolean whole) {
        var unused =
                "{\"id\":\"il_8\",\"object\":\"line_item\",\"amount\":-1933,\"description\":\"Unused time on Pro\",\"quantity\":1,"
                        + "\"period\":{\"start\":1796032800,\"end\":1797760800},\"parent\":{\"type\":\"subscription_item_details\","
                        + "\"subscription_item_details\":{\"subscription\":\"sub_9\",\"proration\":true}},"
                        + "\"pricing\":{\"type\":\"price_details\",\"price_details\":{\"price\":\"price_9\",\"product\":\"prod_9\"}}},";
        return invoice(whole)
                .replace("in_9", "in_10")
                .replace("pi_9", "pi_10")
                .replace("subscription_create", "subscription_update")
                .replace("\"price_9\"", "\"price_10\"")
                .replace("2900", "27067")
                .replace("1795168800", "1796032800")
                .replace("1797760800", "1827568800")
                .replace("\"data\":[{\"id\":\"il_9\"", "\"data\":[" + unused + "{\"id\":\"il_9\"");
    }

    @Test
    void what_is_told_without_saying_what_is_asked_for() throws Exception {
        var thin =
                "{\"id\":\"evt_thin\",\"object\":\"v2.core.event\",\"type\":\"v1.billing.meter.error_report_triggered\","
                        + "\"created\":\"2026-11-20T10:00:00.000Z\",\"livemode\":false}";
        answers.put(
                "GET /v2/core/events/evt_thin",
                thin.replace(
                        "\"livemode\"", "\"data\":{\"reason\":{\"error_count\":1,\"error_types\":[]}},\"livemode\""));

        assertThat(post(thin, signature(thin, SECRET)).statusCode()).isEqualTo(200);
        assertThat(asked).contains("GET /v2/core/events/evt_thin");
        assertThat(allotment
                        .paymentEvents()
                        .list(PaymentEvents.Filter.ALL, PageRequest.first(10))
                        .items())
                .singleElement()
                .satisfies(event -> assertThat(event.payload()).isEmpty());
    }

    @Test
    void what_is_not_stripes_leaves_nothing() throws Exception {
        allotment.creditPurchases().buy(tenant, account, PACK);
        var paid = event("evt_1", "checkout.session.completed", session("complete", "paid"));
        var header = signature(paid, SECRET);

        assertThat(post(paid, signature(paid, "whsec_another")).statusCode()).isEqualTo(400);
        assertThat(post(paid.replace("evt_1", "evt_2"), header).statusCode()).isEqualTo(400);
        assertThat(post(paid, header.replace("v1=", "v0=")).statusCode()).isEqualTo(400);
        assertThat(post(paid, "t=abc").statusCode()).isEqualTo(400);
        assertThat(post(paid, null).statusCode()).isEqualTo(400);
        var large = paid.replace("\"livemode\"", "\"padding\":\"" + "x".repeat(10 << 20) + "\",\"livemode\"");
        assertThat(post(large, signature(large, SECRET)).statusCode()).isEqualTo(413);
        clock.advance(Duration.ofSeconds(301));
        assertThat(post(paid, header).statusCode()).isEqualTo(400);

        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(allotment
                        .paymentEvents()
                        .list(PaymentEvents.Filter.ALL, PageRequest.first(10))
                        .items())
                .isEmpty();
    }

    private Credits balance() {
        return allotment.credits().balance(tenant, account).balance();
    }

    private HttpResponse<String> post(String body, String signature) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + "/v1/webhooks/stripe"))
                .header("Content-Type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (signature != null) {
            request.header("Stripe-Signature", signature);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String signature(String body, String secret) throws GeneralSecurityException {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        long seconds = clock.instant().getEpochSecond();
        return "t=" + seconds + ",v1="
                + HexFormat.of().formatHex(mac.doFinal((seconds + "." + body).getBytes(StandardCharsets.UTF_8)));
    }

    private String event(String id, String type, String object) {
        return "{\"id\":\"" + id + "\",\"object\":\"event\",\"type\":\"" + type
                + "\",\"api_version\":\"2026-07-29.dahlia\",\"created\":"
                + clock.instant().getEpochSecond() + ",\"livemode\":false,\"data\":{\"object\":" + object + "}}";
    }

    private static String session(String status, String payment) {
        return "{\"id\":\"cs_1\",\"object\":\"checkout.session\",\"customer\":\"cus_1\",\"mode\":\"payment\",\"status\":\""
                + status
                + "\",\"payment_status\":\"" + payment
                + "\",\"payment_intent\":\"pi_1\",\"url\":\"https://checkout.example/cs_1\",\"expires_at\":1795255200}";
    }

    private static String subscription(String price) {
        return "{\"id\":\"sub_9\",\"object\":\"subscription\",\"customer\":\"cus_1\",\"status\":\"active\",\"cancel_at_period_end\":false,"
                + "\"items\":{\"object\":\"list\",\"data\":[{\"id\":\"si_9\",\"object\":\"subscription_item\",\"quantity\":1,"
                + "\"current_period_start\":1795168800,\"current_period_end\":1797760800,"
                + "\"price\":{\"id\":\"price_9\",\"object\":\"price\",\"metadata\":{\"allotment_price\":\"" + price
                + "\"},"
                + "\"recurring\":{\"interval\":\"month\",\"interval_count\":1,\"usage_type\":\"licensed\"}}}]}}";
    }

    private static String invoice(boolean whole) {
        var payments =
                ",\"payments\":{\"object\":\"list\",\"data\":[{\"id\":\"inpay_9\",\"object\":\"invoice_payment\",\"is_default\":true,"
                        + "\"status\":\"paid\",\"payment\":{\"type\":\"payment_intent\",\"payment_intent\":\"pi_9\"}}]}";
        return "{\"id\":\"in_9\",\"object\":\"invoice\",\"customer\":\"cus_1\",\"number\":\"A-0009\",\"status\":\"paid\","
                + "\"billing_reason\":\"subscription_create\",\"currency\":\"eur\",\"total\":2900,\"amount_paid\":2900,\"attempt_count\":1,"
                + "\"created\":1795168800,\"status_transitions\":{\"paid_at\":1795168800},"
                + "\"parent\":{\"type\":\"subscription_details\",\"subscription_details\":{\"subscription\":\"sub_9\"}},"
                + "\"lines\":{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"il_9\",\"object\":\"line_item\",\"amount\":2900,"
                + "\"description\":\"Pro\",\"quantity\":1,\"period\":{\"start\":1795168800,\"end\":1797760800},"
                + "\"parent\":{\"type\":\"subscription_item_details\",\"subscription_item_details\":{\"subscription\":\"sub_9\",\"proration\":false}},"
                + "\"pricing\":{\"type\":\"price_details\",\"price_details\":{\"price\":\"price_9\",\"product\":\"prod_9\"}}}]}"
                + (whole ? payments : "") + "}";
    }

    private static String refund(String status) {
        return "{\"id\":\"re_1\",\"object\":\"refund\",\"amount\":1900,\"currency\":\"eur\",\"payment_intent\":\"pi_1\",\"status\":\""
                + status + "\",\"reason\":null,\"metadata\":{}}";
    }
}

package io.allotment.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.allotment.domain.billing.BillingGateway.MeteredUsage;
import io.allotment.domain.billing.BillingGateway.NewCustomer;
import io.allotment.domain.billing.BillingGateway.SubscriptionChange;
import io.allotment.domain.billing.BillingGateway.SubscriptionOrder;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject.Kind;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.TestClock;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a change owes: what is unused goes back, what remains is charged, and nothing of it is lost. */
class ChangedSubscriptionsTest {

    private static final UUID ID = UUID.fromString("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01");
    private static final long MONTHLY = 1_000;
    private static final long YEARLY = 10_000;
    private static final int YEAR = 12;

    private final TestClock clock = TestClock.at("2026-03-10T10:00:00Z");
    private final SandboxPayments sandbox = SandboxPayments.inMemory(clock, new SplittableRandom(1));
    private final String customer =
            sandbox.customer(new NewCustomer(new TenantId(ID), new AccountId(ID), "Acme", Optional.empty()));
    private int changes;

    private String subscribed(int months, String card) {
        var checkout = sandbox.subscribe(new SubscriptionOrder(
                new CheckoutId(ID),
                new TenantId(ID),
                new AccountId(ID),
                customer,
                "Team",
                "team/" + months,
                price(months),
                months,
                1,
                0,
                Optional.empty(),
                false,
                Optional.empty(),
                ReturnAddresses.NONE,
                clock.instant()));
        post("/checkouts/" + checkout.id() + "/pay", Map.of("card", card));
        return sandbox.list(Kind.SUBSCRIPTION, PageRequest.first(1))
                .items()
                .get(0)
                .id();
    }

    private static Money price(int months) {
        return new Money(months == YEAR ? YEARLY : MONTHLY, "EUR");
    }

    private void change(String subscription, int months, int quantity, boolean prorated) {
        change(subscription, months, price(months), quantity, prorated);
    }

    private void change(String subscription, int months, Money price, int quantity, boolean prorated) {
        changes++;
        sandbox.change(new SubscriptionChange(
                new IdempotencyKey("change-" + changes),
                subscription,
                "Team",
                "team/" + months,
                price,
                months,
                quantity,
                prorated));
    }

    private void post(String path, Map<String, String> form) {
        var shown = sandbox.page("POST", path, form);
        assertThat(shown.status()).as(shown.body()).isEqualTo(200);
    }

    private void card(String card) {
        post("/customers/" + customer + "/card", Map.of("card", card));
    }

    private String page() {
        return sandbox.page("GET", "/customers/" + customer, Map.of()).body();
    }

    private void at(String time) {
        clock.set(Instant.parse(time));
        sandbox.advance();
    }

    private GatewaySubscription known(String subscription) {
        return (GatewaySubscription)
                sandbox.fetch(Kind.SUBSCRIPTION, subscription).orElseThrow();
    }

    private List<GatewayInvoice> invoices() {
        return sandbox.list(Kind.INVOICE, PageRequest.first(200)).items().stream()
                .map(GatewayInvoice.class::cast)
                .toList();
    }

    private GatewayInvoice newest() {
        var all = invoices();
        return all.get(all.size() - 1);
    }

    private List<String> lines() {
        return newest().lines().stream()
                .map(line -> line.quantity() + " " + line.description() + " " + line.amountMinor())
                .toList();
    }

    @Test
    void a_shorter_period_begins_at_once_and_what_is_left_of_the_longer_one_is_kept_and_used() {
        var subscription = subscribed(YEAR, "good");

        change(subscription, 1, 1, true);

        assertThat(lines())
                .containsExactly("1 Team 1000", "1 Unused time of Team -10000", "1 Kept for the next invoice 9000");
        assertThat(newest().totalMinor()).isZero();
        assertThat(newest().status()).isEqualTo(GatewayInvoice.Status.PAID);
        assertThat(page()).contains("Kept for the next invoice: 90.00 EUR");
        at("2026-04-10T10:00:00Z");
        assertThat(lines()).containsExactly("1 Team 1000", "1 Used of what was kept -1000");
        assertThat(page()).contains("Kept for the next invoice: 80.00 EUR");
    }

    @Test
    void what_waits_is_on_the_invoice_of_another_length_too() {
        var subscription = subscribed(YEAR, "good");

        change(subscription, YEAR, 2, true);
        change(subscription, 1, 1, true);

        assertThat(lines())
                .containsExactly(
                        "1 Team 1000",
                        "1 Unused time of Team -10000",
                        "2 Remaining time of Team 20000",
                        "2 Unused time of Team -20000",
                        "1 Kept for the next invoice 9000");
    }

    @Test
    void a_longer_period_within_the_second_in_which_it_began_is_to_be_paid() {
        var subscription = subscribed(1, "good");

        change(subscription, YEAR, 1, true);

        assertThat(known(subscription).currentPeriod().end()).contains(Instant.parse("2027-03-10T10:00:00Z"));
        assertThat(newest().paidMinor()).isEqualTo(YEARLY - MONTHLY);
    }

    @Test
    void what_changes_nothing_owes_nothing() {
        var subscription = subscribed(1, "good");

        change(subscription, 1, 1, true);
        at("2026-04-10T10:00:00Z");

        assertThat(lines()).containsExactly("1 Team 1000");
    }

    @Test
    void more_seats_are_charged_while_it_is_past_due_and_what_nobody_paid_goes_back_when_it_is_paid() {
        var subscription = subscribed(1, "fails-later");
        at("2026-04-10T10:00:00Z");
        assertThat(known(subscription).status()).isEqualTo(GatewaySubscription.Status.PAST_DUE);

        change(subscription, 1, 3, true);
        assertThat(page()).contains("On the next invoice, for changes: 30.00 EUR");
        card("good");

        assertThat(page()).contains("On the next invoice, for changes: 20.00 EUR");
        at("2026-05-10T10:00:00Z");
        assertThat(newest().totalMinor()).isEqualTo(2 * MONTHLY + 3 * MONTHLY);
    }

    @Test
    void a_year_that_nobody_paid_is_not_given_back_for_months() {
        var subscription = subscribed(YEAR, "fails-later");
        at("2027-03-10T10:00:00Z");

        change(subscription, 1, 1, true);

        assertThat(lines()).containsExactly("1 Team 1000");
        assertThat(newest().status()).isEqualTo(GatewayInvoice.Status.OPEN);
        assertThat(page()).doesNotContain("Kept for the next invoice");
    }

    @Test
    void more_seats_are_charged_while_it_is_paused_and_another_period_waits() {
        var subscription = subscribed(1, "good");
        post("/subscriptions/" + subscription + "/pause", Map.of());

        change(subscription, 1, 2, true);

        assertThat(page()).contains("On the next invoice, for changes: 10.00 EUR");
        assertThatThrownBy(() -> change(subscription, YEAR, 2, true))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("resume it");
    }

    @Test
    void seats_that_came_without_being_charged_give_nothing_back() {
        var subscription = subscribed(1, "good");

        change(subscription, 1, 5, false);
        change(subscription, 1, 1, true);
        at("2026-04-10T10:00:00Z");

        assertThat(newest().totalMinor()).isEqualTo(MONTHLY);
    }

    @Test
    void it_keeps_its_currency() {
        var subscription = subscribed(1, "good");

        assertThatThrownBy(() -> change(subscription, 1, new Money(2_000, "USD"), 1, true))
                .isInstanceOf(GatewayRefused.class)
                .hasMessageContaining("paid in EUR");
        assertThat(known(subscription).priceId()).isEqualTo("team/1");
    }

    @Test
    void what_ends_at_once_gets_an_invoice_for_what_is_on_none_or_keeps_what_is_left() {
        var subscription = subscribed(1, "good");
        sandbox.report(new MeteredUsage("minutes", customer, BigDecimal.TEN, "u-1", clock.instant()));
        clock.advance(Duration.ofSeconds(1));
        change(subscription, 1, 2, true);

        sandbox.cancel(new IdempotencyKey("cancel"), subscription, false);

        assertThat(lines())
                .containsExactly(
                        "10 Usage of minutes 0", "1 Unused time of Team -999", "2 Remaining time of Team 1999");
        assertThat(newest().status()).isEqualTo(GatewayInvoice.Status.PAID);
        assertThat(known(subscription).isFinal()).isTrue();
        assertThat(page()).doesNotContain("On the next invoice");
    }

    @Test
    void usage_stands_on_whichever_invoice_is_next() {
        var subscription = subscribed(1, "good");
        sandbox.report(new MeteredUsage("minutes", customer, BigDecimal.TEN, "u-1", clock.instant()));
        clock.advance(Duration.ofHours(1));
        post("/subscriptions/" + subscription + "/bill-again", Map.of());
        assertThat(lines()).contains("10 Usage of minutes 0");

        sandbox.report(new MeteredUsage("minutes", customer, BigDecimal.ONE, "u-2", clock.instant()));
        clock.advance(Duration.ofHours(1));
        change(subscription, YEAR, 1, true);
        assertThat(lines()).contains("1 Usage of minutes 0").doesNotContain("10 Usage of minutes 0");
    }

    /** However it is changed: what was paid is what was had, and what is kept is shown. */
    @Test
    void whatever_changes_each_total_is_the_sum_of_its_lines_and_nothing_is_lost() {
        long seed = Long.getLong("allotment.seed", 20_261_122);
        var random = new Random(seed);
        var subscription = subscribed(random.nextBoolean() ? 1 : YEAR, "good");
        double had = 0;
        for (int i = 0; i < 100; i++) {
            var now = known(subscription);
            int months = now.priceId().equals("team/" + YEAR) ? YEAR : 1;
            var end = now.currentPeriod().end().orElseThrow();
            long whole = Duration.between(now.currentPeriod().start(), end).toSeconds();
            long some = random.nextInt(4) == 0 ? 0 : random.nextInt(40 * 86_400);
            long step = Math.min(some, Duration.between(clock.instant(), end).toSeconds());
            had += (double) price(months).amountMinor() * now.quantity() * step / whole;
            clock.advance(Duration.ofSeconds(step));
            sandbox.advance();
            change(subscription, random.nextInt(4) == 0 ? YEAR : 1, 1 + random.nextInt(5), true);
        }
        var last = known(subscription).currentPeriod();
        int months = known(subscription).priceId().equals("team/" + YEAR) ? YEAR : 1;
        long due = price(months).amountMinor() * known(subscription).quantity();
        had += (double) due
                * Duration.between(clock.instant(), last.end().orElseThrow()).toSeconds()
                / Duration.between(last.start(), last.end().orElseThrow()).toSeconds();
        sandbox.cancel(new IdempotencyKey("cancel"), subscription, false);

        assertThat(invoices()).as("-Dallotment.seed=%s", seed).allSatisfy(invoice -> {
            assertThat(invoice.totalMinor()).isNotNegative();
            assertThat(invoice.lines().stream()
                            .mapToLong(GatewayInvoice.Line::amountMinor)
                            .sum())
                    .isEqualTo(invoice.totalMinor());
        });
        long paid = invoices().stream().mapToLong(GatewayInvoice::paidMinor).sum();
        assertThat((double) paid - kept())
                .as("paid, less what is kept, of -Dallotment.seed=%s", seed)
                .isCloseTo(had, offset(2.0 * changes));
    }

    private long kept() {
        var shown = Pattern.compile("Kept for the next invoice: (\\d+)\\.(\\d\\d) EUR")
                .matcher(page());
        return shown.find() ? Long.parseLong(shown.group(1) + shown.group(2)) : 0;
    }
}

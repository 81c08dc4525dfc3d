package io.allotment.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.BillingGateway.MeteredUsage;
import io.allotment.domain.billing.BillingGateway.NewCustomer;
import io.allotment.domain.billing.BillingGateway.SubscriptionOrder;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.TestClock;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is reported to the sandbox is counted once, and stands on the next invoice. */
class ReportedUsageTest {

    private static final UUID ID = UUID.fromString("0199f3a2-7c1e-7b60-9d5e-2f1a8c4b6e01");

    private final TestClock clock = TestClock.at("2026-03-10T09:30:00Z");

    @TempDir
    private Path folder;

    private SandboxPayments sandbox;
    private String customer;

    @BeforeEach
    void a_customer_who_pays() {
        sandbox = opened();
        customer = sandbox.customer(new NewCustomer(new TenantId(ID), new AccountId(ID), "Acme", Optional.empty()));
        var checkout = sandbox.subscribe(new SubscriptionOrder(
                new CheckoutId(ID),
                new TenantId(ID),
                new AccountId(ID),
                customer,
                "Studio",
                "studio/monthly",
                new Money(1_900, "EUR"),
                1,
                1,
                0,
                Optional.empty(),
                false,
                Optional.empty(),
                new ReturnAddresses(Optional.empty(), Optional.empty()),
                clock.instant()));
        sandbox.page("POST", "/checkouts/" + checkout.id() + "/pay", Map.of("card", "good"));
        assertThat(invoices()).hasSize(1);
    }

    private SandboxPayments opened() {
        return SandboxPayments.in(folder.resolve("sandbox.json"), clock, new SplittableRandom(1));
    }

    private void used(String meter, long units, String identifier) {
        sandbox.report(new MeteredUsage(meter, customer, BigDecimal.valueOf(units), identifier, clock.instant()));
    }

    private BigDecimal counted(String meter) {
        Instant from = clock.instant().truncatedTo(ChronoUnit.MINUTES);
        return sandbox.countedUsage(meter, customer, Period.between(from, from.plusSeconds(60)))
                .orElseThrow();
    }

    private List<GatewayInvoice> invoices() {
        return sandbox.list(GatewayObject.Kind.INVOICE, PageRequest.first(50)).items().stream()
                .map(GatewayInvoice.class::cast)
                .toList();
    }

    @Test
    void it_counts_once_for_its_identifier_and_until_it_is_taken_back() {
        used("minutes", 3, "u-1");
        used("minutes", 3, "u-1");
        used("minutes", -1, "u-2");
        used("seats", 9, "u-3");
        assertThat(counted("minutes")).isEqualByComparingTo("2");

        assertThat(sandbox.takeBackReport("minutes", "u-1")).isTrue();
        assertThat(sandbox.takeBackReport("minutes", "u-1")).isFalse();
        assertThat(counted("minutes")).isEqualByComparingTo("-1");

        sandbox = opened();
        assertThat(counted("minutes")).isEqualByComparingTo("-1");
        assertThat(sandbox.page("GET", "/customers/" + customer, Map.of()).body())
                .contains("minutes", "seats");
    }

    @Test
    void it_stands_on_the_invoice_of_the_next_period_once() {
        used("minutes", 3, "u-1");
        clock.advance(Duration.ofDays(10));
        used("minutes", 4, "u-2");
        used("seats", 2, "u-3");
        used("seats", -5, "u-4");
        clock.advance(Duration.ofDays(25));
        sandbox.advance();
        clock.advance(Duration.ofDays(31));
        sandbox.advance();

        var lines = invoices().stream().map(GatewayInvoice::lines).toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1))
                .extracting(line -> line.description() + " " + line.quantity() + " " + line.amountMinor())
                .containsExactly("Studio 1 1900", "Usage of minutes 7 0");
        assertThat(lines.get(2)).hasSize(1);
        assertThat(invoices()).allMatch(invoice -> invoice.totalMinor() == 1_900);
        assertThat(sandbox.takeBackReport("minutes", "u-1")).isFalse();
    }

    @Test
    void of_nobody_it_is_refused() {
        var usage = new MeteredUsage("minutes", "cus_none", BigDecimal.ONE, "u-1", clock.instant());

        assertThatThrownBy(() -> sandbox.report(usage)).isInstanceOf(NotFound.class);
    }
}

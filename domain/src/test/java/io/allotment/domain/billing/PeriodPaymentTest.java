package io.allotment.domain.billing;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PeriodPaymentTest {

    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final TenantId TENANT = new TenantId(new UUID(0x7000, 1));
    private static final AccountId ACCOUNT = new AccountId(new UUID(0x7000, 2));

    private static PeriodPayment paid(String id, long minor, long... back) {
        var told = new GatewayInvoice(
                id,
                Optional.empty(),
                Optional.of("sub"),
                Optional.empty(),
                GatewayInvoice.Status.PAID,
                GatewayInvoice.Reason.SUBSCRIPTION_CYCLE,
                Optional.of(Period.between(NOW, NOW.plus(Duration.ofDays(31)))),
                "EUR",
                minor,
                minor,
                0,
                Optional.of("pay-" + id),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                NOW,
                Optional.of(NOW),
                NOW);
        return new PeriodPayment(
                new Invoice(
                        TENANT,
                        new InvoiceId(new UUID(0x7000, 3)),
                        ACCOUNT,
                        "test",
                        told,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        NOW),
                LongStream.of(back).mapToObj(PeriodPaymentTest::back).toList());
    }

    /** @param minor what went back; what failed to, where it is negative */
    private static Refund back(long minor) {
        var told = new GatewayRefund(
                "re",
                Optional.empty(),
                "pay",
                new Money(Math.abs(minor), "EUR"),
                minor < 0 ? GatewayRefund.Status.FAILED : GatewayRefund.Status.SUCCEEDED,
                Optional.empty(),
                NOW);
        return Refund.of(told, TENANT, new RefundId(new UUID(0x7000, 4)), ACCOUNT, "test", NOW);
    }

    private static void assertHolder(String id, PeriodPayment... payments) {
        var told = Arrays.asList(payments);
        assertThat(PeriodPayment.holder(told).orElseThrow().told().id()).isEqualTo(id);
        Collections.reverse(told);
        assertThat(PeriodPayment.holder(told).orElseThrow().told().id()).isEqualTo(id);
    }

    @Test
    void credits_hang_on_the_payment_of_which_the_largest_part_is_left() {
        assertHolder("b", paid("a", 1_000, 1), paid("b", 10));
        assertHolder("b", paid("a", 1_000, 500, 100), paid("b", 10, 5));
        assertHolder("a", paid("a", 1_000, -1_000), paid("b", 10, 1));
        assertHolder("a", paid("a", Long.MAX_VALUE - 1, 1), paid("b", Long.MAX_VALUE - 1, 2));
    }

    @Test
    void of_equal_ones_the_name_decides_and_one_that_cost_nothing_stands_whole() {
        assertHolder("a", paid("a", 1_000), paid("b", 10));
        assertHolder("a", paid("a", 1_000, 1_000), paid("b", 10, 7, 7));
        assertHolder("b", paid("a", 1_000, 1), paid("b", 0));
        assertThat(PeriodPayment.holder(List.of())).isEmpty();
    }
}

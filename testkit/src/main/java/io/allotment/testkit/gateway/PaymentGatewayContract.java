package io.allotment.testkit.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.PaymentGateway.Order;
import io.allotment.domain.billing.ReturnAddresses;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.TestClock;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who takes the money of an order. */
public abstract class PaymentGatewayContract {

    /** Where a payer comes back to. */
    protected static final ReturnAddresses HOME = new ReturnAddresses(
            Optional.of("https://product.example/done"), Optional.of("https://product.example/back"));

    protected final TestClock clock = TestClock.at("2026-03-10T10:00:00Z");
    protected final TenantId tenant = new TenantId(UUID.randomUUID());
    protected final AccountId account = new AccountId(UUID.randomUUID());

    /** One that goes by the clock; the same each time. */
    protected abstract PaymentGateway gateway();

    @Test
    void the_same_order_is_the_same_checkout() {
        var order = order(Optional.empty());

        assertThat(gateway().checkout(order)).isEqualTo(gateway().checkout(order));
    }

    @Test
    void another_order_is_another_checkout() {
        assertThat(gateway().checkout(order(Optional.empty())).id())
                .isNotEqualTo(gateway().checkout(order(Optional.empty())).id());
    }

    @Test
    void a_checkout_says_whose_it_is_and_leaves_time_to_pay() {
        var checkout = gateway().checkout(order(Optional.empty()));

        assertThat(checkout.gateway()).isEqualTo(gateway().name());
        assertThat(checkout.expiresAt()).isAfter(clock.instant());
    }

    /** One that nobody has ordered yet. */
    protected Order order(Optional<String> customer) {
        return new Order(
                new PurchaseId(UUID.randomUUID()),
                tenant,
                account,
                "A hundred credits",
                new Money(1_900, "EUR"),
                Optional.empty(),
                customer,
                HOME,
                clock.instant());
    }
}

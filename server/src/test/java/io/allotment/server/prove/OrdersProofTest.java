package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.Credits;
import org.junit.jupiter.api.Test;

class OrdersProofTest {

    private static final long SEED = 20_261_122;

    @Test
    void in_whatever_order_a_gateway_tells_the_same_is_known_in_the_end() {
        var report = OrdersProof.run(SEED, 1);

        assertThat(report.orders()).isPositive();
        assertThat(report.events()).isGreaterThan(report.orders());
        assertThat(report.divergences()).as(report.findings().toString()).isZero();
    }

    /** Where nothing were followed all orders would come to the same, too. */
    @Test
    void and_it_is_what_came_of_the_life() {
        var ends = OrdersProof.ends(SEED);

        assertThat(ends.get("BEGUN")).contains("subscription ACTIVE", balance(100), " PAID 2900 true");
        assertThat(ends.get("GIVEN_UP")).doesNotContain("subscription ACTIVE").contains(balance(0));
        assertThat(ends.get("CANCELED")).contains("subscription CANCELED");
        assertThat(ends.get("REFUNDED")).contains(balance(100), " FAILED ", " PAID 1900 true");
        assertThat(ends.get("DISPUTED")).contains(balance(75), " WON ", " SUCCEEDED ");
    }

    private static String balance(long credits) {
        return "balance " + Credits.of(credits) + " overdraft " + Credits.ZERO;
    }
}

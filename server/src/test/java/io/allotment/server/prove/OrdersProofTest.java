package io.allotment.server.prove;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.Credits;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.testkit.TestDatabase;
import org.junit.jupiter.api.Test;

class OrdersProofTest {

    private static final long SEED = 20_261_122;

    @Test
    void in_whatever_order_a_gateway_tells_the_same_is_known_in_the_end() {
        OrdersProof.Report report;
        try (var database = TestDatabase.create();
                var persistence = JooqPersistence.connect(new JooqPersistence.Settings(
                        database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2))) {
            report = OrdersProof.sample(SEED, persistence);
        }

        assertThat(report.ordersInDatabase()).isEqualTo(GatewayLife.values().length * 3L);
        assertThat(report.orders()).isGreaterThan(report.ordersInDatabase());
        assertThat(report.events()).isGreaterThan(report.orders());
        assertThat(report.divergences()).as(report.findings().toString()).isZero();
    }

    /** Where nothing were followed all orders would come to the same, too. */
    @Test
    void and_it_is_what_came_of_the_life() {
        var ends = OrdersProof.ends(SEED);

        assertThat(ends.get("BEGUN")).contains("subscription ACTIVE", balance(100), " PAID 2900 true");
        assertThat(ends.get("LATE"))
                .contains("subscription ACTIVE", balance(100), " PAID 2900 true")
                .doesNotContain("PAST_DUE", "OPEN");
        assertThat(ends.get("GIVEN_UP")).doesNotContain("subscription ACTIVE").contains(balance(0));
        assertThat(ends.get("CANCELED")).contains("subscription CANCELED");
        assertThat(ends.get("CHANGED")).contains("subscription ACTIVE", "Optional[2]", balance(300));
        assertThat(ends.get("YEARLY")).contains("subscription ACTIVE", "Optional[yearly]", balance(200));
        assertThat(ends.get("TRIED")).contains("subscription ACTIVE", balance(100), " PAID 0 false", " PAID 2900 true");
        assertThat(ends.get("TRIED_AND_LEFT")).contains("subscription CANCELED", balance(0));
        assertThat(ends.get("PAUSED")).contains("subscription ACTIVE", balance(100));
        assertThat(ends.get("FORGOTTEN")).contains("subscription CANCELED", balance(100));
        assertThat(ends.get("PAID_TWICE")).contains("subscription ACTIVE", balance(100), " SUCCEEDED ");
        assertThat(ends.get("LOST")).contains(balance(0), " LOST ");
        assertThat(ends.get("REFUNDED")).contains(balance(100), " FAILED ", " PAID 1900 true");
        assertThat(ends.get("DISPUTED")).contains(balance(75), " WON ", " SUCCEEDED ");
    }

    private static String balance(long credits) {
        return "balance " + Credits.of(credits) + " overdraft " + Credits.ZERO;
    }
}

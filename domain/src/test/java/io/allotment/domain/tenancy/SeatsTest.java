package io.allotment.domain.tenancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Quantity;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SeatsTest {

    @Test
    void a_plan_that_says_nothing_limits_nothing() {
        assertThat(Seats.limit(PlanVersionTerms.empty())).isEmpty();
        assertThatCode(() -> new Seats(1_000_000, Optional.empty()).requireFree())
                .doesNotThrowAnyException();
    }

    @Test
    void the_quota_of_seats_counts_instead_of_the_seat_limit() {
        assertThat(Seats.limit(seated(5))).contains(5L);
        assertThat(Seats.limit(seated(5).with("seats", quota("3", Quota.Overage.BLOCK, 0))))
                .contains(3L);
        assertThat(Seats.limit(seated(5).with("rooms", quota("3", Quota.Overage.BLOCK, 0))))
                .contains(5L);
    }

    @Test
    void a_quota_limits_seats_as_far_as_it_blocks() {
        assertThat(Seats.limit(seated(5).with("seats", quota("3.9", Quota.Overage.BLOCK, 0))))
                .contains(3L);
        assertThat(Seats.limit(seated(5).with("seats", quota("10", Quota.Overage.BLOCK, 15))))
                .contains(11L);
        assertThat(Seats.limit(seated(5).with("seats", quota("3", Quota.Overage.BILL, 0))))
                .isEmpty();
        var unlimited = new Quota(Optional.empty(), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
        assertThat(Seats.limit(seated(5).with("seats", unlimited))).isEmpty();
    }

    @Test
    void the_last_seat_is_given_and_none_after_it() {
        assertThatCode(() -> new Seats(2, Optional.of(3L)).requireFree()).doesNotThrowAnyException();
        for (long used : new long[] {3, 4}) {
            assertThatThrownBy(() -> new Seats(used, Optional.of(3L)).requireFree())
                    .isInstanceOf(SeatsTaken.class)
                    .hasMessageContaining("3 active members");
        }
    }

    private static PlanVersionTerms seated(int seats) {
        return new PlanVersionTerms(
                0, 0, Optional.of(seats), Credits.ZERO, Credits.ZERO, Document.EMPTY, List.of(), List.of());
    }

    private static Quota quota(String limit, Quota.Overage overage, int gracePercent) {
        return new Quota(Optional.of(Quantity.of(limit)), Quota.Reset.NEVER, Optional.empty(), overage, gracePercent);
    }
}

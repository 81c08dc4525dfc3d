package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.ReservationId;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ReservationTest {

    private static final Instant END = NOW.plus(Duration.ofHours(1));

    @Test
    void a_reservation_holds_until_its_lease_ends_and_not_at_its_very_end() {
        var reservation = reserved();

        assertThat(reservation.holdsAt(NOW)).isTrue();
        assertThat(reservation.holdsAt(END.minusNanos(1_000))).isTrue();
        assertThat(reservation.holdsAt(END)).isFalse();
    }

    @Test
    void what_has_ended_holds_nothing_though_its_lease_goes_on() {
        for (var status : Reservation.Status.values()) {
            assertThat(reserved().ended(status, NOW).holdsAt(NOW)).isEqualTo(status == Reservation.Status.HELD);
        }
    }

    @Test
    void one_whose_lease_has_ended_has_lapsed_then_also_where_nobody_noticed() {
        assertThat(reserved().at(END.minusNanos(1_000))).isEqualTo(reserved());
        assertThat(reserved().at(END.plusSeconds(5))).isEqualTo(reserved().ended(Reservation.Status.LAPSED, END));
    }

    @Test
    void what_was_settled_or_released_stays_so_after_its_lease() {
        var settled = reserved().ended(Reservation.Status.SETTLED, NOW);

        assertThat(settled.at(END)).isEqualTo(settled);
    }

    @Test
    void it_tells_how_much_it_holds_and_has_the_id_of_the_decision_that_made_it() {
        var world = world();
        var decision = world.reserve(Charge.of("work.unit", 3));

        var reservation = world.reservation(decision);

        assertThat(reservation.credits()).isEqualTo(Credits.of(3));
        assertThat(reservation.id()).isEqualTo(ReservationId.madeBy(decision.id()));
        assertThat(reservation.createdAt()).isEqualTo(NOW);
        assertThat(reservation.leaseUntil()).isEqualTo(END);
    }

    private static Reservation reserved() {
        var world = world();
        return world.reservation(world.reserve(Charge.of("work.unit", 3)));
    }

    private static World world() {
        return World.on(PlanVersionTerms.empty())
                .granted("10")
                .selling(Operation.of("work.unit", "work", Credits.of(1)));
    }
}

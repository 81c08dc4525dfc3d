package io.allotment.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TokenCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateRequestTest {

    private static final Charge TURN = Charge.of("chat.turn", 2);
    private static final ReservationId RESERVATION = new ReservationId(new UUID(8, 1));

    @ParameterizedTest
    @ValueSource(longs = {1, 604_800})
    void a_lease_is_from_a_second_to_seven_days(long seconds) {
        assertThat(new GateRequest.Reserve(TURN, seconds).leaseSeconds()).isEqualTo(seconds);
        assertThat(new GateRequest.Renew(RESERVATION, seconds).leaseSeconds()).isEqualTo(seconds);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 604_801, Long.MAX_VALUE})
    void other_leases_are_refused(long seconds) {
        assertThatRefused("leaseSeconds", () -> new GateRequest.Reserve(TURN, seconds));
        assertThatRefused("leaseSeconds", () -> new GateRequest.Renew(RESERVATION, seconds));
    }

    @Test
    void what_is_reserved_or_settled_names_each_operation_once() {
        var twice = TURN.and("chat.word", 1).and("chat.turn", 3);

        assertThatRefused("lines[2].operation", () -> new GateRequest.Reserve(twice, 60));
        assertThatRefused("lines[2].operation", () -> settle(twice.lines()));
        assertThat(new GateRequest.Consume(twice).charge()).isEqualTo(twice);
    }

    @Test
    void a_settle_has_up_to_sixteen_lines_and_may_have_none() {
        var lines = new ArrayList<Charge.Line>();
        for (int i = 0; i < 16; i++) {
            lines.add(new Charge.Line(new OperationKey("op" + i), Quantity.of(1)));
        }

        assertThat(settle(List.of()).lines()).isEmpty();
        assertThat(settle(lines).lines()).hasSize(16);
        lines.add(new Charge.Line(new OperationKey("op16"), Quantity.of(1)));
        assertThatRefused("lines", () -> settle(lines));
    }

    @Test
    void the_model_of_a_settle_is_bounded() {
        assertThatRefused("model", () -> settle("m".repeat(201)));
        assertThatRefused("model", () -> settle(" "));
        assertThat(settle("m".repeat(200)).model()).isPresent();
    }

    @Test
    void a_reason_to_refund_is_needed_and_bounded() {
        var decision = new DecisionId(new UUID(8, 1));

        assertThatRefused("reason", () -> new GateRequest.Refund(decision, Actor.system(), " "));
        assertThatRefused("reason", () -> new GateRequest.Refund(decision, Actor.system(), "x".repeat(501)));
        assertThat(new GateRequest.Refund(decision, Actor.system(), "x".repeat(500)).reason())
                .hasSize(500);
    }

    @Test
    void nothing_is_not_given_back() {
        assertThatRefused("quantity", () -> World.releasing("seats", "user", "1", Optional.of(Quantity.ZERO)));
    }

    private static GateRequest.Settle settle(List<Charge.Line> lines) {
        return new GateRequest.Settle(RESERVATION, lines, Optional.empty(), TokenCounts.NONE, Document.EMPTY);
    }

    private static GateRequest.Settle settle(String model) {
        return new GateRequest.Settle(RESERVATION, List.of(), Optional.of(model), TokenCounts.NONE, Document.EMPTY);
    }

    private static void assertThatRefused(String field, ThrowingCallable request) {
        assertThatThrownBy(request)
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains(field));
    }
}

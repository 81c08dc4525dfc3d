package io.allotment.domain.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TokenCounts;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChargeTest {

    private static final OperationKey TURN = new OperationKey("chat.turn");

    @ParameterizedTest
    @ValueSource(strings = {"0.000000001", "1", "999999999999.999999999"})
    void a_line_takes_any_quantity_above_zero_and_below_a_trillion(String quantity) {
        assertThat(Charge.of(TURN, Quantity.of(quantity)).lines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"0,             quantity must be more than zero", "1000000000000, quantity must be below 1000000000000"
    })
    void a_line_refuses_other_quantities(String quantity, String message) {
        assertThatThrownBy(() -> Charge.of(TURN, Quantity.of(quantity)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage(message);
    }

    @Test
    void a_charge_has_up_to_sixteen_lines() {
        var charge = Charge.of("chat.turn", 1);
        for (int i = 2; i <= Charge.MAX_LINES; i++) {
            charge = charge.and("chat.turn", i);
        }
        var full = charge;

        assertThat(full.lines()).hasSize(16);
        assertThatThrownBy(() -> full.and("chat.turn", 17)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_charge_without_lines_is_refused() {
        assertThatThrownBy(() -> new Charge(
                        List.of(),
                        Optional.empty(),
                        Actor.system(),
                        Optional.empty(),
                        Optional.empty(),
                        TokenCounts.NONE,
                        Document.EMPTY))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("lines must be 1 to 16");
    }

    @Test
    void the_model_s_name_is_bounded() {
        var charge = Charge.of("chat.turn", 1);

        assertThat(charge.using("m".repeat(200), TokenCounts.NONE).model()).isPresent();
        assertThatThrownBy(() -> charge.using("m".repeat(201), TokenCounts.NONE))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> charge.using(" ", TokenCounts.NONE)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void what_is_added_leaves_the_rest_as_it_was() {
        var charge = Charge.of("chat.turn", 1)
                .by(Actor.user(World.ADA))
                .on(World.ACCOUNT)
                .relatedTo("meeting", "42")
                .using("opus", TokenCounts.of(1, 2))
                .with(Document.of("note", "x"))
                .and("chat.word", 7);

        assertThat(charge)
                .isEqualTo(new Charge(
                        List.of(
                                new Charge.Line(TURN, Quantity.of(1)),
                                new Charge.Line(new OperationKey("chat.word"), Quantity.of(7))),
                        Optional.of(World.ACCOUNT),
                        Actor.user(World.ADA),
                        Optional.of(new RelatedEntity("meeting", "42")),
                        Optional.of("opus"),
                        TokenCounts.of(1, 2),
                        Document.of("note", "x")));
    }
}

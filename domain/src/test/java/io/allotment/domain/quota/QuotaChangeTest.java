package io.allotment.domain.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaChangeTest {

    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");

    @ParameterizedTest(name = "{0} of {1}, {2} used after, asked again as {3} of {4}")
    @CsvSource(textBlock = """
            # operation, amount, used after, asked operation, asked amount, same
            INCREMENT,   5,      15,         INCREMENT,       5,            true
            INCREMENT,   5,      15,         INCREMENT,       5.0,          true
            INCREMENT,   5,      15,         INCREMENT,       6,            false
            INCREMENT,   5,      15,         DECREMENT,       5,            false
            INCREMENT,   5,      15,         RESET,           ,             false
            DECREMENT,   5,      15,         DECREMENT,       5,            true
            DECREMENT,   5,      15,         DECREMENT,       6,            false
            # stopped at zero: more may have been asked for, less was not
            DECREMENT,   5,      0,          DECREMENT,       5,            true
            DECREMENT,   5,      0,          DECREMENT,       500,          true
            DECREMENT,   5,      0,          DECREMENT,       4,            false
            RESET,       5,      0,          RESET,           ,             true
            RESET,       5,      0,          DECREMENT,       5,            false
            """)
    void a_change_asked_for_again_is_known(
            QuotaChange.Operation operation,
            String amount,
            String usedAfter,
            QuotaChange.Operation askedOperation,
            String askedAmount,
            boolean same) {
        var change = change(operation, amount, usedAfter, "support case 7");

        assertThat(change.isSameAs(
                        askedOperation, Optional.ofNullable(askedAmount).map(Quantity::of), "support case 7"))
                .isEqualTo(same);
    }

    @ParameterizedTest
    @CsvSource({"'support case 7', true", "'  support case 7 ', true", "'support\ncase 7', true", "case 7, false"})
    void the_reason_counts_as_it_is_kept(String asked, boolean same) {
        var change = change(QuotaChange.Operation.INCREMENT, "5", "15", "support case 7");

        assertThat(change.isSameAs(QuotaChange.Operation.INCREMENT, Optional.of(Quantity.of(5)), asked))
                .isEqualTo(same);
    }

    @Test
    void a_reason_is_needed_and_bounded() {
        assertThatThrownBy(() -> change(QuotaChange.Operation.INCREMENT, "5", "15", " "))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> change(QuotaChange.Operation.INCREMENT, "5", "15", "x".repeat(501)))
                .isInstanceOf(InvalidValue.class);
    }

    private static QuotaChange change(QuotaChange.Operation operation, String amount, String usedAfter, String reason) {
        return new QuotaChange(
                new TenantId(new UUID(1, 1)),
                new QuotaChangeId(new UUID(1, 2)),
                new AccountId(new UUID(1, 1)),
                new FeatureKey("syncs"),
                operation,
                Quantity.of(amount),
                Quantity.of(usedAfter),
                Optional.empty(),
                reason,
                Optional.empty(),
                Period.startingAt(MARCH),
                Actor.system(),
                Optional.empty(),
                MARCH);
    }
}

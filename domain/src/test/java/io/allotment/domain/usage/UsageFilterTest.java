package io.allotment.domain.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.TokenCounts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which usage is wanted, and token counts. */
class UsageFilterTest {

    private static final Instant NOON = Instant.parse("2026-03-10T12:00:00Z");
    private static final AccountId ACCOUNT = new AccountId(new UUID(1, 1));

    @ParameterizedTest
    @CsvSource({
        "2026-03-10T12:00:00Z, 2026-03-10T12:00:00.000001Z, true",
        "2026-03-10T12:00:00.000001Z, 2026-03-11T00:00:00Z, false",
        "2026-03-10T00:00:00Z, 2026-03-10T12:00:00Z,        false"
    })
    void from_is_included_and_to_is_not(Instant from, Instant to, boolean wanted) {
        var filter = new UsageFilter(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new TimeRange(Optional.of(from), Optional.of(to)));

        assertThat(filter.matches(event())).isEqualTo(wanted);
    }

    @Test
    void to_comes_after_from() {
        assertThatThrownBy(() -> new TimeRange(Optional.of(NOON), Optional.of(NOON)))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("to"));
    }

    @ParameterizedTest
    @CsvSource({"chat.turn, true", "chat.word, true", "chat.image, false"})
    void an_operation_is_found_in_any_line(String operation, boolean wanted) {
        var filter = new UsageFilter(
                Optional.empty(), Optional.of(new OperationKey(operation)), Optional.empty(), TimeRange.ALL);

        assertThat(filter.matches(event())).isEqualTo(wanted);
    }

    @ParameterizedTest
    @CsvSource({"1, 42, true", "2, 42, false", "1, 43, false"})
    void account_and_related_entity_must_be_the_same(long account, String meeting, boolean wanted) {
        var filter = new UsageFilter(
                Optional.of(new AccountId(new UUID(1, account))),
                Optional.empty(),
                Optional.of(new RelatedEntity("meeting", meeting)),
                TimeRange.ALL);

        assertThat(filter.matches(event())).isEqualTo(wanted);
        assertThat(UsageFilter.ALL.matches(event())).isTrue();
    }

    @Test
    void token_counts_of_zero_are_no_counts() {
        assertThat(TokenCounts.of(0, 0)).isEqualTo(TokenCounts.NONE);
        assertThat(TokenCounts.of(0, 0).isEmpty()).isTrue();
        assertThat(TokenCounts.of(0, 5).isEmpty()).isFalse();
        assertThat(TokenCounts.of(0, 5).byClass()).isEqualTo(Map.of(TokenCounts.TokenClass.OUTPUT, Quantity.of(5)));
    }

    @Test
    void token_classes_stand_in_their_own_order() {
        var counts = new TokenCounts(Map.of(
                TokenCounts.TokenClass.AUDIO_OUTPUT, Quantity.of(1),
                TokenCounts.TokenClass.OUTPUT, Quantity.of(2),
                TokenCounts.TokenClass.INPUT, Quantity.of(3)));

        assertThat(counts.byClass().keySet())
                .containsExactly(
                        TokenCounts.TokenClass.INPUT,
                        TokenCounts.TokenClass.OUTPUT,
                        TokenCounts.TokenClass.AUDIO_OUTPUT);
    }

    private static UsageEvent event() {
        return new UsageEvent(
                new TenantId(new UUID(1, 1)),
                new DecisionId(new UUID(1, 2)),
                ACCOUNT,
                Actor.system(),
                List.of(line("chat.turn"), line("chat.word")),
                Credits.ZERO,
                Credits.ZERO,
                Credits.ZERO,
                Optional.empty(),
                Optional.empty(),
                Optional.of(new RelatedEntity("meeting", "42")),
                Optional.empty(),
                TokenCounts.NONE,
                Document.EMPTY,
                UsageEvent.Source.GATE,
                NOON);
    }

    private static UsageEvent.Line line(String operation) {
        return new UsageEvent.Line(new OperationKey(operation), Quantity.of(1), Credits.ZERO, Optional.empty());
    }
}

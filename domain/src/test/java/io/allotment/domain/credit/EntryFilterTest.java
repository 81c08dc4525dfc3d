package io.allotment.domain.credit;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EntryFilterTest {

    private static final Instant END = Instant.parse("2026-03-10T00:00:00Z");
    private static final RelatedEntity MEETING = new RelatedEntity("meeting", "42");

    private static final CreditEntry ENTRY = new CreditEntry(
            new TenantId(new UUID(1, 1)),
            new AccountId(new UUID(1, 1)),
            1,
            CreditEntry.Type.GRANTED,
            Credits.of(1),
            Credits.of(1),
            List.of(),
            Credits.ZERO,
            new CreditReason(
                    Actor.system(),
                    Optional.of(GrantSource.PURCHASE),
                    Optional.of("order 7"),
                    Optional.of(END),
                    Optional.of("pi_1"),
                    Optional.empty(),
                    Optional.of(MEETING),
                    Optional.empty(),
                    Document.EMPTY,
                    Optional.empty()),
            END);

    static Stream<Arguments> filters() {
        return Stream.of(
                Arguments.of(EntryFilter.ALL, true),
                Arguments.of(filter("type", CreditEntry.Type.GRANTED), true),
                Arguments.of(filter("type", CreditEntry.Type.EXPIRED), false),
                Arguments.of(filter("source", GrantSource.PURCHASE), true),
                Arguments.of(filter("source", GrantSource.GIFT), false),
                Arguments.of(filter("sourceId", "order 7"), true),
                Arguments.of(filter("sourceId", "order 8"), false),
                Arguments.of(filter("relatedTo", MEETING), true),
                Arguments.of(filter("relatedTo", new RelatedEntity("meeting", "43")), false),
                Arguments.of(filter("expiresBefore", END.plusNanos(1_000)), true),
                Arguments.of(filter("expiresBefore", END), false),
                Arguments.of(filter("paymentReference", "pi_1"), true),
                Arguments.of(filter("paymentReference", "pi_2"), false));
    }

    @ParameterizedTest
    @MethodSource("filters")
    void an_entry_is_wanted_when_it_matches_what_is_given(EntryFilter filter, boolean wanted) {
        assertThat(filter.matches(ENTRY)).isEqualTo(wanted);
    }

    @Test
    void all_that_is_given_must_match() {
        var filter = new EntryFilter(
                Optional.of(CreditEntry.Type.GRANTED),
                Optional.of(GrantSource.GIFT),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        assertThat(filter.matches(ENTRY)).isFalse();
    }

    private static EntryFilter filter(String part, Object value) {
        return new EntryFilter(
                given(part, "type", value, CreditEntry.Type.class),
                given(part, "source", value, GrantSource.class),
                given(part, "sourceId", value, String.class),
                given(part, "relatedTo", value, RelatedEntity.class),
                given(part, "expiresBefore", value, Instant.class),
                given(part, "paymentReference", value, String.class));
    }

    private static <T> Optional<T> given(String part, String name, Object value, Class<T> type) {
        return part.equals(name) ? Optional.of(type.cast(value)) : Optional.empty();
    }
}

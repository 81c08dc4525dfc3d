package io.allotment.domain.credit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.credit.SpendLimit.Spender;
import io.allotment.domain.credit.SpendLimit.Window;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpendLimitTest {

    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final Instant MARCH = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");
    private static final Instant APRIL = Instant.parse("2026-04-01T00:00:00Z");
    private static final UserId ADA = new UserId(new UUID(1, 2));
    private static final ApiKeyId KEY = new ApiKeyId(new UUID(1, 3));

    @ParameterizedTest(name = "{0} in {1} at {2}")
    @CsvSource(textBlock = """
            CALENDAR_MONTH, UTC,              2028-02-29T23:59:59.999999Z, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z
            CALENDAR_MONTH, America/New_York, 2026-03-01T04:59:59Z, 2026-02-01T05:00:00Z, 2026-03-01T05:00:00Z
            CALENDAR_MONTH, America/New_York, 2026-03-01T05:00:00Z, 2026-03-01T05:00:00Z, 2026-04-01T04:00:00Z
            CALENDAR_MONTH, UTC,              2026-12-31T23:59:59Z, 2026-12-01T00:00:00Z, 2027-01-01T00:00:00Z
            # 23 and 25 hours, and a day that begins at one o'clock
            CALENDAR_DAY,   America/New_York, 2026-03-08T12:00:00Z, 2026-03-08T05:00:00Z, 2026-03-09T04:00:00Z
            CALENDAR_DAY,   America/New_York, 2026-11-01T12:00:00Z, 2026-11-01T04:00:00Z, 2026-11-02T05:00:00Z
            CALENDAR_DAY,   Africa/Cairo,     2026-04-24T12:00:00Z, 2026-04-23T22:00:00Z, 2026-04-24T21:00:00Z
            """)
    void a_window_is_the_tenant_s_day_or_month(Window window, String zone, Instant now, Instant start, Instant end) {
        assertThat(window.at(now, ZoneId.of(zone))).isEqualTo(Period.between(start, end));
    }

    @Test
    void what_was_spent_starts_again_at_zero_with_the_next_period() {
        var limit = limit("10").plus(Credits.of(7), NOW);

        assertThat(limit.at(APRIL.minusNanos(1_000), UTC)).isEqualTo(limit);
        assertThat(limit.at(APRIL, UTC)).satisfies(next -> {
            assertThat(next.spent()).isEqualTo(Credits.ZERO);
            assertThat(next.limit()).isEqualTo(Credits.of(10));
            assertThat(next.period().start()).isEqualTo(APRIL);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-10T12:00:00Z, 4",
        "2026-03-01T00:00:00Z, 4",
        "2026-02-28T23:59:59.999999Z, 7",
        "2026-04-01T00:00:00Z, 7"
    })
    void what_is_given_back_counts_only_where_it_was_spent_in_the_period(Instant chargedAt, String spent) {
        var limit = limit("10").plus(Credits.of(7), NOW);

        assertThat(limit.givenBack(Credits.of(3), chargedAt).spent()).isEqualTo(Credits.of(spent));
    }

    @Test
    void spent_never_falls_below_zero() {
        assertThat(limit("10")
                        .plus(Credits.of(2), NOW)
                        .givenBack(Credits.of(3), NOW)
                        .spent())
                .isEqualTo(Credits.ZERO);
    }

    @Test
    void another_limit_keeps_what_is_spent() {
        var changed = limit("10").plus(Credits.of(7), NOW).withLimit(Credits.of(5));

        assertThat(changed.limit()).isEqualTo(Credits.of(5));
        assertThat(changed.spent()).isEqualTo(Credits.of(7));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.000000001", "1000000000000000000"})
    void a_limit_is_from_zero_to_below_10_to_the_18th(String credits) {
        assertThat(limit("0").limit()).isEqualTo(Credits.ZERO);
        assertThatThrownBy(() -> limit(credits))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("limit"));
    }

    @Test
    void the_limits_of_an_actor_are_the_member_s_then_the_key_s() {
        assertThat(Spender.of(Actor.system())).isEmpty();
        assertThat(Spender.of(Actor.user(ADA))).containsExactly(Spender.of(ADA));
        assertThat(Spender.of(Actor.apiKey(KEY))).containsExactly(Spender.of(KEY));
        assertThat(Spender.of(Actor.apiKey(KEY, ADA))).containsExactly(Spender.of(ADA), Spender.of(KEY));
    }

    private static SpendLimit limit(String credits) {
        return new SpendLimit(
                new TenantId(new UUID(1, 1)),
                Spender.of(ADA),
                Window.CALENDAR_MONTH,
                Credits.of(credits),
                Window.CALENDAR_MONTH.at(MARCH, UTC),
                Credits.ZERO);
    }
}

package io.allotment.domain.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SessionTest {

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");

    private final Session session =
            Session.begun(new SessionId(new UUID(0, 1)), new UserId(new UUID(0, 2)), Origin.HERE, NOW);

    @Test
    void it_is_live_for_twelve_hours() {
        assertThat(session.isLive(NOW.plus(Session.UNUSED).minusMillis(1))).isTrue();
        assertThat(session.isLive(NOW.plus(Session.UNUSED))).isFalse();
    }

    @Test
    void it_goes_on_from_each_use_and_notes_one_a_minute() {
        assertThat(session.isDueForRenewal(NOW.plusSeconds(59))).isFalse();
        assertThat(session.isDueForRenewal(NOW.plusSeconds(60))).isTrue();

        var renewed = session.renewed(NOW.plusSeconds(60));

        assertThat(renewed.expiresAt()).isEqualTo(NOW.plusSeconds(60).plus(Session.UNUSED));
        assertThat(renewed.lastUsedAt()).isEqualTo(NOW.plusSeconds(60));
        assertThat(renewed.createdAt()).isEqualTo(NOW);
    }

    @Test
    void it_ends_after_thirty_days_however_it_is_used() {
        var end = NOW.plus(Session.LONGEST);

        var renewed = session.renewed(end.minus(Duration.ofHours(1)));

        assertThat(renewed.expiresAt()).isEqualTo(end);
        assertThat(renewed.isLive(end)).isFalse();
    }
}

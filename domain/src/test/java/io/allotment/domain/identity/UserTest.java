package io.allotment.domain.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserTest {

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");

    private final User user =
            User.created(new UserId(new UUID(0, 1)), new Email("ada@example.org"), UserProfile.of("Ada"), NOW);

    @ParameterizedTest
    @CsvSource({"en, en", "EN-gb, en-GB", "zh-hant-tw, zh-Hant-TW", "iw, he"})
    void a_language_is_kept_in_its_usual_form(String given, String kept) {
        assertThat(spoken(given).language()).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "e", "not a tag", "en_GB", "x-private", "und", "a-very-long-tag-that-nobody-could-mean"})
    void what_is_no_language_is_refused(String given) {
        assertThatThrownBy(() -> spoken(given))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("language"));
    }

    @Test
    void an_offset_is_no_time_zone() {
        assertThatThrownBy(() -> new UserProfile("Ada", Optional.empty(), Optional.empty(), ZoneId.of("+02:00"), "en"))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void what_changes_nothing_is_no_version() {
        assertThat(user.reactivated(NOW)).isSameAs(user);
        assertThat(user.with(new Email("ADA@example.org"), UserProfile.of("Ada"), NOW.plusSeconds(1)))
                .isSameAs(user);
        assertThat(user.with(user.email(), UserProfile.of("Ada L."), NOW).version())
                .isEqualTo(2);
        assertThat(user.deactivated(NOW).version()).isEqualTo(2);
        assertThat(user.deactivated(NOW).deactivated(NOW).version()).isEqualTo(2);
        assertThat(user.onboarded(NOW).onboarded(NOW.plusSeconds(1)).onboardedAt())
                .contains(NOW);
    }

    private static UserProfile spoken(String language) {
        return new UserProfile("Ada", Optional.empty(), Optional.empty(), Times.UTC, language);
    }
}

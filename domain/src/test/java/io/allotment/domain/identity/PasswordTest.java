package io.allotment.domain.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordTest {

    private static final Email EMAIL = new Email("ada.lovelace@example.org");

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "eleven char",
                "Ada.Lovelace@example.org",
                " ada.lovelace@example.org",
                "I am ADA.Lovelace@example.org!",
                "ada.lovelace1815",
                "1qaz2wsx3edc",
                "QwertyQwerty",
                " PasswordPassword ",
                "twelve\u0000characters"
            })
    void what_is_too_easy_or_no_text_is_not_taken(String text) {
        assertThatThrownBy(() -> Password.chosen("newPassword", text, EMAIL))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("newPassword"));
    }

    @Test
    void twelve_to_128_characters_are_taken() {
        assertThat(Password.chosen("password", "twelve chars", EMAIL).value()).isEqualTo("twelve chars");
        assertThat(Password.chosen("password", "x".repeat(128), EMAIL).value()).hasSize(128);
        assertThatThrownBy(() -> Password.chosen("password", "x".repeat(129), EMAIL))
                .isInstanceOf(InvalidValue.class);
        // Six characters that take two places each.
        assertThatThrownBy(() -> Password.chosen("password", "🎈".repeat(6), EMAIL))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void what_is_wrong_with_it_is_said() {
        assertThatThrownBy(() -> Password.chosen("password", "PasswordPassword", EMAIL))
                .hasMessageContaining("one of the most common passwords");
        assertThatThrownBy(() -> Password.chosen("password", "my ada.lovelace", EMAIL))
                .hasMessageContaining("must not contain the e-mail address");
        // A short name stands in many words.
        assertThat(Password.chosen("password", "the adaptive mind", new Email("ada@example.org")))
                .isNotNull();
    }

    @Test
    void it_does_not_show() {
        assertThat(new Password("correct horse battery staple").toString()).doesNotContain("horse");
    }
}

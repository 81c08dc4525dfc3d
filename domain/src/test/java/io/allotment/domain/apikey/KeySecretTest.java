package io.allotment.domain.apikey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeySecretTest {

    private final Random random = new Random(7);
    private final KeySecret secret = KeySecret.generate("live", random);

    @Test
    void a_secret_says_its_environment_and_thirty_six_characters() {
        assertThat(secret.reveal()).matches("allot_live_[0-9A-Za-z]{36}");
        assertThat(KeySecret.generate("test", random).reveal()).startsWith("allot_test_");
    }

    @Test
    void it_is_read_again_as_it_was_written() {
        var read = KeySecret.parse(secret.reveal()).orElseThrow();

        assertThat(read.reveal()).isEqualTo(secret.reveal());
        assertThat(read.sha256()).hasSize(32).isEqualTo(secret.sha256());
    }

    @Test
    void a_checksum_written_down_beforehand_fits() {
        // CRC-32 of "allot_live_000000000000000000000000000000" is 254818463.
        assertThat(KeySecret.parse("allot_live_0000000000000000000000000000000HFBvD"))
                .isPresent();
    }

    @Test
    void one_wrong_character_anywhere_is_noticed() {
        var text = secret.reveal();
        for (int i = 0; i < text.length(); i++) {
            char other = text.charAt(i) == 'x' ? 'y' : 'x';
            var wrong = text.substring(0, i) + other + text.substring(i + 1);
            assertThat(KeySecret.parse(wrong)).as(wrong).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "allot_",
                "allot_live_",
                "bearer",
                "allot_live_short",
                "ALLOT_live_x",
                "allot_root_of_the_tests"
            })
    void another_text_is_no_secret(String text) {
        assertThat(KeySecret.parse(text)).isEmpty();
        assertThat(KeySecret.parse(secret.reveal() + text + "\n")).isEmpty();
    }

    @Test
    void no_two_are_alike() {
        var made = new HashSet<String>();
        for (int i = 0; i < 1_000; i++) {
            made.add(KeySecret.generate("live", random).reveal());
        }
        assertThat(made).hasSize(1_000);
    }

    @Test
    void its_text_form_keeps_the_secret() {
        assertThat(secret.prefix()).isEqualTo(secret.reveal().substring(0, "allot_live_".length() + 3));
        assertThat(secret.toString()).isEqualTo(secret.prefix() + "…");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Live", "live1", "my_env", "abcdefghijklm", "root", "session", "reset", "invite"})
    void an_environment_is_a_short_word_that_means_nothing_else(String word) {
        assertThatThrownBy(() -> KeySecret.generate(word, random)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void words_of_other_secrets_are_no_keys() {
        for (var word : new String[] {"root", "session", "reset", "invite"}) {
            assertThat(KeySecret.hasForm("allot_" + word + "_" + "a".repeat(36)))
                    .as(word)
                    .isFalse();
        }
        assertThat(KeySecret.hasForm("allot_live_" + "a".repeat(36))).isTrue();
    }
}

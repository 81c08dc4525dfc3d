package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

/** Slugs, keys, e-mail addresses, names and prose. */
class TextTest {

    private static final String HALF = "\ud83d";
    private static final String OTHER_HALF = "\udc4b";

    @ParameterizedTest
    @ValueSource(strings = {"a", "7", "acme", "acme-studio", "a-1-b", "0-0"})
    void a_slug_is_words_of_lower_case_letters_and_digits_joined_by_hyphens(String text) {
        assertThat(new Slug(text)).hasToString(text);
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(
            strings = {
                "-", "-a", "a-", "a--b", "A", "a_b", "a.b", "a b", " a", "a ", "a\n", "\na", "é", "а", "a/b", "a\u0000"
            })
    void other_slugs_are_refused(String text) {
        assertThatThrownBy(() -> new Slug(text)).isInstanceOf(InvalidValue.class);
    }

    static Stream<Arguments> keys() {
        return Stream.of(
                key("feature", FeatureKey::new),
                key("operation", OperationKey::new),
                key("plan", PlanKey::new),
                key("price", PriceKey::new));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("keys")
    void a_key_is_of_lower_case_letters_digits_dots_underscores_and_hyphens(String field, Function<String, Text> key) {
        for (var text : new String[] {"a", "7", "transcribe.minute", "seo_submissions", "pro-2026", "a..b", "a-"}) {
            assertThat(key.apply(text).value()).isEqualTo(text);
        }
        for (var text : new String[] {null, "", ".a", "_a", "-a", "A", "a b", "a\n", "a:b", "é", "a" + HALF}) {
            assertThatThrownBy(() -> key.apply(text))
                    .isInstanceOfSatisfying(
                            InvalidValue.class,
                            refusal -> assertThat(refusal.field()).contains(field));
        }
    }

    static Stream<Arguments> bounds() {
        return Stream.of(
                bound(100, Slug::new),
                bound(100, FeatureKey::new),
                bound(100, OperationKey::new),
                bound(100, PlanKey::new),
                bound(100, PriceKey::new),
                bound(200, IdempotencyKey::new));
    }

    @ParameterizedTest
    @MethodSource("bounds")
    void every_name_has_its_bound(int max, Function<String, Text> text) {
        assertThat(text.apply("a".repeat(max)).value()).hasSize(max);
        assertThatThrownBy(() -> text.apply("a".repeat(max + 1)))
                .isInstanceOf(InvalidValue.class)
                .hasMessageContaining("has " + (max + 1) + " characters; at most " + max + " are allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"k", "01890a5d-ac96-774b-bcce-b302099a8057", "!~", "a/b?c=d&e", "A:b"})
    void an_idempotency_key_is_visible_ascii(String text) {
        assertThat(new IdempotencyKey(text)).hasToString(text);
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {" ", "a b", "a\tb", "a\n", "é", "\u007f", "\u0000", "a\u200b", HALF})
    void other_idempotency_keys_are_refused(String text) {
        assertThatThrownBy(() -> new IdempotencyKey(text))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("Idempotency-Key"));
    }

    @ParameterizedTest
    @CsvSource({
        "ada@example.org,             ada@example.org",
        "' Ada@Example.ORG ',         ada@example.org",
        "ada+tag@example.org,         ada+tag@example.org",
        "ada.l@mail.example.org,      ada.l@mail.example.org",
        "ada@localhost,               ada@localhost",
        "zoë@exämple.org,             zoë@exämple.org"
    })
    void an_email_address_is_kept_trimmed_and_in_lower_case(String given, String kept) {
        assertThat(new Email(given)).hasToString(kept);
        assertThat(new Email(kept)).isEqualTo(new Email(given));
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(
            strings = {
                " ",
                "ada",
                "@example.org",
                "ada@",
                "ada@@example.org",
                "a@b@c",
                "ada@.org",
                "ada@example.",
                "ada@example..org",
                "a da@example.org",
                "ada@exam ple.org",
                "ada@example.org\nbcc:x",
                "a\u0000@b",
                "a\u0085@b",
                "a\u00a0b@c",
                "ada" + HALF + "@example.org",
                "ada@" + OTHER_HALF + "example.org"
            })
    void other_email_addresses_are_refused(String text) {
        assertThatThrownBy(() -> new Email(text)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void an_email_address_is_bounded_before_and_after_the_at() {
        assertThat(new Email("a".repeat(64) + "@b.org").value()).startsWith("aaa");
        assertThatThrownBy(() -> new Email("a".repeat(65) + "@b.org")).isInstanceOf(InvalidValue.class);
        assertThat(new Email("a@" + "b".repeat(252)).value()).hasSize(254);
        assertThatThrownBy(() -> new Email("a@" + "b".repeat(253))).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> new Email("a".repeat(64) + "@" + ".".repeat(180)))
                .isInstanceOf(InvalidValue.class);
    }

    @ParameterizedTest
    @CsvSource({"' Ada ', Ada", "'Ada Lovelace', Ada Lovelace", "'Zoë 👋', Zoë 👋"})
    void a_name_is_trimmed(String given, String kept) {
        assertThat(Text.name("name", given, 100)).isEqualTo(kept);
    }

    @Test
    void a_name_is_one_line() {
        assertThat(Text.name("name", "one\ntwo\tthree\rfour", 100)).isEqualTo("one two three four");
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(strings = {" ", "\n\t", "\u2003", "a\u0000", "a\u001b[31m", "a\u0085", "a" + HALF, OTHER_HALF + "a"})
    void other_names_are_refused(String text) {
        assertThatThrownBy(() -> Text.name("name", text, 100)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_name_s_bound_is_counted_after_trimming() {
        assertThat(Text.name("name", "  " + "x".repeat(5) + "  ", 5)).hasSize(5);
        assertThatThrownBy(() -> Text.name("name", "x".repeat(6), 5)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void prose_keeps_its_lines() {
        assertThat(Text.prose("description", "one\r\n\ttwo\n👋", 100)).isEqualTo("one\r\n\ttwo\n👋");
        assertThat(Text.prose("description", "", 100)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000", "\u0007", "\u007f", "\u009f", HALF, HALF + "a", OTHER_HALF, OTHER_HALF + HALF})
    void prose_refuses_control_characters_and_halves_of_characters(String text) {
        assertThatThrownBy(() -> Text.prose("description", text, 100))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.problem()).contains("at position"));
    }

    private static Arguments key(String field, Function<String, Text> key) {
        return Arguments.of(field, key);
    }

    private static Arguments bound(int max, Function<String, Text> text) {
        return Arguments.of(max, text);
    }
}

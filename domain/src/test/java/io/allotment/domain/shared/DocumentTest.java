package io.allotment.domain.shared;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentTest {

    @Test
    void a_document_holds_what_json_can_say() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("null", null);
        fields.put("yes", true);
        fields.put("text", "Zoë 👋\n");
        fields.put("list", List.of(1, "two", Map.of("three", 3.5)));

        var document = new Document(fields);

        assertThat(document.fields())
                .containsEntry("null", null)
                .containsEntry("yes", true)
                .containsEntry("text", "Zoë 👋\n");
        assertThat(document.fields().keySet()).containsExactly("null", "yes", "text", "list");
        assertThat(document.fields().get("list"))
                .isEqualTo(List.of(new BigDecimal("1"), "two", Map.of("three", new BigDecimal("3.5"))));
        assertThat(document.isEmpty()).isFalse();
        assertThat(Document.EMPTY.isEmpty()).isTrue();
    }

    @Test
    void equal_numbers_make_equal_documents() {
        assertThat(Document.of("n", 1))
                .isEqualTo(Document.of("n", 1L))
                .isEqualTo(Document.of("n", 1.0))
                .isEqualTo(Document.of("n", new BigDecimal("1.000")))
                .isEqualTo(Document.of("n", new BigDecimal("1E0")))
                .isEqualTo(Document.of("n", new AtomicInteger(1)));
        assertThat(Document.of("n", new BigDecimal("1.2E3")).fields().get("n")).hasToString("1200");
    }

    @Test
    void nobody_changes_a_document_from_outside() {
        var inner = new ArrayList<Object>(List.of("a"));
        var fields = new HashMap<String, Object>(Map.of("list", inner));
        var document = new Document(fields);

        inner.add("b");
        fields.clear();

        assertThat(document).isEqualTo(Document.of("list", List.of("a")));
        assertThatThrownBy(() -> document.fields().put("x", 1)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> ((List<?>) document.fields().get("list")).clear())
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void what_is_no_number_in_json_is_refused(double value) {
        assertThatThrownBy(() -> Document.of("n", value)).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> Document.of("n", (float) value)).isInstanceOf(InvalidValue.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e99", "1e-100", "-1e99", "0.1e100"})
    void a_number_of_a_hundred_digits_can_be_kept_and_read_again(String number) {
        var document = Document.of("n", new BigDecimal(number));

        assertThat(new Document(document.fields())).isEqualTo(document);
        assertThat((BigDecimal) document.fields().get("n")).isEqualByComparingTo(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e100", "1e-101", "1e999999999", "1e-999999999"})
    void a_number_of_more_digits_is_refused(String number) {
        assertThatThrownBy(() -> Document.of("n", new BigDecimal(number)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("metadata holds a number of more than 100 digits");
    }

    static Stream<Object> notJson() {
        return Stream.of(
                new Object(),
                'c',
                new int[] {1},
                Instant.EPOCH,
                Map.of(1, "a key that is no text"),
                Collections.singletonMap(null, "no key"),
                "half a character: \ud83d",
                "a control character: \u0000",
                Map.of("\u0000", "in a key"));
    }

    @ParameterizedTest
    @MethodSource("notJson")
    void what_json_or_the_database_cannot_say_is_refused(Object value) {
        assertThatThrownBy(() -> Document.of("x", value))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("metadata"));
    }

    @Test
    void nothing_is_no_document() {
        assertThatThrownBy(() -> new Document(null))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("metadata must be a JSON object");
    }

    @Test
    void a_document_holds_at_most_five_hundred_values() {
        assertThat(new Document(Map.of("list", Collections.nCopies(499, 1))).isEmpty())
                .isFalse();
        assertThatThrownBy(() -> Document.of("list", Collections.nCopies(500, 1)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("metadata holds more than 500 values");
    }

    @Test
    void a_document_is_nested_at_most_eight_deep() {
        assertThat(Document.of("x", nested(7)).isEmpty()).isFalse();
        assertThatThrownBy(() -> Document.of("x", nested(8)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("metadata is nested deeper than 8 levels");
    }

    @Test
    void a_document_that_holds_itself_is_refused() {
        var loop = new ArrayList<Object>();
        loop.add(loop);

        assertThatThrownBy(() -> Document.of("x", loop)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void keys_and_texts_together_are_bounded() {
        assertThat(Document.of("k", "x".repeat(16_383)).isEmpty()).isFalse();
        assertThatThrownBy(() -> Document.of("kk", "x".repeat(16_383)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("metadata holds more than 16384 characters");
    }

    private static Object nested(int levels) {
        Object value = "deep";
        for (int i = 0; i < levels; i++) {
            value = i % 2 == 0 ? List.of(value) : Map.of("in", value);
        }
        return value;
    }
}

package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {

    private static final String GOOD = "2023-11-16 18:15:46.6805900,374,44\n";

    @TempDir
    Path directory;

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("trace.csv"), content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void rows_are_read_whatever_ends_a_line_and_with_or_without_an_end_of_the_last_one(String end) throws IOException {
        var trace = Trace.read(file(Trace.HEADER + end + "2023-11-16,374,44" + end + "\"2023-11-16\",\"396\",0"));

        assertThat(trace.requests()).containsExactly(new Trace.Request(1, 374, 44), new Trace.Request(2, 396, 0));
        assertThat(trace.contextTokens()).isEqualTo(770);
        assertThat(trace.generatedTokens()).isEqualTo(44);
        assertThat(trace.badRows()).isEmpty();
    }

    @Test
    void a_byte_order_mark_and_blank_lines_do_not_matter() throws IOException {
        var trace = Trace.read(file("\uFEFF" + Trace.HEADER + "\n\n" + GOOD + "\n"));

        assertThat(trace.requests()).containsExactly(new Trace.Request(2, 374, 44));
        assertThat(trace.badRows()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x                    | has 1 column instead of 3",
                "2023-11-16,374       | has 2 columns instead of 3",
                "2023-11-16,374,44,1  | has 4 columns instead of 3",
                "2023-11-16,abc,44    | has a ContextTokens that is not a whole number: 'abc'",
                "2023-11-16,374,4.5   | has a GeneratedTokens that is not a whole number: '4.5'",
                "2023-11-16,,44       | has a ContextTokens that is not a whole number: ''",
                "2023-11-16,-1,44     | has a negative ContextTokens: -1",
                "2023-11-16,0,0       | has no tokens at all",
                "2023-11-16,1,1000000001 | has a GeneratedTokens above 1000000000: 1000000001",
                "2023-11-16,99999999999999999999,1 | has a ContextTokens that is not a whole number: '99999999999999999999'",
            })
    void a_bad_row_is_named_by_its_line_and_the_others_are_read(String row, String problem) throws IOException {
        var trace = Trace.read(file(Trace.HEADER + "\n" + GOOD + row + "\n" + GOOD));

        assertThat(trace.badRows()).containsExactly(new Trace.BadRow(3, problem));
        assertThat(trace.requests()).extracting(Trace.Request::row).containsExactly(1, 3);
    }

    @Test
    void an_open_quote_spoils_its_own_row_alone() throws IOException {
        var trace = Trace.read(file(Trace.HEADER + "\n" + "\"2023-11-16,374,44\n" + GOOD));

        assertThat(trace.badRows()).extracting(Trace.BadRow::line).containsExactly(2);
        assertThat(trace.requests()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "TIMESTAMP;ContextTokens;GeneratedTokens\n", GOOD, "timestamp,tokens\n"})
    void a_file_without_the_header_is_refused_with_the_header_it_needs(String content) throws IOException {
        var file = file(content);

        assertThatThrownBy(() -> Trace.read(file))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining("must be TIMESTAMP,ContextTokens,GeneratedTokens, and it is");
    }

    @Test
    void what_is_no_text_is_refused_and_shown_in_short_without_control_characters() throws IOException {
        var file = Files.write(
                directory.resolve("binary"), ("\u001b[2J" + "x".repeat(1_000)).getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> Trace.read(file))
                .hasMessageContaining("?[2Jxxx")
                .message()
                .hasSizeLessThan(300)
                .doesNotContain("\u001b");
    }

    @Test
    void a_missing_file_and_a_folder_are_refused() {
        assertThatThrownBy(() -> Trace.read(directory.resolve("none"))).hasMessageContaining("There is no file");
        assertThatThrownBy(() -> Trace.read(directory)).hasMessageContaining("There is no file");
    }

    @Test
    void the_hash_is_of_all_the_bytes() throws IOException {
        var one = Trace.read(file(Trace.HEADER + "\n" + GOOD)).sha256();
        var other = Trace.read(file(Trace.HEADER + "\n" + GOOD + "\n")).sha256();

        assertThat(one).hasSize(64).isNotEqualTo(other);
    }
}

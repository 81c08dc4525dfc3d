package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InsertTest {

    private record Row(String name, Long number, String digits, List<String> lines) {}

    @Test
    void what_differs_goes_as_an_array_what_is_the_same_once_and_what_no_row_has_not_at_all() {
        var statement = insert(row("a", 1L, "00ff", "x"), row("b", 1L, "00ff", "x"));

        assertThat(statement.sql()).isEqualTo("""
                insert into allotment.things (name, number, digits, lines)
                select n.name, ?, ?, ?
                from (select unnest(?) as name) n""");
        assertThat(statement.values()[0]).isEqualTo(1L);
        assertThat(statement.values()[1]).isEqualTo(new byte[] {0, -1});
        assertThat(array(statement, 2)).containsExactly("x");
        assertThat(array(statement, 3)).containsExactly("a", "b");
        assertThat(insert(row("a", null, "00", "x"), row("b", null, "00", "x")).sql())
                .doesNotContain("number");
    }

    @Test
    void a_value_that_one_row_alone_lacks_differs() {
        var statement = insert(row("a", null, "00", "x"), row("a", 7L, "01", "x"));

        assertThat(statement.sql()).contains("select ?, n.number, n.digits, ?");
        assertThat(array(statement, 2)).containsExactly(null, 7L);
        assertThat(array(statement, 3)).containsExactly(new byte[] {0}, new byte[] {1});
    }

    @Test
    void arrays_of_one_are_made_of_single_values_and_others_of_text() {
        var ones = insert(row("a", 1L, "00", "x"), row("a", 1L, "00", "y"));
        assertThat(ones.sql()).contains("select ?, ?, ?, array[n.lines]\nfrom (select unnest(?) as lines) n");
        assertThat(array(ones, 3)).containsExactly("x", "y");

        var several = insert(row("a", 1L, "00", "x", "y"), row("a", 1L, "00", "x", null), row("a", 1L, "00"));
        assertThat(several.sql()).contains("n.lines::text[]");
        assertThat(array(several, 3)).containsExactly("{x,y}", "{x,NULL}", "{}");

        var same = insert(row("a", 1L, "00", "x", "y"), row("a", 1L, "00", "x", "y"));
        assertThat(same.sql()).contains("select ?, ?, ?, ?").doesNotContain("unnest");
        assertThat(array(same, 3)).containsExactly("x", "y");
    }

    /** So that neither its hash nor what the driver has prepared for it is looked for by its whole length. */
    @Test
    void batches_that_look_alike_are_written_by_the_very_same_text() {
        var sql = insert(row("a", 1L, "00", "x"), row("b", 1L, "00", "x")).sql();

        assertThat(insert(row("c", 2L, "01", "y"), row("d", 2L, "01", "y")).sql())
                .isSameAs(sql);
        assertThat(insert(row("c", 2L, "01", "y"), row("d", 3L, "01", "y")).sql())
                .isNotEqualTo(sql);
    }

    @Test
    void the_end_of_a_statement_is_part_of_what_it_looks_like() {
        var rows = List.of(BigDecimal.ONE, BigDecimal.TEN);
        var plain = new Insert<>("numbers", rows)
                .column("number", Insert.Type.NUMERIC, number -> number)
                .statement();
        var skipping = new Insert<>("numbers", rows)
                .column("number", Insert.Type.NUMERIC, number -> number)
                .statement("\non conflict do nothing");

        assertThat(skipping.sql()).isEqualTo(plain.sql() + "\non conflict do nothing");
    }

    @Test
    void no_rows_are_no_statement() {
        assertThat(insert().sql()).isEmpty();
    }

    private static Row row(String name, Long number, String digits, String... lines) {
        return new Row(name, number, digits, Arrays.asList(lines));
    }

    private static Statement insert(Row... rows) {
        var insert = new Insert<>("things", List.of(rows));
        var lines = insert.lists(Row::lines);
        return insert.column("name", Insert.Type.TEXT, Row::name)
                .column("number", Insert.Type.BIGINT, Row::number)
                .column("digits", Insert.Type.HEX, Row::digits)
                .arrays("lines", Insert.Type.TEXT, lines, line -> line)
                .statement();
    }

    private static Object[] array(Statement statement, int position) {
        return ((Statement.Array) statement.values()[position]).values();
    }
}

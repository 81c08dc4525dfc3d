package io.allotment.server;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A table for people. */
final class TextTable {

    private final List<Column> columns = new ArrayList<>();
    private final List<Object[]> rows = new ArrayList<>();

    /** A column of words. */
    TextTable words(String header) {
        return column(new Column().header(header), HorizontalAlign.LEFT);
    }

    /** A column of words that need no header. A table has headers or none. */
    TextTable words() {
        return column(new Column(), HorizontalAlign.LEFT);
    }

    /** A column of figures, which stand under each other. */
    TextTable figures(String header) {
        return column(new Column().header(header), HorizontalAlign.RIGHT);
    }

    TextTable figures() {
        return column(new Column(), HorizontalAlign.RIGHT);
    }

    /** Whole numbers get their thousands grouped. */
    TextTable row(Object... values) {
        rows.add(Stream.of(values).map(TextTable::text).toArray());
        return this;
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    void print(PrintWriter out, String title) {
        out.println();
        out.println(title);
        out.println(AsciiTable.builder()
                .border(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS)
                .lineSeparator(System.lineSeparator())
                .data(columns.toArray(Column[]::new), rows.toArray(Object[][]::new))
                .asString());
    }

    private TextTable column(Column column, HorizontalAlign align) {
        columns.add(column.headerAlign(align).dataAlign(align));
        return this;
    }

    private static String text(Object value) {
        return value instanceof Long || value instanceof Integer
                ? String.format(Locale.ROOT, "%,d", value)
                : value.toString();
    }
}

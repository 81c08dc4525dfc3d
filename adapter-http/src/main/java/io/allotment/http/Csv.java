package io.allotment.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A table as CSV (RFC 4180), with a header, written row by row as they come.
 *
 * @param rows maps of the columns; what one does not have is empty
 */
record Csv(List<String> columns, Stream<Map<String, Object>> rows) implements Reply.Sent {

    private static final CsvMapper MAPPER = CsvMapper.csvBuilder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .build();

    @Override
    public String contentType() {
        return "text/csv; charset=utf-8; header=present";
    }

    /** The header by itself, so that it is there without rows, too. */
    @Override
    public void to(OutputStream out) throws IOException {
        var schema = CsvSchema.builder();
        columns.forEach(schema::addColumn);
        out.write((String.join(",", columns) + "\r\n").getBytes(StandardCharsets.UTF_8));
        try (rows;
                var table =
                        MAPPER.writer(schema.build().withLineSeparator("\r\n")).writeValues(out)) {
            for (var all = rows.iterator(); all.hasNext(); ) {
                table.write(all.next());
            }
        }
    }

    static void put(Map<String, Object> row, String column, Optional<?> value) {
        value.ifPresent(present -> row.put(column, present.toString()));
    }

    /** Text that comes from outside: where a spreadsheet would take it for a formula an apostrophe stands before it. */
    static String harmless(String text) {
        return !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }
}

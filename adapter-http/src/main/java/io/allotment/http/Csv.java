package io.allotment.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tables as CSV (RFC 4180), with a header, written row by row. */
final class Csv {

    static final String CONTENT_TYPE = "text/csv; charset=utf-8; header=present";

    private static final CsvMapper MAPPER = CsvMapper.csvBuilder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .build();

    private Csv() {}

    /** The header by itself, so that it is there without rows, too; then rows, as maps of the columns. */
    static SequenceWriter begin(OutputStream out, List<String> columns) throws IOException {
        var schema = CsvSchema.builder();
        columns.forEach(schema::addColumn);
        out.write((String.join(",", columns) + "\r\n").getBytes(StandardCharsets.UTF_8));
        return MAPPER.writer(schema.build().withLineSeparator("\r\n")).writeValues(out);
    }

    static void put(Map<String, Object> row, String column, Optional<?> value) {
        value.ifPresent(present -> row.put(column, present.toString()));
    }

    /** Text that comes from outside: where a spreadsheet would take it for a formula an apostrophe stands before it. */
    static String harmless(String text) {
        return !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }
}

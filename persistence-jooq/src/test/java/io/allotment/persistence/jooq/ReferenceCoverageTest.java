package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Holds docs/reference-coverage.csv, where each column of the reference systems has its place, against the schema. */
class ReferenceCoverageTest {

    private static final Path COVERAGE = Path.of("..", "docs", "reference-coverage.csv");
    private static final List<String> HEADER = List.of("system", "table", "column", "our_table", "our_column", "note");

    @Test
    void every_row_names_a_column_of_the_migrated_schema_or_says_what_replaced_it() throws Exception {
        var columns = schemaColumns();

        assertThat(coverage()).isNotEmpty().allSatisfy(row -> {
            var table = row.getField("our_table");
            var column = row.getField("our_column");
            if (table.isEmpty() && column.isEmpty()) {
                assertThat(row.getField("note")).as(row.toString()).isNotBlank();
            } else {
                assertThat(columns).as(row.toString()).contains(table + "." + column);
            }
        });
    }

    @Test
    void no_reference_column_is_covered_twice() throws Exception {
        assertThat(coverage())
                .extracting(row -> row.getField("system") + "," + row.getField("table") + "," + row.getField("column"))
                .doesNotHaveDuplicates();
    }

    @Test
    void the_file_has_the_agreed_columns() throws Exception {
        assertThat(coverage().get(0).getHeader()).isEqualTo(HEADER);
    }

    private static List<NamedCsvRecord> coverage() throws IOException {
        try (var reader = CsvReader.builder().ofNamedCsvRecord(COVERAGE)) {
            return reader.stream().toList();
        }
    }

    private static Set<String> schemaColumns() throws SQLException {
        try (var database = TestDatabase.create();
                var connection = database.owner().getConnection();
                var result = connection.getMetaData().getColumns(null, "allotment", "%", "%")) {
            var columns = new HashSet<String>();
            while (result.next()) {
                columns.add(result.getString("TABLE_NAME") + "." + result.getString("COLUMN_NAME"));
            }
            return columns;
        }
    }
}

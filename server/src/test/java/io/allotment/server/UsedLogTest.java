package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class UsedLogTest {

    @Test
    void the_files_that_are_written_next_are_there_already_and_are_kept() throws SQLException {
        var told = new StringWriter();
        try (var database = Database.of(EmbeddedDatabase.temporary(), "a server of the test")) {
            database.stoppedByCaller();
            var owner = database.requireOwner("The test");

            UsedLog.make(owner, 6, false, new PrintWriter(told, true));

            try (var connection = owner.getConnection();
                    var statement = connection.createStatement()) {
                statement.execute("checkpoint");
                try (var row = statement.executeQuery("""
                        select count(*) from pg_ls_waldir() where name > pg_walfile_name(pg_current_wal_insert_lsn())
                        """)) {
                    row.next();
                    assertThat(row.getInt(1)).isGreaterThanOrEqualTo(6);
                }
            }
            assertThat(told.toString()).contains("files of the log: 100 % (6 of 6)");
        }
    }
}

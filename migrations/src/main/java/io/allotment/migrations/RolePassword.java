package io.allotment.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;

/** Gives a role its password without the password passing through SQL. */
final class RolePassword {

    private static final int ATTEMPTS = 10;

    /** "tuple concurrently updated" has no state of its own. */
    private static final String INTERNAL_ERROR = "XX000";

    private RolePassword() {}

    /**
     * Roles belong to the cluster, the migration lock to one database: a server that migrates another database of the same cluster may be
     * changing the same role, and PostgreSQL refuses the later one instead of letting it wait.
     */
    static void set(Connection connection, String role, String password) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                // The driver wipes the array.
                connection.unwrap(PGConnection.class).alterUserPassword(role, password.toCharArray(), "scram-sha-256");
                return;
            } catch (SQLException e) {
                if (attempt == ATTEMPTS || !INTERNAL_ERROR.equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }
}

package io.allotment.testkit;

import io.allotment.migrations.Migrations.RolePasswords;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.util.Base64;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The one PostgreSQL server of a test run, and the superuser who owns it.
 *
 * @param authority host and port
 * @param database the one to be connected to while creating and dropping others
 * @param parameters of the JDBC URL, with their question mark, or empty
 * @param outlivesTheRun whether what is left on it would stay there
 */
record TestServer(
        String authority, String database, String parameters, String user, String password, boolean outlivesTheRun) {

    String jdbcUrl(String database) {
        return "jdbc:postgresql://" + authority + "/" + database + parameters;
    }

    DataSource dataSource(String database) {
        var source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl(database));
        source.setUser(user);
        source.setPassword(password);
        return source;
    }

    /** Derived, because roles are the whole server's: test runs that share an outside one must agree without talking. */
    RolePasswords rolePasswords() {
        return new RolePasswords(derived("app"), derived("platform"));
    }

    private String derived(String role) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(("allotment test role " + role + " " + password).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }

    /** Runs one statement outside a transaction, as creating and dropping databases must. */
    void execute(String sql) {
        try (var connection = dataSource(database).getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("The test database server refused '" + sql + "': " + e.getMessage(), e);
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "TestServer[" + jdbcUrl(database) + ", " + user + "]";
    }
}

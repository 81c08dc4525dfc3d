package io.allotment.server.prove;

import static java.util.Objects.requireNonNull;

import io.allotment.migrations.Migrations;
import io.allotment.persistence.jooq.JooqPersistence;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.GSSEncMode;
import org.postgresql.jdbc.SslMode;
import org.postgresql.util.PSQLException;

/**
 * The database to prove on, migrated already: one server, which may be talked to in plain text.
 *
 * @param crash kills the database's processes, all of them, and starts it again on the same data and the same port; empty
 *     for a database that is not ours to kill
 */
public record ProofDatabase(JooqPersistence.Settings settings, Optional<Runnable> crash) {

    private static final String PLAIN_TEXT =
            "a proxy on this machine cuts connections at their COMMIT, and reads what passes in plain text.";

    /** Refuses, for people, a URL that demands what a proof cannot keep. */
    public ProofDatabase {
        requireNonNull(settings, "settings");
        requireNonNull(crash, "crash");
        var url = properties(settings);
        if (PGProperty.PG_HOST.getOrDefault(url).contains(",")) {
            throw new IllegalArgumentException("The database URL names several servers; a proof is made on one.");
        }
        if (demandsEncryption(url)) {
            throw new IllegalArgumentException("The database URL demands that connections are encrypted, but "
                    + PLAIN_TEXT + " Where that may be, say sslmode=prefer; where not, prove on another database.");
        }
    }

    private static boolean demandsEncryption(Properties url) {
        try {
            return SslMode.of(url).requireEncryption()
                    || GSSEncMode.of(url).requireEncryption()
                    || "require".equals(PGProperty.CHANNEL_BINDING.getOrDefault(url));
        } catch (PSQLException e) {
            throw new IllegalArgumentException("The database URL cannot be read: " + e.getMessage(), e);
        }
    }

    /** Refuses, for people, a server that takes encrypted connections alone: each of them would look like a finding. */
    public void requirePlainText() {
        var server = address();
        var url = plain(server.getHostString(), server.getPort(), "");
        try {
            DriverManager.getConnection(url, Migrations.APP_ROLE, settings.appPassword())
                    .close();
        } catch (SQLException e) {
            throw new IllegalArgumentException(
                    "The server takes no connections in plain text (" + e.getMessage() + "), but " + PLAIN_TEXT, e);
        }
    }

    /** As one process would work with it. */
    JooqPersistence connect(int connections) {
        return JooqPersistence.connect(withUrl(settings.jdbcUrl(), connections));
    }

    /** Through a proxy, with a setting of PostgreSQL's, such as {@code lock_timeout=60}, for each of its sessions. */
    JooqPersistence through(FaultProxy proxy, int connections, String setting) {
        return JooqPersistence.connect(withUrl(plain("127.0.0.1", proxy.port(), setting), connections));
    }

    private JooqPersistence.Settings withUrl(String url, int connections) {
        return new JooqPersistence.Settings(url, settings.appPassword(), settings.platformPassword(), connections);
    }

    InetSocketAddress address() {
        var url = properties(settings);
        return new InetSocketAddress(
                PGProperty.PG_HOST.getOrDefault(url), Integer.parseInt(PGProperty.PG_PORT.getOrDefault(url)));
    }

    /** A session beside the gate's, of the same role: for what others do to its rows. */
    Connection rival() throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), Migrations.APP_ROLE, settings.appPassword());
    }

    /** All that our URL says, but for the place, and in plain text. */
    String plain(String host, int port, String setting) {
        var parameters = properties(settings);
        var database = parameters.remove(PGProperty.PG_DBNAME.getName());
        parameters.remove(PGProperty.PG_HOST.getName());
        parameters.remove(PGProperty.PG_PORT.getName());
        PGProperty.SSL_MODE.set(parameters, SslMode.DISABLE.value);
        PGProperty.GSS_ENC_MODE.set(parameters, GSSEncMode.DISABLE.value);
        if (!setting.isEmpty()) {
            var options = Optional.ofNullable(PGProperty.OPTIONS.getOrDefault(parameters));
            PGProperty.OPTIONS.set(parameters, options.map(given -> given + " ").orElse("") + "-c " + setting);
        }
        return "jdbc:postgresql://" + host + ":" + port + "/" + (database == null ? "" : encoded((String) database))
                + parameters.stringPropertyNames().stream()
                        .map(name -> name + "=" + encoded(parameters.getProperty(name)))
                        .collect(Collectors.joining("&", "?", ""));
    }

    private static Properties properties(JooqPersistence.Settings settings) {
        return Optional.ofNullable(Driver.parseURL(settings.jdbcUrl(), null))
                .orElseThrow(() -> new IllegalArgumentException("The database URL cannot be read."));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

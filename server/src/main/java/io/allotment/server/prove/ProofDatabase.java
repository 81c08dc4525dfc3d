package io.allotment.server.prove;

import static java.util.Objects.requireNonNull;

import io.allotment.persistence.jooq.JooqPersistence;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The database to prove on, migrated already.
 *
 * @param crash kills the database's processes, all of them, and starts it again on the same data and the same port; empty
 *     for a database that is not ours to kill
 */
public record ProofDatabase(JooqPersistence.Settings settings, Optional<Runnable> crash) {

    private static final String JDBC = "jdbc:";

    public ProofDatabase {
        requireNonNull(settings, "settings");
        requireNonNull(crash, "crash");
    }

    /** As one process would work with it. */
    JooqPersistence connect(int connections) {
        return JooqPersistence.connect(withUrl(settings.jdbcUrl(), connections));
    }

    /** Through a proxy, with a setting of PostgreSQL's for each of its sessions. */
    JooqPersistence through(FaultProxy proxy, int connections, String setting) {
        var options = setting.isEmpty() ? "" : "&options=-c%20" + setting;
        var url = JDBC + "postgresql://127.0.0.1:" + proxy.port() + place().getPath()
                + "?sslmode=disable&gssEncMode=disable" + options;
        return JooqPersistence.connect(withUrl(url, connections));
    }

    private JooqPersistence.Settings withUrl(String url, int connections) {
        return new JooqPersistence.Settings(url, settings.appPassword(), settings.platformPassword(), connections);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(place().getHost(), place().getPort() < 0 ? 5432 : place().getPort());
    }

    /** A session beside the gate's, of the same role: for what others do to its rows. */
    Connection rival() throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), "allotment_app", settings.appPassword());
    }

    private URI place() {
        return URI.create(settings.jdbcUrl().substring(JDBC.length()));
    }
}

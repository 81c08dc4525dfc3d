package io.allotment.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.UUID;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** Finds or starts the server that {@value #SETTING} asks for, once per JVM. */
final class TestServers {

    static final String SETTING = "ALLOTMENT_TEST_DATABASE";

    private static final int OLDEST_VERSION = 15;
    private static final int MAX_CONNECTIONS = 300;
    private static final String JDBC = "jdbc:postgresql://";

    private static TestServer shared;
    private static IllegalStateException failure;

    private TestServers() {}

    /** A start that failed fails every test with the same words, and only the first of them slowly. */
    static synchronized TestServer shared() {
        if (failure != null) {
            throw new IllegalStateException(failure.getMessage(), failure);
        }
        if (shared == null) {
            try {
                shared = start(setting());
            } catch (IllegalStateException e) {
                failure = e;
                throw e;
            }
        }
        return shared;
    }

    private static String setting() {
        var property = System.getProperty(SETTING);
        var value = property != null ? property : System.getenv(SETTING);
        return value == null || value.isBlank() ? "embedded" : value.strip();
    }

    static TestServer start(String setting) {
        if (setting.equals("embedded")) {
            return embedded();
        }
        if (setting.equals("testcontainers")) {
            return container();
        }
        if (setting.startsWith(JDBC)) {
            return checked(outside(setting));
        }
        throw new IllegalStateException(
                SETTING + " is 'embedded', 'testcontainers' or '" + JDBC + "…', not '" + setting + "'.");
    }

    /** Three times: between its choice of a port and its listening there somebody else may take it. */
    private static TestServer embedded() {
        for (int left = 2; ; left--) {
            try {
                return startEmbedded();
            } catch (IllegalStateException e) {
                if (left == 0) {
                    throw e;
                }
            }
        }
    }

    private static TestServer startEmbedded() {
        var password = UUID.randomUUID().toString();
        try {
            // Passwords count, as they do on a real server. The options come after the "trust" that the library asks
            // initdb for, and win.
            Path passwordFile = Files.createTempFile("allotment-test", ".password");
            try {
                Files.writeString(passwordFile, password);
                var postgres = EmbeddedPostgres.builder()
                        .setLocaleConfig("auth", "scram-sha-256")
                        .setLocaleConfig("pwfile", passwordFile.toString())
                        .setConnectConfig("password", password)
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .setServerConfig("max_connections", Integer.toString(MAX_CONNECTIONS))
                        // Nobody misses the data after a crash; fsync is off already.
                        .setServerConfig("full_page_writes", "off")
                        .start();
                return new TestServer("localhost:" + postgres.getPort(), "postgres", "", "postgres", password, false);
            } finally {
                Files.delete(passwordFile);
            }
        } catch (IOException | IllegalStateException e) {
            throw new IllegalStateException(
                    "The embedded PostgreSQL for the tests did not start: " + e.getMessage(), e);
        }
    }

    private static TestServer container() {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            throw new IllegalStateException(SETTING + "=testcontainers, but no container engine answers. "
                    + "Start one, or leave the setting out: the tests then bring their own PostgreSQL.");
        }
        // Stopped by Testcontainers when the JVM ends.
        @SuppressWarnings("resource")
        var container = new PostgreSQLContainer("postgres:18")
                .withCommand(
                        "postgres",
                        "-c",
                        "fsync=off",
                        "-c",
                        "full_page_writes=off",
                        "-c",
                        "max_connections=" + MAX_CONNECTIONS);
        container.start();
        Runtime.getRuntime().addShutdownHook(new Thread(container::stop));
        return new TestServer(
                container.getHost() + ":" + container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
                container.getDatabaseName(),
                "",
                container.getUsername(),
                container.getPassword(),
                false);
    }

    /** Takes user and password out of the URL: the driver would prefer them to those of the role that a test logs in with. */
    static TestServer outside(String jdbcUrl) {
        var rest = jdbcUrl.substring(JDBC.length());
        int question = rest.indexOf('?');
        var place = question < 0 ? rest : rest.substring(0, question);
        int slash = place.indexOf('/');
        if (slash < 1) {
            throw new IllegalStateException(
                    SETTING + " has no database: " + JDBC + "host:port/database?user=…&password=…");
        }
        String user = "postgres";
        String password = "";
        var others = new ArrayList<String>();
        if (question >= 0) {
            for (var parameter : rest.substring(question + 1).split("&")) {
                if (parameter.startsWith("user=")) {
                    user = decoded(parameter);
                } else if (parameter.startsWith("password=")) {
                    password = decoded(parameter);
                } else {
                    others.add(parameter);
                }
            }
        }
        var parameters = others.isEmpty() ? "" : "?" + String.join("&", others);
        var database = place.substring(slash + 1);
        return new TestServer(
                place.substring(0, slash),
                database.isEmpty() ? "postgres" : database,
                parameters,
                user,
                password,
                true);
    }

    private static String decoded(String parameter) {
        return URLDecoder.decode(parameter.substring(parameter.indexOf('=') + 1), StandardCharsets.UTF_8);
    }

    private static TestServer checked(TestServer server) {
        try (var connection = server.dataSource(server.database()).getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(
                        "select rolsuper, current_setting('server_version_num')::int / 10000 from pg_roles where rolname = current_user")) {
            result.next();
            if (!result.getBoolean(1)) {
                throw new IllegalStateException(SETTING + ": the user " + server.user() + " is not a superuser.");
            }
            if (result.getInt(2) < OLDEST_VERSION) {
                throw new IllegalStateException(SETTING + ": the server is PostgreSQL " + result.getInt(2)
                        + "; Allotment needs " + OLDEST_VERSION + " or later.");
            }
            return server;
        } catch (SQLException e) {
            throw new IllegalStateException(
                    SETTING + " names a server that does not let us in (" + server + "): " + e.getMessage(), e);
        }
    }
}

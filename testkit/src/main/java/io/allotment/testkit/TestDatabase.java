package io.allotment.testkit;

import io.allotment.migrations.Migrations;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * A PostgreSQL database of a test's own, gone when closed: one per test class is the intended use, and costs some 30 ms.
 *
 * <p>All databases of a test run stand on one server, chosen by the environment variable or system property
 * {@code ALLOTMENT_TEST_DATABASE}:
 *
 * <ul>
 *   <li>{@code embedded}, the default: a server that comes along and ends with the JVM;
 *   <li>{@code testcontainers}: a container, for which an engine must be running;
 *   <li>{@code jdbc:postgresql://host:port/database?user=…&password=…}: any PostgreSQL from 15 on, as a superuser. Its roles
 *       {@code allotment_app} and {@code allotment_platform} are given test passwords, so let it be a server for tests only.
 * </ul>
 *
 * <p>What was asked for and cannot be had fails the tests; none is ever skipped. Tests may run in parallel.
 */
public final class TestDatabase implements AutoCloseable {

    private static final String PREFIX = "allotment_test_"
            + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) + "_";
    private static final AtomicInteger CREATED = new AtomicInteger();

    private static boolean templateReady;

    private final TestServer server;
    private final String name = PREFIX + CREATED.incrementAndGet();

    private TestDatabase(TestServer server) {
        this.server = server;
    }

    /** A migrated database in which both roles can log in. */
    public static TestDatabase create() {
        var database = new TestDatabase(TestServers.shared());
        database.server.execute("create database " + database.name + " template " + template(database.server));
        return database;
    }

    /** A database in which nothing has been done yet, for tests of the migrations themselves. */
    public static TestDatabase empty() {
        var database = new TestDatabase(TestServers.shared());
        database.server.execute("create database " + database.name);
        return database;
    }

    private static synchronized String template(TestServer server) {
        var template = PREFIX + "template";
        if (!templateReady) {
            if (server.outlivesTheRun()) {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> drop(server, template)));
            }
            drop(server, template);
            server.execute("create database " + template);
            Migrations.run(server.dataSource(template), server.rolePasswords());
            // A database can only be cloned while nobody is connected to it.
            server.execute("alter database " + template + " with allow_connections false");
            templateReady = true;
        }
        return template;
    }

    private static void drop(TestServer server, String database) {
        server.execute("drop database if exists " + database + " with (force)");
    }

    /** Names no user, so that each connection says who it is. */
    public String jdbcUrl() {
        return server.jdbcUrl(name);
    }

    /** A superuser, who sees past row-level security: for migrations, and for looking at what is really stored. */
    public String ownerUser() {
        return server.user();
    }

    public String ownerPassword() {
        return server.password();
    }

    /** Connects as the owner, each time anew. */
    public DataSource owner() {
        return server.dataSource(name);
    }

    /** Of the role {@value Migrations#APP_ROLE}. */
    public String appPassword() {
        return server.rolePasswords().app();
    }

    /** Of the role {@value Migrations#PLATFORM_ROLE}. */
    public String platformPassword() {
        return server.rolePasswords().platform();
    }

    /** Drops the database, also from under open connections. */
    @Override
    public void close() {
        drop(server, name);
    }
}

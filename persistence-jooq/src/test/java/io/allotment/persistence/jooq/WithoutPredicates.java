package io.allotment.persistence.jooq;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/**
 * PostgreSQL's driver, but every condition that names the tenant is always true in what the application's role sends: in what
 * jOOQ renders and in plain SQL alike.
 */
final class WithoutPredicates implements Driver {

    private static final String PREFIX = "jdbc:forgetful:";
    private static final String COLUMN = "(?:\"?\\w+\"?\\.)*\"?tenant_id\"?";
    private static final Pattern PREDICATE =
            Pattern.compile("(" + COLUMN + " = (?:any\\(\\?\\)|cast\\(\\? as uuid\\)|\\?|" + COLUMN + "))");

    static final AtomicLong REMOVED = new AtomicLong();

    static {
        try {
            DriverManager.registerDriver(new WithoutPredicates());
        } catch (SQLException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The same database, through this driver. */
    static String url(String jdbcUrl) {
        return jdbcUrl.replaceFirst("^jdbc:", PREFIX);
    }

    static String without(String sql) {
        var matcher = PREDICATE.matcher(sql);
        REMOVED.addAndGet(matcher.results().count());
        return matcher.replaceAll("($1 or true)");
    }

    @Override
    public boolean acceptsURL(String url) {
        return url.startsWith(PREFIX);
    }

    @Override
    public Connection connect(String url, Properties properties) throws SQLException {
        if (!acceptsURL(url)) {
            return null;
        }
        var connection = DriverManager.getConnection("jdbc:" + url.substring(PREFIX.length()), properties);
        return "allotment_app".equals(properties.getProperty("user")) ? forgetful(connection) : connection;
    }

    private static Connection forgetful(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                WithoutPredicates.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, given) -> {
                    var arguments = given;
                    if (method.getName().equals("prepareStatement")) {
                        arguments = given.clone();
                        arguments[0] = without((String) given[0]);
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException failure) {
                        throw failure.getCause();
                    }
                });
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
        return new DriverPropertyInfo[0];
    }

    @Override
    public int getMajorVersion() {
        return 1;
    }

    @Override
    public int getMinorVersion() {
        return 0;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger("io.allotment");
    }
}

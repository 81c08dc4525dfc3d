package io.allotment.server;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Where a database is and who owns it.
 *
 * @param jdbcUrl names no user and no password: the driver would prefer them to those of the role that logs in
 */
record DatabaseAddress(String jdbcUrl, Optional<String> owner, Optional<String> ownerPassword) {

    private static final String JDBC = "jdbc:postgresql://";

    /** Takes the credentials out of the URL. Refuses what is no URL of PostgreSQL, without repeating it. */
    static DatabaseAddress parse(String url) {
        if (!url.startsWith(JDBC)) {
            throw CommandFailed.misused("The database URL must have the form " + JDBC
                    + "host:5432/database?user=...&password=..., beginning with " + JDBC + ".");
        }
        int question = url.indexOf('?');
        var place = question < 0 ? url : url.substring(0, question);
        if (place.contains("@")) {
            throw CommandFailed.misused("The database URL has a user before the host, which the driver does not take:"
                    + " put user and password behind the database, as ?user=...&password=....");
        }
        var others = new ArrayList<String>();
        Optional<String> user = Optional.empty();
        Optional<String> password = Optional.empty();
        for (var parameter :
                question < 0 ? new String[0] : url.substring(question + 1).split("&")) {
            if (parameter.startsWith("user=")) {
                user = decoded(parameter);
            } else if (parameter.startsWith("password=")) {
                password = decoded(parameter);
            } else if (!parameter.isEmpty()) {
                others.add(parameter);
            }
        }
        var jdbcUrl = others.isEmpty() ? place : place + "?" + String.join("&", others);
        return new DatabaseAddress(jdbcUrl, user, password);
    }

    /** Credentials of the URL come before these. */
    DatabaseAddress orOwnedBy(Optional<String> user, Optional<String> password) {
        return new DatabaseAddress(jdbcUrl, owner.or(() -> user), ownerPassword.or(() -> password));
    }

    /** Host and database, for people. */
    String place() {
        int question = jdbcUrl.indexOf('?');
        return jdbcUrl.substring(JDBC.length(), question < 0 ? jdbcUrl.length() : question);
    }

    /** Connects each time anew. */
    PGSimpleDataSource as(String user, Optional<String> password) {
        var source = new PGSimpleDataSource();
        try {
            source.setUrl(jdbcUrl);
        } catch (IllegalArgumentException e) {
            throw CommandFailed.misused("The database URL cannot be read. It must have the form " + JDBC
                    + "host:5432/database?user=...&password=....");
        }
        source.setUser(user);
        password.ifPresent(source::setPassword);
        return source;
    }

    @Override
    public String toString() {
        return place();
    }

    private static Optional<String> decoded(String parameter) {
        var value = URLDecoder.decode(parameter.substring(parameter.indexOf('=') + 1), StandardCharsets.UTF_8);
        return Optional.of(value).filter(text -> !text.isEmpty());
    }
}

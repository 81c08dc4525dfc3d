package io.allotment.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.allotment.testkit.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** A command as it ran in this JVM: what it said, and its exit code. */
record CommandRun(int exitCode, String out, String err) {

    static CommandRun of(Map<String, String> environment, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exitCode = CommandLines.in(new Surroundings(environment, false))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /** On the test's database, as its owner. The roles are the whole server's, and keep the passwords other tests use. */
    static CommandRun on(TestDatabase database, String... arguments) {
        return of(environment(database), arguments);
    }

    static Map<String, String> environment(TestDatabase database) {
        return Map.of(
                "ALLOTMENT_DATABASE_URL", database.jdbcUrl(),
                "ALLOTMENT_DATABASE_USER", database.ownerUser(),
                "ALLOTMENT_DATABASE_PASSWORD", database.ownerPassword(),
                "ALLOTMENT_APP_PASSWORD", database.appPassword(),
                "ALLOTMENT_PLATFORM_PASSWORD", database.platformPassword());
    }

    /** Of the last line, as programs read it. */
    JsonNode json() {
        var lines = out.lines().toList();
        try {
            return new JsonMapper().readTree(lines.get(lines.size() - 1));
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON at the end of: " + out, e);
        }
    }
}

package io.allotment.server;

import io.allotment.migrations.Migrations.RolePasswords;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which database, on the command line or by the environment; the command line comes first. */
final class DatabaseOptions {

    private final Surroundings surroundings;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = ".allotment",
            description = {
                "Run a PostgreSQL of its own, with its data in this directory (default: .allotment in the working folder).",
                "Environment: ALLOTMENT_DATA"
            })
    private Path data;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = {
                "Use this PostgreSQL (15 or later) instead: jdbc:postgresql://host:5432/database?user=...&password=..., as"
                        + " the owner of the database.",
                "Environment: ALLOTMENT_DATABASE_URL, ALLOTMENT_DATABASE_USER, ALLOTMENT_DATABASE_PASSWORD"
            })
    private String url;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    DatabaseOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** The database, for a command that works on it; makes the data directory where there is none. */
    Database open() {
        return usesUrl() ? atUrl() : runningElsewhere().orElseGet(this::started);
    }

    /** The same for a command that only looks: refuses a data directory that holds nothing. */
    Database openExisting() {
        if (!usesUrl() && !Files.exists(directory().resolve("postgres"))) {
            throw new CommandFailed("There is no database in " + directory()
                    + ". Name its directory with --data, or a PostgreSQL with --database-url.");
        }
        return open();
    }

    /** The same for a command that stays: refuses a data directory that another process uses, and may stop using. */
    Database openForLong() {
        return usesUrl() ? atUrl() : started();
    }

    private boolean usesUrl() {
        var typed = command.commandLine().getParseResult();
        if (typed.hasMatchedOption("--data") && typed.hasMatchedOption("--database-url")) {
            throw new ParameterException(
                    command.commandLine(), "Give either --data or --database-url: they name two different databases.");
        }
        return url != null && !typed.hasMatchedOption("--data");
    }

    private Database atUrl() {
        return at(url, surroundings);
    }

    /** The one of this URL, with what the environment says of its owner and roles. */
    static Database at(String url, Surroundings surroundings) {
        var address = DatabaseAddress.parse(url.strip())
                .orOwnedBy(
                        surroundings.variable("ALLOTMENT_DATABASE_USER"),
                        surroundings.variable("ALLOTMENT_DATABASE_PASSWORD"));
        return Database.at(
                address,
                new RolePasswords(
                        password("ALLOTMENT_APP_PASSWORD", surroundings, address, RolePasswords::app),
                        password("ALLOTMENT_PLATFORM_PASSWORD", surroundings, address, RolePasswords::platform)));
    }

    private Database started() {
        command.commandLine().getErr().println("Starting PostgreSQL in " + directory() + " ...");
        return Database.of(EmbeddedDatabase.start(directory()), "embedded PostgreSQL in " + directory());
    }

    private Optional<Database> runningElsewhere() {
        return RunningPostgres.in(directory())
                .map(address -> Database.runningAt(address, "running PostgreSQL in " + directory()));
    }

    /** The data directory, used or not. */
    Path directory() {
        return data.toAbsolutePath().normalize();
    }

    private static String password(
            String variable, Surroundings surroundings, DatabaseAddress address, Function<RolePasswords, String> role) {
        Optional<String> given = surroundings.variable(variable);
        return given.or(() -> address.ownerPassword().map(Database::derived).map(role))
                .orElseThrow(
                        () -> new CommandFailed(
                                "Allotment works as two roles of its own, and needs their passwords:"
                                        + " set ALLOTMENT_APP_PASSWORD and ALLOTMENT_PLATFORM_PASSWORD, or give the owner's password"
                                        + " (ALLOTMENT_DATABASE_PASSWORD, or password=... in the database URL), from which they can be derived."));
    }
}

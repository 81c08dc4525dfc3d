package io.allotment.server;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The database for work that only tries things out: one that is gone afterwards, or one of somebody's own. */
final class TrialDatabaseOptions {

    private final Surroundings surroundings;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = {
                "Work on this PostgreSQL (15 or later) instead of one that comes along and is gone afterwards. New"
                        + " tenants, and what they need in the catalogue, are made in it, and stay: take one that"
                        + " nobody lives on.",
                "As its owner, jdbc:postgresql://host:5432/database?user=...&password=..., and brought up to date by"
                        + " 'allotment migrate'. Never taken from the environment, where the database you live on may"
                        + " be named.",
                "Environment: ALLOTMENT_DATABASE_USER, ALLOTMENT_DATABASE_PASSWORD"
            })
    private String url;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    TrialDatabaseOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Whether somebody named one of their own, on the command line. */
    boolean isOwn() {
        return command.commandLine().getParseResult().hasMatchedOption("--database-url");
    }

    /** Whoever calls this sees to it that it is closed when the JVM ends. */
    Database open() {
        var asides = command.commandLine().getErr();
        if (isOwn()) {
            asides.println("New tenants are made in this database, and stay.");
            return DatabaseOptions.at(url, surroundings);
        }
        asides.println("Starting PostgreSQL in a temporary directory ...");
        var database = Database.of(EmbeddedDatabase.temporary(), "temporary PostgreSQL");
        database.stoppedByCaller();
        return database;
    }
}

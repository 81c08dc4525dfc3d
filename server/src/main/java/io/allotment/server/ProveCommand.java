package io.allotment.server;

import io.allotment.server.prove.Proof;
import io.allotment.server.prove.ProofDatabase;
import io.allotment.server.prove.ProofReport;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "prove",
        description =
                "Prove under faults that the gate is exact: many threads against a model, each key many times at once,"
                        + " races for a last credit, calendars, cut connections, deadlocks, kill -9; in memory, and in a"
                        + " PostgreSQL that comes along and is gone afterwards.",
        footer = {"", "Exit code: 0 when nothing is found, else 1, with the first findings."})
final class ProveCommand implements Callable<Integer> {

    private static final int MAX_SECONDS = 86_400;

    private final Surroundings surroundings;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "About how long, 1 to " + MAX_SECONDS
                    + " (default: ${DEFAULT-VALUE}); each part runs at least once, which takes some ten seconds.")
    private int seconds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "Where all that is done is generated from (default: chance; it is told). In which order threads do"
                            + " it is not the seed's to say.")
    private Long seed;

    @Option(
            names = "--database-url",
            paramLabel = "URL",
            description = {
                "Prove on this PostgreSQL (15 or later) instead, which is not killed then:"
                        + " jdbc:postgresql://host:5432/database?user=...&password=..., as the owner of the database, which"
                        + " 'allotment migrate' has brought up to date. New tenants, and what they need in the catalogue, are"
                        + " made in it, and stay: take one that nobody lives on. It is never taken from the environment, where the database"
                        + " you live on may be named.",
                "Environment: ALLOTMENT_DATABASE_USER, ALLOTMENT_DATABASE_PASSWORD"
            })
    private String url;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    ProveCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** What a program wants to know of it. */
    private record Result(
            long seed,
            int seconds,
            long operations,
            Map<String, Long> faults,
            long lastCreditRounds,
            long divergences,
            long lost,
            long doubled,
            long violations) {

        static Result of(ProofReport report) {
            return new Result(
                    report.seed(),
                    report.seconds(),
                    report.operations(),
                    report.faults(),
                    report.lastCreditRounds(),
                    report.divergences(),
                    report.lost(),
                    report.doubled(),
                    report.violations());
        }
    }

    @Override
    public Integer call() {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new ParameterException(
                    command.commandLine(), "--seconds must be from 1 to " + MAX_SECONDS + ", not " + seconds + ".");
        }
        long chosen = seed != null ? seed : ThreadLocalRandom.current().nextLong();
        try (var atExit = new InterruptAtExit();
                var quiet = new QuietPools();
                var database = opened()) {
            database.prepare();
            output.asides().println("Seed " + chosen + ".");
            var report = prove(database, chosen);
            print(report, output.people());
            output.result(Result.of(report));
            return report.isClean() ? 0 : 1;
        }
    }

    private ProofReport prove(Database database, long chosen) {
        try {
            return Proof.run(toProveOn(database), chosen, seconds, output.asides()::println);
        } catch (CancellationException e) {
            throw new CommandFailed("Interrupted; cleaning up.", e);
        } finally {
            // What is closed next waits for programs to end, and must not be cut short.
            Thread.interrupted();
        }
    }

    private Database opened() {
        if (isElsewhere()) {
            output.asides().println("Writing into new tenants, which stay.");
            return DatabaseOptions.at(url, surroundings);
        }
        output.asides().println("Starting PostgreSQL in a temporary directory ...");
        var database = Database.of(EmbeddedDatabase.temporary(), "proof's PostgreSQL");
        database.stoppedByCaller();
        return database;
    }

    private boolean isElsewhere() {
        return command.commandLine().getParseResult().hasMatchedOption("--database-url");
    }

    private ProofDatabase toProveOn(Database database) {
        var killer = isElsewhere()
                ? Optional.<Runnable>empty()
                : Optional.<Runnable>of(new PostgresKiller(database.requireOwner("Killing")));
        return new ProofDatabase(database.settings(1), killer);
    }

    private static void print(ProofReport report, PrintWriter out) {
        var answers = new TextTable().words("answered").figures("times");
        report.answers().forEach(answers::row);
        answers.print(out, "On what the model and the gate were compared");

        var faults = new TextTable().words("fault").figures("times");
        report.faults().forEach(faults::row);
        faults.print(out, "What was done to it meanwhile");
        report.skipped().forEach(out::println);

        new TextTable()
                .words("")
                .figures("")
                .row("operations", report.operations())
                .row("races for a last credit", report.lastCreditRounds())
                .row("divergences", report.divergences())
                .row("lost", report.lost())
                .row("doubled", report.doubled())
                .row("violations", report.violations())
                .print(out, "What came of it (seed " + report.seed() + ")");
        report.findings().forEach(out::println);
    }
}

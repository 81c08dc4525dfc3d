package io.allotment.server;

import io.allotment.server.prove.OrdersProof;
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
import picocli.CommandLine.Spec;

@Command(
        name = "prove",
        description =
                "Prove under faults that the gate is exact: many threads against a model, each key many times at once,"
                        + " races for a last credit, calendars, cut connections, deadlocks, kill -9; in memory, and in a"
                        + " PostgreSQL that comes along and is gone afterwards.",
        footer = {
            "",
            "A database of your own (--database-url) is not killed. Some of its connections go through"
                    + " a proxy on this machine that cuts them at their COMMIT, and reads what passes in plain"
                    + " text: a URL that demands encryption (sslmode=require, or stricter) is refused.",
            "",
            "Exit code: 0 when nothing is found, else 1, with the first findings."
        })
final class ProveCommand implements Callable<Integer> {

    private static final int MAX_SECONDS = 86_400;

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

    /** What is proven. */
    enum Suite {
        gate,
        stripe
    }

    @Option(
            names = "--suite",
            paramLabel = "gate|stripe",
            defaultValue = "gate",
            description = {
                "What is proven (default: gate). With stripe: that what a gateway tells comes to the same in whatever order it is"
                        + " told, twice, or not at all but for reconciling; against the sandbox, in memory, and a share of it in"
                        + " PostgreSQL."
            })
    private Suite suite;

    @Mixin
    private final TrialDatabaseOptions trial;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    ProveCommand(Surroundings surroundings) {
        this.trial = new TrialDatabaseOptions(surroundings);
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
        OptionBounds.require(command, "--seconds", seconds, 1, MAX_SECONDS);
        long chosen = seed != null ? seed : ThreadLocalRandom.current().nextLong();
        if (suite == Suite.stripe) {
            return proveOrders(chosen);
        }
        try (var atExit = new InterruptAtExit();
                var quiet = new QuietPools();
                var database = trial.open()) {
            database.prepare();
            var provable = toProveOn(database);
            output.asides().println("Seed " + chosen + ".");
            var report = prove(provable, chosen);
            print(report, output.people());
            output.result(Result.of(report));
            return report.isClean() ? 0 : 1;
        }
    }

    private int proveOrders(long chosen) {
        try (var atExit = new InterruptAtExit();
                var quiet = new QuietPools();
                var database = trial.open()) {
            database.prepare();
            try (var persistence = database.connect(2)) {
                output.asides().println("Seed " + chosen + ".");
                var report = OrdersProof.run(chosen, seconds, persistence);
                var out = output.people();
                out.println("orders " + report.orders() + " (" + report.ordersInDatabase() + " in PostgreSQL), events "
                        + report.events() + ", divergences " + report.divergences());
                report.findings().forEach(out::println);
                output.result(report);
                return report.divergences() == 0 ? 0 : 1;
            }
        }
    }

    private ProofReport prove(ProofDatabase database, long chosen) {
        try {
            return Proof.run(database, chosen, seconds, output.asides()::println);
        } catch (CancellationException e) {
            throw new CommandFailed("Interrupted; cleaning up.", e);
        } finally {
            // What is closed next waits for programs to end, and must not be cut short.
            Thread.interrupted();
        }
    }

    private ProofDatabase toProveOn(Database database) {
        var killer = trial.isOwn()
                ? Optional.<Runnable>empty()
                : Optional.<Runnable>of(new PostgresKiller(database.requireOwner("Killing")));
        var settings = database.settings(1);
        try {
            var provable = new ProofDatabase(settings, killer);
            provable.requirePlainText();
            return provable;
        } catch (IllegalArgumentException e) {
            throw new CommandFailed(e.getMessage(), e);
        }
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
                .words()
                .figures()
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

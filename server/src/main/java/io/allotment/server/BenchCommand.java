package io.allotment.server;

import io.allotment.domain.Persistence;
import io.allotment.domain.shared.Unavailable;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "bench",
        description =
                "Measure how many decisions a second this machine makes, beside what can be had without Allotment:"
                        + " all on one server, with as many connections, one after another.",
        footer = {
            "",
            "Each caller sends its next operation as soon as the last one was answered. Contenders:",
            "  allotment          the gate's consume (check: its check), every row written",
            "  commit-per-update  one prepared UPDATE of one row, committed by itself",
            "  select-for-update  BEGIN, SELECT FOR UPDATE, UPDATE, INSERT, COMMIT",
            "  select             check: one prepared SELECT of one row",
            "  memory             the gate over memory, at most 5 seconds each: rows stay",
            "  aged, fresh        aged: consume on an account with a past, on one without",
            "  hash-set           permission: a prebuilt set of tenant, user and permission, in one string",
            "  rollup, raw        usage: the summary, and the same aggregate over the events",
            "  rollup-more        usage: the summary with ten times the events outside of the month"
        })
final class BenchCommand implements Callable<Integer> {

    private static final int MAX_SECONDS = 600;
    private static final int MAX_CALLERS = 1_024;
    private static final int MAX_CONNECTIONS = 1_000;
    private static final int MAX_EVENTS = 100_000_000;

    /** The library's and the hand-written statements'. */
    private static final int POOLS = 2;

    private final Surroundings surroundings;
    private final BenchClock clock;
    private final BenchSize size;

    @Option(
            names = "--workload",
            paramLabel = "NAME",
            split = ",",
            converter = WorkloadConverter.class,
            defaultValue = "hot,spread,tenants,check",
            description = {
                "What is charged: hot (one account), spread (10,000 accounts of one tenant), tenants (1,000 tenants),"
                        + " check (read-only checks), aged (an account with a million ledger entries and a thousand"
                        + " spent grants, which takes minutes to make), permission (who may what, in memory alone),"
                        + " usage (a month's summary by model and day, in a database of its own).",
                "Default: ${DEFAULT-VALUE}"
            })
    private List<Workload> workloads;

    @Option(
            names = "--callers",
            paramLabel = "N",
            split = ",",
            defaultValue = "1,16,64,256",
            description = "How many call at the same time, 1 to " + MAX_CALLERS
                    + ", each number (default: ${DEFAULT-VALUE}).")
    private List<Integer> callers;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How long each contender is measured with each number of callers, 1 to " + MAX_SECONDS
                    + " (default: ${DEFAULT-VALUE}), after a warm-up that lasts until Java has compiled what it runs:"
                    + " at most " + BenchRun.MAX_FIRST_WARM_UP_SECONDS + " seconds, "
                    + BenchRun.MAX_WARM_UP_SECONDS + " where it has run before.")
    private int seconds;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "2000000",
            description = "usage: how many events the month has, 10 to " + MAX_EVENTS + " (default: ${DEFAULT-VALUE});"
                    + " outside of it a tenth of them, and then as many.")
    private int events;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "16",
            description = {
                "Connections to the database for each contender, 1 to " + MAX_CONNECTIONS
                        + " (default: ${DEFAULT-VALUE}, at which commit-per-update was at its best with 64 callers on"
                        + " two cores).",
                "Environment: ALLOTMENT_CONNECTIONS"
            })
    private int connections;

    @Mixin
    private final TrialDatabaseOptions trial;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    BenchCommand(Surroundings surroundings) {
        this(surroundings, BenchClock.ofThisProcess(), BenchSize.WHOLE);
    }

    BenchCommand(Surroundings surroundings, BenchClock clock, BenchSize size) {
        this.surroundings = surroundings;
        this.trial = new TrialDatabaseOptions(surroundings);
        this.clock = clock;
        this.size = size;
    }

    private static final class WorkloadConverter implements ITypeConverter<Workload> {
        @Override
        public Workload convert(String text) {
            return Stream.of(Workload.values())
                    .filter(workload -> workload.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() ->
                            new TypeConversionException("'" + text + "' is none of " + List.of(Workload.values())));
        }
    }

    @Override
    public Integer call() {
        OptionBounds.require(command, "--seconds", seconds, 1, MAX_SECONDS);
        OptionBounds.require(command, "--connections", connections, 1, MAX_CONNECTIONS);
        OptionBounds.require(command, "--events", events, 10, MAX_EVENTS);
        callers.forEach(count -> OptionBounds.require(command, "--callers", count, 1, MAX_CALLERS));
        requireDistinct("--callers", callers);
        requireDistinct("--workload", workloads);

        boolean usage = workloads.contains(Workload.USAGE);
        if (usage && trial.isOwn()) {
            throw new ParameterException(
                    command.commandLine(),
                    "--workload usage makes events that no decision stands behind: only in a database that is gone"
                            + " afterwards, without --database-url.");
        }
        workloads = workloads.stream()
                .filter(workload -> workload != Workload.USAGE)
                .toList();
        try (var atExit = new InterruptAtExit()) {
            if (workloads.stream().anyMatch(Workload::isOnDatabase)) {
                measureOnDatabase();
            } else {
                measure(workload -> inMemory());
            }
            if (usage) {
                measureUsage();
            }
            return 0;
        }
    }

    private void measureUsage() {
        try (var database = trial.open()) {
            database.prepare();
            try (var persistence = database.connect(1)) {
                var owner = database.requireOwner("Measuring");
                output.people().println(DurableServer.of(owner));
                var bench = new BenchUsage(persistence, owner, events, surroundings.terminal(), output.asides());
                BenchUsage.print(bench.measure(output::result), output.people());
            }
        }
    }

    private void measureOnDatabase() {
        try (var database = trial.open()) {
            var owner = database.requireOwner("Measuring");
            var server = DurableServer.of(owner);
            server.requireRoomFor(POOLS, connections);
            database.prepare();
            if (!trial.isOwn()) {
                UsedLog.make(owner, size.of(UsedLog.FILES), surroundings.terminal(), output.asides());
            }
            try (var persistence = database.connect(connections);
                    var handWritten = HandWritten.on(owner, connections)) {
                output.people().println(server + "; " + connections + " connections for each contender");
                measure(persistence, handWritten);
            }
        } catch (Unavailable e) {
            throw new CommandFailed("The database went away, or is too slow for so many callers: " + e.getMessage(), e);
        }
    }

    private void measure(Persistence persistence, HandWritten handWritten) {
        // Never the same again, on whatever database.
        var name = "bench-" + Long.toString(System.currentTimeMillis(), 36);
        if (trial.isOwn()) {
            output.asides().println("The new tenants' names begin with " + name + "-.");
        }
        var onDatabase =
                new DatabaseContenders(persistence, handWritten, name, size, surroundings.terminal(), output.asides());
        measure(workload -> workload.isOnDatabase() ? onDatabase.apply(workload) : inMemory());
    }

    private List<BenchContender> inMemory() {
        int tenants = size.of(BenchRights.TENANTS);
        try (var progress =
                new Progress(Workload.PERMISSION + ": preparing", tenants, surroundings.terminal(), output.asides())) {
            return BenchRights.make(tenants, size.of(BenchRights.USERS), progress::step)
                    .contenders();
        }
    }

    private void measure(Function<Workload, List<BenchContender>> contenders) {
        var run = new BenchRun(callers, seconds, clock, surroundings.terminal(), output.asides());
        try {
            for (var workload : workloads) {
                var cells = run.measure(workload, contenders.apply(workload), output::result);
                new BenchTables(workload, cells).print(output.people());
            }
        } catch (CancellationException e) {
            throw new CommandFailed("Interrupted; cleaning up.", e);
        } finally {
            // What is closed next waits for programs to end, and must not be cut short.
            Thread.interrupted();
        }
    }

    private void requireDistinct(String option, List<?> values) {
        if (new HashSet<>(values).size() < values.size()) {
            throw new ParameterException(command.commandLine(), option + " names one twice.");
        }
    }
}

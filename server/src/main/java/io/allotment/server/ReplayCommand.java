package io.allotment.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.allotment.Allotment;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Unavailable;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "replay",
        description =
                "Send recorded requests to a language model through the gate, each as one metered operation of as many"
                        + " tokens. Done again, it changes nothing.",
        footer = {
            "",
            "The file is CSV with the header " + Trace.HEADER + ". A row that cannot be read is reported and left out."
        })
final class ReplayCommand implements Callable<Integer> {

    private static final int MAX_TENANTS = 10_000;
    private static final int MAX_CALLERS = 1_024;
    /** Callers share transactions: more connections than this would not make them quicker. */
    private static final int MAX_CONNECTIONS = 8;

    private static final int MAX_BAD_ROWS_SHOWN = 1_000;

    private final Surroundings surroundings;

    @Option(names = "--trace", required = true, paramLabel = "FILE", description = "The recorded requests.")
    private Path trace;

    @Option(
            names = "--tenants",
            required = true,
            paramLabel = "N",
            description =
                    "Over how many tenants to spread them, 1 to " + MAX_TENANTS + "; they are made where missing.")
    private int tenants;

    @Option(
            names = "--operation",
            paramLabel = "KEY",
            converter = KeyConverter.class,
            defaultValue = ReplayWorld.OPERATION,
            description = "The operation of each request, one of the catalogue's (default: " + ReplayWorld.OPERATION
                    + ", which is made where missing, with a plan and grants of its own).")
    private OperationKey operation;

    @Option(
            names = "--provider",
            paramLabel = "P",
            description = "Who offered the model (default: as the model's name tells).")
    private String provider;

    @Option(
            names = "--model",
            paramLabel = "M",
            description = "The model that answered the requests: then each is priced by the price book.")
    private String model;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            converter = PriceTimes.class,
            description = "Whose prices count: a day or a time such as 2026-06-01T12:00:00Z (default: now).")
    private Instant at;

    @Option(
            names = "--callers",
            paramLabel = "N",
            defaultValue = "64",
            description = "How many call at the same time, 1 to " + MAX_CALLERS + " (default: ${DEFAULT-VALUE}).")
    private int callers;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    ReplayCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    private static final class KeyConverter implements ITypeConverter<OperationKey> {
        @Override
        public OperationKey convert(String text) {
            try {
                return new OperationKey(text);
            } catch (InvalidValue e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Requests and tokens are the file's good rows; allowed and denied count the answers, replayed those given before. */
    private record Result(
            String trace,
            int tenants,
            String operation,
            int requests,
            long contextTokens,
            long generatedTokens,
            long allowed,
            long denied,
            Map<Denial.Reason, Long> deniedByReason,
            long replayed,
            int badRows,
            String creditsDrawn,
            @JsonInclude(JsonInclude.Include.NON_NULL) String costUsd,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long unpriced,
            BigDecimal seconds,
            long decisionsPerSecond) {}

    @Override
    public Integer call() {
        OptionBounds.require(command, "--tenants", tenants, 1, MAX_TENANTS);
        OptionBounds.require(command, "--callers", callers, 1, MAX_CALLERS);
        if (model == null && (provider != null || at != null)) {
            throw new ParameterException(
                    command.commandLine(), "Give the --model: --provider and --at say which one, and when.");
        }
        // Before anything is started or written.
        var recorded = Trace.read(trace);
        report(recorded, output.asides());

        try (var database = databaseOptions.open()) {
            database.migrate();
            try (var persistence = database.connect(Math.min(callers, MAX_CONNECTIONS))) {
                var world = new ReplayWorld(Allotment.with(persistence).build(), recorded, operation, tenants, work());
                var result = replay(world, recorded);
                print(result, output.people());
                output.result(result);
                return 0;
            }
        } catch (Unavailable e) {
            throw new CommandFailed(
                    "The database went away, or is too busy. Run the same command again: what was decided stays decided.",
                    e);
        }
    }

    private ReplayWorld.Work work() {
        return new ReplayWorld.Work(Optional.ofNullable(provider), Optional.ofNullable(model), Optional.ofNullable(at));
    }

    private Result replay(ReplayWorld world, Trace recorded) {
        world.prepare();
        var requests = recorded.requests();
        var tally = new Tally();
        var stopwatch = new Stopwatch();
        try (var progress = new Progress("replay", requests.size(), surroundings.terminal(), output.asides())) {
            Callers.each(callers, requests.size(), i -> {
                tally.add(world.consume(requests.get(i)));
                progress.step();
            });
        }
        Duration took = stopwatch.elapsed();
        return new Result(
                trace.toString(),
                tenants,
                operation.value(),
                requests.size(),
                recorded.contextTokens(),
                recorded.generatedTokens(),
                tally.allowedInAll(),
                tally.deniedInAll(),
                tally.deniedByReason(),
                tally.replayed(),
                recorded.badRows().size(),
                tally.drawn().toString(),
                model == null ? null : tally.cost().stripTrailingZeros().toPlainString(),
                model == null ? null : tally.unpriced(),
                Stopwatch.seconds(took),
                Stopwatch.perSecond(requests.size(), took));
    }

    private static void report(Trace recorded, PrintWriter asides) {
        recorded.badRows().stream()
                .limit(MAX_BAD_ROWS_SHOWN)
                .forEach(bad -> asides.println("line " + bad.line() + " " + bad.problem() + "; left out."));
        int more = recorded.badRows().size() - MAX_BAD_ROWS_SHOWN;
        if (more > 0) {
            asides.println("... and " + more + " more bad rows; left out.");
        }
    }

    private static void print(Result result, PrintWriter out) {
        var table = new TextTable()
                .words()
                .figures()
                .row("requests", result.requests())
                .row("context tokens", result.contextTokens())
                .row("generated tokens", result.generatedTokens())
                .row("allowed", result.allowed())
                .row("denied", result.denied());
        result.deniedByReason().forEach((reason, count) -> table.row("  " + reason, count));
        table.row("of these replayed", result.replayed())
                .row("bad rows, left out", result.badRows())
                .row("credits drawn", result.creditsDrawn())
                .row("cost in US dollars", result.costUsd() == null ? "not asked" : result.costUsd())
                .row("seconds", result.seconds())
                .row("decisions per second", result.decisionsPerSecond())
                .print(
                        out,
                        "Replayed " + result.trace() + " as " + result.operation() + " of " + result.tenants()
                                + (result.tenants() == 1 ? " tenant" : " tenants"));
        if (result.requests() > 0 && result.replayed() == result.requests()) {
            out.println("Every request had been decided before: all answers were replayed, and nothing changed.");
        }
    }
}

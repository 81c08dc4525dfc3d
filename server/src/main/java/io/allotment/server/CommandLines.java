package io.allotment.server;

import io.allotment.domain.shared.Refusal;
import io.allotment.migrations.MigrationFailed;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Puts the commands together, and turns what goes wrong in them into a message and an exit code. */
final class CommandLines {

    private static final int FAILED = 1;

    private CommandLines() {}

    @Command(
            name = "allotment",
            description =
                    "The back room of an AI product: tenants, plans, quotas, credits, usage, and one exact gate in"
                            + " front of them.",
            synopsisSubcommandLabel = "COMMAND",
            versionProvider = Version.class,
            footer = {
                "",
                "Begin with 'allotment demo' to see it decide, and 'allotment serve' to work with it.",
                "'allotment help COMMAND' tells the options of a command."
            })
    private static final class Root implements Callable<Integer> {

        @Mixin
        private final HelpOption help = new HelpOption();

        @Option(
                names = {"-V", "--version"},
                versionHelp = true,
                description = "Show the version.")
        private boolean version;

        @Spec
        private CommandSpec command;

        @Override
        public Integer call() {
            command.commandLine().usage(command.commandLine().getErr());
            return CommandLine.ExitCode.USAGE;
        }
    }

    private static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            // Stands in the jar's manifest; there is none when the classes run as they were compiled.
            var version = Optional.ofNullable(CommandLines.class.getPackage().getImplementationVersion())
                    .orElse("(not packaged)");
            return new String[] {"allotment " + version, "Java " + Runtime.version()};
        }
    }

    static CommandLine in(Surroundings surroundings) {
        var line = new CommandLine(new Root())
                .addSubcommand(new ServeCommand(surroundings))
                .addSubcommand(new DemoCommand(surroundings))
                .addSubcommand(new ReplayCommand(surroundings))
                .addSubcommand(new BenchCommand(surroundings))
                .addSubcommand(new ProveCommand(surroundings))
                .addSubcommand(new FuzzCommand(surroundings))
                .addSubcommand(PricesCommand.in(surroundings))
                .addSubcommand(PlansCommand.in(surroundings))
                .addSubcommand(new ReconcileCommand(surroundings))
                .addSubcommand(new VerifyCommand(surroundings))
                .addSubcommand(new MigrateCommand(surroundings))
                .addSubcommand(JobsCommand.in(surroundings))
                .addSubcommand(new CompletionCommand())
                .addSubcommand(new HelpCommand());
        line.setDefaultValueProvider(new EnvironmentDefaults(surroundings));
        line.setParameterExceptionHandler(CommandLines::misused);
        line.setExecutionExceptionHandler(CommandLines::failed);
        line.setUsageHelpAutoWidth(true);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }

    private static int misused(ParameterException e, String[] arguments) {
        var line = e.getCommandLine();
        var name = line.getCommandSpec().qualifiedName();
        line.getErr().println(name + ": " + Secrets.masked(e.getMessage()));
        CommandLine.UnmatchedArgumentException.printSuggestions(e, line.getErr());
        line.getErr().println("Try '" + name + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    private static int failed(Exception e, CommandLine line, ParseResult parsed) {
        var name = line.getCommandSpec().qualifiedName();
        if (isEnding()) {
            // What it worked with is being closed under it: whatever fails now fails because of that.
            line.getErr().println(name + ": Stopped before it was done.");
        } else if (isForPeople(e)) {
            line.getErr().println(name + ": " + Secrets.masked(e.getMessage()));
        } else {
            line.getErr().println(name + ": This should not have happened; please report it with what follows.");
            e.printStackTrace(line.getErr());
        }
        return e instanceof CommandFailed failed && failed.isMisused() ? CommandLine.ExitCode.USAGE : FAILED;
    }

    /** Whether the JVM is on its way out, by Ctrl-C or SIGTERM: it then takes no hook any more. */
    private static boolean isEnding() {
        var hook = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            Runtime.getRuntime().removeShutdownHook(hook);
            return false;
        } catch (IllegalStateException ending) {
            return true;
        }
    }

    /** Whether its message says all there is to say. */
    private static boolean isForPeople(Exception e) {
        return e instanceof CommandFailed
                || e instanceof EmbeddedDatabaseFailed
                || e instanceof MigrationFailed
                || e instanceof Refusal;
    }
}

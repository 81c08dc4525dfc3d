package io.allotment.server;

import io.allotment.Allotment;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "prices",
        description = "The price book of AI models: take in a price file, look prices up, reckon what a usage cost,"
                + " price what was recorded without a price.",
        synopsisSubcommandLabel = "COMMAND")
final class PricesCommand implements Callable<Integer> {

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    private PricesCommand() {}

    static CommandLine in(Surroundings surroundings) {
        return new CommandLine(new PricesCommand())
                .addSubcommand(new PricesImportCommand(surroundings))
                .addSubcommand(new PricesBackfillCommand(surroundings))
                .addSubcommand(new PricesShowCommand(surroundings))
                .addSubcommand(new PricesCostCommand(surroundings));
    }

    @Override
    public Integer call() {
        command.commandLine().usage(command.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    /** Looks something up in a database that is there. */
    static int looking(DatabaseOptions options, Function<Allotment, Integer> work) {
        try (var database = options.openExisting()) {
            database.requireMigrated();
            try (var persistence = database.connect(1)) {
                return work.apply(Allotment.with(persistence).build());
            }
        }
    }
}

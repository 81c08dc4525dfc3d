package io.allotment.server;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "migrate",
        description = "Bring the database up to date, and set the passwords of the roles Allotment works as.")
final class MigrateCommand implements Callable<Integer> {

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    MigrateCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    /** @param applied the versions that were missing, oldest first */
    private record Result(String database, List<String> applied) {}

    @Override
    public Integer call() {
        try (var database = databaseOptions.open()) {
            var applied = database.migrate();
            output.people()
                    .println(
                            applied.isEmpty()
                                    ? "The " + database.name() + " is up to date; nothing had to be applied."
                                    : "The " + database.name() + " is up to date; applied: "
                                            + String.join(", ", applied) + ".");
            output.result(new Result(database.name(), applied));
            return 0;
        }
    }
}

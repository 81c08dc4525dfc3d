package io.allotment.server;

import io.allotment.Allotment;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "verify",
        description =
                "Recompute what must always be true (balances, ledgers, quotas, decisions) from the stored rows, and"
                        + " name everything that is not. Changes nothing.",
        footer = {"", "Exit code: 0 when all is well, 1 with violations."})
final class VerifyCommand implements Callable<Integer> {

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    VerifyCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    @Override
    public Integer call() {
        try (var database = databaseOptions.openExisting()) {
            database.requireMigrated();
            try (var persistence = database.connect(1)) {
                var report = VerifyReport.of(
                        Allotment.with(persistence).build().gate().verify());
                report.print(output.people());
                output.result(report);
                return report.violations() == 0 ? 0 : 1;
            }
        }
    }
}

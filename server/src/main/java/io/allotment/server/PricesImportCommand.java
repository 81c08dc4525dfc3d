package io.allotment.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.allotment.Allotment;
import io.allotment.domain.ai.PriceFile;
import io.allotment.domain.ai.PriceImport;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = {
            "Take in a price file of the form that pydantic's genai-prices publishes: providers, models, prices with"
                    + " tiers, dates and times of day.",
            "The same file again changes nothing. A price that the file has otherwise becomes a new row, effective from now"
                    + " on; what was reckoned before stays as it was."
        },
        footer = {"", "Exit code: 0 when all was taken in, 1 when something was skipped."})
final class PricesImportCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "The price file.")
    private Path file;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    PricesImportCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    /**
     * Providers and models are the file's; the models are those added, changed and unchanged. Free ones have no price at all,
     * and price rows are those that were added.
     */
    private record Result(
            int providers,
            int models,
            int added,
            int changed,
            int unchanged,
            int skipped,
            int free,
            int priceRows,
            int unlisted,
            List<Change> changes,
            List<PriceFile.Skipped> left) {}

    private record Change(String provider, String model, boolean prices) {}

    @Override
    public Integer call() {
        // Before anything is started or written.
        var listed = read(file);
        try (var database = databaseOptions.open()) {
            database.migrate();
            try (var persistence = database.connect(1)) {
                var changes = Allotment.with(persistence).build().prices().take(listed);
                var result = result(listed, changes);
                print(result, output.people());
                output.result(result);
                return result.skipped() == 0 ? 0 : 1;
            }
        }
    }

    private static PriceFile read(Path file) {
        try (var in = new BufferedInputStream(Files.newInputStream(file))) {
            return PriceFile.read(JsonTree.read(in));
        } catch (JsonProcessingException wrong) {
            throw new CommandFailed(file + " is no JSON: " + wrong.getOriginalMessage());
        } catch (IOException unreadable) {
            throw new CommandFailed(file + " cannot be read.", unreadable);
        }
    }

    private static Result result(PriceFile listed, PriceImport changes) {
        return new Result(
                listed.providers().size(),
                listed.providers().stream()
                        .mapToInt(provider -> provider.models().size())
                        .sum(),
                changes.added().size(),
                changes.changed().size(),
                changes.unchanged(),
                listed.skipped().size(),
                changes.free(),
                changes.prices().size(),
                changes.unlisted().size(),
                changes.changed().stream()
                        .map(each ->
                                new Change(each.model().provider(), each.model().model(), each.prices()))
                        .toList(),
                listed.skipped());
    }

    private static void print(Result result, PrintWriter out) {
        var table = new TextTable()
                .words()
                .figures()
                .row("providers", result.providers())
                .row("models", result.models())
                .row("  added", result.added())
                .row("  changed", result.changed())
                .row("  unchanged", result.unchanged())
                .row("  without any price", result.free())
                .row("price rows added", result.priceRows())
                .row("skipped", result.skipped())
                .row("in the book, not in the file", result.unlisted());
        table.print(out, "The price file");
        result.changes()
                .forEach(each -> out.println("changed: " + each.provider() + " " + each.model()
                        + (each.prices() ? ", with a new price" : "")));
        result.left()
                .forEach(each -> out.println("skipped: " + each.provider()
                        + (each.model().isEmpty() ? "" : " " + each.model()) + ": " + each.reason()));
    }
}

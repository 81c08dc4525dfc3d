package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.subscription.PlanMigrationService;
import io.allotment.application.subscription.PlanMigrationService.Refused;
import io.allotment.application.subscription.PlanMigrationService.When;
import io.allotment.application.subscription.PlanMigrationService.Wish;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.subscription.CreditPolicy;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "plans",
        description =
                "Plans and their subscribers: take subscribers to another version of their plan; bring what the payment gateway"
                        + " sells in line.",
        synopsisSubcommandLabel = "COMMAND")
final class PlansCommand implements Callable<Integer> {

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    private PlansCommand() {}

    static CommandLine in(Surroundings surroundings) {
        return new CommandLine(new PlansCommand())
                .addSubcommand(new Migrate(surroundings))
                .addSubcommand(new PlansSyncCommand(surroundings));
    }

    @Override
    public Integer call() {
        command.commandLine().usage(command.commandLine().getErr());
        return CommandLine.ExitCode.USAGE;
    }

    /** As people write it. */
    private static final class Time implements ITypeConverter<When> {
        @Override
        public When convert(String text) {
            return switch (text) {
                case "now" -> When.NOW;
                case "period-end" -> When.PERIOD_END;
                default -> throw new TypeConversionException("must be now or period-end, but was '" + text + "'");
            };
        }
    }

    @Command(
            name = "migrate",
            description = {
                "Take the subscribers of a plan's versions to another version of it, now or with each one's next period,"
                        + " also while servers run.",
                "It may be broken off and begun again: who was taken along before is left alone."
            },
            footer = {"", "Exit code: 0 when all were taken along, 1 when it was refused for some, who are named."})
    private static final class Migrate implements Callable<Integer> {

        private static final int PORTION = 100;

        /** So many subscribers go by between two lines about how far it is. */
        private static final int LINE = 1_000;

        @Parameters(paramLabel = "PLAN", description = "The plan's key.")
        private String plan;

        @Option(
                names = "--from",
                paramLabel = "N",
                description = "The version whose subscribers are meant (default: all versions but the other one).")
        private Integer from;

        @Option(
                names = "--to",
                paramLabel = "M",
                description = "The version to take them to (default: the plan's newest).")
        private Integer to;

        @Option(
                names = "--at",
                paramLabel = "WHEN",
                converter = Time.class,
                defaultValue = "period-end",
                description = "now, or period-end: with each one's next period (default: ${DEFAULT-VALUE}).")
        private When at;

        @Option(
                names = "--credits",
                paramLabel = "POLICY",
                description = "With --at now: what becomes of the included credits of the period that goes on, one of"
                        + " ${COMPLETION-CANDIDATES}.")
        private CreditPolicy credits;

        @Option(
                names = "--price",
                paramLabel = "KEY",
                description =
                        "The price for those whose own one the version does not have; else they stay where they are.")
        private String price;

        @Option(names = "--dry-run", description = "Only say what it would come to.")
        private boolean dryRun;

        @Mixin
        private final DatabaseOptions databaseOptions;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HelpOption help = new HelpOption();

        Migrate(Surroundings surroundings) {
            this.databaseOptions = new DatabaseOptions(surroundings);
        }

        /** For whom it was refused, as JSON by its fields. */
        private record Left(String tenant, String account, String subscription, String code, String reason) {

            static Left of(Refused refused) {
                return new Left(
                        refused.tenantId().toString(),
                        refused.accountId().toString(),
                        refused.id().toString(),
                        refused.code(),
                        refused.reason());
            }
        }

        private record Result(
                String plan,
                boolean dryRun,
                int subscribers,
                int changed,
                int unchanged,
                String granted,
                String clawedBack,
                Map<String, Long> chargesMinor,
                List<Left> refused) {}

        @Override
        public Integer call() {
            var wish = new Wish(
                    new PlanKey(plan),
                    Optional.ofNullable(from),
                    Optional.ofNullable(to),
                    at,
                    Optional.ofNullable(credits),
                    Optional.ofNullable(price).map(PriceKey::new));
            try (var database = databaseOptions.openExisting()) {
                database.requireMigrated();
                try (var persistence = database.connect(2)) {
                    var sum = migrate(Allotment.with(persistence).build().planMigrations(), wish);
                    var result = new Result(
                            plan,
                            dryRun,
                            sum.subscribers(),
                            sum.changed(),
                            sum.unchanged(),
                            sum.granted().toString(),
                            sum.clawedBack().toString(),
                            new TreeMap<>(sum.chargesMinor()),
                            sum.refused().stream().map(Left::of).toList());
                    print(result, output.people());
                    output.result(result);
                    return result.refused().isEmpty() ? 0 : 1;
                }
            }
        }

        private PlanMigrationService.Result migrate(PlanMigrationService migrations, Wish wish) {
            var sum = PlanMigrationService.Result.NONE;
            Optional<String> after = Optional.empty();
            do {
                var page = new PageRequest(PORTION, after);
                var portion = dryRun ? migrations.preview(wish, page) : migrations.migrate(wish, page);
                int before = sum.subscribers();
                sum = sum.plus(portion.result());
                if (sum.subscribers() / LINE > before / LINE) {
                    output.asides()
                            .println(sum.subscribers() + " subscribers looked at, " + sum.changed()
                                    + (dryRun ? " would be" : "") + " taken along, "
                                    + sum.refused().size() + " refused");
                    output.asides().flush();
                }
                after = portion.next();
            } while (after.isPresent());
            return sum;
        }

        private void print(Result result, PrintWriter out) {
            var table = new TextTable()
                    .words()
                    .figures()
                    .row("subscribers looked at", result.subscribers())
                    .row(dryRun ? "would be taken along" : "taken along", result.changed())
                    .row("left alone: done before, or gone", result.unchanged())
                    .row("refused", result.refused().size());
            reasons(result).forEach((code, count) -> table.row("  " + code, count));
            table.row("credits granted", result.granted()).row("credits taken back", result.clawedBack());
            result.chargesMinor()
                    .forEach((currency, minor) -> table.row("due in " + currency + ", minor units", minor));
            table.print(
                    out,
                    "Plan " + plan + (to == null ? " to its newest version" : " to version " + to)
                            + (dryRun ? ": what it would come to" : ""));
            result.refused()
                    .forEach(left -> out.println("refused: account " + left.account() + " of tenant " + left.tenant()
                            + ": " + left.reason()));
        }

        private static Map<String, Long> reasons(Result result) {
            return result.refused().stream()
                    .collect(Collectors.groupingBy(Left::code, TreeMap::new, Collectors.counting()));
        }
    }
}

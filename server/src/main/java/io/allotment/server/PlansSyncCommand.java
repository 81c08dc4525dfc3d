package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.billing.StorefrontService.Finding;
import io.allotment.stripe.StripePayments;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "sync",
        description = {
            "Compare plans, prices, credit products and what is billed by use with Stripe's products, prices and meters, and"
                    + " bring Stripe in line where that is asked for.",
            "Stripe's key comes from the environment, STRIPE_API_KEY."
        },
        footer = {"", "Exit code: 0 when Stripe is in line, 1 when it is not."})
final class PlansSyncCommand implements Callable<Integer> {

    @Option(
            names = "--apply",
            description = "Make, name and archive in Stripe what is otherwise there; else it is only told.")
    private boolean apply;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final StripeOptions stripeOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    PlansSyncCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
        this.stripeOptions = new StripeOptions(surroundings);
    }

    private record Result(boolean applied, int different, int mended, List<Finding> findings) {}

    @Override
    public Integer call() {
        var stripe = stripeOptions.required();
        try (var database = databaseOptions.openExisting()) {
            database.requireMigrated();
            try (var persistence = database.connect(2)) {
                var findings = Allotment.with(persistence)
                        .payments(StripePayments.of(stripe, Clock.systemUTC()))
                        .build()
                        .storefront()
                        .compare(apply);
                int mended = (int) findings.stream().filter(Finding::mended).count();
                print(findings, output.people());
                output.result(new Result(apply, findings.size(), mended, findings));
                return findings.size() == mended ? 0 : 1;
            }
        }
    }

    private void print(List<Finding> findings, PrintWriter out) {
        if (findings.isEmpty()) {
            out.println("Stripe is in line.");
            return;
        }
        var table =
                new TextTable().words("name").words("title").words("in Stripe").words("now");
        findings.forEach(found -> table.row(
                found.name(),
                found.title(),
                found.differences().stream()
                        .map(difference ->
                                difference.name().toLowerCase(Locale.ROOT).replace('_', ' '))
                        .collect(Collectors.joining(", ")),
                found.mended() ? "in line" : apply ? "as it was, in part" : "as it was"));
        table.print(out, "Stripe and the catalogue");
    }
}

package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.billing.PaymentEventService.Reconciled;
import io.allotment.stripe.StripePayments;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "reconcile",
        description = {
            "Compare checkouts, subscriptions, invoices, refunds and disputes with Stripe's, all of them, and follow what is"
                    + " otherwise there where that is asked for: with its credits, as after events that never came.",
            "Stripe's key comes from the environment, STRIPE_API_KEY. Also while servers run."
        },
        footer = {"", "Exit code: 0 when all is as at Stripe, 1 when it is not."})
final class ReconcileCommand implements Callable<Integer> {

    @Option(names = "--apply", description = "Follow what differs; else it is only told.")
    private boolean apply;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final StripeOptions stripeOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    ReconcileCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
        this.stripeOptions = new StripeOptions(surroundings);
    }

    private record Result(boolean applied, int looked, int unknown, List<String> drifted, List<String> failed) {}

    @Override
    public Integer call() {
        var stripe = stripeOptions.required();
        try (var database = databaseOptions.openExisting()) {
            database.requireMigrated();
            try (var persistence = database.connect(2)) {
                var reconciled = Allotment.with(persistence)
                        .payments(StripePayments.of(stripe, Clock.systemUTC()))
                        .build()
                        .paymentEvents()
                        .reconcile(apply);
                print(reconciled, output.people());
                output.result(new Result(
                        apply, reconciled.looked(), reconciled.unknown(), reconciled.drifted(), reconciled.failed()));
                return reconciled.failed().isEmpty()
                                && (apply || reconciled.drifted().isEmpty())
                        ? 0
                        : 1;
            }
        }
    }

    private void print(Reconciled reconciled, PrintWriter out) {
        var table = new TextTable().words("what Stripe has").words("here");
        reconciled.drifted().forEach(what -> table.row(what, apply ? "followed" : "stands otherwise"));
        reconciled.failed().forEach(what -> table.row(what, "could not be compared"));
        if (!table.isEmpty()) {
            table.print(out, "Stripe and what is known of it");
        }
        new TextTable()
                .words()
                .figures()
                .row("looked at", reconciled.looked())
                .row("nobody's here", reconciled.unknown())
                .row(apply ? "followed" : "otherwise", reconciled.drifted().size())
                .row("failed", reconciled.failed().size())
                .print(out, "Compared with Stripe");
    }
}

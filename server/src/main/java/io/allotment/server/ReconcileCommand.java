package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.billing.PaymentEventService.Reconciled;
import io.allotment.domain.billing.Drift;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.stripe.StripePayments;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "reconcile",
        description = {
            "Compare what is known here with Stripe: what it told since it was asked last, then all checkouts, subscriptions,"
                    + " invoices, refunds and disputes. What differs is named, and followed where that is asked for: with its"
                    + " credits, as after events that never came.",
            "Stripe's key comes from the environment, STRIPE_API_KEY. Also while servers run."
        },
        footer = {
            "",
            "Exit code: 0 when all that was looked at is as at Stripe, or was followed; 1 when it is not, could not be compared, or something"
                    + " stands that somebody has to look at."
        })
final class ReconcileCommand implements Callable<Integer> {

    private static final int CELL = 60;

    @Option(names = "--apply", description = "Follow what differs; else it is only told.")
    private boolean apply;

    @Option(
            names = "--without",
            split = ",",
            paramLabel = "KIND",
            description =
                    "Leave these out, such as what the key may not read: checkout, subscription, invoice, refund, dispute. Without it a right that is"
                            + " missing is a failure; but for that to read thin events, which tell of rejected usage.")
    private Set<GatewayObject.Kind> without = Set.of();

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

    private record Missed(String id, String type, String at) {

        static Missed of(StoredEvent event) {
            return new Missed(event.id(), event.type(), event.at().toString());
        }
    }

    private record Difference(
            String kind,
            String id,
            String tenant,
            String account,
            String what,
            String here,
            String there,
            boolean stands) {

        static Difference of(Drift drift) {
            return new Difference(
                    drift.kind().name().toLowerCase(Locale.ROOT),
                    drift.id(),
                    drift.tenantId().toString(),
                    drift.accountId().toString(),
                    drift.what(),
                    drift.here(),
                    drift.there(),
                    drift.stands());
        }
    }

    private record Result(
            boolean applied,
            int looked,
            int unknown,
            List<Missed> missed,
            List<Difference> drifted,
            List<String> notLookedAt,
            List<String> failed) {

        static Result of(boolean applied, Reconciled reconciled) {
            return new Result(
                    applied,
                    reconciled.looked(),
                    reconciled.unknown(),
                    reconciled.missed().stream().map(Missed::of).toList(),
                    reconciled.drifted().stream().map(Difference::of).toList(),
                    reconciled.notLookedAt(),
                    reconciled.failed());
        }
    }

    @Override
    public Integer call() {
        var stripe =
                stripeOptions.required("'reconcile'", "its server reconciles with it every day, by the job reconcile");
        try (var database = databaseOptions.openExisting()) {
            database.requireMigrated();
            try (var persistence = database.connect(2)) {
                var reconciled = Allotment.with(persistence)
                        .payments(StripePayments.of(stripe, Clock.systemUTC()))
                        .build()
                        .paymentEvents()
                        .reconcile(apply, without);
                var result = Result.of(apply, reconciled);
                print(result, output.people());
                output.result(result);
                return apply && reconciled.isMended() || reconciled.isInOrder() ? 0 : 1;
            }
        }
    }

    private static void print(Result result, PrintWriter out) {
        var events = new TextTable().words("event").words("type").words("at");
        result.missed().forEach(event -> events.row(event.id(), event.type(), event.at()));
        if (!events.isEmpty()) {
            events.print(out, "Told by Stripe, and never here");
        }
        print(result, false, result.applied() ? "Was otherwise, and was followed" : "Otherwise than at Stripe", out);
        print(result, true, "Otherwise than at Stripe, and stands: to be looked at", out);
        var notLookedAt = new TextTable().words("what");
        result.notLookedAt().forEach(notLookedAt::row);
        if (!notLookedAt.isEmpty()) {
            notLookedAt.print(out, "Not looked at");
        }
        var failed = new TextTable().words("could not be compared");
        result.failed().forEach(failed::row);
        if (!failed.isEmpty()) {
            failed.print(out, "Not compared");
        }
        new TextTable()
                .words()
                .figures()
                .row("looked at", result.looked())
                .row("nobody's here", result.unknown())
                .row("events that never came", result.missed().size())
                .row(
                        result.applied() ? "followed" : "otherwise",
                        result.drifted().stream()
                                .filter(drift -> !drift.stands())
                                .count())
                .row(
                        "to be looked at",
                        result.drifted().stream().filter(Difference::stands).count())
                .row("not looked at", result.notLookedAt().size())
                .row("failed", result.failed().size())
                .print(out, "Compared with Stripe");
    }

    private static void print(Result result, boolean standing, String title, PrintWriter out) {
        var table = new TextTable()
                .words("of")
                .words("account")
                .words("what")
                .words("here")
                .words("at Stripe");
        result.drifted().stream()
                .filter(drift -> drift.stands() == standing)
                .forEach(drift -> table.row(
                        drift.kind() + " " + drift.id(),
                        drift.account(),
                        drift.what(),
                        shown(drift.here()),
                        shown(drift.there())));
        if (!table.isEmpty()) {
            table.print(out, title);
        }
    }

    /** In one cell; all of it is in the JSON. */
    private static String shown(String value) {
        if (value.isEmpty()) {
            return "-";
        }
        return value.length() > CELL ? value.substring(0, CELL - 1) + "…" : value;
    }
}

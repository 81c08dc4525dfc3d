package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.quota.QuotaStanding;
import io.allotment.domain.shared.PageRequest;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "demo",
        description =
                "Watch it decide: makes tenants, plans and grants in a PostgreSQL of its own that is gone afterwards,"
                        + " and sends the AI calls of an imagined product through the gate.",
        footer = {"", "Exit code: 0 when every invariant holds at the end, else 1."})
final class DemoCommand implements Callable<Integer> {

    private static final int MAX_CALLS = 1_000_000;
    private static final int CALLERS = 32;
    private static final int CONNECTIONS = 4;

    private final Surroundings surroundings;

    @Option(
            names = "--calls",
            paramLabel = "N",
            defaultValue = "" + DemoWorld.USUAL_CALLS,
            description = "How many calls (default: ${DEFAULT-VALUE}); retries come on top.")
    private int calls;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "2026",
            description =
                    "Where the calls are generated from (default: ${DEFAULT-VALUE}): the same seed, the same calls.")
    private long seed;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    DemoCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Decided = allowed + denied; replayed comes on top. */
    private record Result(
            long seed,
            int tenants,
            int callers,
            long decided,
            long allowed,
            long denied,
            Map<String, Long> deniedByReason,
            long replayed,
            String creditsDrawn,
            List<Burned> grants,
            List<Used> quotas,
            BigDecimal seconds,
            long decisionsPerSecond,
            VerifyReport verified) {}

    /** A grant and what was drawn of it. */
    private record Burned(
            String tenant,
            String source,
            int priority,
            String expiresAt,
            String amount,
            String drawn,
            String remaining) {

        static Burned of(String tenant, CreditGrant grant) {
            var terms = grant.terms();
            return new Burned(
                    tenant,
                    terms.source().toString(),
                    terms.priority(),
                    terms.expiresAt()
                            .map(end -> end.toString().substring(0, "2026-01-01".length()))
                            .orElse("never"),
                    terms.amount().toString(),
                    terms.amount().minus(grant.remaining()).toString(),
                    grant.remaining().toString());
        }
    }

    /** A quota and how much of it is used. */
    private record Used(String tenant, String plan, String feature, String used, String limit, String aboveLimit) {

        static Used of(DemoWorld.Customer customer, QuotaStanding standing) {
            return new Used(
                    customer.name(),
                    customer.plan(),
                    standing.feature().value(),
                    standing.used().toString(),
                    standing.quota().limit().map(Object::toString).orElse("none"),
                    policy(standing.quota()));
        }
    }

    private static String policy(Quota quota) {
        return quota.overage() + (quota.gracePercent() == 0 ? "" : ", " + quota.gracePercent() + " % grace");
    }

    @Override
    public Integer call() {
        OptionBounds.require(command, "--calls", calls, 1, MAX_CALLS);
        output.asides().println("Starting PostgreSQL in a temporary directory ...");
        try (var database = Database.of(EmbeddedDatabase.temporary(), "demo's PostgreSQL")) {
            database.migrate();
            try (var persistence = database.connect(CONNECTIONS)) {
                var result = run(Allotment.with(persistence).build());
                print(result, output.people());
                output.result(result);
                return result.verified().violations() == 0 ? 0 : 1;
            }
        }
    }

    private Result run(Allotment allotment) {
        var customers = new DemoWorld(allotment, calls).make();
        var traffic = new DemoTraffic(seed, customers).generate(calls);
        output.asides()
                .println("Sending " + traffic.size() + " calls of " + customers.size() + " tenants through the gate, "
                        + CALLERS + " at a time (seed " + seed + ") ...");

        var tally = new Tally();
        var stopwatch = new Stopwatch();
        try (var progress = new Progress("calls", traffic.size(), surroundings.terminal(), output.asides())) {
            Callers.each(CALLERS, traffic.size(), i -> {
                var call = traffic.get(i);
                tally.add(allotment.gate().consume(call.tenant(), call.key(), call.charge()));
                progress.step();
            });
        }
        var took = stopwatch.elapsed();

        var deniedByReason = new TreeMap<String, Long>();
        tally.deniedByReason().forEach((reason, count) -> deniedByReason.put(reason.toString(), count));
        return new Result(
                seed,
                customers.size(),
                CALLERS,
                tally.allowed() + tally.denied(),
                tally.allowed(),
                tally.denied(),
                deniedByReason,
                tally.replayed(),
                tally.drawn().toString(),
                customers.stream()
                        .flatMap(customer -> burned(allotment, customer).stream())
                        .toList(),
                customers.stream()
                        .flatMap(customer -> used(allotment, customer).stream())
                        .toList(),
                Stopwatch.seconds(took),
                Stopwatch.perSecond(traffic.size(), took),
                VerifyReport.of(allotment.gate().verify()));
    }

    /** In burn-down order. */
    private static List<Burned> burned(Allotment allotment, DemoWorld.Customer customer) {
        return allotment
                .credits()
                .listGrants(customer.tenant(), customer.account(), Optional.empty(), PageRequest.first(100))
                .items()
                .stream()
                .sorted(CreditGrant.BURN_DOWN)
                .map(grant -> Burned.of(customer.name(), grant))
                .toList();
    }

    private static List<Used> used(Allotment allotment, DemoWorld.Customer customer) {
        return allotment.quotas().list(customer.tenant(), customer.account()).stream()
                .map(standing -> Used.of(customer, standing))
                .toList();
    }

    private static void print(Result result, PrintWriter out) {
        new TextTable()
                .words()
                .figures()
                .row("tenants", result.tenants())
                .row("decided", result.decided())
                .row("allowed", result.allowed())
                .row("denied", result.denied())
                .row("replayed (retries of the same key)", result.replayed())
                .row("credits drawn", result.creditsDrawn())
                .row("seconds", result.seconds())
                .row("decisions per second", result.decisionsPerSecond())
                .print(out, "What the gate decided");

        var denied = new TextTable().words("denied because").figures("calls");
        result.deniedByReason().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .forEach(reason -> denied.row(reason.getKey(), reason.getValue()));
        denied.print(out, "Denials");

        var burned = new TextTable()
                .words("tenant")
                .words("grant")
                .figures("priority")
                .words("expires")
                .figures("amount")
                .figures("drawn")
                .figures("remaining");
        result.grants()
                .forEach(grant -> burned.row(
                        grant.tenant(),
                        grant.source(),
                        grant.priority(),
                        grant.expiresAt(),
                        grant.amount(),
                        grant.drawn(),
                        grant.remaining()));
        burned.print(out, "Credits burned by grant, in burn-down order");

        var used = new TextTable()
                .words("tenant")
                .words("plan")
                .words("feature")
                .figures("used")
                .figures("limit")
                .words("above the limit");
        result.quotas()
                .forEach(quota -> used.row(
                        quota.tenant(),
                        quota.plan(),
                        quota.feature(),
                        quota.used(),
                        quota.limit(),
                        quota.aboveLimit()));
        used.print(out, "Quota used against limit");

        result.verified().print(out);
    }
}

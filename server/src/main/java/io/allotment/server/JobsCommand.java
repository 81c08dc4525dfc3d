package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.billing.CustomerErasureService;
import io.allotment.application.billing.MeteringService;
import io.allotment.application.billing.PaymentEventService;
import io.allotment.application.job.DeadLetterService;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.jobs.Jobs;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.stripe.StripePayments;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "jobs",
        description =
                "Show which jobs run when, how their last runs went, what fails in them and is tried again, and what they gave up"
                        + " on (dead letters), also while servers run. 'serve' runs the jobs; where none runs, nothing is wrong, only later.")
final class JobsCommand implements Callable<Integer> {

    @Mixin
    private final Where where;

    @Mixin
    private final HelpOption help = new HelpOption();

    private JobsCommand(Surroundings surroundings) {
        this.where = new Where(surroundings);
    }

    /** With its own subcommands. */
    static CommandLine in(Surroundings surroundings) {
        return new CommandLine(new JobsCommand(surroundings))
                .addSubcommand(new Run(surroundings))
                .addSubcommand(new Retry(surroundings))
                .addSubcommand(new Forget(surroundings));
    }

    /** The database, and where the result goes. */
    private static final class Where {

        @Mixin
        private final DatabaseOptions databaseOptions;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        Where(Surroundings surroundings) {
            this.databaseOptions = new DatabaseOptions(surroundings);
        }

        /** With the database as it is: refuses one that is not up to date. */
        private int with(Work work) throws InterruptedException {
            try (var database = databaseOptions.openExisting()) {
                database.requireMigrated();
                try (var persistence = database.connect(2)) {
                    return work.on(persistence, Allotment.with(persistence).build(), output);
                }
            }
        }
    }

    @FunctionalInterface
    private interface Work {
        int on(JooqPersistence persistence, Allotment allotment, OutputOptions output) throws InterruptedException;
    }

    /**
     * A job: as JSON by its fields.
     *
     * @param failing what fails in it and is tried again: for how many tenants, or how many events or customers of a gateway
     */
    private record JobLine(
            String job,
            String nextRun,
            String lastSuccess,
            String lastFailure,
            int consecutiveFailures,
            long failing,
            String runningOn) {

        static JobLine of(Jobs.Status status, Map<JobName, Long> failing) {
            return new JobLine(
                    status.job(),
                    status.nextRun().toString(),
                    text(status.lastSuccess()),
                    text(status.lastFailure()),
                    status.consecutiveFailures(),
                    failing.getOrDefault(new JobName(status.job()), 0L),
                    status.runningOn().orElse(null));
        }
    }

    /** What was given up on. */
    private record DeadLetter(
            String job,
            String tenantId,
            int attempts,
            String firstFailedAt,
            String lastFailedAt,
            String reason,
            String reference) {

        static DeadLetter of(FailedWork work) {
            return new DeadLetter(
                    work.job().value(),
                    work.tenantId().toString(),
                    work.attempts(),
                    work.firstFailedAt().toString(),
                    work.lastFailedAt().toString(),
                    work.reason(),
                    work.reference());
        }
    }

    private record Listing(List<JobLine> jobs, List<DeadLetter> deadLetters) {

        void print(PrintWriter out) {
            var table = new TextTable()
                    .words("job")
                    .words("next run")
                    .words("last success")
                    .words("last failure")
                    .figures("failures in a row")
                    .figures("failing")
                    .words("running on");
            jobs.forEach(one -> table.row(
                    one.job(),
                    one.nextRun(),
                    shown(one.lastSuccess()),
                    shown(one.lastFailure()),
                    one.consecutiveFailures(),
                    one.failing(),
                    shown(one.runningOn())));
            if (table.isEmpty()) {
                out.println("No server has run jobs on this database yet.");
            } else {
                table.print(out, "Jobs");
            }
            if (deadLetters.isEmpty()) {
                out.println("No dead letters.");
                return;
            }
            var dead = new TextTable()
                    .words("job")
                    .words("tenant")
                    .figures("attempts")
                    .words("last failure")
                    .words("reference")
                    .words("reason");
            deadLetters.forEach(one -> dead.row(
                    one.job(), one.tenantId(), one.attempts(), one.lastFailedAt(), one.reference(), one.reason()));
            dead.print(out, "Dead letters: 'allotment jobs retry' or 'allotment jobs forget'");
        }
    }

    private static String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    private static String shown(String value) {
        return value == null ? "-" : value;
    }

    @Override
    public Integer call() throws InterruptedException {
        return where.with((persistence, allotment, output) -> {
            var jobs = Jobs.over(persistence.schedulingConnections(), allotment).build();
            var failing = allotment.deadLetters().failing();
            var listing = new Listing(
                    jobs.list().stream()
                            .map(status -> JobLine.of(status, failing))
                            .toList(),
                    all(allotment.deadLetters()).stream().map(DeadLetter::of).toList());
            listing.print(output.people());
            output.result(listing);
            return 0;
        });
    }

    private static List<FailedWork> all(DeadLetterService letters) {
        var all = new ArrayList<FailedWork>();
        Optional<String> after = Optional.empty();
        do {
            var page = letters.list(new PageRequest(PageRequest.MAX_LIMIT, after));
            all.addAll(page.items());
            after = page.next();
        } while (after.isPresent());
        return all;
    }

    @Command(
            name = "run",
            description = "Run a job now, here or on the server that takes it first, and wait for its end.",
            footer = {"", "Exit code: 0 when it is done, 1 when it failed."})
    private static final class Run implements Callable<Integer> {

        private static final Set<String> OF_GATEWAYS = Set.of(
                PaymentEventService.JOB.value(),
                PaymentEventService.MISSED.value(),
                PaymentEventService.RECONCILE.value(),
                CustomerErasureService.JOB.value(),
                MeteringService.JOB.value());

        @Parameters(paramLabel = "NAME", description = "Which job, as 'allotment jobs' calls it; mails a server sends.")
        private String job;

        @Mixin
        private final DunningOption dunning = new DunningOption();

        @Mixin
        private final StripeOptions stripeOptions;

        @Mixin
        private final Where where;

        @Mixin
        private final HelpOption help = new HelpOption();

        Run(Surroundings surroundings) {
            this.where = new Where(surroundings);
            this.stripeOptions = new StripeOptions(surroundings);
        }

        private record Result(String job, boolean done, String failure) {}

        @Override
        public Integer call() throws InterruptedException {
            var stripe = OF_GATEWAYS.contains(job)
                    ? Optional.of(stripeOptions.required("The job " + job, "its server runs it"))
                    : stripeOptions.settings();
            return where.with((persistence, usual, output) -> {
                var allotment = Allotment.with(persistence).dunning(dunning.schedule());
                stripe.ifPresent(reached -> allotment.payments(StripePayments.of(reached, Clock.systemUTC())));
                var failure = Jobs.over(persistence.schedulingConnections(), allotment.build())
                        .build()
                        .runNow(job);
                output.people()
                        .println(failure.map(why -> "The job " + job + " failed: " + why)
                                .orElse("The job " + job + " is done."));
                output.result(new Result(job, failure.isEmpty(), failure.orElse(null)));
                return failure.isPresent() ? 1 : 0;
            });
        }
    }

    /** Which dead letter. */
    private static final class Letter {

        @Option(
                names = "--tenant",
                paramLabel = "ID",
                required = true,
                description = "Whose dead letter, as 'allotment jobs' shows it.")
        private String tenant;

        @Parameters(paramLabel = "JOB", description = "Which job gave up.")
        private String job;

        private TenantId tenantId() {
            return TenantId.of(tenant);
        }

        private JobName jobName() {
            return new JobName(job);
        }
    }

    /** @param outcome in one word */
    private record LetterResult(String job, String tenantId, String outcome) {}

    private static int tell(Letter letter, String outcome, String sentence, OutputOptions output) {
        output.people().println(sentence);
        output.result(new LetterResult(letter.job, letter.tenant, outcome));
        return 0;
    }

    @Command(
            name = "retry",
            description =
                    "Have a job try a tenant again that it gave up on: the next time it runs. What 'payments' gave up on is tried by the job"
                            + " 'reconcile'.")
    private static final class Retry implements Callable<Integer> {

        @Mixin
        private final Letter letter = new Letter();

        @Mixin
        private final Where where;

        @Mixin
        private final HelpOption help = new HelpOption();

        Retry(Surroundings surroundings) {
            this.where = new Where(surroundings);
        }

        @Override
        public Integer call() throws InterruptedException {
            return where.with((persistence, allotment, output) -> {
                allotment.deadLetters().retry(letter.tenantId(), letter.jobName());
                return tell(
                        letter,
                        "retried",
                        "It is tried again the next time the job "
                                + (letter.jobName().equals(PaymentEventService.JOB)
                                        ? PaymentEventService.RECONCILE
                                        : letter.jobName())
                                + " runs.",
                        output);
            });
        }
    }

    @Command(
            name = "forget",
            description =
                    "Forget that a job gave up on a tenant. Should something still be due, it is found again: of 'payments' by the job"
                            + " 'reconcile'.")
    private static final class Forget implements Callable<Integer> {

        @Mixin
        private final Letter letter = new Letter();

        @Mixin
        private final Where where;

        @Mixin
        private final HelpOption help = new HelpOption();

        Forget(Surroundings surroundings) {
            this.where = new Where(surroundings);
        }

        @Override
        public Integer call() throws InterruptedException {
            return where.with((persistence, allotment, output) -> {
                allotment.deadLetters().forget(letter.tenantId(), letter.jobName());
                return tell(letter, "forgotten", "It is forgotten.", output);
            });
        }
    }
}

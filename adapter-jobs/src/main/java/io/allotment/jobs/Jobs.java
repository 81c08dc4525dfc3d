package io.allotment.jobs;

import static java.util.Objects.requireNonNull;

import com.github.kagkarlsson.scheduler.ScheduledExecution;
import com.github.kagkarlsson.scheduler.ScheduledExecutionsFilter;
import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceCurrentlyExecutingException;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import io.allotment.Allotment;
import io.allotment.application.billing.CheckoutClosingService;
import io.allotment.application.billing.CustomerErasureService;
import io.allotment.application.billing.MeteringService;
import io.allotment.application.billing.PaymentEventService;
import io.allotment.application.job.Portion;
import io.allotment.application.job.Upkeep;
import io.allotment.domain.notification.MailTransport;
import io.allotment.domain.shared.NotFound;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;

/**
 * Runs what is due from time to time: {@code Jobs.over(persistence.schedulingConnections(), allotment).start()}, and {@code close()} when the
 * process ends. Any number of processes may do so on one database: each run of a job is one process's. What it is to do and when
 * stands in the database, so that a process that dies is followed by another within minutes.
 *
 * <p>Nothing is wrong where none runs, only later. A run that fails is repeated; what fails for one tenant does not stop the
 * others, and is a dead letter after some attempts ({@code allotment.deadLetters()}). Time is the clock of the {@link Allotment}.
 */
public final class Jobs implements AutoCloseable {

    private static final String TABLE = "allotment.scheduled_tasks";
    private static final int THREADS = 3;

    /** So often the database is asked what is due. */
    private static final Duration POLLING = Duration.ofSeconds(2);

    /** A run whose process has said nothing for four of these is another's to do again. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(30);

    /** So many usage events are rolled up in one go: some seconds' work. */
    private static final int EVENTS = 20_000;

    private static final Duration STOP = Duration.ofSeconds(15);

    /** A job that only other processes know is theirs: never deleted. */
    private static final Duration NEVER = Duration.ofDays(36_500);

    private final DataSource connections;
    private final Allotment allotment;
    private final String name;
    private final JobMetrics metrics;
    private final List<Job> jobs;
    private Optional<Scheduler> running = Optional.empty();

    private Jobs(Builder chosen) {
        connections = chosen.connections;
        allotment = chosen.allotment;
        name = chosen.name;
        metrics = new JobMetrics(allotment);
        jobs = List.copyOf(chosen.jobs());
        metrics.watch(jobs.stream().map(Job::name));
    }

    /**
     * A job and how it stands.
     *
     * @param nextRun when it is due; in the past where nobody has run it
     * @param consecutiveFailures how many of its last runs failed
     * @param runningOn which process is at it
     */
    public record Status(
            String job,
            Instant nextRun,
            Optional<Instant> lastSuccess,
            Optional<Instant> lastFailure,
            int consecutiveFailures,
            Optional<String> runningOn) {}

    /** @param connections that commit by themselves, of the platform's role: {@code JooqPersistence.schedulingConnections()} */
    public static Builder over(DataSource connections, Allotment allotment) {
        return new Builder(connections, allotment);
    }

    /** What can be chosen; all of it has a default. */
    public static final class Builder {

        private final DataSource connections;
        private final Allotment allotment;
        private Optional<MailTransport> mail = Optional.empty();
        private String name = new SchedulerName.Hostname().getName() + "/"
                + ProcessHandle.current().pid();

        private Builder(DataSource connections, Allotment allotment) {
            this.connections = requireNonNull(connections, "connections");
            this.allotment = requireNonNull(allotment, "allotment");
        }

        /** Sends mails by this; where nothing is said they are not sent from here. */
        public Builder mail(MailTransport transport) {
            this.mail = Optional.of(transport);
            return this;
        }

        /** What this process is called where it runs a job; its host and number where nothing is said. */
        public Builder name(String process) {
            this.name = requireNonNull(process, "process");
            return this;
        }

        private List<Job> jobs() {
            var upkeep = allotment.upkeep();
            var all = new ArrayList<Job>();
            all.add(new Job(Upkeep.LAPSE.value(), Duration.ofSeconds(30), upkeep::lapse));
            all.add(new Job(Upkeep.SUBSCRIPTIONS.value(), Duration.ofMinutes(1), upkeep::moveSubscriptionsOn));
            all.add(new Job(Upkeep.EXPIRE_CREDITS.value(), Duration.ofMinutes(1), upkeep::expireCredits));
            all.add(new Job(Upkeep.DUN.value(), Duration.ofMinutes(1), upkeep::dun));
            all.add(new Job(Upkeep.RETENTION.value(), Duration.ofHours(1), upkeep::retain));
            all.add(new Job(Upkeep.PRICE_USAGE.value(), Duration.ofMinutes(1), upkeep::priceUsage));
            all.add(new Job(
                    PaymentEventService.JOB.value(), Duration.ofSeconds(5), allotment.paymentEvents()::applyDue));
            all.add(new Job(
                    PaymentEventService.MISSED.value(), Duration.ofHours(1), allotment.paymentEvents()::followMissed));
            all.add(new Job(
                    PaymentEventService.RECONCILE.value(), Duration.ofDays(1), allotment.paymentEvents()::followAll));
            all.add(new Job(
                    CheckoutClosingService.JOB.value(), Duration.ofMinutes(1), allotment.checkoutClosing()::closeDue));
            all.add(new Job(
                    CustomerErasureService.JOB.value(), Duration.ofMinutes(1), allotment.customerErasures()::eraseDue));
            all.add(new Job(MeteringService.JOB.value(), Duration.ofMinutes(1), allotment.metering()::report));
            all.add(new Job("partitions", Duration.ofHours(12), upkeep::makeRoom));
            var roller = allotment.usageRoller();
            all.add(new Job("usage", Duration.ofSeconds(10), () -> {
                int rolledUp = roller.rollUp(EVENTS);
                return new Portion(rolledUp, 0, rolledUp >= EVENTS);
            }));
            mail.map(allotment::mailDelivery)
                    .ifPresent(delivery ->
                            all.add(new Job("mail", Duration.ofSeconds(2), () -> Portion.all(delivery.deliver()))));
            return all;
        }

        /** Puts them together; nothing runs yet. */
        public Jobs build() {
            return new Jobs(this);
        }

        /** Runs them from now on, until it is closed. */
        public Jobs start() {
            return build().start();
        }
    }

    /** Runs them from now on, until it is closed. */
    public synchronized Jobs start() {
        if (running.isPresent()) {
            throw new IllegalStateException("The jobs run already.");
        }
        var scheduler = configured(tasks())
                .threads(THREADS)
                .pollingInterval(POLLING)
                .addSchedulerListener(metrics)
                .build();
        running = Optional.of(scheduler);
        scheduler.start();
        return this;
    }

    /** What they count and time in this process, for a registry of meters. */
    public MeterBinder meters() {
        return metrics::tell;
    }

    /** All jobs that any process of this database has, by name. */
    public List<Status> list() {
        var all = new ArrayList<Status>();
        client().fetchScheduledExecutions(
                        ScheduledExecutionsFilter.all().withIncludeUnresolved(true), one -> all.add(status(one)));
        all.sort(Comparator.comparing(Status::job));
        return all;
    }

    /**
     * Runs a job now, here or where a process on the same database takes it first, and waits for its end.
     *
     * @return why it failed; empty where it did not
     */
    public Optional<String> runNow(String job) throws InterruptedException {
        var task = tasks().stream()
                .filter(one -> one.getName().equals(job))
                .findFirst()
                .orElseThrow(() -> new NotFound("job", job));
        var id = TaskInstanceId.of(job, RecurringTask.INSTANCE);
        var ended = new CountDownLatch(1);
        var failure = new AtomicReference<Optional<String>>(Optional.empty());
        var scheduler = configured(List.of(task))
                .threads(1)
                .pollingInterval(Duration.ofMillis(200))
                .addSchedulerListener(metrics)
                .addSchedulerListener(new AbstractSchedulerListener() {
                    @Override
                    public void onExecutionComplete(ExecutionComplete run) {
                        failure.set(run.getCause().map(Throwable::toString));
                        ended.countDown();
                    }
                })
                .build();
        var before = find(id);
        if (before.flatMap(Status::runningOn).isEmpty()) {
            due(task);
        }
        scheduler.start();
        try {
            while (!ended.await(500, TimeUnit.MILLISECONDS)) {
                var now = find(id);
                if (now.flatMap(Status::runningOn).isEmpty() && hasRun(before, now)) {
                    return now.filter(status -> status.consecutiveFailures() > 0)
                            .map(status -> "It failed in another process; its log says why.");
                }
            }
            return failure.get();
        } finally {
            scheduler.stop();
        }
    }

    private void due(RecurringTask<Void> task) {
        // Before all others: who looks for what is due takes the few that are due for longest.
        var first = Instant.EPOCH;
        var run = task.instance(RecurringTask.INSTANCE);
        if (!client().scheduleIfNotExists(run, first)) {
            try {
                client().reschedule(run, first);
            } catch (TaskInstanceCurrentlyExecutingException underWay) {
                // Somebody took it in this moment.
            }
        }
    }

    /** Making a job due clears when it succeeded last: that alone is no run. */
    private static boolean hasRun(Optional<Status> before, Optional<Status> now) {
        return isNew(before.flatMap(Status::lastSuccess), now.flatMap(Status::lastSuccess))
                || isNew(before.flatMap(Status::lastFailure), now.flatMap(Status::lastFailure));
    }

    private static boolean isNew(Optional<Instant> before, Optional<Instant> now) {
        return now.isPresent() && !now.equals(before);
    }

    private Optional<Status> find(TaskInstanceId id) {
        return client().getScheduledExecution(id).map(Jobs::status);
    }

    private SchedulerClient client() {
        return SchedulerClient.Builder.create(connections, List.copyOf(tasks()))
                .tableName(TABLE)
                .build();
    }

    private static Status status(ScheduledExecution<?> one) {
        return new Status(
                one.getTaskInstance().getTaskName(),
                one.getExecutionTime(),
                Optional.ofNullable(one.getLastSuccess()),
                Optional.ofNullable(one.getLastFailure()),
                one.getConsecutiveFailures(),
                Optional.ofNullable(one.getPickedBy()).filter(process -> one.isPicked()));
    }

    /** The scheduler's tasks. */
    List<RecurringTask<Void>> tasks() {
        return jobs.stream().map(job -> job.task(metrics, allotment.clock())).toList();
    }

    private SchedulerBuilder configured(List<RecurringTask<Void>> tasks) {
        return new SchedulerBuilder(connections, List.of())
                .startTasks(tasks)
                .tableName(TABLE)
                .schedulerName(new SchedulerName.Fixed(name))
                .clock(() -> allotment.clock().instant())
                .heartbeatInterval(HEARTBEAT)
                .missedHeartbeatsLimit(4)
                .deleteUnresolvedAfter(NEVER)
                .shutdownMaxWait(STOP)
                // What failed is told by the metrics' listener, with its trace.
                .failureLogging(LogLevel.OFF, false);
    }

    /** A run that is under way may end its portion, within 15 seconds. */
    @Override
    public synchronized void close() {
        running.ifPresent(Scheduler::stop);
        running = Optional.empty();
    }
}

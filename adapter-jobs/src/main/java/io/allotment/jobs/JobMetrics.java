package io.allotment.jobs;

import com.github.kagkarlsson.scheduler.event.AbstractSchedulerListener;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import io.allotment.Allotment;
import io.allotment.application.job.Portion;
import io.allotment.domain.job.JobName;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and times the runs of this process; labels are the jobs' names. */
final class JobMetrics extends AbstractSchedulerListener {

    private static final Logger LOG = LoggerFactory.getLogger(JobMetrics.class);

    private final Allotment allotment;
    private final CompositeMeterRegistry registry = new CompositeMeterRegistry();

    JobMetrics(Allotment allotment) {
        this.allotment = allotment;
        Gauge.builder("allotment.jobs.dead.letters", this, JobMetrics::deadLetters)
                .description("What jobs gave up on, in the whole database")
                .register(registry);
    }

    /** What fails in each of these. */
    void watch(Stream<String> jobs) {
        jobs.forEach(job -> Gauge.builder("allotment.jobs.failing", this, metrics -> metrics.failing(job))
                .description("What fails in a job and is tried again, in the whole database")
                .tag("job", job)
                .register(registry));
    }

    void tell(MeterRegistry other) {
        registry.add(other);
    }

    void worked(String job, Portion portion) {
        count(job, "done", portion.done());
        count(job, "failed", portion.failed());
    }

    private void count(String job, String outcome, int number) {
        registry.counter("allotment.jobs.items", "job", job, "outcome", outcome).increment(number);
    }

    @Override
    public void onExecutionComplete(ExecutionComplete run) {
        var job = run.getExecution().taskInstance.getTaskName();
        Timer.builder("allotment.jobs.runs")
                .description("Runs of jobs in this process")
                .tag("job", job)
                .tag("outcome", run.getResult() == ExecutionComplete.Result.OK ? "done" : "failed")
                .register(registry)
                .record(run.getDuration());
        run.getCause()
                .ifPresent(failure -> LOG.warn(
                        String.format(
                                Locale.ROOT,
                                "The job %s failed, for the %d. time in a row: it runs again soon",
                                job,
                                run.getExecution().consecutiveFailures + 1),
                        failure));
    }

    private double deadLetters() {
        return known(() -> allotment.deadLetters().count());
    }

    private double failing(String job) {
        return known(() -> allotment.deadLetters().failing().getOrDefault(new JobName(job), 0L));
    }

    /** Unknown while the database is away. */
    private static double known(LongSupplier number) {
        try {
            return number.getAsLong();
        } catch (RuntimeException away) {
            return Double.NaN;
        }
    }
}

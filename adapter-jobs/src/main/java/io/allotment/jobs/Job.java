package io.allotment.jobs;

import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import io.allotment.application.job.Portion;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Something to be done again and again.
 *
 * @param pause from its end to its next run
 * @param work does a bounded portion
 */
record Job(String name, Duration pause, Supplier<Portion> work) {

    /** After so many portions the next ones wait for the next run: none keeps the others waiting. */
    private static final int MAX_PORTIONS = 1_000;

    private static final Duration LONGEST_PAUSE_AFTER_FAILURE = Duration.ofMinutes(5);

    /** The scheduler's task; a run that fails is repeated after the same pause, or five minutes where that is longer, one whose process was killed at once. */
    RecurringTask<Void> task(JobMetrics metrics, Clock clock) {
        var afterFailure = pause.compareTo(LONGEST_PAUSE_AFTER_FAILURE) < 0 ? pause : LONGEST_PAUSE_AFTER_FAILURE;
        return Tasks.recurring(name, FixedDelay.of(pause))
                .onFailure(new FailureHandler.OnFailureReschedule<>(FixedDelay.of(afterFailure)))
                // Else it is revived by the system's clock.
                .onDeadExecution((dead, operations) -> operations.reschedule(dead, clock.instant()))
                .execute((instance, context) ->
                        run(metrics, () -> context.getSchedulerState().isShuttingDown()));
    }

    /** Until nothing more is to be done at once. */
    void run(JobMetrics metrics, BooleanSupplier isStopping) {
        boolean more = true;
        for (int i = 0; more && i < MAX_PORTIONS && !isStopping.getAsBoolean(); i++) {
            var portion = work.get();
            metrics.worked(name, portion);
            more = portion.more();
        }
    }
}

package io.allotment.server;

import java.io.PrintWriter;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows on standard error how far a long work has come: by a bar on a terminal, by ten lines elsewhere. Steps come from any thread. */
final class Progress implements AutoCloseable {

    private final String task;
    private final int steps;
    private final PrintWriter asides;
    private final Optional<ProgressBar> bar;
    private long done;

    /** @param terminal whether standard error is one */
    Progress(String task, int steps, boolean terminal, PrintWriter asides) {
        this.task = task;
        this.steps = steps;
        this.asides = asides;
        this.bar = terminal ? Optional.of(bar(task, steps)) : Optional.empty();
    }

    private static ProgressBar bar(String task, int steps) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(100)
                .build();
    }

    /** One step more; lines come one at a time, so that they come in order. */
    synchronized void step() {
        long now = ++done;
        bar.ifPresent(ProgressBar::step);
        long tenths = now * 10 / steps;
        if (bar.isEmpty() && tenths > (now - 1) * 10 / steps) {
            asides.println(task + ": " + tenths * 10 + " % (" + now + " of " + steps + ")");
        }
    }

    @Override
    public void close() {
        bar.ifPresent(ProgressBar::close);
    }
}

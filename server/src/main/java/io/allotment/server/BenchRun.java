package io.allotment.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Measures the contenders of a workload one after another, with so many callers each. */
final class BenchRun {

    private static final int WARM_UP_SECONDS = 2;
    static final int MAX_WARM_UP_SECONDS = 5;

    /** Before a contender's first cell, when Java has yet to compile what it runs: it takes two cores 20 seconds. */
    private static final int FIRST_WARM_UP_SECONDS = 4;

    static final int MAX_FIRST_WARM_UP_SECONDS = 30;

    private final List<Integer> callers;
    private final int seconds;
    private final BenchClock clock;
    private final boolean terminal;
    private final PrintWriter asides;

    /** @param terminal whether asides go to one */
    BenchRun(List<Integer> callers, int seconds, BenchClock clock, boolean terminal, PrintWriter asides) {
        this.callers = callers;
        this.seconds = seconds;
        this.clock = clock;
        this.terminal = terminal;
        this.asides = asides;
    }

    /**
     * @param contenders the first two are those that are compared
     * @param each gets each cell as soon as it is measured
     */
    List<BenchCell> measure(Workload workload, List<BenchContender> contenders, Consumer<BenchCell> each) {
        var cells = new ArrayList<BenchCell>();
        try (var progress = new Progress(workload + ": seconds measured", seconds(contenders), terminal, asides)) {
            for (int count : callers) {
                for (var contender : contenders) {
                    var cell = measure(workload, contender, count, progress);
                    cells.add(cell);
                    each.accept(cell);
                }
            }
        }
        return cells;
    }

    private BenchCell measure(Workload workload, BenchContender contender, int count, Progress progress) {
        var operation = contender.ready().get();
        // What the one before left behind is not to be cleared away at this one's expense.
        System.gc();
        var pace = pace(contender, count);
        var nanos = new ClosedLoop(count, pace, progress::step).run(operation);
        return BenchCell.of(workload, contender.name(), count, nanos, pace.measured());
    }

    private ClosedLoop.Pace pace(BenchContender contender, int count) {
        boolean first = count == callers.get(0);
        return new ClosedLoop.Pace(
                first ? FIRST_WARM_UP_SECONDS : WARM_UP_SECONDS,
                Math.min(first ? MAX_FIRST_WARM_UP_SECONDS : MAX_WARM_UP_SECONDS, contender.maxSeconds()),
                Math.min(seconds, contender.maxSeconds()),
                clock);
    }

    private int seconds(List<BenchContender> contenders) {
        return contenders.stream()
                        .mapToInt(contender -> Math.min(seconds, contender.maxSeconds()))
                        .sum()
                * callers.size();
    }
}

package io.allotment.server;

import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Measures the contenders of a workload one after another, with so many callers each. */
final class BenchRun {

    /** Memory keeps every row it was ever given: longer, and the heap would be what is measured. */
    private static final int MAX_SECONDS_IN_MEMORY = 5;

    private static final int WARM_UP_SECONDS = 2;
    static final int MAX_WARM_UP_SECONDS = 5;

    /** Before a contender's first cell, when Java has yet to compile what it runs: it takes two cores 20 seconds. */
    private static final int FIRST_WARM_UP_SECONDS = 4;

    static final int MAX_FIRST_WARM_UP_SECONDS = 30;

    private final Persistence persistence;
    private final HandWritten handWritten;
    private final List<Integer> callers;
    private final int seconds;
    private final BenchClock clock;
    private final boolean terminal;
    private final PrintWriter asides;
    private final String name;

    /**
     * @param name of the new tenants, to which the workload is added
     * @param terminal whether asides go to one
     */
    BenchRun(
            Persistence persistence,
            HandWritten handWritten,
            List<Integer> callers,
            int seconds,
            BenchClock clock,
            String name,
            boolean terminal,
            PrintWriter asides) {
        this.persistence = persistence;
        this.handWritten = handWritten;
        this.callers = callers;
        this.seconds = seconds;
        this.clock = clock;
        this.name = name;
        this.terminal = terminal;
        this.asides = asides;
    }

    /**
     * Somebody to be measured.
     *
     * @param maxSeconds of a warm-up, and of what is measured
     * @param ready gives the operation; what it needs first is made before time counts
     */
    private record Contender(String name, int maxSeconds, Supplier<Consumer<RandomGenerator>> ready) {}

    /** @param each gets each cell as soon as it is measured */
    List<BenchCell> measure(Workload workload, Consumer<BenchCell> each) {
        var contenders = contenders(workload, world(workload));
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

    private BenchCell measure(Workload workload, Contender contender, int count, Progress progress) {
        var operation = contender.ready().get();
        // What the one before left behind is not to be cleared away at this one's expense.
        System.gc();
        var pace = pace(contender, count);
        var nanos = new ClosedLoop(count, pace, progress::step).run(operation);
        return BenchCell.of(workload, contender.name(), count, nanos, pace.measured());
    }

    private ClosedLoop.Pace pace(Contender contender, int count) {
        boolean first = count == callers.get(0);
        return new ClosedLoop.Pace(
                first ? FIRST_WARM_UP_SECONDS : WARM_UP_SECONDS,
                Math.min(first ? MAX_FIRST_WARM_UP_SECONDS : MAX_WARM_UP_SECONDS, contender.maxSeconds()),
                Math.min(seconds, contender.maxSeconds()),
                clock);
    }

    private int seconds(List<Contender> contenders) {
        return contenders.stream()
                        .mapToInt(contender -> Math.min(seconds, contender.maxSeconds()))
                        .sum()
                * callers.size();
    }

    private BenchWorld world(Workload workload) {
        handWritten.open(workload.accounts());
        try (var progress = new Progress(workload + ": preparing", BenchWorld.steps(workload), terminal, asides)) {
            return BenchWorld.make(persistence, workload, name + "-" + workload, progress::step);
        }
    }

    /** The first two are those that are compared. */
    private List<Contender> contenders(Workload workload, BenchWorld world) {
        return switch (workload) {
            case HOT, SPREAD, TENANTS ->
                List.of(
                        contender("allotment", world::consume),
                        contender("commit-per-update", handWritten::update),
                        contender("select-for-update", handWritten::selectForUpdate),
                        memory(() -> memoryWorld(workload)::consume));
            case CHECK ->
                List.of(
                        contender("allotment", world::check),
                        contender("select", handWritten::select),
                        memory(() -> memoryWorld(workload)::check));
            case AGED ->
                List.of(
                        contender("aged", random -> world.consume(0, random)),
                        contender("fresh", random -> world.consume(1, random)));
        };
    }

    private Contender contender(String contender, Consumer<RandomGenerator> operation) {
        return new Contender(contender, Integer.MAX_VALUE, () -> operation);
    }

    private Contender memory(Supplier<Consumer<RandomGenerator>> ready) {
        return new Contender("memory", MAX_SECONDS_IN_MEMORY, ready);
    }

    /** Empty each time. */
    private static BenchWorld memoryWorld(Workload workload) {
        return BenchWorld.make(new InMemoryPersistence(), workload, "memory", () -> {});
    }
}

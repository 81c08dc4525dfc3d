package io.allotment.server;

import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Who is measured on a database, beside memory; each with new tenants of its own. */
final class DatabaseContenders implements Function<Workload, List<BenchContender>> {

    /** Memory keeps every row it was ever given: longer, and the heap would be what is measured. */
    private static final int MAX_SECONDS_IN_MEMORY = 5;

    private final Persistence persistence;
    private final HandWritten handWritten;
    private final String name;
    private final BenchSize size;
    private final boolean terminal;
    private final PrintWriter asides;

    /**
     * @param name of the new tenants, to which the workload is added
     * @param terminal whether asides go to one
     */
    DatabaseContenders(
            Persistence persistence,
            HandWritten handWritten,
            String name,
            BenchSize size,
            boolean terminal,
            PrintWriter asides) {
        this.persistence = persistence;
        this.handWritten = handWritten;
        this.name = name;
        this.size = size;
        this.terminal = terminal;
        this.asides = asides;
    }

    @Override
    public List<BenchContender> apply(Workload workload) {
        return contenders(workload, world(workload));
    }

    private BenchWorld world(Workload workload) {
        handWritten.open(size.accounts(workload));
        try (var progress =
                new Progress(workload + ": preparing", BenchWorld.steps(workload, size), terminal, asides)) {
            return BenchWorld.make(persistence, workload, size, name + "-" + workload, progress::step);
        }
    }

    /** The first two are those that are compared. */
    private List<BenchContender> contenders(Workload workload, BenchWorld world) {
        return switch (workload) {
            case HOT, SPREAD, TENANTS ->
                List.of(
                        BenchContender.of("allotment", world::consume),
                        BenchContender.of("commit-per-update", handWritten::update),
                        BenchContender.of("select-for-update", handWritten::selectForUpdate),
                        memory(() -> memoryWorld(workload)::consume));
            case CHECK ->
                List.of(
                        BenchContender.of("allotment", world::check),
                        BenchContender.of("select", handWritten::select),
                        memory(() -> memoryWorld(workload)::check));
            case AGED ->
                List.of(
                        BenchContender.of("aged", random -> world.consume(0, random)),
                        BenchContender.of("fresh", random -> world.consume(1, random)));
            case PERMISSION, USAGE -> throw new IllegalArgumentException("not on a database: " + workload);
        };
    }

    private static BenchContender memory(Supplier<Consumer<RandomGenerator>> ready) {
        return new BenchContender("memory", MAX_SECONDS_IN_MEMORY, ready);
    }

    /** Empty each time. */
    private BenchWorld memoryWorld(Workload workload) {
        return BenchWorld.make(new InMemoryPersistence(), workload, size, "memory", () -> {});
    }
}

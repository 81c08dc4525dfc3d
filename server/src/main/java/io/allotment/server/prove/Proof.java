package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The proof that the gate is exact: at work, under faults, by the clock, in memory and in PostgreSQL. */
public final class Proof {

    /** In PostgreSQL many wait for a commit, and go together with the next one: so batches get large. */
    private static final int ACTORS = 16;

    private static final int ACTORS_IN_MEMORY = 8;
    private static final int SENDERS = 12;
    private static final int RACERS = 8;
    private static final int RACES_AT_ONCE = 40;
    private static final int CONNECTIONS = 8;
    private static final int TICK_SECONDS = 10;

    private final ProofDatabase database;
    private final long seed;
    private final int seconds;
    private final Consumer<String> progress;
    private final Findings findings = new Findings();
    private final SplittableRandom random;

    /** @param progress is told which phase begins */
    private Proof(ProofDatabase database, long seed, int seconds, Consumer<String> progress) {
        this.database = database;
        this.seed = seed;
        this.seconds = seconds;
        this.progress = progress;
        this.random = new SplittableRandom(seed);
    }

    /**
     * Runs about so long, at least every part once. It fills the database with tenants of its own.
     *
     * @param seed where everything that is done comes from; the threads' order is the machine's
     */
    public static ProofReport run(ProofDatabase database, long seed, int seconds, Consumer<String> progress) {
        return new Proof(database, seed, seconds, progress).run();
    }

    private ProofReport run() {
        phase("the model, in memory", 10, this::modelInMemory);
        phase("time, in memory", 5, this::timeInMemory);
        phase("the last credit, in memory", 5, this::lastCreditInMemory);
        try (var one = database.connect(CONNECTIONS);
                var other = database.connect(CONNECTIONS)) {
            var processes =
                    List.of(Allotment.with(one).build(), Allotment.with(other).build());
            phase("the model, in PostgreSQL by two processes", 20, span -> model(List.of(one, other), span));
            phase("time, in PostgreSQL", 10, span -> time(List.of(one), span));
            phase("the last credit, in PostgreSQL by two processes", 10, span -> lastCredit(processes, span));
            phase("idempotence, by two processes", 10, span -> idempotence(processes, span));
            phase("faults", 20, span -> new FaultPhase(database, findings, random.split(), processes.get(0)).run(span));
            phase("kill -9", 10, span -> new KillPhase(database, findings, processes.get(1)).run(span));
            findings.verify("PostgreSQL", processes.get(1));
        }
        return findings.report(seed, seconds);
    }

    /** A part of the proof. */
    private interface Phase {
        void run(Span span);
    }

    private void phase(String name, int percent, Phase phase) {
        progress.accept("Proving " + name + " ...");
        var ticks = Executors.newSingleThreadScheduledExecutor(work -> {
            var thread = new Thread(work, "prove-progress");
            thread.setDaemon(true);
            return thread;
        });
        try {
            ticks.scheduleAtFixedRate(this::tell, TICK_SECONDS, TICK_SECONDS, TimeUnit.SECONDS);
            phase.run(new Span(Duration.ofMillis(seconds * 10L * percent)));
        } catch (CancellationException interrupted) {
            throw interrupted;
        } catch (RuntimeException failure) {
            // Whatever is done to it, the gate answers; what breaks instead is told like any other finding.
            var trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            findings.found(Findings.Kind.DIVERGENCE, name, "answers", trace);
        } finally {
            ticks.shutdownNow();
        }
    }

    private void tell() {
        var report = findings.report(seed, seconds);
        long faults = report.faults().values().stream().mapToLong(n -> n).sum();
        progress.accept("  " + report.operations() + " operations, " + faults + " faults, "
                + report.findings().size() + " findings so far");
    }

    private void modelInMemory(Span span) {
        try (var crew = new Crew(ACTORS_IN_MEMORY)) {
            do {
                var memory = new InMemoryPersistence();
                new ModelPhase("model in memory", findings, random.split(), List.of(memory), crew, 20)
                        .run(ModelPhase.anyTimes(random.split()), span);
                findings.verify("model in memory", Allotment.with(memory).build());
            } while (!span.isOver());
        }
    }

    private void timeInMemory(Span span) {
        do {
            var memory = new InMemoryPersistence();
            time(List.of(memory), span);
            findings.verify("time in memory", Allotment.with(memory).build());
        } while (!span.isOver());
    }

    private void lastCreditInMemory(Span span) {
        var memory = new InMemoryPersistence();
        lastCredit(List.of(Allotment.with(memory).build()), span);
        findings.verify("last credit in memory", Allotment.with(memory).build());
    }

    private void model(List<Persistence> processes, Span span) {
        try (var crew = new Crew(ACTORS)) {
            do {
                new ModelPhase("model in PostgreSQL", findings, random.split(), processes, crew, 10)
                        .run(ModelPhase.anyTimes(random.split()), span);
            } while (!span.isOver());
        }
    }

    private void time(List<Persistence> processes, Span span) {
        try (var crew = new Crew(ACTORS_IN_MEMORY)) {
            do {
                new ModelPhase("time", findings, random.split(), processes, crew, 8)
                        .run(new CalendarTimes(random.split(), 15), span);
            } while (!span.isOver());
        }
    }

    private void lastCredit(List<Allotment> processes, Span span) {
        try (var crew = new Crew(RACERS)) {
            new LastCreditPhase("last credit", findings, processes, crew, RACES_AT_ONCE).run(span);
        }
    }

    private void idempotence(List<Allotment> processes, Span span) {
        try (var crew = new Crew(SENDERS)) {
            new IdempotencePhase(findings, random.split(), processes, crew).run(span);
        }
    }
}

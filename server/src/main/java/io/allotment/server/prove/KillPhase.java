package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Processes are killed under load, without a word: one that uses the gate, and the database itself. */
final class KillPhase {

    private static final String NAME = "kill -9";
    private static final int WORKERS = 6;
    private static final int ENOUGH_ACKNOWLEDGED = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ProofDatabase database;
    private final Findings findings;
    private final Allotment undisturbed;

    /** @param undisturbed another process on the same database, that is not killed */
    KillPhase(ProofDatabase database, Findings findings, Allotment undisturbed) {
        this.database = database;
        this.findings = findings;
        this.undisturbed = undisturbed;
    }

    /** Each is killed at least once. */
    void run(Span span) {
        do {
            killProcess();
            if (database.crash().isPresent()) {
                killDatabase(database.crash().get());
            }
        } while (!span.isOver());
        if (database.crash().isEmpty()) {
            findings.skipped("The database was not killed: it is not ours.");
        }
    }

    private void killProcess() {
        var book = new Book(NAME + " of a process", findings, undisturbed, 1);
        var tenant = book.tenants.get(0);
        var before = Book.balance(undisturbed, tenant);
        var word = Catalogue.word();
        var acknowledged = acknowledgedByChild(tenant, book.operation(), word);
        findings.struck(Fault.PROCESS_KILLED);

        // Each thread of the child counted its keys up: the one after its last acknowledged one may have been sent.
        int keys = 0;
        for (int thread = 0; thread < KilledProcess.THREADS; thread++) {
            IdempotencyKey key;
            int n = 0;
            do {
                key = KilledProcess.key(word, thread, n++);
                ask(book, tenant, key, acknowledged);
            } while (acknowledged.containsKey(key.value()));
            keys += n;
        }
        var spent = before.subtract(Book.balance(undisturbed, tenant));
        if (spent.compareTo(BigDecimal.valueOf(keys)) != 0) {
            findings.found(
                    spent.compareTo(BigDecimal.valueOf(keys)) > 0 ? Findings.Kind.DOUBLED : Findings.Kind.LOST,
                    NAME + ": tenant " + tenant,
                    keys + " keys of a credit each",
                    Told.plain(spent) + " credits spent");
        }
        book.check(undisturbed);
    }

    private void ask(Book book, TenantId tenant, IdempotencyKey key, Map<String, DecisionId> acknowledged) {
        var charge = Charge.of(book.operation(), 1);
        var told = acknowledged.get(key.value());
        book.send(undisturbed.gate(), tenant, key, gate -> gate.consume(tenant, key, charge))
                .filter(answer -> told != null)
                .filter(answer -> !answer.replayed() || !answer.decision().id().equals(told))
                .ifPresent(answer ->
                        findings.found(Findings.Kind.LOST, NAME + ": key " + key, "decision " + told, Told.of(answer)));
    }

    /** What a child said it had done before it was killed. */
    private Map<String, DecisionId> acknowledgedByChild(TenantId tenant, String operation, String word) {
        var acknowledged = new LinkedHashMap<String, DecisionId>();
        var said = new ArrayList<String>();
        Process child = null;
        try {
            child = start(tenant, operation, word);
            var watched = child;
            // Should it hang, this ends the reading.
            child.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).exceptionally(late -> {
                watched.toHandle().destroyForcibly();
                return watched;
            });
            try (var lines = child.inputReader()) {
                var text = new StringBuilder();
                for (int next = lines.read(); next >= 0; next = lines.read()) {
                    if (next != '\n') {
                        text.append((char) next);
                        continue;
                    }
                    // Only whole lines count: the kill may have come in the middle of one.
                    var line = text.toString().strip();
                    text.setLength(0);
                    if (line.startsWith(KilledProcess.ACKNOWLEDGED)) {
                        var words = line.split(" ");
                        acknowledged.put(words[1], DecisionId.of(words[2]));
                    } else {
                        said.add(line);
                    }
                    if (acknowledged.size() == ENOUGH_ACKNOWLEDGED) {
                        // By its handle: the other way would close what it said.
                        child.toHandle().destroyForcibly();
                    }
                }
            }
            child.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (child != null) {
                child.toHandle().destroyForcibly();
            }
        }
        if (acknowledged.isEmpty()) {
            throw new IllegalStateException("The process that was to be killed did nothing: "
                    + String.join("\n", said.subList(0, Math.min(said.size(), 20))));
        }
        return acknowledged;
    }

    private Process start(TenantId tenant, String operation, String word) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var child = new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledProcess.class.getName())
                .redirectErrorStream(true)
                .start();
        // Not on its command line, where everybody could read the passwords.
        var settings = database.settings();
        try (var to = child.outputWriter()) {
            for (var line : List.of(
                    settings.jdbcUrl(),
                    settings.appPassword(),
                    settings.platformPassword(),
                    tenant.toString(),
                    operation,
                    word)) {
                to.write(line);
                to.newLine();
            }
        }
        return child;
    }

    /** The pools of a process that lives on find the database again by themselves. */
    private void killDatabase(Runnable crash) {
        var book = new Book(NAME + " of the database", findings, undisturbed, 2);
        var over = new AtomicBoolean();
        try (var persistence = database.connect(WORKERS);
                var crew = new Crew(WORKERS)) {
            var gate = Allotment.with(persistence).build().gate();
            var load = crew.begin(member -> {
                var tenant = book.tenants.get(member % 2);
                // Everybody is answered at least once after the crash.
                for (boolean last = false; !last; ) {
                    last = over.get();
                    var key = new IdempotencyKey(Catalogue.word());
                    book.send(gate, tenant, key, g -> g.consume(tenant, key, Charge.of(book.operation(), 1)));
                }
            });
            try {
                var patience = new Span(PATIENCE);
                while (book.size() < ENOUGH_ACKNOWLEDGED && !patience.isOver()) {
                    LockSupport.parkNanos(1_000_000);
                }
                crash.run();
                findings.struck(Fault.DATABASE_KILLED);
            } finally {
                over.set(true);
                load.await();
            }
        }
        book.check(undisturbed);
    }
}

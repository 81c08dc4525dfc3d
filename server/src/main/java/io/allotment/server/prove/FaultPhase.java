package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The gate works while connections are cut around COMMIT, rows are locked by others, transactions fail, and the database
 * takes no writes. Whatever was answered must be there once, and everything must be answered in the end.
 */
final class FaultPhase {

    private static final String NAME = "faults";
    private static final int TENANTS = 4;
    private static final int WORKERS = 4;
    private static final Duration TURN = Duration.ofSeconds(2);

    /** For a fault to strike that is being waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int MAX_DEADLOCK_TURNS = 20;

    private static final List<Fault> CUTS =
            List.of(Fault.CUT_BEFORE_COMMIT, Fault.CUT_DURING_COMMIT, Fault.CUT_AFTER_COMMIT);

    private static final Supplier<Optional<Fault>> NO_CUTS = Optional::empty;

    private final ProofDatabase database;
    private final Findings findings;
    private final SplittableRandom random;
    private final Allotment undisturbed;

    /** @param undisturbed another process on the same database, that meets no faults */
    FaultPhase(ProofDatabase database, Findings findings, SplittableRandom random, Allotment undisturbed) {
        this.database = database;
        this.findings = findings;
        this.random = random;
        this.undisturbed = undisturbed;
    }

    /** Every kind of fault at least once, then on until the span ends. */
    void run(Span span) {
        try (var aside = new Crew(1)) {
            var side = new SplittableRandom(random.nextLong());
            var apart = aside.begin(member -> {
                do {
                    deadlock();
                    readOnly();
                } while (!span.isOver());
            });
            do {
                cuts(span);
                waits(side);
                conflicts();
            } while (!span.isOver());
            apart.await();
        }
    }

    private void cuts(Span span) {
        var commits = new AtomicInteger(random.nextInt(100));
        Supplier<Optional<Fault>> cuts = () -> {
            int n = commits.incrementAndGet();
            return n % 4 == 0 ? Optional.of(CUTS.get(n / 4 % CUTS.size())) : Optional.empty();
        };
        var book = new Book(NAME + ", cuts", findings, undisturbed, TENANTS);
        try (var proxy = proxy(cuts);
                var persistence = database.through(proxy, WORKERS, "");
                var crew = new Crew(WORKERS)) {
            var gate = Allotment.with(persistence).build().gate();
            long enough = findings.struckBy(Fault.CUT_AFTER_COMMIT) + 3;
            var begun = new Span(PATIENCE);
            var turn = new Span(TURN);
            do {
                work(crew, book, gate, 6);
            } while (!begun.isOver()
                    && (findings.struckBy(Fault.CUT_AFTER_COMMIT) < enough || !turn.isOver() && !span.isOver()));
        }
        book.check(undisturbed);
    }

    /** Somebody else locks the accounts: a session that waits for long, and one that gives up waiting. */
    private void waits(SplittableRandom choice) {
        var book = new Book(NAME + ", waits", findings, undisturbed, TENANTS);
        var done = new AtomicBoolean();
        try (var proxy = proxy(NO_CUTS);
                var impatient = database.through(proxy, WORKERS, "lock_timeout=60");
                var crew = new Crew(WORKERS);
                var rivals = new Crew(1)) {
            var gate = Allotment.with(impatient).build().gate();
            var rival = rivals.begin(member -> {
                while (!done.get()) {
                    var tenant = book.tenants.get(choice.nextInt(TENANTS));
                    try (var rows = new Rival(database, List.of(tenant))) {
                        rows.lock(tenant);
                        if (rows.awaitsWaiter()) {
                            rows.sleep(Duration.ofMillis(choice.nextInt(2) == 0 ? 40 : 120));
                            findings.struck(Fault.SLOW_STATEMENT);
                        }
                    }
                }
            });
            try {
                long enough = findings.struckBy(Fault.LOCK_TIMEOUT) + 2;
                var begun = new Span(PATIENCE);
                do {
                    work(crew, book, gate, 10);
                } while (findings.struckBy(Fault.LOCK_TIMEOUT) < enough && !begun.isOver());
            } finally {
                done.set(true);
                rival.await();
            }
        }
        book.check(undisturbed);
    }

    /** A process whose transactions are serializable meets one whose are not: its own fail, and are done again. */
    private void conflicts() {
        var book = new Book(NAME + ", conflicts", findings, undisturbed, 1);
        try (var proxy = proxy(NO_CUTS);
                var serializable = database.through(proxy, 2, "default_transaction_isolation=serializable");
                var crew = new Crew(WORKERS)) {
            var other = Allotment.with(serializable).build().gate();
            long enough = findings.struckBy(Fault.SERIALIZATION_FAILURE) + 3;
            var begun = new Span(PATIENCE);
            do {
                crew.all(member -> job(book, member % 2 == 0 ? other : undisturbed.gate(), book.tenants.get(0), 10));
            } while (findings.struckBy(Fault.SERIALIZATION_FAILURE) < enough && !begun.isOver());
        }
        book.check(undisturbed);
    }

    /** Two accounts in one batch; a rival takes them in the other order. */
    private void deadlock() throws SQLException {
        var book = new Book(NAME + ", deadlock", findings, undisturbed, 2);
        try (var proxy = proxy(NO_CUTS);
                var persistence = database.through(proxy, 2, "");
                var crew = new Crew(1)) {
            var gate = Allotment.with(persistence).build().gate();
            long before = findings.struckBy(Fault.DEADLOCK);
            for (int turn = 0; turn < MAX_DEADLOCK_TURNS && findings.struckBy(Fault.DEADLOCK) == before; turn++) {
                // The gate's order is its own business: one of the two is the other way round.
                var last = book.tenants.get(turn % 2);
                var first = book.tenants.get(1 - turn % 2);
                var key = Catalogue.word();
                try (var rows = new Rival(database, book.tenants)) {
                    rows.lock(last);
                    var batch = crew.begin(member -> together(book, gate, key));
                    if (rows.awaitsWaiter()) {
                        rows.lock(first);
                    }
                    rows.close();
                    batch.await();
                }
            }
        }
        book.check(undisturbed);
    }

    private static void together(Book book, GateService gate, String key) {
        var charge = Charge.of(book.operation(), 1);
        var charges = book.tenants.stream()
                .map(tenant -> new GateService.Consumption(tenant, new IdempotencyKey(key), charge))
                .toList();
        gate.consumeAll(charges);
        // What it came to is asked for by each key, as after any outage.
        for (var one : charges) {
            book.send(gate, one.tenant(), one.key(), g -> g.consume(one.tenant(), one.key(), one.charge()));
        }
    }

    /** A process that may only read denies its service, writes nothing, and another one answers for the same keys. */
    private void readOnly() {
        var book = new Book(NAME + ", read-only", findings, undisturbed, 1);
        try (var proxy = proxy(NO_CUTS);
                var persistence = database.through(proxy, 2, "default_transaction_read_only=on")) {
            var gate = Allotment.with(persistence).build().gate();
            var tenant = book.tenants.get(0);
            var key = new IdempotencyKey(Catalogue.word());
            Book.Call call = g -> g.consume(tenant, key, Charge.of(book.operation(), 1));
            try {
                var answer = call.on(gate);
                findings.found(
                        Findings.Kind.DIVERGENCE, NAME + ": key " + key, "nothing to be written", Told.of(answer));
            } catch (Unavailable asItShould) {
                findings.operations(1);
            }
            book.send(undisturbed.gate(), tenant, key, call)
                    .filter(Outcome.Answer::replayed)
                    .ifPresent(answer -> findings.found(
                            Findings.Kind.DIVERGENCE, NAME + ": key " + key, "the first answer", Told.of(answer)));
        }
        book.check(undisturbed);
    }

    private FaultProxy proxy(Supplier<Optional<Fault>> cuts) {
        return new FaultProxy(database.address(), findings, cuts);
    }

    private void work(Crew crew, Book book, GateService gate, int jobs) {
        crew.all(member -> job(book, gate, book.tenants.get(member % book.tenants.size()), jobs));
    }

    /** Each of the ways in which credits move, one after the other. */
    private static void job(Book book, GateService gate, TenantId tenant, int jobs) {
        for (int i = 0; i < jobs; i++) {
            var key = new IdempotencyKey(Catalogue.word());
            var next = new IdempotencyKey(key + "-next");
            var charge = Charge.of(book.operation(), 1 + i);
            switch (i % 4) {
                case 0 -> book.send(gate, tenant, key, g -> g.consume(tenant, key, charge));
                case 1 ->
                    book.send(gate, tenant, key, g -> g.consume(tenant, key, charge))
                            .map(answer -> answer.decision().id())
                            .ifPresent(id -> book.send(
                                    gate, tenant, next, g -> g.refund(tenant, next, id, Actor.system(), "proof")));
                default -> {
                    boolean settles = i % 4 == 2;
                    book.send(gate, tenant, key, g -> g.reserve(tenant, key, charge, Duration.ofHours(1)))
                            .flatMap(answer -> answer.decision().reservation())
                            .ifPresent(id -> book.send(
                                    gate,
                                    tenant,
                                    next,
                                    g -> settles
                                            ? g.settle(tenant, next, id, charge.lines())
                                            : g.release(tenant, next, id)));
                }
            }
        }
    }
}

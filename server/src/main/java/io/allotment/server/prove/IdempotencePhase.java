package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.BillingAccount;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Each key is sent two to ten times at once, on two processes, alone and within batches, with one body and with others:
 * there must be one effect, one answer, and a conflict for whoever wanted something else.
 */
final class IdempotencePhase {

    private static final String NAME = "idempotence";
    private static final int TENANTS = 4;
    private static final int KEYS_AT_ONCE = 8;
    private static final int MAX_SENDERS = 10;

    private final Findings findings;
    private final SplittableRandom random;
    private final List<Allotment> processes;
    private final Crew crew;

    IdempotencePhase(Findings findings, SplittableRandom random, List<Allotment> processes, Crew crew) {
        this.findings = findings;
        this.random = random;
        this.processes = processes;
        this.crew = crew;
    }

    /** One sending of a key. */
    private record Sending(int subject, int body, Allotment process, boolean inBatch) {}

    /** What came back for a sending. */
    private record Back(int body, Outcome outcome) {}

    /** A key, and what its bodies ask for. */
    private record Subject(TenantId tenant, IdempotencyKey key, List<Book.Call> bodies, List<Charge> charges) {}

    void run(Span span) {
        var book = new Book(NAME, findings, processes.get(0), TENANTS);
        for (int round = 0; round < 3 || !span.isOver(); round++) {
            round(book, round);
            if (round % 10 == 2) {
                book.check(processes.get(1));
            }
        }
        book.check(processes.get(1));
    }

    private void round(Book book, int round) {
        var subjects = new ArrayList<Subject>();
        var sendings = new ArrayList<Sending>();
        for (int i = 0; i < KEYS_AT_ONCE; i++) {
            var subject = subject(book, i);
            subjects.add(subject);
            for (int n = 2 + random.nextInt(MAX_SENDERS - 1); n > 0; n--) {
                sendings.add(new Sending(
                        i,
                        random.nextInt(subject.bodies().size()),
                        processes.get(random.nextInt(processes.size())),
                        !subject.charges().isEmpty() && random.nextInt(3) == 0));
            }
        }
        Collections.shuffle(sendings, new Random(random.nextLong()));
        Map<Integer, List<Back>> back = new HashMap<>();
        for (int i = 0; i < subjects.size(); i++) {
            back.put(i, Collections.synchronizedList(new ArrayList<>()));
        }
        crew.all(member -> {
            for (int i = member; i < sendings.size(); i += crew.size()) {
                send(subjects, sendings.get(i), back);
            }
        });
        for (int i = 0; i < subjects.size(); i++) {
            judge(book, subjects.get(i), back.get(i));
        }
        granted(book.tenants.get(round % TENANTS));
    }

    /** Something that changes state, and something else under the same key; half of the keys have one body alone. */
    private Subject subject(Book book, int i) {
        var tenant = book.tenants.get(random.nextInt(TENANTS));
        var key = new IdempotencyKey(Catalogue.word());
        int first = 1 + random.nextInt(9);
        var charge = Charge.of(book.operation(), first);
        var other = Charge.of(book.operation(), first + 1);
        Book.Call consume = gate -> gate.consume(tenant, key, charge);
        Book.Call consumeOther = gate -> gate.consume(tenant, key, other);
        if (i % 4 < 2) {
            return i % 4 == 0
                    ? new Subject(tenant, key, List.of(consume), List.of(charge))
                    : new Subject(tenant, key, List.of(consume, consumeOther), List.of(charge, other));
        }
        var before = new IdempotencyKey(key + "-before");
        var gate = processes.get(0).gate();
        if (i % 4 == 2) {
            var lease = Duration.ofHours(1);
            Book.Call reserve = g -> g.reserve(tenant, before, charge, lease);
            var reservation = book.send(gate, tenant, before, reserve)
                    .orElseThrow()
                    .decision()
                    .reservation()
                    .orElseThrow();
            Book.Call settle = g -> g.settle(tenant, key, reservation, charge.lines());
            Book.Call release = g -> g.release(tenant, key, reservation);
            return new Subject(tenant, key, List.of(settle, release), List.of());
        }
        Book.Call charged = g -> g.consume(tenant, before, charge);
        var decision = book.send(gate, tenant, before, charged).orElseThrow().decision();
        Book.Call refund = g -> g.refund(tenant, key, decision.id(), Actor.system(), "proof");
        return new Subject(tenant, key, List.of(refund, consume), List.of());
    }

    private static void send(List<Subject> subjects, Sending sending, Map<Integer, List<Back>> back) {
        var subject = subjects.get(sending.subject());
        var into = back.get(sending.subject());
        var gate = sending.process().gate();
        if (sending.inBatch()) {
            // Twice in one batch, and once with a body that may be another's.
            int size = subject.charges().size();
            var bodies = List.of(sending.body(), sending.body(), (sending.body() + 1) % size);
            var outcomes = gate.consumeAll(bodies.stream()
                    .map(body -> new GateService.Consumption(
                            subject.tenant(), subject.key(), subject.charges().get(body)))
                    .toList());
            for (int i = 0; i < outcomes.size(); i++) {
                into.add(new Back(bodies.get(i), outcomes.get(i)));
            }
            return;
        }
        try {
            into.add(new Back(
                    sending.body(), subject.bodies().get(sending.body()).on(gate)));
        } catch (Refusal refusal) {
            into.add(new Back(sending.body(), new Outcome.Refused(refusal)));
        }
    }

    private void judge(Book book, Subject subject, List<Back> backs) {
        var where = NAME + ": key " + subject.key() + " of tenant " + subject.tenant();
        findings.operations(backs.size());
        var firsts = backs.stream()
                .filter(back -> back.outcome() instanceof Outcome.Answer answer && !answer.replayed())
                .toList();
        if (firsts.size() != 1) {
            findings.found(
                    firsts.isEmpty() ? Findings.Kind.LOST : Findings.Kind.DOUBLED,
                    where,
                    "one answer that is no replay",
                    firsts.stream().map(back -> Told.of(back.outcome())).toList());
            return;
        }
        var winner = firsts.get(0);
        var decision = ((Outcome.Answer) winner.outcome()).decision();
        for (var back : backs) {
            var got = Told.of(back.outcome());
            if (back.body() == winner.body() && !isAnswer(back, decision)) {
                findings.found(Findings.Kind.DIVERGENCE, where, Told.of(decision), got);
            } else if (back.body() != winner.body() && !isConflict(back)) {
                findings.found(Findings.Kind.DIVERGENCE, where, "a conflict", got);
            }
        }
        book.write(subject.tenant(), subject.key(), subject.bodies().get(winner.body()), decision);
    }

    private static boolean isAnswer(Back back, Decision decision) {
        return back.outcome() instanceof Outcome.Answer answer
                && answer.decision().equals(decision);
    }

    private static boolean isConflict(Back back) {
        return back.outcome() instanceof Outcome.Refused refused && refused.refusal() instanceof IdempotencyKeyReused;
    }

    /** A grant by hand, by all at once under one key. */
    private void granted(TenantId tenant) {
        var key = Catalogue.word();
        var before = Book.balance(processes.get(0), tenant);
        crew.all(member -> processes
                .get(member % processes.size())
                .credits()
                .grant(tenant, BillingAccount.idOf(tenant), key, GrantSource.GIFT, 7));
        findings.operations(crew.size());
        var grown = Book.balance(processes.get(1), tenant).subtract(before);
        if (grown.compareTo(BigDecimal.valueOf(7)) != 0) {
            findings.found(
                    grown.compareTo(BigDecimal.valueOf(7)) > 0 ? Findings.Kind.DOUBLED : Findings.Kind.LOST,
                    NAME + ": grant " + key + " to tenant " + tenant,
                    "7 credits more",
                    Told.plain(grown));
        }
    }
}

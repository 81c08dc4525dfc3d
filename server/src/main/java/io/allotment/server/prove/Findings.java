package io.allotment.server.prove;

import io.allotment.Allotment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what a proof does and finds; of the findings it keeps the first in words. Thread-safe. */
final class Findings {

    /** So many are told; more of them say nothing new. */
    static final int MAX_TOLD = 20;

    /** The kinds of things that must not be. */
    enum Kind {
        DIVERGENCE,
        LOST,
        DOUBLED,
        VIOLATION
    }

    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong lastCreditRounds = new AtomicLong();
    private final Map<Fault, AtomicLong> faults = new EnumMap<>(Fault.class);
    private final Map<Kind, AtomicLong> counts = new EnumMap<>(Kind.class);
    private final Map<String, AtomicLong> answers = new ConcurrentSkipListMap<>();
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());
    private final List<String> skipped = Collections.synchronizedList(new ArrayList<>());

    Findings() {
        for (var fault : Fault.values()) {
            faults.put(fault, new AtomicLong());
        }
        for (var kind : Kind.values()) {
            counts.put(kind, new AtomicLong());
        }
    }

    void operations(long more) {
        operations.addAndGet(more);
    }

    /** An answer of this kind was checked, such as {@code SETTLE allowed}. */
    void answered(String kind) {
        answers.computeIfAbsent(kind, k -> new AtomicLong()).incrementAndGet();
    }

    /** How many answers there were of which kind. */
    Map<String, Long> answers() {
        var counted = new LinkedHashMap<String, Long>();
        answers.forEach((kind, count) -> counted.put(kind, count.get()));
        return counted;
    }

    void lastCreditRounds(long more) {
        lastCreditRounds.addAndGet(more);
    }

    void struck(Fault fault) {
        faults.get(fault).incrementAndGet();
    }

    long struckBy(Fault fault) {
        return faults.get(fault).get();
    }

    /** @param where the phase and the key or account */
    void found(Kind kind, String where, Object expected, Object got) {
        counts.get(kind).incrementAndGet();
        tell(kind + " " + where + System.lineSeparator() + "  expected " + expected + System.lineSeparator()
                + "  got      " + got);
    }

    private void tell(String finding) {
        synchronized (told) {
            if (told.size() < MAX_TOLD) {
                told.add(finding);
            }
        }
    }

    void skipped(String what) {
        skipped.add(what);
    }

    long count(Kind kind) {
        return counts.get(kind).get();
    }

    List<String> told() {
        synchronized (told) {
            return List.copyOf(told);
        }
    }

    /** Has the gate verify itself. */
    void verify(String where, Allotment allotment) {
        for (var violation : allotment.gate().verify().violations()) {
            counts.get(Kind.VIOLATION).incrementAndGet();
            tell(Kind.VIOLATION + " " + where + " " + violation.invariant() + " of "
                    + violation.tenantId().map(tenant -> "tenant " + tenant).orElse("the platform")
                    + ", " + violation.subject() + ": " + violation.detail());
        }
    }

    ProofReport report(long seed, int seconds) {
        var byKey = new LinkedHashMap<String, Long>();
        faults.forEach((fault, count) -> byKey.put(fault.key(), count.get()));
        return new ProofReport(
                seed,
                seconds,
                operations.get(),
                Collections.unmodifiableMap(byKey),
                lastCreditRounds.get(),
                count(Kind.DIVERGENCE),
                count(Kind.LOST),
                count(Kind.DOUBLED),
                count(Kind.VIOLATION),
                told(),
                List.copyOf(skipped),
                answers());
    }
}

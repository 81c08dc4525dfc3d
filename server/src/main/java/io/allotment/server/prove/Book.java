package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * What was acknowledged, whatever happened meanwhile: each call is sent under its key until it is answered, as a client
 * would, and at the end of the chapter everything in the book must be stored, once, and nothing else.
 */
final class Book {

    /** Nothing we do to the database keeps it away for longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final long CREDITS = 1_000_000_000;

    private final String name;
    private final Findings findings;
    private final ConcurrentLinkedQueue<Written> written = new ConcurrentLinkedQueue<>();
    private final Map<TenantId, Long> lookedUpTo = new HashMap<>();
    private final Catalogue catalogue;

    final List<TenantId> tenants = new ArrayList<>();

    /** A call of the gate, to be made on any process. */
    interface Call {
        Outcome.Answer on(GateService gate);
    }

    private record Written(TenantId tenant, IdempotencyKey key, Call call, Decision decision) {}

    /** With so many tenants that have plenty of credits, and an operation for one of them each. */
    Book(String name, Findings findings, Allotment allotment, int size) {
        this.name = name;
        this.findings = findings;
        this.catalogue = Catalogue.small(allotment);
        for (int i = 0; i < size; i++) {
            tenants.add(rich(allotment));
        }
    }

    private TenantId rich(Allotment allotment) {
        var word = Catalogue.word();
        var tenant = allotment.tenants().create(TenantProfile.of(word, word)).id();
        allotment.subscriptions().subscribe(tenant, BillingAccount.idOf(tenant), catalogue.plan());
        allotment.credits().grant(tenant, BillingAccount.idOf(tenant), "rich", GrantSource.PURCHASE, CREDITS);
        return tenant;
    }

    /** The key of the operation that costs a credit. */
    String operation() {
        return catalogue.key("plain");
    }

    /** Sends the call until it is answered, and writes the answer down. Empty where that takes too long. */
    Optional<Outcome.Answer> send(GateService gate, TenantId tenant, IdempotencyKey key, Call call) {
        var patience = new Span(PATIENCE);
        while (!patience.isOver()) {
            try {
                var answer = call.on(gate);
                write(tenant, key, call, answer.decision());
                return Optional.of(answer);
            } catch (Unavailable away) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
        findings.found(Findings.Kind.LOST, name + ": key " + key, "an answer within " + PATIENCE, "none");
        return Optional.empty();
    }

    void write(TenantId tenant, IdempotencyKey key, Call call, Decision decision) {
        findings.operations(1);
        written.add(new Written(tenant, key, call, decision));
    }

    /** How much is in the open chapter. */
    int size() {
        return written.size();
    }

    /**
     * Ends a chapter, nothing being under way: asks for all of it again, and goes through the ledgers.
     *
     * @param allotment another process, that was not disturbed
     */
    void check(Allotment allotment) {
        var moved = new HashMap<DecisionId, Written>();
        var again = new ArrayList<Written>();
        for (var one = written.poll(); one != null; one = written.poll()) {
            again.add(one);
        }
        for (var one : again) {
            var answer = one.call().on(allotment.gate());
            var where = name + ": key " + one.key() + " of tenant " + one.tenant();
            if (!answer.replayed()) {
                findings.found(Findings.Kind.LOST, where, Told.of(one.decision()), "not there: done now");
            } else if (!answer.decision().equals(one.decision())) {
                findings.found(Findings.Kind.DIVERGENCE, where, Told.of(one.decision()), Told.of(answer.decision()));
            }
            if (moves(one.decision())) {
                moved.put(one.decision().id(), one);
            }
        }
        for (var tenant : tenants) {
            look(allotment, tenant, moved);
        }
        moved.values()
                .forEach(one -> findings.found(
                        Findings.Kind.LOST,
                        name + ": key " + one.key() + " of tenant " + one.tenant(),
                        "a ledger entry of " + one.decision().id(),
                        "none"));
    }

    private static boolean moves(Decision decision) {
        return decision.allowed()
                && !decision.credits().isZero()
                && (decision.hasEvent() || decision.verb() == Verb.REFUND);
    }

    /** Each entry since the last chapter belongs to one answer, and no two to the same; the balances follow. */
    private void look(Allotment allotment, TenantId tenant, Map<DecisionId, Written> moved) {
        var entries = entries(allotment, tenant);
        var seen = new HashSet<DecisionId>();
        for (var entry : entries) {
            var decision = entry.reason().decision();
            var where = name + ": " + Told.of(entry) + " of tenant " + tenant;
            if (decision.isEmpty()) {
                continue;
            }
            if (!seen.add(decision.get())) {
                findings.found(Findings.Kind.DOUBLED, where, "one entry of " + decision.get(), "two");
            } else if (moved.remove(decision.get()) == null) {
                findings.found(Findings.Kind.DOUBLED, where, "an entry that was answered for", "nobody's");
            }
        }
        var sum = balance(allotment, tenant);
        if (!entries.isEmpty()) {
            var last = entries.get(0).balanceAfter().value();
            lookedUpTo.put(tenant, entries.get(0).sequence());
            if (sum.compareTo(last) != 0) {
                findings.found(
                        sum.compareTo(last) < 0 ? Findings.Kind.DOUBLED : Findings.Kind.LOST,
                        name + ": balance of tenant " + tenant,
                        Told.plain(last),
                        Told.plain(sum));
            }
        }
    }

    /** Since the last chapter, newest first. */
    private List<CreditEntry> entries(Allotment allotment, TenantId tenant) {
        long known = lookedUpTo.getOrDefault(tenant, 0L);
        var entries = new ArrayList<CreditEntry>();
        Optional<String> after = Optional.empty();
        do {
            var page = allotment
                    .credits()
                    .listEntries(tenant, BillingAccount.idOf(tenant), EntryFilter.ALL, new PageRequest(200, after));
            page.items().stream().filter(entry -> entry.sequence() > known).forEach(entries::add);
            boolean more = page.items().get(page.items().size() - 1).sequence() > known + 1;
            after = page.next().filter(next -> more);
        } while (after.isPresent());
        return entries;
    }

    /** What is left of a rich tenant's credits. */
    static BigDecimal balance(Allotment allotment, TenantId tenant) {
        return allotment
                .credits()
                .balance(tenant, BillingAccount.idOf(tenant))
                .balance()
                .value();
    }
}

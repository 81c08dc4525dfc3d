package io.allotment.domain.credit;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One change of a credit account under way: grants are put as they become, an entry gathers what was put before it. */
final class CreditMovement {

    static final Comparator<CreditGrant> SOONEST_END = Comparator.comparing((CreditGrant grant) ->
                    grant.voidedAt().or(() -> grant.terms().expiresAt()).orElseThrow())
            .thenComparing(CreditGrant.BURN_DOWN);

    private final CreditAccount before;
    private final Map<GrantId, CreditGrant> changed = new LinkedHashMap<>();
    private final Map<GrantId, CreditGrant> spent = new LinkedHashMap<>();
    private final List<CreditEntry> entries = new ArrayList<>();
    private final List<CreditHold.Pin> pins = new ArrayList<>();
    private Map<GrantId, CreditEntry.Draw> draws = new LinkedHashMap<>();
    private Credits balance;
    private Credits held;
    private Credits overdraft;
    private Credits overdraftChange = Credits.ZERO;
    private long sequence;

    CreditMovement(CreditAccount before) {
        this.before = before;
        this.balance = before.balance();
        this.held = before.held();
        this.overdraft = before.overdraft();
        this.sequence = before.lastSequence();
    }

    /** The grant as it is by now. */
    CreditGrant present(CreditGrant grant) {
        return changed.getOrDefault(grant.id(), grant);
    }

    /** Makes a grant known that the account does not list because it holds nothing. */
    void know(CreditGrant grant) {
        spent.put(grant.id(), grant);
    }

    Optional<CreditGrant> find(GrantId id) {
        if (changed.containsKey(id)) {
            return Optional.of(changed.get(id));
        }
        return before.grants().stream()
                .filter(grant -> grant.id().equals(id))
                .findFirst()
                .or(() -> Optional.ofNullable(spent.get(id)));
    }

    /** All grants that are known, those that hold nothing too, in burn-down order. */
    List<CreditGrant> known() {
        var all = new LinkedHashMap<>(spent);
        before.grants().forEach(grant -> all.put(grant.id(), grant));
        all.putAll(changed);
        return all.values().stream().sorted(CreditGrant.BURN_DOWN).toList();
    }

    /** A grant as it has become, and what the next entry says of it. */
    void put(CreditGrant grant, Credits amount) {
        changed.put(grant.id(), grant);
        draws.merge(
                grant.id(),
                new CreditEntry.Draw(grant.id(), amount, grant.remaining()),
                (one, other) ->
                        new CreditEntry.Draw(grant.id(), one.amount().plus(other.amount()), other.remainingAfter()));
    }

    void pin(CreditGrant grant, Credits amount) {
        changed.put(grant.id(), grant.withHeld(grant.held().plus(amount)));
        pins.add(new CreditHold.Pin(grant.id(), amount));
    }

    CreditGrant unpin(CreditHold.Pin pin) {
        var grant = find(pin.grant()).orElseThrow();
        var free = grant.withHeld(grant.held().minus(pin.amount()));
        changed.put(grant.id(), free);
        return free;
    }

    List<CreditHold.Pin> pins() {
        return pins;
    }

    void hold(Credits amount) {
        held = held.plus(amount);
    }

    void overdraw(Credits amount) {
        overdraft = overdraft.plus(amount);
        overdraftChange = overdraftChange.plus(amount);
    }

    Credits overdraft() {
        return overdraft;
    }

    /** Those that hold something, in burn-down order. */
    List<CreditGrant> grants() {
        if (changed.isEmpty()) {
            return before.grants();
        }
        var now = new ArrayList<CreditGrant>(before.grants().size() + 1);
        var added = new LinkedHashMap<>(changed);
        for (var grant : before.grants()) {
            var present = added.remove(grant.id());
            now.add(present == null ? grant : present);
        }
        now.addAll(added.values());
        now.removeIf(grant -> grant.remaining().isZero());
        if (!added.isEmpty()) {
            now.sort(CreditGrant.BURN_DOWN);
        }
        return now;
    }

    /** Writes what was put since the last entry; nothing where nothing was. */
    void entry(CreditEntry.Type type, CreditReason reason, Instant now) {
        if (draws.isEmpty() && overdraftChange.isZero()) {
            return;
        }
        var amount = overdraftChange.negated();
        for (var draw : draws.values()) {
            amount = amount.plus(draw.amount());
        }
        balance = balance.plus(amount);
        sequence++;
        entries.add(new CreditEntry(
                before.tenantId(),
                before.id(),
                sequence,
                type,
                amount,
                balance,
                List.copyOf(draws.values()),
                overdraftChange,
                reason,
                now));
        draws = new LinkedHashMap<>();
        overdraftChange = Credits.ZERO;
    }

    CreditAccount.Movement end() {
        var account = changed.isEmpty() && entries.isEmpty() && held.equals(before.held())
                ? before
                : new CreditAccount(
                        before.tenantId(),
                        before.id(),
                        balance,
                        held,
                        overdraft,
                        before.overdraftLimit(),
                        before.lowNoticed(),
                        sequence,
                        grants());
        return new CreditAccount.Movement(account, entries, List.copyOf(changed.values()));
    }
}

package io.allotment.server.prove;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An account's credits in the model: grants, what is held, the overdraft, and the ledger that must come of it. */
final class ModelCredits {

    private static final BigDecimal ZERO = BigDecimal.ZERO;

    /** So much of a grant, or of the overdraft's room where the grant is null. */
    record Pin(String grant, BigDecimal amount) {}

    /** What an entry says of a grant. */
    record Draw(String grant, BigDecimal amount, BigDecimal after) {}

    /** A line of the ledger; the number is 0 where nothing was written. */
    record Entry(long number, BigDecimal amount, List<Draw> draws, BigDecimal overdraftChange) {
        static final Entry NONE = new Entry(0, ZERO, List.of(), ZERO);
    }

    final Map<String, ModelGrant> grants = new LinkedHashMap<>();
    /** The ledger's lines since the last comparison. */
    final List<String> written = new ArrayList<>();

    BigDecimal balance = ZERO;
    BigDecimal held = ZERO;
    BigDecimal overdraft = ZERO;
    BigDecimal overdraftLimit = ZERO;
    long sequence;
    private Map<String, Draw> draws = new LinkedHashMap<>();
    private BigDecimal overdraftChange = ZERO;

    ModelCredits copy() {
        var copy = new ModelCredits();
        grants.forEach((id, grant) -> copy.grants.put(id, grant.copy()));
        copy.written.addAll(written);
        copy.balance = balance;
        copy.held = held;
        copy.overdraft = overdraft;
        copy.overdraftLimit = overdraftLimit;
        copy.sequence = sequence;
        return copy;
    }

    /** Those that hold something, in burn-down order. */
    List<ModelGrant> burning() {
        return grants.values().stream()
                .filter(grant -> grant.remaining.signum() > 0)
                .sorted(ModelGrant.BURN_DOWN)
                .toList();
    }

    BigDecimal available(Instant now) {
        return burning().stream().map(grant -> grant.available(now)).reduce(ZERO, BigDecimal::add);
    }

    BigDecimal spendable(Instant now) {
        return available(now).add(room(ZERO));
    }

    private BigDecimal room(BigDecimal own) {
        var pinned = grants.values().stream().map(grant -> grant.held).reduce(ZERO, BigDecimal::add);
        var heldOfOverdraft = held.subtract(pinned);
        return overdraftLimit
                .subtract(overdraft)
                .subtract(heldOfOverdraft)
                .add(own)
                .max(own);
    }

    void grant(ModelGrant grant, String type, Instant now) {
        grants.put(grant.id, grant);
        grant.remaining = ZERO;
        move(grant, grant.amount);
        write(type, now);
        repay(now);
    }

    /** What time does: ends come, an overdraft is repaid. */
    void touch(Instant now) {
        var ended = burning().stream()
                .filter(grant -> grant.gone(now).signum() > 0)
                .sorted(ModelGrant.ENDING)
                .toList();
        for (var grant : ended) {
            move(grant, grant.gone(now).negate());
            write(grant.voided != null ? "VOIDED" : "EXPIRED", now);
        }
        repay(now);
    }

    private void repay(Instant now) {
        for (var grant : burning()) {
            var taken = overdraft.min(grant.available(now));
            if (taken.signum() > 0) {
                move(grant, taken.negate());
                overdraw(taken.negate());
                grant.repaidAt = sequence + 1;
            }
        }
        write("REPAID", now);
    }

    /** Draws what is known to be there. */
    Entry draw(BigDecimal amount, String type, Instant now) {
        return take(List.of(), amount, type, now).entry();
    }

    List<Pin> hold(BigDecimal amount, Instant now) {
        var pins = new ArrayList<Pin>();
        var left = amount;
        for (var grant : burning()) {
            var pinned = left.min(grant.available(now));
            if (pinned.signum() > 0) {
                grant.held = grant.held.add(pinned);
                pins.add(new Pin(grant.id, pinned));
                left = left.subtract(pinned);
            }
        }
        if (left.signum() > 0) {
            pins.add(new Pin(null, left));
        }
        held = held.add(amount);
        return pins;
    }

    void release(List<Pin> pins) {
        for (var pin : pins) {
            held = held.subtract(pin.amount());
            if (pin.grant() != null) {
                var grant = grants.get(pin.grant());
                grant.held = grant.held.subtract(pin.amount());
            }
        }
    }

    /** @param uncovered what nothing was left for */
    record Taken(Entry entry, BigDecimal uncovered) {}

    /** From the pins, then from what is available, then from the overdraft's room. */
    Taken take(List<Pin> pins, BigDecimal amount, String type, Instant now) {
        var own = pins.stream()
                .filter(pin -> pin.grant() == null)
                .map(Pin::amount)
                .reduce(ZERO, BigDecimal::add);
        var room = room(own);
        var left = amount;
        release(pins);
        for (var pin : pins) {
            if (pin.grant() != null && left.signum() > 0) {
                var taken = left.min(pin.amount());
                move(grants.get(pin.grant()), taken.negate());
                left = left.subtract(taken);
            }
        }
        for (var grant : burning()) {
            var taken = left.min(grant.available(now));
            if (taken.signum() > 0) {
                move(grant, taken.negate());
                left = left.subtract(taken);
            }
        }
        var overdrawn = left.min(room);
        if (overdrawn.signum() > 0) {
            overdraw(overdrawn);
            left = left.subtract(overdrawn);
        }
        return new Taken(write(type, now), left);
    }

    /** To where it came from; what has repaid an overdraft since, to whatever still holds something, or has repaid. */
    Entry refund(Entry charged, Instant now) {
        var drawn = charged.draws().stream().map(Draw::grant).toList();
        var back = grants.values().stream()
                .filter(grant ->
                        grant.remaining.signum() > 0 || drawn.contains(grant.id) || grant.repaidAt > charged.number())
                .sorted(ModelGrant.BURN_DOWN)
                .toList();
        for (var draw : charged.draws()) {
            giveBack(grants.get(draw.grant()), draw.amount().negate(), now);
        }
        var owed = charged.overdraftChange().max(ZERO);
        var forgiven = owed.min(overdraft);
        overdraw(forgiven.negate());
        owed = owed.subtract(forgiven);
        for (var grant : back) {
            owed = owed.subtract(giveBack(grant, owed, now));
        }
        var entry = write("REFUNDED", now);
        repay(now);
        return entry;
    }

    private BigDecimal giveBack(ModelGrant grant, BigDecimal amount, Instant now) {
        var back = grant.lives(now) ? amount.min(grant.amount.subtract(grant.remaining)) : ZERO;
        if (back.signum() > 0) {
            move(grant, back);
        }
        return back;
    }

    /** Takes back what of it is free. */
    void voidGrant(String id, Instant now) {
        var grant = grants.get(id);
        grant.voided = now;
        move(grant, grant.free().negate());
        write("VOIDED", now);
    }

    private void move(ModelGrant grant, BigDecimal amount) {
        grant.remaining = grant.remaining.add(amount);
        draws.merge(
                grant.id,
                new Draw(grant.id, amount, grant.remaining),
                (one, other) -> new Draw(grant.id, one.amount().add(other.amount()), other.after()));
    }

    private void overdraw(BigDecimal amount) {
        overdraft = overdraft.add(amount);
        overdraftChange = overdraftChange.add(amount);
    }

    private Entry write(String type, Instant now) {
        if (draws.isEmpty() && overdraftChange.signum() == 0) {
            return Entry.NONE;
        }
        var amount = draws.values().stream().map(Draw::amount).reduce(overdraftChange.negate(), BigDecimal::add);
        balance = balance.add(amount);
        sequence++;
        var entry = new Entry(sequence, amount, List.copyOf(draws.values()), overdraftChange);
        written.add(Told.entry(sequence, type, amount, balance, entry.draws(), overdraftChange, now));
        draws = new LinkedHashMap<>();
        overdraftChange = ZERO;
        return entry;
    }
}

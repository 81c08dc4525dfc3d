package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An account's credits: the balance its ledger ends with, the grants that still hold some, and what is held for work
 * under way. Every method gives the next state with the entries that lead there; nothing changes in place.
 *
 * @param balance the sum of all entries: what the grants hold, less the overdraft
 * @param held all that is set aside for work under way, of grants and of the overdraft's room
 * @param overdraft what was drawn beyond the grants; the next credits repay it first
 * @param overdraftLimit how far the overdraft may grow by drawing; zero for not at all
 * @param lowNoticed whether a low balance was told since the balance was last above the threshold
 * @param lastSequence the last entry's number, 0 for an empty ledger
 * @param grants those that hold something, in burn-down order
 */
public record CreditAccount(
        TenantId tenantId,
        AccountId id,
        Credits balance,
        Credits held,
        Credits overdraft,
        Credits overdraftLimit,
        boolean lowNoticed,
        long lastSequence,
        List<CreditGrant> grants) {

    /**
     * A state and what led to it.
     *
     * @param entries in the order of their numbers
     * @param touched the grants that are new or changed, as they are now
     */
    public record Movement(CreditAccount account, List<CreditEntry> entries, List<CreditGrant> touched) {
        public Movement {
            requireNonNull(account, "account");
            entries = List.copyOf(entries);
            touched = List.copyOf(touched);
        }

        /** Whether nothing moved. */
        public boolean isEmpty() {
            return entries.isEmpty() && touched.isEmpty();
        }
    }

    /** Credits that were set aside. */
    public record Holding(Movement movement, CreditHold hold) {}

    /**
     * What drawing as much as there is came to.
     *
     * @param uncovered what nothing was left for: outside of the balance
     */
    public record Settlement(Movement movement, Credits uncovered) {}

    public CreditAccount {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(balance, "balance");
        requireNonNull(held, "held");
        requireNonNull(overdraft, "overdraft");
        requireNonNull(overdraftLimit, "overdraftLimit");
        if (overdraftLimit.isNegative()) {
            throw new InvalidValue("overdraftLimit", "must not be negative");
        }
        grants = inBurnDownOrder(grants);
    }

    public static CreditAccount empty(TenantId tenant, AccountId id) {
        return new CreditAccount(
                tenant, id, Credits.ZERO, Credits.ZERO, Credits.ZERO, Credits.ZERO, false, 0, List.of());
    }

    /** With another limit to its overdraft, below 10^18; what is overdrawn already stays. */
    public CreditAccount withOverdraftLimit(Credits limit) {
        var checked = limit.isPositive() ? limit.requirePositive("overdraftLimit") : limit;
        return new CreditAccount(tenantId, id, balance, held, overdraft, checked, lowNoticed, lastSequence, grants);
    }

    public CreditAccount withLowNoticed(boolean noticed) {
        return new CreditAccount(tenantId, id, balance, held, overdraft, overdraftLimit, noticed, lastSequence, grants);
    }

    /** What the grants give at a time: of those whose time has begun and not ended, what nobody holds. */
    public Credits available(Instant now) {
        var sum = Credits.ZERO;
        for (var grant : grants) {
            sum = sum.plus(grant.availableAt(now));
        }
        return sum;
    }

    /** What can be drawn at a time: what is available, and what the overdraft limit leaves room for. */
    public Credits spendable(Instant now) {
        var room = overdraftRoom(CreditHold.NONE);
        return room.isZero() ? available(now) : available(now).plus(room);
    }

    /** What holds have set aside of the overdraft's room. */
    public Credits overdraftHeld() {
        if (held.isZero()) {
            return Credits.ZERO;
        }
        var pinned = grants.stream().map(CreditGrant::held).reduce(Credits.ZERO, Credits::plus);
        return held.minus(pinned);
    }

    /** Room for this hold's owner: at least what it set aside itself. */
    private Credits overdraftRoom(CreditHold own) {
        if (overdraftLimit.isZero() && own.overdraft().isZero()) {
            return Credits.ZERO;
        }
        var room = overdraftLimit.minus(overdraft).minus(overdraftHeld()).plus(own.overdraft());
        return room.compareTo(own.overdraft()) < 0 ? own.overdraft() : room;
    }

    /** Adds a grant; an overdraft is repaid from it at once, where its time has begun. */
    public Movement grant(CreditGrant grant, CreditEntry.Type type, CreditReason reason, Instant now) {
        var moving = new CreditMovement(this);
        moving.put(grant, grant.remaining());
        moving.entry(type, reason, now);
        repay(moving, now);
        return moving.end();
    }

    /**
     * What time alone has changed: grants whose end has come are written off, an entry each, soonest end first; then an
     * overdraft is repaid from grants whose time has begun.
     */
    public Movement broughtTo(Instant now) {
        var moving = new CreditMovement(this);
        grants.stream()
                .filter(grant -> grant.dueAt(now).isPositive())
                .sorted(CreditMovement.SOONEST_END)
                .forEach(grant -> {
                    moving.put(
                            grant.withRemaining(grant.remaining().minus(grant.dueAt(now))),
                            grant.dueAt(now).negated());
                    var type = grant.voidedAt().isPresent() ? CreditEntry.Type.VOIDED : CreditEntry.Type.EXPIRED;
                    moving.entry(
                            type,
                            CreditReason.about(grant.terms(), Actor.system(), Optional.empty(), Optional.empty()),
                            now);
                });
        repay(moving, now);
        return moving.end();
    }

    /**
     * Draws on the grants in burn-down order, then on the overdraft within its limit, all or nothing; refuses more than is
     * spendable ({@link InsufficientCredits}). One entry, however many grants it takes.
     */
    public Movement draw(Credits amount, CreditEntry.Type type, CreditReason reason, Instant now) {
        if (!amount.isPositive()) {
            throw new InvalidValue("amount", "must be more than zero");
        }
        var drawn = take(CreditHold.NONE, amount, type, reason, now);
        if (!drawn.uncovered().isZero()) {
            throw new InsufficientCredits(amount, spendable(now));
        }
        return drawn.movement();
    }

    /**
     * Sets credits aside, on grants in burn-down order, then of the overdraft's room; refuses more than is spendable
     * ({@link InsufficientCredits}). The balance stays, so the ledger says nothing of it.
     */
    public Holding hold(Credits amount, Instant now) {
        var moving = new CreditMovement(this);
        var left = amount;
        for (var grant : grants) {
            var pinned = left.min(grant.availableAt(now));
            if (pinned.isPositive()) {
                moving.pin(grant, pinned);
                left = left.minus(pinned);
            }
        }
        if (left.compareTo(overdraftRoom(CreditHold.NONE)) > 0) {
            throw new InsufficientCredits(amount, spendable(now));
        }
        var hold = new CreditHold(moving.pins(), left);
        moving.hold(hold.total());
        return new Holding(moving.end(), hold);
    }

    /** Gives back what was set aside; what has expired meanwhile is not written off yet. */
    public Movement release(CreditHold hold) {
        var moving = new CreditMovement(this);
        hold.pins().forEach(pin -> moving.unpin(pin));
        moving.hold(hold.total().negated());
        return moving.end();
    }

    /**
     * Ends a hold by what was really due: drawn from the hold, then from what is available, then from the overdraft within
     * its limit. What is left is uncovered. One entry, or none where nothing is drawn.
     */
    public Settlement settle(CreditHold hold, Credits amount, CreditReason reason, Instant now) {
        return take(hold, amount, CreditEntry.Type.CONSUMED, reason, now);
    }

    private Settlement take(CreditHold hold, Credits amount, CreditEntry.Type type, CreditReason reason, Instant now) {
        var room = overdraftRoom(hold);
        var moving = new CreditMovement(this);
        var left = amount;
        for (var pin : hold.pins()) {
            var grant = moving.unpin(pin);
            var taken = left.min(pin.amount());
            if (taken.isPositive()) {
                moving.put(grant.withRemaining(grant.remaining().minus(taken)), taken.negated());
                left = left.minus(taken);
            }
        }
        moving.hold(hold.total().negated());
        for (var before : grants) {
            if (left.isZero()) {
                break;
            }
            var grant = moving.present(before);
            var taken = left.min(grant.availableAt(now));
            if (taken.isPositive()) {
                moving.put(grant.withRemaining(grant.remaining().minus(taken)), taken.negated());
                left = left.minus(taken);
            }
        }
        var overdrawn = left.min(room);
        if (overdrawn.isPositive()) {
            moving.overdraw(overdrawn);
            left = left.minus(overdrawn);
        }
        moving.entry(type, reason, now);
        return new Settlement(moving.end(), left);
    }

    /**
     * Undoes an entry that drew credits: they return to the grants they came from where these still live, and reduce the
     * overdraft where they came from it; what has been repaid since returns to grants that have room. Credits of grants
     * that have ended are gone. One entry, or none where nothing returns.
     *
     * @param spent grants that hold nothing now: those of the entry, and those that repaid an overdraft since
     */
    public Movement refund(CreditEntry charged, Collection<CreditGrant> spent, CreditReason reason, Instant now) {
        return undo(charged, spent, CreditEntry.Type.REFUNDED, reason, now);
    }

    /** Undoes a {@link #takeBack}, as {@link #refund} undoes a charge. */
    public Movement restore(CreditEntry taken, Collection<CreditGrant> spent, CreditReason reason, Instant now) {
        return undo(taken, spent, CreditEntry.Type.RESTORED, reason, now);
    }

    /**
     * Takes back credits whose money went back: first what nobody has spent or holds of the grant they came with; what was spent of
     * it becomes an overdraft, whatever the limit. What had ended unspent is gone anyway. One entry, or none where nothing is taken.
     *
     * @param paid the grant, also where it holds nothing now
     * @param gone what of the grant ended in another way than being spent, or was taken back before
     */
    public Movement takeBack(CreditGrant paid, Credits amount, Credits gone, CreditReason reason, Instant now) {
        var moving = new CreditMovement(this);
        moving.know(paid);
        var grant = moving.find(paid.id()).orElseThrow();
        var unspent = grant.isLiveAt(now) ? amount.min(grant.free()) : Credits.ZERO;
        var spent = grant.terms().amount().minus(grant.free()).minus(gone);
        if (unspent.isPositive()) {
            moving.put(grant.withRemaining(grant.remaining().minus(unspent)), unspent.negated());
        }
        var owed = amount.minus(unspent).min(spent);
        if (owed.isPositive()) {
            moving.overdraw(owed);
        }
        moving.entry(CreditEntry.Type.TAKEN_BACK, reason, now);
        repay(moving, now);
        return moving.end();
    }

    private Movement undo(
            CreditEntry charged,
            Collection<CreditGrant> spent,
            CreditEntry.Type type,
            CreditReason reason,
            Instant now) {
        var moving = new CreditMovement(this);
        spent.forEach(moving::know);
        for (var draw : charged.draws()) {
            giveBack(moving, draw.grant(), draw.amount().negated(), now);
        }
        var owed = charged.overdraftChange();
        if (owed.isPositive()) {
            var forgiven = owed.min(overdraft);
            moving.overdraw(forgiven.negated());
            owed = owed.minus(forgiven);
            for (var grant : moving.known()) {
                owed = owed.minus(giveBack(moving, grant.id(), owed, now));
            }
        }
        moving.entry(type, reason, now);
        repay(moving, now);
        return moving.end();
    }

    private static Credits giveBack(CreditMovement moving, GrantId id, Credits amount, Instant now) {
        var grant = moving.find(id).filter(known -> known.isLiveAt(now));
        if (grant.isEmpty()) {
            return Credits.ZERO;
        }
        var back = amount.min(grant.get().room());
        if (back.isPositive()) {
            moving.put(grant.get().withRemaining(grant.get().remaining().plus(back)), back);
        }
        return back;
    }

    /** Takes back what is left of a grant and not held; refuses one that has nothing ({@link GrantNotLive}). */
    public Movement voidGrant(GrantId id, CreditReason reason, Instant now) {
        var grant = grants.stream()
                .filter(g -> g.id().equals(id) && g.free().isPositive())
                .findFirst()
                .orElseThrow(() -> new GrantNotLive(id));
        var moving = new CreditMovement(this);
        moving.put(grant.voided(now), grant.free().negated());
        moving.entry(CreditEntry.Type.VOIDED, reason, now);
        return moving.end();
    }

    /** What nobody has spent, or holds, of what the present period of the subscription includes. */
    public Credits unused(Subscription subscription) {
        return grants.stream()
                .filter(grant -> grant.terms().isIncludedIn(subscription)
                        && grant.voidedAt().isEmpty())
                .map(CreditGrant::free)
                .reduce(Credits.ZERO, Credits::plus);
    }

    /**
     * Takes back what the present period of the subscription includes and nobody has spent.
     *
     * @param amount at most {@link #unused}
     */
    public Movement clawBack(Subscription subscription, Credits amount, CreditReason reason, Instant now) {
        var moving = new CreditMovement(this);
        var left = amount;
        for (var grant : grants) {
            if (grant.terms().isIncludedIn(subscription) && grant.voidedAt().isEmpty()) {
                var taken = left.min(grant.free());
                if (taken.isPositive()) {
                    moving.put(grant.withRemaining(grant.remaining().minus(taken)), taken.negated());
                    left = left.minus(taken);
                }
            }
        }
        if (left.isPositive()) {
            throw new InsufficientCredits(amount, unused(subscription));
        }
        moving.entry(CreditEntry.Type.CLAWED_BACK, reason, now);
        return moving.end();
    }

    private static void repay(CreditMovement moving, Instant now) {
        if (moving.overdraft().isZero()) {
            return;
        }
        var left = moving.overdraft();
        for (var grant : moving.grants()) {
            var taken = left.min(grant.availableAt(now));
            if (taken.isPositive()) {
                moving.put(grant.withRemaining(grant.remaining().minus(taken)), taken.negated());
                left = left.minus(taken);
            }
        }
        moving.overdraw(left.minus(moving.overdraft()));
        moving.entry(
                CreditEntry.Type.REPAID,
                CreditReason.manual(
                        Actor.system(), Optional.empty(), Optional.of("overdraft repaid"), Optional.empty()),
                now);
    }

    private static List<CreditGrant> inBurnDownOrder(List<CreditGrant> grants) {
        for (int i = 1; i < grants.size(); i++) {
            if (CreditGrant.BURN_DOWN.compare(grants.get(i - 1), grants.get(i)) > 0) {
                return grants.stream().sorted(CreditGrant.BURN_DOWN).toList();
            }
        }
        return List.copyOf(grants);
    }
}

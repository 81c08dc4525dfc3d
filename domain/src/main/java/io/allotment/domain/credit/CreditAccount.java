package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * An account's credits: the balance its ledger ends with, and the grants that still hold some. Every method gives the
 * next state with the entries that lead there; nothing changes in place.
 *
 * @param balance the sum of all entries, and of what the grants hold
 * @param lastSequence the last entry's number, 0 for an empty ledger
 * @param grants those that hold something, in burn-down order
 */
public record CreditAccount(
        TenantId tenantId, AccountId id, Credits balance, long lastSequence, List<CreditGrant> grants) {

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
    }

    public CreditAccount {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(balance, "balance");
        grants = grants.stream().sorted(CreditGrant.BURN_DOWN).toList();
    }

    public static CreditAccount empty(TenantId tenant, AccountId id) {
        return new CreditAccount(tenant, id, Credits.ZERO, 0, List.of());
    }

    /** What can be drawn at a time: of grants whose time has begun and not ended. */
    public Credits available(Instant now) {
        return grants.stream()
                .filter(grant -> grant.isEffectiveAt(now))
                .map(CreditGrant::remaining)
                .reduce(Credits.ZERO, Credits::plus);
    }

    /** Adds a grant. */
    public Movement grant(CreditGrant grant, CreditEntry.Type type, CreditReason reason, Instant now) {
        var more = new ArrayList<>(grants);
        more.add(grant);
        return moved(more, type, List.of(draw(grant, grant.remaining())), List.of(grant), reason, now);
    }

    /** Writes off what is left of grants whose end has come, an entry each, soonest end first. */
    public Movement expireDue(Instant now) {
        var due = grants.stream()
                .filter(grant -> grant.isExpiredAt(now))
                .sorted(Comparator.comparing(
                                (CreditGrant grant) -> grant.terms().expiresAt().orElseThrow())
                        .thenComparing(CreditGrant.BURN_DOWN))
                .toList();
        var account = this;
        var entries = new ArrayList<CreditEntry>(due.size());
        var touched = new ArrayList<CreditGrant>(due.size());
        for (var grant : due) {
            var reason = CreditReason.about(grant.terms(), Actor.system(), Optional.empty(), Optional.empty());
            var step = account.emptied(grant.withRemaining(Credits.ZERO), CreditEntry.Type.EXPIRED, reason, now);
            account = step.account;
            entries.addAll(step.entries);
            touched.addAll(step.touched);
        }
        return new Movement(account, entries, touched);
    }

    /**
     * Draws on the grants in burn-down order, all or nothing; refuses more than is available
     * ({@link InsufficientCredits}). One entry, however many grants it takes.
     */
    public Movement draw(Credits amount, CreditEntry.Type type, CreditReason reason, Instant now) {
        if (!amount.isPositive()) {
            throw new InvalidValue("amount", "must be more than zero");
        }
        var left = amount;
        var next = new ArrayList<CreditGrant>(grants.size());
        var draws = new ArrayList<CreditEntry.Draw>();
        var touched = new ArrayList<CreditGrant>();
        for (var grant : grants) {
            if (left.isZero() || !grant.isEffectiveAt(now)) {
                next.add(grant);
                continue;
            }
            var taken = left.min(grant.remaining());
            var changed = grant.withRemaining(grant.remaining().minus(taken));
            draws.add(draw(changed, taken.negated()));
            touched.add(changed);
            if (changed.remaining().isPositive()) {
                next.add(changed);
            }
            left = left.minus(taken);
        }
        if (!left.isZero()) {
            throw new InsufficientCredits(amount, available(now));
        }
        return moved(next, type, draws, touched, reason, now);
    }

    /** Takes back what is left of a grant; refuses one that holds nothing ({@link GrantNotLive}). */
    public Movement voidGrant(GrantId id, CreditReason reason, Instant now) {
        var grant = grants.stream().filter(g -> g.id().equals(id)).findFirst().orElseThrow(() -> new GrantNotLive(id));
        return emptied(grant.voided(now), CreditEntry.Type.VOIDED, reason, now);
    }

    private Movement emptied(CreditGrant changed, CreditEntry.Type type, CreditReason reason, Instant now) {
        var before = grants.stream()
                .filter(g -> g.id().equals(changed.id()))
                .findFirst()
                .orElseThrow();
        var next = grants.stream().filter(g -> g != before).toList();
        return moved(next, type, List.of(draw(changed, before.remaining().negated())), List.of(changed), reason, now);
    }

    private Movement moved(
            List<CreditGrant> next,
            CreditEntry.Type type,
            List<CreditEntry.Draw> draws,
            List<CreditGrant> touched,
            CreditReason reason,
            Instant now) {
        var amount = draws.stream().map(CreditEntry.Draw::amount).reduce(Credits.ZERO, Credits::plus);
        var account = new CreditAccount(tenantId, this.id, balance.plus(amount), lastSequence + 1, next);
        var entry = new CreditEntry(
                tenantId, this.id, account.lastSequence, type, amount, account.balance, draws, reason, now);
        return new Movement(account, List.of(entry), touched);
    }

    private static CreditEntry.Draw draw(CreditGrant after, Credits amount) {
        return new CreditEntry.Draw(after.id(), amount, after.remaining());
    }
}

package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * A bucket of credits.
 *
 * @param remaining from zero to its amount
 * @param held what of the remaining is set aside for work under way: it stays even after the grant's end, until the hold
 *     ends
 * @param voidedAt when an operator took back what remained
 */
public record CreditGrant(
        TenantId tenantId,
        GrantId id,
        AccountId accountId,
        GrantTerms terms,
        Credits remaining,
        Credits held,
        Optional<Instant> voidedAt,
        Instant createdAt) {

    /** The order in which grants burn down: lowest priority number, then soonest expiry (never last), then oldest. */
    public static final Comparator<CreditGrant> BURN_DOWN = Comparator.comparingInt(
                    (CreditGrant grant) -> grant.terms.priority())
            .thenComparing(grant -> grant.terms.expiresAt().orElse(Instant.MAX))
            .thenComparing(CreditGrant::createdAt)
            .thenComparing(grant -> grant.id.toString());

    public CreditGrant {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(terms, "terms");
        requireNonNull(voidedAt, "voidedAt");
        requireNonNull(createdAt, "createdAt");
        if (remaining.isNegative() || remaining.compareTo(terms.amount()) > 0) {
            throw new InvalidValue("remaining", "must be from 0 to the grant's amount " + terms.amount());
        }
        if (held.isNegative() || held.compareTo(remaining) > 0) {
            throw new InvalidValue("held", "must be from 0 to what remains, " + remaining);
        }
    }

    /** A new grant, all of it there. */
    public static CreditGrant of(TenantId tenant, GrantId id, AccountId account, GrantTerms terms, Instant now) {
        return new CreditGrant(tenant, id, account, terms, terms.amount(), Credits.ZERO, Optional.empty(), now);
    }

    /** Whether it can be drawn on: its time has begun and not ended. */
    public boolean isEffectiveAt(Instant now) {
        // One that counts at once counts on a server, too, whose clock is behind.
        boolean begun = terms.effectiveFrom().map(start -> !now.isBefore(start)).orElse(true);
        return begun && isLiveAt(now);
    }

    /** From when it can be drawn on. */
    public Instant effectiveFrom() {
        return terms.effectiveFrom().orElse(createdAt);
    }

    /** Whether its last end has come: after a rollover, that of what rolled over. */
    public boolean isExpiredAt(Instant now) {
        return terms.endsAt().map(end -> !now.isBefore(end)).orElse(false);
    }

    /** Neither expired nor voided. */
    boolean isLiveAt(Instant now) {
        return voidedAt.isEmpty() && !isExpiredAt(now);
    }

    /** What nobody holds. */
    public Credits free() {
        return held.isZero() ? remaining : remaining.minus(held);
    }

    /** What can be drawn at a time. */
    Credits availableAt(Instant now) {
        return isEffectiveAt(now) ? free().minus(dueAt(now)) : Credits.ZERO;
    }

    /** What time has taken and the ledger does not say yet; what is held stays. */
    Credits dueAt(Instant now) {
        if (!isLiveAt(now)) {
            return free();
        }
        boolean rolledOver =
                terms.rollover().isPresent() && !now.isBefore(terms.expiresAt().orElseThrow());
        if (!rolledOver) {
            return Credits.ZERO;
        }
        var excess = remaining.minus(terms.rollover().get().max());
        return excess.isPositive() ? excess.min(free()) : Credits.ZERO;
    }

    /** What could be put back. */
    Credits room() {
        return terms.amount().minus(remaining);
    }

    CreditGrant withRemaining(Credits left) {
        return new CreditGrant(tenantId, id, accountId, terms, left, held, voidedAt, createdAt);
    }

    CreditGrant withHeld(Credits pinned) {
        return pinned.equals(held)
                ? this
                : new CreditGrant(tenantId, id, accountId, terms, remaining, pinned, voidedAt, createdAt);
    }

    /** Taken back, but for what is held. */
    CreditGrant voided(Instant now) {
        return new CreditGrant(tenantId, id, accountId, terms, held, held, Optional.of(now), createdAt);
    }
}

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
 * @param voidedAt when an operator took back what remained
 */
public record CreditGrant(
        TenantId tenantId,
        GrantId id,
        AccountId accountId,
        GrantTerms terms,
        Credits remaining,
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
    }

    /** A new grant, all of it there. */
    public static CreditGrant of(TenantId tenant, GrantId id, AccountId account, GrantTerms terms, Instant now) {
        return new CreditGrant(tenant, id, account, terms, terms.amount(), Optional.empty(), now);
    }

    /** Whether it can be drawn on: its time has begun and not ended. */
    public boolean isEffectiveAt(Instant now) {
        // One that counts at once counts on a server, too, whose clock is behind.
        boolean begun = terms.effectiveFrom().map(start -> !now.isBefore(start)).orElse(true);
        return begun && !isExpiredAt(now);
    }

    /** From when it can be drawn on. */
    public Instant effectiveFrom() {
        return terms.effectiveFrom().orElse(createdAt);
    }

    public boolean isExpiredAt(Instant now) {
        return terms.expiresAt().map(end -> !now.isBefore(end)).orElse(false);
    }

    CreditGrant withRemaining(Credits left) {
        return new CreditGrant(tenantId, id, accountId, terms, left, voidedAt, createdAt);
    }

    CreditGrant voided(Instant now) {
        return new CreditGrant(tenantId, id, accountId, terms, Credits.ZERO, Optional.of(now), createdAt);
    }
}

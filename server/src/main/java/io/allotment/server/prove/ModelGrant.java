package io.allotment.server.prove;

import io.allotment.domain.credit.CreditGrant;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Comparator;

/** A grant in the model. */
final class ModelGrant {

    /** Lowest priority number first, then soonest expiry, then oldest. */
    static final Comparator<ModelGrant> BURN_DOWN = Comparator.comparingInt((ModelGrant grant) -> grant.priority)
            .thenComparing(grant -> grant.expires == null ? Instant.MAX : grant.expires)
            .thenComparing(grant -> grant.created)
            .thenComparing(grant -> grant.id);

    /** Soonest end first. */
    static final Comparator<ModelGrant> ENDING = Comparator.comparing(
                    (ModelGrant grant) -> grant.voided != null ? grant.voided : grant.expires)
            .thenComparing(BURN_DOWN);

    final String id;
    final int priority;
    final Instant from;
    final Instant expires;
    final Instant created;
    final BigDecimal amount;
    final BigDecimal rolloverMax;
    final Instant rolloverUntil;
    BigDecimal remaining;
    BigDecimal held = BigDecimal.ZERO;
    Instant voided;
    /** The ledger's number when it last repaid an overdraft; 0 for never. */
    long repaidAt;

    /** As it was granted: what is done to it since is the model's to find out. */
    ModelGrant(CreditGrant granted) {
        var terms = granted.terms();
        id = granted.id().toString();
        priority = terms.priority();
        from = terms.effectiveFrom().orElse(null);
        expires = terms.expiresAt().orElse(null);
        created = granted.createdAt();
        amount = terms.amount().value();
        rolloverMax = terms.rollover().map(rollover -> rollover.max().value()).orElse(null);
        rolloverUntil = terms.rollover().map(rollover -> rollover.until()).orElse(null);
        remaining = amount;
    }

    /** One that an adjustment made. */
    ModelGrant(String id, BigDecimal amount, Instant now) {
        this.id = id;
        this.priority = 100;
        this.from = null;
        this.expires = null;
        this.created = now;
        this.amount = amount;
        this.rolloverMax = null;
        this.rolloverUntil = null;
        this.remaining = amount;
    }

    /** One like another, of a period that begins later. */
    ModelGrant(ModelGrant included, String id, Instant end, Instant nextEnd, Instant now) {
        this.id = id;
        this.priority = included.priority;
        this.from = null;
        this.expires = end;
        this.created = now;
        this.amount = included.amount;
        this.rolloverMax = included.rolloverMax;
        this.rolloverUntil = nextEnd;
        this.remaining = included.amount;
    }

    private ModelGrant(ModelGrant other) {
        id = other.id;
        priority = other.priority;
        from = other.from;
        expires = other.expires;
        created = other.created;
        amount = other.amount;
        rolloverMax = other.rolloverMax;
        rolloverUntil = other.rolloverUntil;
        remaining = other.remaining;
        held = other.held;
        voided = other.voided;
        repaidAt = other.repaidAt;
    }

    ModelGrant copy() {
        return new ModelGrant(this);
    }

    BigDecimal free() {
        return remaining.subtract(held);
    }

    boolean lives(Instant now) {
        var end = rolloverUntil != null ? rolloverUntil : expires;
        return voided == null && (end == null || now.isBefore(end));
    }

    boolean counts(Instant now) {
        return lives(now) && (from == null || !now.isBefore(from));
    }

    /** What time has taken of it. */
    BigDecimal gone(Instant now) {
        if (!lives(now)) {
            return free();
        }
        if (rolloverMax == null || now.isBefore(expires)) {
            return BigDecimal.ZERO;
        }
        return remaining.subtract(rolloverMax).max(BigDecimal.ZERO).min(free());
    }

    BigDecimal available(Instant now) {
        return counts(now) ? free().subtract(gone(now)) : BigDecimal.ZERO;
    }
}

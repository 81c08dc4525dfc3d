package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Credits and quota held for work under way. It keeps the terms it was made under, so that settling needs no others.
 *
 * @param actor who reserved, and uses what is settled
 * @param hold the credits set aside
 * @param leaseUntil when it lapses, unless it is renewed or ended before
 * @param endedAt when it was settled, released, or found lapsed
 * @param provider who offers the model, where it was told
 */
public record Reservation(
        TenantId tenantId,
        ReservationId id,
        AccountId accountId,
        Actor actor,
        List<Line> lines,
        Optional<Decision.PlanStanding> plan,
        CreditHold hold,
        Optional<RelatedEntity> relatedTo,
        Optional<String> model,
        Document metadata,
        Status status,
        Instant leaseUntil,
        Instant createdAt,
        Optional<Instant> endedAt,
        Optional<String> provider) {

    /** How it stands. */
    public enum Status {
        /** It holds, until its lease ends. */
        HELD,
        /** Replaced by what was really used, also after it lapsed. */
        SETTLED,
        /** Given back. */
        RELEASED,
        /** Its lease ended first; it can still be settled, as a late charge. */
        LAPSED
    }

    /**
     * One operation of it.
     *
     * @param quantity the worst case
     * @param creditRate as it was when it was reserved
     * @param credits the worst case
     * @param creditBasis what the rate is for, as it was when it was reserved
     */
    public record Line(
            OperationKey operation,
            Quantity quantity,
            Credits creditRate,
            Credits credits,
            Optional<QuotaHold> quota,
            Operation.CreditBasis creditBasis) {

        /** One whose rate is for the quantity. */
        public Line(
                OperationKey operation,
                Quantity quantity,
                Credits creditRate,
                Credits credits,
                Optional<QuotaHold> quota) {
            this(operation, quantity, creditRate, credits, quota, Operation.CreditBasis.QUANTITY);
        }

        public Line {
            requireNonNull(operation, "operation");
            requireNonNull(quantity, "quantity");
            requireNonNull(creditRate, "creditRate");
            requireNonNull(credits, "credits");
            requireNonNull(quota, "quota");
            requireNonNull(creditBasis, "creditBasis");
        }
    }

    /**
     * What a line holds of a quota.
     *
     * @param usedBefore used and held in the period when it was reserved: where the line begins once the period is over
     * @param limit as it was then; empty for no limit
     */
    public record QuotaHold(
            FeatureKey feature, Period period, Quantity usedBefore, Optional<Quantity> limit, Quota.Overage overage) {
        public QuotaHold {
            requireNonNull(feature, "feature");
            requireNonNull(period, "period");
            requireNonNull(usedBefore, "usedBefore");
            requireNonNull(limit, "limit");
            requireNonNull(overage, "overage");
        }

        /** So much used, after what is used already. */
        QuotaUse use(Quantity usedAlready, Quantity quantity) {
            return QuotaUse.after(usedAlready, limit, quantity, feature, period);
        }
    }

    public Reservation {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(accountId, "accountId");
        requireNonNull(actor, "actor");
        lines = List.copyOf(lines);
        requireNonNull(plan, "plan");
        requireNonNull(hold, "hold");
        requireNonNull(relatedTo, "relatedTo");
        requireNonNull(model, "model");
        requireNonNull(metadata, "metadata");
        requireNonNull(status, "status");
        requireNonNull(leaseUntil, "leaseUntil");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(endedAt, "endedAt");
        requireNonNull(provider, "provider");
    }

    /** One whose model's name tells the provider. */
    public Reservation(
            TenantId tenantId,
            ReservationId id,
            AccountId accountId,
            Actor actor,
            List<Line> lines,
            Optional<Decision.PlanStanding> plan,
            CreditHold hold,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            Document metadata,
            Status status,
            Instant leaseUntil,
            Instant createdAt,
            Optional<Instant> endedAt) {
        this(
                tenantId,
                id,
                accountId,
                actor,
                lines,
                plan,
                hold,
                relatedTo,
                model,
                metadata,
                status,
                leaseUntil,
                createdAt,
                endedAt,
                Optional.empty());
    }

    /** All credits it holds while it holds any. */
    public Credits credits() {
        return hold.total();
    }

    /** Whether it holds at a time: its lease goes on, and nobody has ended it. */
    public boolean holdsAt(Instant now) {
        return status == Status.HELD && now.isBefore(leaseUntil);
    }

    /** Whether its lease has ended and nobody has noticed. */
    boolean isOverdueAt(Instant now) {
        return status == Status.HELD && !now.isBefore(leaseUntil);
    }

    /** As it is at a time: lapsed where its lease has ended and nobody has noticed. */
    public Reservation at(Instant now) {
        return isOverdueAt(now) ? ended(Status.LAPSED, leaseUntil) : this;
    }

    Reservation renewed(Instant until) {
        return in(status, until, endedAt);
    }

    Reservation ended(Status how, Instant now) {
        return in(how, leaseUntil, Optional.of(now));
    }

    private Reservation in(Status next, Instant until, Optional<Instant> end) {
        return new Reservation(
                tenantId, id, accountId, actor, lines, plan, hold, relatedTo, model, metadata, next, until, createdAt,
                end, provider);
    }
}

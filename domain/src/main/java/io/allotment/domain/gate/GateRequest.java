package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.TokenCounts;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** What a call to the gate wants. */
public sealed interface GateRequest {

    Verb verb();

    /** A charge: to be checked, consumed, reserved or recorded. */
    sealed interface OfCharge extends GateRequest permits Check, Consume, Reserve, Record {
        Charge charge();
    }

    /** Something about a reservation. */
    sealed interface OfReservation extends GateRequest permits Renew, Settle, Release {
        ReservationId reservation();
    }

    record Check(Charge charge) implements OfCharge {
        public Check {
            requireNonNull(charge, "charge");
        }

        @Override
        public Verb verb() {
            return Verb.CHECK;
        }
    }

    record Consume(Charge charge) implements OfCharge {
        public Consume {
            requireNonNull(charge, "charge");
        }

        @Override
        public Verb verb() {
            return Verb.CONSUME;
        }
    }

    /**
     * @param charge the worst case, each operation in one line at the most
     * @param leaseSeconds how long it is held, 1 second to 7 days
     */
    record Reserve(Charge charge, long leaseSeconds) implements OfCharge {
        public Reserve {
            requireDistinct(charge.lines());
            requireLease(leaseSeconds);
        }

        @Override
        public Verb verb() {
            return Verb.RESERVE;
        }
    }

    /**
     * What was used without asking.
     *
     * @param at when; empty for now. At most {@link #MAX_LATE} ago; up to {@link #MAX_AHEAD} ahead counts as now, for clocks
     *     differ
     */
    record Record(Charge charge, Optional<Instant> at) implements OfCharge {

        public static final Duration MAX_LATE = Duration.ofDays(35);
        public static final Duration MAX_AHEAD = Duration.ofMinutes(5);

        public Record {
            requireNonNull(charge, "charge");
            at = at.map(time -> Times.stored("at", time));
        }

        /** When it was used; refuses what is too long ago, or to come. */
        Instant usedAt(Instant now) {
            var time = at.orElse(now);
            if (time.isBefore(now.minus(MAX_LATE)) || time.isAfter(now.plus(MAX_AHEAD))) {
                throw new InvalidValue(
                        "at", "must be of the last " + MAX_LATE.toDays() + " days: what is older is not recorded");
            }
            return time.isAfter(now) ? now : time;
        }

        @Override
        public Verb verb() {
            return Verb.RECORD;
        }
    }

    /** @param leaseSeconds from now on, 1 second to 7 days */
    record Renew(ReservationId reservation, long leaseSeconds) implements OfReservation {
        public Renew {
            requireNonNull(reservation, "reservation");
            requireLease(leaseSeconds);
        }

        @Override
        public Verb verb() {
            return Verb.RENEW;
        }
    }

    /**
     * @param lines what was really used: operations of the reservation; one that is not named was not used
     * @param model instead of the reservation's, where it is known only now, at most 200 characters
     * @param metadata instead of the reservation's, where there is any
     * @param provider who offered the model, where it is named here, at most 100 characters
     */
    record Settle(
            ReservationId reservation,
            List<Charge.Line> lines,
            Optional<String> model,
            TokenCounts tokens,
            Document metadata,
            Optional<String> provider)
            implements OfReservation {

        /** One whose provider is the reservation's, or told by the model's name. */
        public Settle(
                ReservationId reservation,
                List<Charge.Line> lines,
                Optional<String> model,
                TokenCounts tokens,
                Document metadata) {
            this(reservation, lines, model, tokens, metadata, Optional.empty());
        }

        public Settle {
            requireNonNull(reservation, "reservation");
            lines = List.copyOf(lines);
            requireDistinct(lines);
            model = model.map(name -> Text.name("model", name, 200));
            requireNonNull(tokens, "tokens");
            requireNonNull(metadata, "metadata");
            provider = provider.map(name -> Text.name("provider", name, 100));
        }

        @Override
        public Verb verb() {
            return Verb.SETTLE;
        }
    }

    record Release(ReservationId reservation) implements OfReservation {
        public Release {
            requireNonNull(reservation, "reservation");
        }

        @Override
        public Verb verb() {
            return Verb.RELEASE;
        }
    }

    /**
     * Gives back what something holds of an allocated feature.
     *
     * @param account whose quota it counts in; empty for the acting member's account where there is one, else the tenant's
     * @param quantity empty for all of it
     */
    record Deallocate(
            Optional<AccountId> account,
            Actor actor,
            FeatureKey feature,
            RelatedEntity relatedTo,
            Optional<Quantity> quantity)
            implements GateRequest {
        public Deallocate {
            requireNonNull(account, "account");
            requireNonNull(actor, "actor");
            requireNonNull(feature, "feature");
            requireNonNull(relatedTo, "relatedTo");
            quantity = quantity.map(q -> q.requirePositive("quantity"));
        }

        public Deallocate by(Actor who) {
            return new Deallocate(account, who, feature, relatedTo, quantity);
        }

        @Override
        public Verb verb() {
            return Verb.RELEASE;
        }
    }

    /**
     * @param decision an allowed consume or settle
     * @param reason for the ledger, 1 to 500 characters
     */
    record Refund(DecisionId decision, Actor actor, String reason) implements GateRequest {
        public Refund {
            requireNonNull(decision, "decision");
            requireNonNull(actor, "actor");
            reason = Text.name("reason", reason, 500);
        }

        @Override
        public Verb verb() {
            return Verb.REFUND;
        }
    }

    private static void requireDistinct(List<Charge.Line> lines) {
        if (lines.size() > Charge.MAX_LINES) {
            throw new InvalidValue("lines", "must be at most " + Charge.MAX_LINES);
        }
        var seen = new HashSet<OperationKey>();
        for (int i = 0; i < lines.size(); i++) {
            if (!seen.add(lines.get(i).operation())) {
                throw new InvalidValue(
                        "lines[" + i + "].operation",
                        "names " + lines.get(i).operation() + " twice; put its quantities in one line");
            }
        }
    }

    private static void requireLease(long seconds) {
        if (seconds < 1 || seconds > 7 * 86_400) {
            throw new InvalidValue("leaseSeconds", "must be from 1 to " + 7 * 86_400);
        }
    }
}

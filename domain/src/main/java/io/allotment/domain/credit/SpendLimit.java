package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * How many credits a member or a key may spend in a calendar period, whichever account pays.
 *
 * @param limit zero or more, below 10^18
 * @param period the one that {@code spent} counts in
 * @param spent in that period; what is held counts beside it
 */
public record SpendLimit(
        TenantId tenantId, Spender spender, Window window, Credits limit, Period period, Credits spent) {

    /** Who is limited. */
    public record Spender(Kind kind, UUID id) {

        /** The kinds of spenders. */
        public enum Kind {
            MEMBER,
            API_KEY
        }

        public Spender {
            requireNonNull(kind, "kind");
            requireNonNull(id, "id");
        }

        public static Spender of(UserId member) {
            return new Spender(Kind.MEMBER, member.value());
        }

        public static Spender of(ApiKeyId key) {
            return new Spender(Kind.API_KEY, key.value());
        }

        /** Whose limits count when the actor spends: the member's, then the key's. */
        public static List<Spender> of(Actor actor) {
            var spenders = new ArrayList<Spender>(2);
            actor.member().ifPresent(member -> spenders.add(of(member)));
            actor.key().ifPresent(key -> spenders.add(of(key)));
            return spenders;
        }
    }

    /** When what was spent starts again at zero. */
    public enum Window {
        /** At midnight in the tenant's time zone. */
        CALENDAR_DAY,
        /** On the first of the month in the tenant's time zone. */
        CALENDAR_MONTH;

        public Period at(Instant now, ZoneId zone) {
            var day = LocalDate.ofInstant(now, zone);
            var first = this == CALENDAR_DAY ? day : day.withDayOfMonth(1);
            var next = this == CALENDAR_DAY ? first.plusDays(1) : first.plusMonths(1);
            return Period.between(
                    first.atStartOfDay(zone).toInstant(),
                    next.atStartOfDay(zone).toInstant());
        }
    }

    /** Which one, inside its tenant. */
    public record Ref(TenantId tenantId, Spender spender, Window window) {}

    public SpendLimit {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(spender, "spender");
        requireNonNull(window, "window");
        if (limit.isNegative()) {
            throw new InvalidValue("limit", "must not be negative");
        }
        if (limit.isPositive()) {
            limit.requirePositive("limit");
        }
        requireNonNull(period, "period");
        requireNonNull(spent, "spent");
    }

    public Ref ref() {
        return new Ref(tenantId, spender, window);
    }

    /** With nothing spent in the period that has begun, where its own is over. */
    public SpendLimit at(Instant now, ZoneId zone) {
        return period.hasEndedAt(now)
                ? new SpendLimit(tenantId, spender, window, limit, window.at(now, zone), Credits.ZERO)
                : this;
    }

    /** More spent, where it is in the present period: a server whose clock is behind counts nothing in the one ahead. */
    public SpendLimit plus(Credits amount, Instant at) {
        return period.contains(at)
                ? new SpendLimit(tenantId, spender, window, limit, period, spent.plus(amount))
                : this;
    }

    /** Less spent, where the charge was made in the present period. */
    public SpendLimit givenBack(Credits amount, Instant chargedAt) {
        var left = spent.minus(amount);
        return period.contains(chargedAt)
                ? new SpendLimit(tenantId, spender, window, limit, period, left.isNegative() ? Credits.ZERO : left)
                : this;
    }

    public SpendLimit withLimit(Credits changed) {
        return new SpendLimit(tenantId, spender, window, changed, period, spent);
    }
}

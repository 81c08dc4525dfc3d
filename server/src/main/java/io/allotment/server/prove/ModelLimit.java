package io.allotment.server.prove;

import io.allotment.domain.shared.Actor;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/** A spend limit in the model: of a member or a key, for a day or a month. */
final class ModelLimit {

    final String spender;
    final boolean daily;
    final BigDecimal limit;
    private final ZoneId zone;
    private Instant start;
    private Instant end;
    private BigDecimal spent = BigDecimal.ZERO;

    ModelLimit(String spender, boolean daily, BigDecimal limit, ZoneId zone, Instant now) {
        this.spender = spender;
        this.daily = daily;
        this.limit = limit;
        this.zone = zone;
        begin(now);
    }

    /** The member's or the key's. */
    boolean isOf(Actor actor) {
        return actor.member()
                        .filter(member -> spender.equals(member.toString()))
                        .isPresent()
                || actor.key().filter(key -> spender.equals(key.toString())).isPresent();
    }

    private void begin(Instant now) {
        var today = LocalDate.ofInstant(now, zone);
        var first = daily ? today : today.withDayOfMonth(1);
        start = ZonedDateTime.of(first, LocalTime.MIDNIGHT, zone).toInstant();
        end = ZonedDateTime.of(daily ? first.plusDays(1) : first.plusMonths(1), LocalTime.MIDNIGHT, zone)
                .toInstant();
    }

    private void roll(Instant now) {
        if (!now.isBefore(end)) {
            begin(now);
            spent = BigDecimal.ZERO;
        }
    }

    BigDecimal spent(Instant now) {
        roll(now);
        return spent;
    }

    Instant end(Instant now) {
        roll(now);
        return end;
    }

    void spend(BigDecimal amount, Instant now) {
        spent = spent(now).add(amount);
    }

    /** Of a charge made in the present period; of another it counts no more. */
    void giveBack(BigDecimal amount, Instant chargedAt, Instant now) {
        roll(now);
        if (!chargedAt.isBefore(start) && chargedAt.isBefore(end)) {
            spent = spent.subtract(amount).max(BigDecimal.ZERO);
        }
    }
}

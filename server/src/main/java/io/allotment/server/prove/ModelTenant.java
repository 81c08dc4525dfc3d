package io.allotment.server.prove;

import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Actor;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A tenant in the model, with all that its accounts share. */
final class ModelTenant {

    /** An operation of the catalogue; what it has none of is null. */
    record Operation(String key, BigDecimal rate, String feature, String permission, boolean active) {}

    /** What was asked under a key, and what was answered. */
    record Remembered(String asked, String answer) {}

    /** What a line holds of a quota; null where it draws none. */
    record QuotaHold(String feature, Instant start, Instant end, BigDecimal usedBefore, Quota quota) {}

    /** A line of a reservation. */
    record Held(String operation, BigDecimal quantity, BigDecimal rate, BigDecimal credits, QuotaHold quota) {}

    /** Work under way. */
    static final class Reservation {
        final String id;
        final ModelAccount account;
        final Actor actor;
        final List<Held> lines;
        final List<ModelCredits.Pin> pins;
        final String relatedTo;
        String status = "HELD";
        Instant lease;

        Reservation(
                String id,
                ModelAccount account,
                Actor actor,
                List<Held> lines,
                List<ModelCredits.Pin> pins,
                String relatedTo,
                Instant lease) {
            this.id = id;
            this.account = account;
            this.actor = actor;
            this.lines = lines;
            this.pins = pins;
            this.relatedTo = relatedTo;
            this.lease = lease;
        }

        BigDecimal credits() {
            return pins.stream().map(ModelCredits.Pin::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        }

        boolean holds(Instant now) {
            return status.equals("HELD") && now.isBefore(lease);
        }
    }

    /** What a charge used of a feature. */
    record Used(BigDecimal quantity, BigDecimal above, Instant start) {}

    /** A charge that can be undone; the answer is the refund's, once there is one. */
    static final class Charge {
        final ModelAccount account;
        final Actor actor;
        final BigDecimal credits;
        final ModelCredits.Entry entry;
        final List<Told.Line> lines;
        final Map<String, Used> uses;
        final String relatedTo;
        final Instant at;
        String refund;

        Charge(
                ModelAccount account,
                Actor actor,
                BigDecimal credits,
                ModelCredits.Entry entry,
                List<Told.Line> lines,
                Map<String, Used> uses,
                String relatedTo,
                Instant at) {
            this.account = account;
            this.actor = actor;
            this.credits = credits;
            this.entry = entry;
            this.lines = lines.stream()
                    .map(line -> new Told.Line(line.operation(), line.quantity(), line.credits(), null))
                    .toList();
            this.uses = uses;
            this.relatedTo = relatedTo;
            this.at = at;
        }
    }

    final String id;
    final Map<String, Operation> operations;
    final Map<String, Quota> quotas;
    /** Those of the quotas' features that are held until they are given back. */
    final String allocated;

    final Map<String, ModelAccount> accounts = new HashMap<>();
    final List<ModelLimit> limits = new ArrayList<>();
    final Map<String, Remembered> keys = new HashMap<>();
    final Map<String, Reservation> reservations = new LinkedHashMap<>();
    final Map<String, Charge> charges = new HashMap<>();
    /** By account and related entity. */
    final Map<String, BigDecimal> allocations = new HashMap<>();

    ModelTenant(String id, Map<String, Operation> operations, Map<String, Quota> quotas, String allocated) {
        this.id = id;
        this.operations = operations;
        this.quotas = quotas;
        this.allocated = allocated;
    }

    /** What time alone has done to an account: leases that ended, grants that ended, an overdraft that is repaid. */
    void touch(ModelAccount account, Instant now) {
        for (var reservation : reservations.values()) {
            if (reservation.account == account && reservation.status.equals("HELD") && !reservation.holds(now)) {
                giveBack(reservation);
                reservation.status = "LAPSED";
            }
        }
        account.touch(now);
    }

    /** A copy of the account as somebody sees it who looks now, and touches nothing. */
    ModelAccount present(ModelAccount account, Instant now) {
        var seen = account.copy();
        for (var reservation : reservations.values()) {
            if (reservation.account == account && reservation.status.equals("HELD") && !reservation.holds(now)) {
                giveBack(reservation, seen);
            }
        }
        seen.touch(now);
        return seen;
    }

    void giveBack(Reservation reservation) {
        giveBack(reservation, reservation.account);
    }

    private static void giveBack(Reservation reservation, ModelAccount account) {
        account.credits().release(reservation.pins);
        giveBackQuotas(reservation, account);
    }

    void giveBackQuotas(Reservation reservation) {
        giveBackQuotas(reservation, reservation.account);
    }

    private static void giveBackQuotas(Reservation reservation, ModelAccount account) {
        for (var line : reservation.lines) {
            if (line.quota() != null) {
                var counter =
                        account.counterOf(line.quota().feature(), line.quota().start());
                if (counter != null) {
                    counter.release(line.quantity());
                }
            }
        }
    }

    /** The account that pays: the one named, else the member's where there is one, else the tenant's. */
    ModelAccount payer(String named, Actor actor) {
        if (named != null) {
            return accounts.get(named);
        }
        var own = actor.member().map(member -> accounts.get(member.toString()));
        return own.orElse(accounts.get(id));
    }

    /** What the spender's reservations hold, on whatever account. */
    BigDecimal heldBy(ModelLimit limit, Instant now) {
        return reservations.values().stream()
                .filter(reservation -> reservation.holds(now) && limit.isOf(reservation.actor))
                .map(Reservation::credits)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    void spend(Actor actor, BigDecimal amount, Instant now) {
        limits.stream().filter(limit -> limit.isOf(actor)).forEach(limit -> limit.spend(amount, now));
    }
}

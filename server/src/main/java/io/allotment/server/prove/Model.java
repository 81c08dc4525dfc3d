package io.allotment.server.prove;

import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.RelatedEntity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gate as simple as can be: one call after the other, maps and decimals, none of the gate's own code. It says in words
 * what each call must be answered.
 */
final class Model {

    private static final BigDecimal ZERO = BigDecimal.ZERO;

    final Map<String, ModelTenant> tenants = new HashMap<>();

    /** A line's use of a quota while a charge is walked through. */
    private record Use(ModelAccount.Counter counter, Quota quota, BigDecimal quantity, BigDecimal above) {}

    /** Where a walk has come to. */
    private record Walk(
            Told.No no, List<Told.Line> lines, List<ModelTenant.Held> held, Map<String, Use> uses, boolean priced) {
        BigDecimal total() {
            return lines.stream().map(Told.Line::credits).reduce(ZERO, BigDecimal::add);
        }
    }

    /** What the call must be answered, as {@link Told} has it. */
    String decide(GateCall call, Instant now) {
        var tenant = tenants.get(call.tenantId().toString());
        var repeated = repeated(tenant, call);
        if (repeated.isPresent()) {
            return repeated.get();
        }
        var answer = no(tenant, call, now).orElseGet(() -> yes(tenant, call, now));
        if (!answer.startsWith(Told.refused(""))) {
            tenant.keys.put(call.key().orElseThrow().value(), new ModelTenant.Remembered(asked(call), answer));
        }
        return answer;
    }

    /**
     * The same, where the call would change nothing: it is repeated, refused or denied. Nothing is done but what time has done
     * anyway, which whatever comes next would do first.
     */
    Optional<String> withoutEffect(GateCall call, Instant now) {
        var tenant = tenants.get(call.tenantId().toString());
        return repeated(tenant, call).or(() -> no(tenant, call, now));
    }

    private static Optional<String> repeated(ModelTenant tenant, GateCall call) {
        var earlier = tenant.keys.get(call.key().orElseThrow().value());
        if (earlier != null) {
            return Optional.of(
                    earlier.asked().equals(asked(call))
                            ? Told.replayed(earlier.answer())
                            : Told.refused("IdempotencyKeyReused"));
        }
        if (call.request() instanceof GateRequest.Refund refund) {
            var charge = tenant.charges.get(refund.decision().toString());
            if (charge != null && charge.refund != null) {
                return Optional.of(Told.replayed(charge.refund));
            }
        }
        return Optional.empty();
    }

    /** Refused or denied, or empty. */
    private Optional<String> no(ModelTenant tenant, GateCall call, Instant now) {
        var request = call.request();
        if (request instanceof GateRequest.OfCharge of) {
            return denied(tenant, of, now);
        }
        if (request instanceof GateRequest.OfReservation of) {
            return refused(tenant, of, now).map(Told::refused);
        }
        return (request instanceof GateRequest.Deallocate deallocate
                        ? refused(tenant, deallocate, now)
                        : refused(tenant, (GateRequest.Refund) request, now))
                .map(Told::refused);
    }

    /** What is neither refused nor denied. */
    private String yes(ModelTenant tenant, GateCall call, Instant now) {
        var id = call.id().toString();
        var request = call.request();
        if (request instanceof GateRequest.OfCharge of) {
            return charge(tenant, id, of, now);
        }
        if (request instanceof GateRequest.OfReservation of) {
            var reservation = tenant.reservations.get(of.reservation().toString());
            if (request instanceof GateRequest.Settle settle) {
                return settle(tenant, reservation, id, settle, now);
            }
            return request instanceof GateRequest.Renew renew
                    ? renew(reservation, renew, now)
                    : release(tenant, reservation, now);
        }
        return request instanceof GateRequest.Deallocate deallocate
                ? deallocate(tenant, deallocate, now)
                : refund(tenant, (GateRequest.Refund) request, now);
    }

    private static ModelAccount payer(ModelTenant tenant, Charge charge) {
        return tenant.payer(charge.account().map(Object::toString).orElse(null), charge.actor());
    }

    private static String verb(GateRequest.OfCharge of) {
        return of instanceof GateRequest.Reserve ? "RESERVE" : "CONSUME";
    }

    private Optional<String> denied(ModelTenant tenant, GateRequest.OfCharge of, Instant now) {
        var account = payer(tenant, of.charge());
        tenant.touch(account, now);
        var walk = walk(tenant, account, of.charge(), of instanceof GateRequest.Reserve, now);
        if (walk.no() == null) {
            return Optional.empty();
        }
        var considered = !walk.priced()
                ? List.<ModelCredits.Draw>of()
                : account.credits().burning().stream()
                        .filter(grant -> grant.counts(now))
                        .limit(100)
                        .map(grant -> new ModelCredits.Draw(grant.id, ZERO, grant.free()))
                        .toList();
        return Optional.of(
                answer(verb(of), account, walk.no(), walk.total(), ZERO, considered, walk.lines(), null, null, now));
    }

    private static Optional<String> refused(ModelTenant tenant, GateRequest.OfReservation of, Instant now) {
        var reservation = tenant.reservations.get(of.reservation().toString());
        if (reservation == null) {
            return Optional.of("NotFound");
        }
        tenant.touch(reservation.account, now);
        boolean settles = of instanceof GateRequest.Settle;
        if (!reservation.status.equals("HELD") && !(settles && reservation.status.equals("LAPSED"))) {
            return Optional.of("ReservationEnded");
        }
        if (of instanceof GateRequest.Settle settle) {
            var reserved =
                    reservation.lines.stream().map(ModelTenant.Held::operation).toList();
            return settle.lines().stream()
                            .allMatch(line -> reserved.contains(line.operation().value()))
                    ? Optional.empty()
                    : Optional.of("InvalidValue");
        }
        return Optional.empty();
    }

    private String charge(ModelTenant tenant, String id, GateRequest.OfCharge of, Instant now) {
        var charge = of.charge();
        var account = payer(tenant, charge);
        boolean reserves = of instanceof GateRequest.Reserve;
        var walk = walk(tenant, account, charge, reserves, now);
        var credits = account.credits();
        var verb = verb(of);
        var total = walk.total();
        var relatedTo = charge.relatedTo().map(Model::name).orElse(null);
        if (reserves) {
            var pins = total.signum() == 0 ? List.<ModelCredits.Pin>of() : credits.hold(total, now);
            walk.uses().forEach((feature, use) -> {
                use.counter().held = use.counter().held.add(use.quantity());
                account.counters.put(feature, use.counter());
            });
            var lease = now.plusSeconds(((GateRequest.Reserve) of).leaseSeconds());
            tenant.reservations.put(
                    id, new ModelTenant.Reservation(id, account, charge.actor(), walk.held(), pins, relatedTo, lease));
            var pinned = pins.stream()
                    .filter(pin -> pin.grant() != null)
                    .map(pin -> new ModelCredits.Draw(
                            pin.grant(),
                            pin.amount().negate(),
                            credits.grants.get(pin.grant()).free()))
                    .toList();
            return answer(verb, account, null, total, ZERO, pinned, walk.lines(), id, lease, now);
        }
        var entry = total.signum() == 0 ? ModelCredits.Entry.NONE : credits.draw(total, "CONSUMED", now);
        var uses = new LinkedHashMap<String, ModelTenant.Used>();
        walk.uses().forEach((feature, use) -> {
            use.counter().used = use.counter().used.add(use.quantity());
            if (use.quota().overage() == Quota.Overage.BILL) {
                use.counter().overage = use.counter().overage.add(use.above());
            }
            account.counters.put(feature, use.counter());
            uses.put(feature, new ModelTenant.Used(use.quantity(), use.above(), use.counter().start));
            if (feature.equals(tenant.allocated)) {
                tenant.allocations.merge(account.id + " " + relatedTo, use.quantity(), BigDecimal::add);
            }
        });
        tenant.spend(charge.actor(), total, now);
        tenant.charges.put(
                id, new ModelTenant.Charge(account, charge.actor(), total, entry, walk.lines(), uses, relatedTo, now));
        return answer(verb, account, null, total, ZERO, entry.draws(), walk.lines(), null, null, now);
    }

    /** The steps in their order; each line's price on the way. */
    private Walk walk(ModelTenant tenant, ModelAccount account, Charge charge, boolean reserves, Instant now) {
        var lines = new ArrayList<Told.Line>();
        var held = new ArrayList<ModelTenant.Held>();
        var uses = new LinkedHashMap<String, Use>();
        var no = beforeQuotas(tenant, account, charge);
        for (int i = 0; i < charge.lines().size(); i++) {
            var quantity = charge.lines().get(i).quantity().value();
            var operation = operation(tenant, charge, i);
            var quota = no == null ? tenant.quotas.get(operation.feature()) : null;
            if (no == null && operation.feature() != null && quota == null) {
                no = new Told.No("NOT_ENTITLED", operation.feature(), i, null, null, null, null, null);
            }
            if (no != null || quota == null) {
                var credits = no != null ? ZERO : ModelAccount.price(operation.rate(), quantity);
                lines.add(new Told.Line(operation.key(), quantity, credits, null));
                held.add(new ModelTenant.Held(operation.key(), quantity, operation.rate(), credits, null));
                continue;
            }
            var feature = operation.feature();
            var counter = uses.containsKey(feature) ? uses.get(feature).counter() : account.rolled(feature, quota, now);
            var before = uses.containsKey(feature) ? uses.get(feature) : new Use(counter, quota, ZERO, ZERO);
            var limit = quota.limit().map(given -> given.value()).orElse(null);
            var taken = counter.used.add(counter.held).add(before.quantity());
            if (quota.overage() == Quota.Overage.BLOCK && limit != null) {
                var ceiling = limit.multiply(BigDecimal.valueOf(100 + quota.gracePercent()))
                        .divide(BigDecimal.valueOf(100), 9, RoundingMode.DOWN);
                if (taken.add(quantity).compareTo(ceiling) > 0) {
                    var left = ceiling.subtract(taken).max(ZERO);
                    no = new Told.No("QUOTA_EXCEEDED", feature, i, quantity, left, limit, taken, counter.end);
                    lines.add(new Told.Line(operation.key(), quantity, ZERO, null));
                    continue;
                }
            }
            var start = reserves ? taken : counter.used.add(before.quantity());
            var used = start.add(quantity);
            var above = above(used, limit, quantity);
            var charged = quota.overage() == Quota.Overage.DRAW_CREDITS ? above : quantity;
            var credits = ModelAccount.price(operation.rate(), charged);
            uses.put(
                    feature,
                    new Use(
                            counter,
                            quota,
                            before.quantity().add(quantity),
                            before.above().add(above)));
            lines.add(new Told.Line(
                    operation.key(),
                    quantity,
                    credits,
                    Told.quota(feature, used, limit, above, counter.start, counter.end)));
            held.add(new ModelTenant.Held(
                    operation.key(),
                    quantity,
                    operation.rate(),
                    credits,
                    new ModelTenant.QuotaHold(feature, counter.start, counter.end, start, quota)));
        }
        boolean priced = no == null;
        var walk = new Walk(no, lines, held, uses, priced);
        var later = priced ? afterQuotas(tenant, account, charge.actor(), walk.total(), now) : no;
        return new Walk(later, lines, held, uses, priced);
    }

    private static Told.No beforeQuotas(ModelTenant tenant, ModelAccount account, Charge charge) {
        for (int i = 0; i < charge.lines().size(); i++) {
            var operation = operation(tenant, charge, i);
            if (!operation.active()) {
                return new Told.No("OPERATION_INACTIVE", operation.key(), i, null, null, null, null, null);
            }
        }
        for (int i = 0; i < charge.lines().size(); i++) {
            var operation = operation(tenant, charge, i);
            if (operation.permission() != null && !(charge.actor() instanceof Actor.System)) {
                return new Told.No("PERMISSION_MISSING", operation.permission(), i, null, null, null, null, null);
            }
        }
        return account.subscribed != null
                ? null
                : new Told.No("NO_SUBSCRIPTION", account.id, null, null, null, null, null, null);
    }

    private static Told.No afterQuotas(
            ModelTenant tenant, ModelAccount account, Actor actor, BigDecimal total, Instant now) {
        for (var limit : tenant.limits) {
            if (total.signum() > 0 && limit.isOf(actor)) {
                var used = limit.spent(now).add(tenant.heldBy(limit, now));
                if (used.add(total).compareTo(limit.limit) > 0) {
                    var left = limit.limit.subtract(used).max(ZERO);
                    return new Told.No(
                            "SPEND_LIMIT_EXCEEDED",
                            limit.spender,
                            null,
                            total,
                            left,
                            limit.limit,
                            used,
                            limit.end(now));
                }
            }
        }
        var spendable = account.credits().spendable(now);
        return total.compareTo(spendable) <= 0
                ? null
                : new Told.No("INSUFFICIENT_CREDITS", account.id, null, total, spendable, null, null, null);
    }

    private String settle(
            ModelTenant tenant,
            ModelTenant.Reservation reservation,
            String id,
            GateRequest.Settle settle,
            Instant now) {
        var quantities = new HashMap<String, BigDecimal>();
        settle.lines()
                .forEach(line ->
                        quantities.put(line.operation().value(), line.quantity().value()));
        boolean holds = reservation.status.equals("HELD");
        if (holds) {
            tenant.giveBackQuotas(reservation);
        }
        var account = reservation.account;
        var lines = new ArrayList<Told.Line>();
        var uses = new LinkedHashMap<String, ModelTenant.Used>();
        for (var line : reservation.lines) {
            lines.add(used(account, line, quantities.getOrDefault(line.operation(), ZERO), uses));
        }
        var total = lines.stream().map(Told.Line::credits).reduce(ZERO, BigDecimal::add);
        reservation.status = "SETTLED";
        var taken = account.credits().take(holds ? reservation.pins : List.of(), total, "CONSUMED", now);
        tenant.spend(reservation.actor, total, now);
        tenant.charges.put(
                id,
                new ModelTenant.Charge(
                        account, reservation.actor, total, taken.entry(), lines, uses, reservation.relatedTo, now));
        // Told before the end of what the hold had kept from ending.
        var answer = answer(
                "SETTLE",
                account,
                null,
                total,
                taken.uncovered(),
                taken.entry().draws(),
                lines,
                reservation.id,
                null,
                now);
        account.credits().touch(now);
        return answer;
    }

    private static Told.Line used(
            ModelAccount account, ModelTenant.Held line, BigDecimal quantity, Map<String, ModelTenant.Used> uses) {
        var hold = line.quota();
        if (hold == null) {
            return new Told.Line(line.operation(), quantity, ModelAccount.price(line.rate(), quantity), null);
        }
        var counter = account.counterOf(hold.feature(), hold.start());
        var limit = hold.quota().limit().map(given -> given.value()).orElse(null);
        var used = (counter != null ? counter.used : hold.usedBefore()).add(quantity);
        var above = above(used, limit, quantity);
        if (counter != null) {
            counter.used = used;
            if (hold.quota().overage() == Quota.Overage.BILL) {
                counter.overage = counter.overage.add(above);
            }
        }
        uses.merge(
                hold.feature(),
                new ModelTenant.Used(quantity, above, hold.start()),
                (one, other) -> new ModelTenant.Used(
                        one.quantity().add(other.quantity()), one.above().add(other.above()), hold.start()));
        var charged = hold.quota().overage() == Quota.Overage.DRAW_CREDITS ? above : quantity;
        return new Told.Line(
                line.operation(),
                quantity,
                ModelAccount.price(line.rate(), charged),
                Told.quota(hold.feature(), used, limit, above, hold.start(), hold.end()));
    }

    private String renew(ModelTenant.Reservation reservation, GateRequest.Renew renew, Instant now) {
        var until = now.plusSeconds(renew.leaseSeconds());
        reservation.lease = until.isAfter(reservation.lease) ? until : reservation.lease;
        return answer(
                "RENEW",
                reservation.account,
                null,
                reservation.credits(),
                ZERO,
                List.of(),
                priced(reservation),
                reservation.id,
                reservation.lease,
                now);
    }

    private String release(ModelTenant tenant, ModelTenant.Reservation reservation, Instant now) {
        tenant.giveBack(reservation);
        reservation.status = "RELEASED";
        var credits = reservation.account.credits();
        credits.touch(now);
        var back = reservation.pins.stream()
                .filter(pin -> pin.grant() != null)
                .map(pin -> new ModelCredits.Draw(
                        pin.grant(),
                        pin.amount(),
                        credits.grants.get(pin.grant()).free()))
                .toList();
        return answer(
                "RELEASE",
                reservation.account,
                null,
                reservation.credits(),
                ZERO,
                back,
                priced(reservation),
                reservation.id,
                null,
                now);
    }

    private static List<Told.Line> priced(ModelTenant.Reservation reservation) {
        return reservation.lines.stream()
                .map(line -> new Told.Line(line.operation(), line.quantity(), line.credits(), null))
                .toList();
    }

    private static ModelAccount holder(ModelTenant tenant, GateRequest.Deallocate deallocate) {
        return tenant.payer(deallocate.account().map(Object::toString).orElse(null), deallocate.actor());
    }

    private static String ref(ModelAccount account, GateRequest.Deallocate deallocate) {
        return account.id + " " + name(deallocate.relatedTo());
    }

    private static Optional<String> refused(ModelTenant tenant, GateRequest.Deallocate deallocate, Instant now) {
        var account = holder(tenant, deallocate);
        tenant.touch(account, now);
        var holds = tenant.allocations.getOrDefault(ref(account, deallocate), ZERO);
        boolean tooMuch = deallocate
                .quantity()
                .filter(given -> given.value().compareTo(holds) > 0)
                .isPresent();
        return holds.signum() == 0 || tooMuch ? Optional.of("NothingAllocated") : Optional.empty();
    }

    private String deallocate(ModelTenant tenant, GateRequest.Deallocate deallocate, Instant now) {
        var account = holder(tenant, deallocate);
        var ref = ref(account, deallocate);
        var holds = tenant.allocations.get(ref);
        var quantity = deallocate.quantity().map(given -> given.value()).orElse(holds);
        tenant.allocations.put(ref, holds.subtract(quantity));
        var counter = account.counters.get(deallocate.feature().value());
        counter.used = counter.used.subtract(quantity).max(ZERO);
        cutOverage(counter, tenant.quotas.get(deallocate.feature().value()));
        return answer("RELEASE", account, null, ZERO, ZERO, List.of(), List.of(), null, null, now);
    }

    private static Optional<String> refused(ModelTenant tenant, GateRequest.Refund refund, Instant now) {
        if (tenant.charges.containsKey(refund.decision().toString())) {
            return Optional.empty();
        }
        var reserved = tenant.reservations.get(refund.decision().toString());
        if (reserved == null) {
            return Optional.of("NotFound");
        }
        tenant.touch(reserved.account, now);
        return Optional.of("NotRefundable");
    }

    private String refund(ModelTenant tenant, GateRequest.Refund refund, Instant now) {
        var charge = tenant.charges.get(refund.decision().toString());
        var account = charge.account;
        tenant.touch(account, now);
        var entry = account.credits().refund(charge.entry, now);
        charge.uses.forEach((feature, use) -> {
            var quantity = use.quantity();
            if (feature.equals(tenant.allocated)) {
                // Of what was given back before, nothing is left to give back.
                var ref = account.id + " " + charge.relatedTo;
                var holds = tenant.allocations.getOrDefault(ref, ZERO);
                quantity = quantity.min(holds);
                tenant.allocations.put(ref, holds.subtract(quantity));
            }
            var counter = account.counterOf(feature, use.start());
            boolean closed = counter == null || counter.end != null && !now.isBefore(counter.end);
            if (!closed && quantity.signum() > 0) {
                counter.used = counter.used.subtract(quantity).max(ZERO);
                counter.overage = counter.overage.subtract(use.above()).max(ZERO);
                cutOverage(counter, tenant.quotas.get(feature));
            }
        });
        tenant.limits.stream()
                .filter(limit -> limit.isOf(charge.actor))
                .forEach(limit -> limit.giveBack(charge.credits, charge.at, now));
        account.credits().touch(now);
        charge.refund = new Told.Answer(
                        "REFUND",
                        account.id,
                        null,
                        entry.amount(),
                        ZERO,
                        account.credits().balance,
                        entry.draws(),
                        charge.lines,
                        null,
                        null,
                        refund.decision().toString(),
                        now)
                .toString();
        return charge.refund;
    }

    /** No more stays billable than what lies above the limit. */
    private static void cutOverage(ModelAccount.Counter counter, Quota quota) {
        var above = quota.limit()
                .map(limit -> counter.used.subtract(limit.value()).max(ZERO))
                .orElse(ZERO);
        counter.overage = counter.overage.min(above);
    }

    private static BigDecimal above(BigDecimal used, BigDecimal limit, BigDecimal quantity) {
        return limit == null ? ZERO : used.subtract(limit).max(ZERO).min(quantity);
    }

    private static ModelTenant.Operation operation(ModelTenant tenant, Charge charge, int line) {
        return tenant.operations.get(charge.lines().get(line).operation().value());
    }

    private static String name(RelatedEntity entity) {
        return entity.type() + " " + entity.id();
    }

    private static String answer(
            String verb,
            ModelAccount account,
            Told.No no,
            BigDecimal credits,
            BigDecimal uncovered,
            List<ModelCredits.Draw> draws,
            List<Told.Line> lines,
            String reservation,
            Instant lease,
            Instant now) {
        return new Told.Answer(
                        verb,
                        account.id,
                        no,
                        credits,
                        uncovered,
                        account.credits().balance,
                        draws,
                        lines,
                        reservation,
                        lease,
                        null,
                        now)
                .toString();
    }

    /** All that makes a request this one and no other. */
    private static String asked(GateCall call) {
        var request = call.request();
        if (request instanceof GateRequest.OfCharge of) {
            var charge = of.charge();
            return call.verb() + " " + charge.account() + charge.actor() + charge.lines() + charge.model()
                    + charge.tokens();
        }
        if (request instanceof GateRequest.Settle settle) {
            return "SETTLE " + settle.reservation() + settle.lines() + settle.model() + settle.tokens();
        }
        if (request instanceof GateRequest.OfReservation of) {
            return call.verb() + " " + of.reservation();
        }
        if (request instanceof GateRequest.Deallocate deallocate) {
            return "DEALLOCATE " + deallocate;
        }
        var refund = (GateRequest.Refund) request;
        return "REFUND " + refund.decision() + refund.actor();
    }
}

package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.gate.GateService;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.Verb;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.Unavailable;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;

/** One of the threads that do at random all that can be done at the gate, and remember how they were answered. */
final class Acting {

    private static final List<String> OPERATIONS = List.of(
            "plain", "plain", "plain", "fine", "fine", "daily", "billed", "drawing", "window", "window2", "seats",
            "unsold", "guarded", "legacy");
    private static final int METERED_FROM = 5;
    private static final int SEATS = 10;

    private final World world;
    private final Allotment allotment;
    private final Recording recording;
    private final SplittableRandom random;
    private final List<Instant> ends;
    private final List<Sent> young = new ArrayList<>();

    /** What was got for calls of the gate, since the last look. */
    final List<Got> got = new ArrayList<>();
    /** What was done to credits, since the last look. */
    final List<Deed> deeds = new ArrayList<>();

    /** An answer, as it came to the caller. */
    record Got(TenantId tenant, IdempotencyKey key, String told) {}

    /** Something that can be sent again. */
    private record Sent(World.Customer customer, IdempotencyKey key, Supplier<Outcome.Answer> again) {}

    /** @param ends when grants and leases should end, in their order; may be none */
    Acting(World world, Allotment allotment, Recording recording, SplittableRandom random, List<Instant> ends) {
        this.world = world;
        this.allotment = allotment;
        this.recording = recording;
        this.random = random;
        this.ends = ends;
    }

    /** Does something. */
    void act() {
        var customer = any(world.customers);
        int choice = random.nextInt(100);
        if (choice < 40) {
            consume(customer);
        } else if (choice < 44) {
            consumeTogether();
        } else if (choice < 57) {
            reserve(customer);
        } else if (choice < 61) {
            customer.reservations.any(random).ifPresent(id -> renew(customer, id));
        } else if (choice < 71) {
            customer.reservations.any(random).ifPresent(id -> settle(customer, id));
        } else if (choice < 75) {
            customer.reservations.any(random).ifPresent(id -> release(customer, id));
        } else if (choice < 81) {
            refund(customer);
        } else if (choice < 84) {
            deallocate(customer);
        } else if (choice < 90) {
            sendAgain();
        } else if (choice < 95) {
            grant(customer);
        } else if (choice < 97) {
            adjust(customer);
        } else if (choice < 98) {
            customer.grants.any(random).ifPresent(id -> voidGrant(customer, any(customer.accounts), id));
        } else {
            limitOverdraft(customer);
        }
    }

    private GateService gate() {
        return allotment.gate();
    }

    private void consume(World.Customer customer) {
        var key = key();
        var charge = charge(customer, OPERATIONS.size());
        send(customer, key, () -> gate().consume(customer.tenant, key, charge));
    }

    private void consumeTogether() {
        var charges = new ArrayList<GateService.Consumption>();
        for (int i = 2 + random.nextInt(4); i > 0; i--) {
            var customer = any(world.customers);
            // Sometimes the same twice in one batch.
            boolean again = !charges.isEmpty() && random.nextInt(4) == 0;
            charges.add(
                    again
                            ? charges.get(0)
                            : new GateService.Consumption(customer.tenant, key(), charge(customer, OPERATIONS.size())));
        }
        var outcomes = gate().consumeAll(charges);
        for (int i = 0; i < charges.size(); i++) {
            got.add(new Got(charges.get(i).tenant(), charges.get(i).key(), Told.of(outcomes.get(i))));
        }
    }

    private void reserve(World.Customer customer) {
        var key = key();
        // Allocated features cannot be reserved; and each operation stands in one line.
        var charge = charge(customer, OPERATIONS.indexOf("seats"));
        var distinct = new ArrayList<Charge.Line>();
        for (var line : charge.lines()) {
            if (distinct.stream().noneMatch(known -> known.operation().equals(line.operation()))) {
                distinct.add(line);
            }
        }
        var worstCase = new Charge(
                distinct,
                charge.account(),
                charge.actor(),
                charge.relatedTo(),
                charge.model(),
                charge.tokens(),
                charge.metadata());
        var lease = lease();
        send(customer, key, () -> gate().reserve(customer.tenant, key, worstCase, lease));
    }

    private void renew(World.Customer customer, ReservationId id) {
        var key = key();
        var lease = lease();
        send(customer, key, () -> gate().renew(customer.tenant, key, id, lease));
    }

    private void release(World.Customer customer, ReservationId id) {
        var key = key();
        send(customer, key, () -> gate().release(customer.tenant, key, id));
    }

    /** Less, the same, or more than was reserved; sometimes another operation, which is wrong. */
    private void settle(World.Customer customer, ReservationId id) {
        var key = key();
        var reserved = reserved(customer, id);
        var used = new ArrayList<Charge.Line>();
        for (var line : reserved) {
            switch (random.nextInt(4)) {
                case 0 -> used.add(new Charge.Line(line.operation(), line.quantity()));
                case 1 -> used.add(new Charge.Line(line.operation(), quantity()));
                case 2 ->
                    used.add(new Charge.Line(
                            line.operation(), line.quantity().plus(Quantity.of(1 + random.nextInt(30)))));
                default -> {
                    // It was not used.
                }
            }
        }
        if (random.nextInt(20) == 0) {
            used.add(new Charge.Line(new OperationKey(world.catalogue.key("legacy")), Quantity.of(1)));
        }
        var settle = new GateRequest.Settle(id, used, Optional.empty(), TokenCounts.NONE, Document.EMPTY);
        send(customer, key, () -> gate().settle(customer.tenant, key, settle));
    }

    /** A charge, as a rule; sometimes what was only reserved, or what never was. */
    private void refund(World.Customer customer) {
        var key = key();
        var actor = any(customer.actors);
        var id = switch (random.nextInt(12)) {
            case 0 -> Optional.of(new DecisionId(new UUID(random.nextLong(), random.nextLong())));
            case 1 -> customer.reservations.any(random).map(made -> new DecisionId(made.value()));
            default -> customer.charges.any(random);
        };
        id.ifPresent(charge -> send(customer, key, () -> gate().refund(customer.tenant, key, charge, actor, "wrong")));
    }

    /** Where it is not there, although it was answered that it is, settling will be refused, and the model object. */
    private List<Reservation.Line> reserved(World.Customer customer, ReservationId id) {
        try {
            return gate().getReservation(customer.tenant, id).lines();
        } catch (NotFound lost) {
            return List.of();
        }
    }

    private void deallocate(World.Customer customer) {
        var key = key();
        var quantity = random.nextBoolean() ? Optional.<Quantity>empty() : Optional.of(Quantity.of(1));
        var seats = new GateRequest.Deallocate(
                Optional.of(any(customer.accounts)),
                any(customer.actors),
                new FeatureKey(world.catalogue.key("seats")),
                seat(),
                quantity);
        send(customer, key, () -> gate().release(customer.tenant, key, seats));
    }

    /** The same again; or something else under the same key, which is a conflict. */
    private void sendAgain() {
        if (young.isEmpty()) {
            return;
        }
        var earlier = any(young);
        var customer = earlier.customer();
        if (random.nextInt(3) > 0) {
            record(customer, earlier.key(), earlier.again());
        } else {
            var other = charge(customer, METERED_FROM);
            record(customer, earlier.key(), () -> gate().consume(customer.tenant, earlier.key(), other));
        }
    }

    private void send(World.Customer customer, IdempotencyKey key, Supplier<Outcome.Answer> call) {
        young.add(new Sent(customer, key, call));
        if (young.size() > 20) {
            young.remove(0);
        }
        record(customer, key, call);
    }

    private void record(World.Customer customer, IdempotencyKey key, Supplier<Outcome.Answer> call) {
        try {
            var answer = call.get();
            got.add(new Got(customer.tenant, key, Told.of(answer)));
            var decision = answer.decision();
            if (decision.allowed() && decision.verb() == Verb.RESERVE) {
                customer.reservations.add(decision.reservation().orElseThrow(), random);
            } else if (decision.hasEvent()) {
                customer.charges.add(decision.id(), random);
            }
        } catch (Unavailable unexpected) {
            throw unexpected;
        } catch (Refusal refusal) {
            got.add(new Got(customer.tenant, key, Told.of(new Outcome.Refused(refusal))));
        }
    }

    private void grant(World.Customer customer) {
        var account = any(customer.accounts);
        var now = allotment.clock().instant();
        var terms = GrantTerms.of(new Credits(amount(20)), GrantSource.PURCHASE).withPriority(50 * random.nextInt(4));
        int kind = random.nextInt(6);
        if (kind >= 2) {
            var end = end(now);
            terms = terms.expiring(end);
            if (kind == 2) {
                terms = terms.rollingOver(Credits.of(1 + random.nextInt(10)), end(end));
            } else if (kind == 3 && end.isAfter(now.plusSeconds(1))) {
                terms = from(terms, now.plusMillis(random.nextInt(1_000)));
            }
        }
        long since = recording.since();
        var granted = allotment.credits().grant(customer.tenant, account, key(), any(customer.actors), terms);
        customer.grants.add(granted.id(), random);
        did(since, customer, account, new Deed.Grant(granted), Deed.DONE);
    }

    private static GrantTerms from(GrantTerms terms, Instant start) {
        return new GrantTerms(
                terms.amount(),
                terms.source(),
                terms.sourceId(),
                terms.priority(),
                Optional.of(start),
                terms.expiresAt(),
                terms.paymentReference(),
                terms.description(),
                terms.metadata(),
                terms.rollover());
    }

    private void adjust(World.Customer customer) {
        var account = any(customer.accounts);
        var amount = new Credits(random.nextBoolean() ? amount(15) : amount(30).negate());
        long since = recording.since();
        try {
            var entry = allotment
                    .credits()
                    .adjust(customer.tenant, account, key(), any(customer.actors), amount, Optional.empty());
            var grant = amount.isPositive() ? entry.draws().get(0).grant().toString() : null;
            did(
                    since,
                    customer,
                    account,
                    new Deed.Adjust(amount.value(), grant),
                    grant != null ? Deed.DONE : Told.of(entry));
        } catch (Unavailable unexpected) {
            throw unexpected;
        } catch (Refusal refusal) {
            did(since, customer, account, new Deed.Adjust(amount.value(), null), Told.of(new Outcome.Refused(refusal)));
        }
    }

    private void voidGrant(World.Customer customer, AccountId account, GrantId id) {
        long since = recording.since();
        try {
            var entry = allotment
                    .credits()
                    .voidGrant(customer.tenant, account, id, key(), any(customer.actors), Optional.empty());
            did(since, customer, account, new Deed.Void(id.toString()), Told.of(entry));
        } catch (NotFound anothers) {
            // Of another account of the tenant's: nothing was done.
        } catch (Unavailable unexpected) {
            throw unexpected;
        } catch (Refusal refusal) {
            did(since, customer, account, new Deed.Void(id.toString()), Told.of(new Outcome.Refused(refusal)));
        }
    }

    private void limitOverdraft(World.Customer customer) {
        var account = any(customer.accounts);
        var limit = Credits.of(10L * random.nextInt(4));
        long since = recording.since();
        allotment.credits().setOverdraftLimit(customer.tenant, account, limit);
        did(since, customer, account, new Deed.Limit(limit), Deed.DONE);
    }

    private void did(long since, World.Customer customer, AccountId account, Deed.What what, String told) {
        deeds.add(new Deed(
                since,
                recording.lockedAt(),
                customer.tenant,
                account,
                what,
                allotment.clock().instant(),
                told));
    }

    private Charge charge(World.Customer customer, int operations) {
        var charge = line(operations);
        for (int more = random.nextInt(6) - 3; more > 0; more--) {
            charge = charge.and(operation(operations), quantity());
        }
        charge = charge.by(any(customer.actors));
        return random.nextInt(3) == 0 ? charge : charge.on(any(customer.subscribed));
    }

    private Charge line(int operations) {
        var seat = seat();
        return Charge.of(operation(operations), quantity()).relatedTo(seat.type(), seat.id());
    }

    private OperationKey operation(int below) {
        return new OperationKey(world.catalogue.key(OPERATIONS.get(random.nextInt(below))));
    }

    private RelatedEntity seat() {
        return new RelatedEntity("seat", "seat-" + random.nextInt(SEATS));
    }

    private Quantity quantity() {
        return new Quantity(amount(8));
    }

    /** More than zero, up to nine decimals. */
    private BigDecimal amount(int below) {
        var whole = BigDecimal.valueOf(1 + random.nextInt(below));
        return switch (random.nextInt(4)) {
            case 0, 1 -> whole;
            case 2 -> whole.subtract(new BigDecimal("0.5"));
            default -> whole.subtract(BigDecimal.valueOf(random.nextInt(999_999_999), 9));
        };
    }

    /** Often such that it ends with other things, to the microsecond. */
    private Instant end(Instant after) {
        for (var end : ends) {
            if (end.isAfter(after) && random.nextInt(4) > 0) {
                return end;
            }
        }
        return after.plusSeconds(1 + random.nextInt(300_000));
    }

    private Duration lease() {
        var now = allotment.clock().instant();
        var left = Duration.between(now, end(now));
        boolean fits = left.getNano() == 0 && left.toSeconds() > 0 && left.toDays() < 7;
        return fits ? left : Duration.ofSeconds(1 + random.nextInt(20_000));
    }

    private <T> T any(List<T> things) {
        return things.get(random.nextInt(things.size()));
    }

    private IdempotencyKey key() {
        return new IdempotencyKey(new UUID(random.nextLong(), random.nextLong()).toString());
    }
}

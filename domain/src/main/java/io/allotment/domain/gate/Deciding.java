package io.allotment.domain.gate;

import io.allotment.domain.catalog.Definitions;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** One run of {@link Gate#decide}: keeps everything as the calls leave it, and collects what is to be saved. */
final class Deciding {

    private final GateState state;
    private final Definitions definitions;
    private final Instant now;
    private final DecidingLimits limits;
    private final Map<GateState.AccountRef, DecidingAccount> accounts = new LinkedHashMap<>();
    private final Map<GateState.AccountRef, List<Reservation>> overdue;
    private final Map<GateState.KeyRef, GateState.Recorded> recorded;
    private final Map<GateState.ReservationRef, Reservation> reservations = new LinkedHashMap<>();
    private final Map<Allocation.Ref, Allocation> allocations = new LinkedHashMap<>();
    private final Map<GateState.DecisionRef, Decision> refunds = new HashMap<>();
    private final List<GateState.Recorded> decisions = new ArrayList<>();
    private final List<UsageEvent> events = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final List<MeteredUse> metered = new ArrayList<>();

    Deciding(GateState state, Definitions definitions, Instant now) {
        this.state = state;
        this.definitions = definitions;
        this.now = now;
        this.limits = new DecidingLimits(state.spending(), now);
        this.overdue = state.reservations().values().stream()
                .filter(reservation -> reservation.isOverdueAt(now))
                .collect(Collectors.groupingBy(
                        reservation -> new GateState.AccountRef(reservation.tenantId(), reservation.accountId())));
        this.recorded = new HashMap<>(state.recorded());
    }

    GateChanges decide(List<GateCall> calls) {
        var outcomes = new ArrayList<Outcome>(calls.size());
        for (var call : calls) {
            try {
                outcomes.add(answer(call));
            } catch (Refusal refusal) {
                outcomes.add(new Outcome.Refused(refusal));
            }
        }
        var changed = accounts.values().stream()
                .flatMap(account -> account.changes().stream())
                .toList();
        return new GateChanges(
                outcomes,
                decisions,
                events,
                changed,
                List.copyOf(reservations.values()),
                List.copyOf(allocations.values()),
                limits.changes(),
                notices,
                metered);
    }

    private Outcome.Answer answer(GateCall call) {
        var tenant = Optional.ofNullable(state.tenants().get(call.tenantId()))
                .orElseThrow(() -> new NotFound("tenant", call.tenantId()));
        call.actor().flatMap(actor -> actor.member()).ifPresent(member -> {
            if (!state.members().contains(new GateState.Member(call.tenantId(), member))) {
                throw new Unknown("member", "actor", member);
            }
        });
        if (call.key().isEmpty()) {
            return new Outcome.Answer(decided(call, tenant), false);
        }
        var key = new GateState.KeyRef(call.tenantId(), call.key().get());
        var earlier = recorded.get(key);
        if (earlier != null) {
            if (!call.isKeptAs(earlier.fingerprint())) {
                throw new IdempotencyKeyReused(call.key().get());
            }
            return new Outcome.Answer(earlier.decision(), true);
        }
        var decision = decided(call, tenant);
        if (!decision.id().equals(call.id())) {
            // It happened before, under another key.
            return new Outcome.Answer(decision, true);
        }
        var fingerprint = allocates(call) ? call.allocatingFingerprint() : call.fingerprint();
        var record = new GateState.Recorded(fingerprint, decision);
        recorded.put(key, record);
        decisions.add(record);
        return new Outcome.Answer(decision, false);
    }

    private boolean allocates(GateCall call) {
        return call.request() instanceof GateRequest.Consume consume
                && consume.charge().lines().stream()
                        .flatMap(line -> definitions.operation(line.operation()).stream())
                        .flatMap(operation -> operation.feature().stream())
                        .anyMatch(this::isAllocated);
    }

    private Decision decided(GateCall call, Tenant tenant) {
        if (call.request() instanceof GateRequest.OfCharge of) {
            // What is wrong with the call itself first: an account that is touched is brought up to the time.
            var operations = DecidingCharge.operations(this, of);
            return new DecidingCharge(this, call, of.charge(), operations, tenant, payer(call, tenant)).decide();
        }
        if (call.request() instanceof GateRequest.OfReservation of) {
            var known = reservation(call, of.reservation());
            // Its account first: bringing it up to the time may find the reservation lapsed.
            var account = account(call, tenant, known.accountId());
            return new DecidingReservation(this, call, tenant, account, reservation(call, known.id())).decide();
        }
        if (call.request() instanceof GateRequest.Deallocate deallocate) {
            return new Undoing(this, call, tenant).deallocate(deallocate, payer(call, tenant));
        }
        var refund = (GateRequest.Refund) call.request();
        var ref = new GateState.DecisionRef(call.tenantId(), refund.decision());
        var charged = Optional.ofNullable(state.charged().get(ref))
                .orElseThrow(() -> new NotFound("decision", refund.decision()));
        var earlier = charged.refund().or(() -> Optional.ofNullable(refunds.get(ref)));
        if (earlier.isPresent()) {
            return earlier.get();
        }
        var account = account(call, tenant, charged.decision().accountId());
        var undone = new Undoing(this, call, tenant).refund(refund, charged, account);
        refunds.put(ref, undone);
        return undone;
    }

    private DecidingAccount payer(GateCall call, Tenant tenant) {
        for (var id : call.payers()) {
            var ref = new GateState.AccountRef(call.tenantId(), id);
            if (state.accounts().containsKey(ref)) {
                return call.verb() == Verb.CHECK ? apart(ref, tenant) : account(call, tenant, id);
            }
        }
        throw new Unknown(
                "account",
                "account",
                call.payers().size() == 1 ? call.payers().get(0) : "of the tenant " + call.tenantId());
    }

    /** An account for a check to walk on, so that nothing it does is seen or saved. */
    private DecidingAccount apart(GateState.AccountRef ref, Tenant tenant) {
        var known = accounts.get(ref);
        return known != null
                ? known.copy()
                : new DecidingAccount(state.accounts().get(ref), overdue(ref), tenant, definitions::planVersion, now);
    }

    private DecidingAccount account(GateCall call, Tenant tenant, AccountId id) {
        return accounts.computeIfAbsent(new GateState.AccountRef(call.tenantId(), id), ref -> {
            var overdue = overdue(ref);
            overdue.forEach(reservation -> put(reservation.at(now)));
            return new DecidingAccount(state.accounts().get(ref), overdue, tenant, definitions::planVersion, now);
        });
    }

    private List<Reservation> overdue(GateState.AccountRef account) {
        return overdue.getOrDefault(account, List.of());
    }

    private Reservation reservation(GateCall call, ReservationId id) {
        var ref = new GateState.ReservationRef(call.tenantId(), id);
        return Optional.ofNullable(reservations.get(ref))
                .or(() -> Optional.ofNullable(state.reservations().get(ref)))
                .orElseThrow(() -> new NotFound("reservation", id));
    }

    Instant now() {
        return now;
    }

    Definitions definitions() {
        return definitions;
    }

    boolean isAllocated(FeatureKey feature) {
        return definitions
                .feature(feature)
                .filter(known -> known.kind() == Feature.Kind.ALLOCATED)
                .isPresent();
    }

    DecidingLimits limits() {
        return limits;
    }

    void put(Reservation reservation) {
        reservations.put(new GateState.ReservationRef(reservation.tenantId(), reservation.id()), reservation);
    }

    Optional<Allocation> find(Allocation.Ref ref) {
        return Optional.ofNullable(allocations.get(ref))
                .or(() -> Optional.ofNullable(state.allocations().get(ref)))
                .filter(allocation -> !allocation.quantity().isZero());
    }

    void put(Allocation allocation) {
        allocations.put(allocation.ref(), allocation);
    }

    void add(UsageEvent event) {
        events.add(event);
    }

    void add(Notice notice) {
        notices.add(notice);
    }

    /** What is held goes on from period to period: a meter, which sums what happens within one, cannot tell it. */
    void add(MeteredUse use) {
        definitions.feature(use.feature()).filter(Feature::isBilledByUse).ifPresent(feature -> metered.add(use));
    }
}

package io.allotment.application.gate;

import io.allotment.application.shared.Moments;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.gate.ReservationEnded;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work under way whose use is known only as it goes on. It begins with a worst case that is set aside, is fed with what is
 * used, and settles exactly that when it is closed, whether the work has succeeded, failed or was cut off:
 *
 * <pre>{@code
 * try (var work = gate.meter(tenant, key, Charge.of("llm.output_token", 4_000), Duration.ofMinutes(2))) {
 *     if (!work.isAllowed()) {
 *         return work.decision().denial();
 *     }
 *     for (var chunk : stream) {
 *         work.used("llm.output_token", chunk.tokens());
 *     }
 * }
 * }</pre>
 *
 * Where nothing was used, closing releases the hold. The lease is renewed while the work is fed. Should the process end
 * before it closes the work, the hold lapses with its lease, and what was fed is not recorded. Thread-safe.
 */
public final class MeteredWork implements AutoCloseable {

    private static final int MAX_KEY = 150;

    private static final Logger LOG = LoggerFactory.getLogger(MeteredWork.class);

    private final GateService gate;
    private final Moments moments;
    private final TenantId tenant;
    private final IdempotencyKey key;
    private final Duration lease;
    private final Decision decision;
    private final ReentrantLock lock = new ReentrantLock();
    // All below is read and written by the lock's holder alone.
    private final Map<OperationKey, Quantity> used = new LinkedHashMap<>();
    private TokenCounts tokens = TokenCounts.NONE;
    private Instant renewAt;
    private int renewals;
    private boolean closing;
    private boolean closed;
    private Decision end;

    private MeteredWork(
            GateService gate, Moments moments, TenantId tenant, IdempotencyKey key, Duration lease, Decision decision) {
        this.gate = gate;
        this.moments = moments;
        this.tenant = tenant;
        this.key = key;
        this.lease = lease;
        this.decision = decision;
        this.renewAt = decision.at().plus(lease.dividedBy(2));
    }

    static MeteredWork open(
            GateService gate, Moments moments, TenantId tenant, IdempotencyKey key, Charge worstCase, Duration lease) {
        if (key.value().length() > MAX_KEY) {
            throw new InvalidValue("Idempotency-Key", "must be at most " + MAX_KEY + " characters for metered work");
        }
        var answer = gate.reserve(tenant, key, worstCase, lease);
        if (answer.replayed() && answer.allowed()) {
            requireNotEnded(gate, tenant, answer.decision().reservation().orElseThrow());
        }
        return new MeteredWork(gate, moments, tenant, key, lease, answer.decision());
    }

    /** The same work done before must not be done again: what it uses could not be recorded. */
    private static void requireNotEnded(GateService gate, TenantId tenant, ReservationId id) {
        var status = gate.getReservation(tenant, id).status();
        if (status == Reservation.Status.SETTLED || status == Reservation.Status.RELEASED) {
            throw new ReservationEnded(id, status);
        }
    }

    /** Whether the work may begin. */
    public boolean isAllowed() {
        return decision.allowed();
    }

    /** The decision on the worst case. */
    public Decision decision() {
        return decision;
    }

    /**
     * So much more was used of an operation of the worst case; more in all than was set aside is recorded too. Throws
     * {@link IllegalStateException} where the work was not allowed or is closed.
     */
    public void used(OperationKey operation, Quantity quantity) {
        lock.lock();
        try {
            requireOpen();
            if (decision.lines().stream().noneMatch(line -> line.operation().equals(operation))) {
                throw new InvalidValue("operation", operation + " is not one of those that were reserved");
            }
            if (!quantity.isZero()) {
                used.merge(operation, quantity, Quantity::plus);
            }
            renewInTime();
        } finally {
            lock.unlock();
        }
    }

    /** The same, in plain words. */
    public void used(String operation, long quantity) {
        used(new OperationKey(operation), Quantity.of(quantity));
    }

    /** The tokens of the AI work by class, all of them so far; what was said before is replaced. */
    public void tokens(TokenCounts counts) {
        lock.lock();
        try {
            requireOpen();
            tokens = counts;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the hold while nothing comes; feeding does it too. */
    public void keepAlive() {
        lock.lock();
        try {
            requireOpen();
            renewInTime();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What closing came to: the settle's or the release's decision; empty before, where the work was not allowed, and where
     * the hold had lapsed unused.
     */
    public Optional<Decision> end() {
        lock.lock();
        try {
            return Optional.ofNullable(end);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Settles what was used, or releases the hold where nothing was. Nothing happens the second time. Where the store
     * cannot be reached it throws {@link Unavailable} and can be called again: the keys see to it that it happens once.
     * From the first call on nothing more can be fed.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            if (closed || !decision.allowed()) {
                return;
            }
            end = used.isEmpty() ? release() : settle();
            closed = true;
        } catch (ReservationEnded lapsed) {
            // Nothing was used, and nothing is held any more.
            closed = lapsed.status() == Reservation.Status.LAPSED;
            if (!closed) {
                throw lapsed;
            }
        } finally {
            lock.unlock();
        }
    }

    private Decision settle() {
        var lines = used.entrySet().stream()
                .map(use -> new Charge.Line(use.getKey(), use.getValue()))
                .toList();
        var request = new GateRequest.Settle(reservation(), lines, Optional.empty(), tokens, Document.EMPTY);
        return gate.settle(tenant, derived("settle"), request).decision();
    }

    private Decision release() {
        return gate.release(tenant, derived("release"), reservation()).decision();
    }

    /** At half of the lease. Work goes on where that fails: it is tried again, and what has lapsed is settled late. */
    private void renewInTime() {
        if (moments.now().isBefore(renewAt)) {
            return;
        }
        renewals++;
        try {
            var renewed = gate.renew(tenant, derived("renew-" + renewals), reservation(), lease);
            renewAt = renewed.decision().at().plus(lease.dividedBy(2));
        } catch (Unavailable nextTime) {
            renewAt = moments.now().plus(lease.dividedBy(8));
            LOG.warn("The reservation {} could not be renewed: {}", reservation(), nextTime.getMessage());
        } catch (ReservationEnded late) {
            renewAt = Instant.MAX;
        }
    }

    private ReservationId reservation() {
        return decision.reservation().orElseThrow();
    }

    private IdempotencyKey derived(String what) {
        return new IdempotencyKey(key.value() + ":" + what);
    }

    private void requireOpen() {
        if (!decision.allowed()) {
            throw new IllegalStateException("The work was not allowed: "
                    + decision.denial().orElseThrow().message());
        }
        if (closing) {
            throw new IllegalStateException("The work is closed.");
        }
    }
}

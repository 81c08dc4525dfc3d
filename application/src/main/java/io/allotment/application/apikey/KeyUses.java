package io.allotment.application.apikey;

import io.allotment.domain.Persistence;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeys.Uses;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts uses of keys in memory, and writes them together: once a minute, by the thread that comes by then. A process that is
 * killed loses those of its last minute; usage events have the exact figures. Thread-safe.
 */
final class KeyUses {

    private static final Logger LOG = LoggerFactory.getLogger(KeyUses.class);
    private static final Duration INTERVAL = Duration.ofMinutes(1);
    /** So many keys are written before a minute is over. */
    private static final int MAX_KEYS = 10_000;

    private final Persistence persistence;
    private final ConcurrentHashMap<Id, Uses> unwritten = new ConcurrentHashMap<>();
    private final AtomicReference<Instant> nextWrite = new AtomicReference<>(Instant.MAX);

    private record Id(TenantId tenant, ApiKeyId key) {}

    KeyUses(Persistence persistence) {
        this.persistence = persistence;
    }

    void count(ApiKey key, Instant now) {
        add(new Uses(key.tenantId(), key.id(), 1, now));
        var due = nextWrite.updateAndGet(next -> next == Instant.MAX ? now.plus(INTERVAL) : next);
        boolean isDue = !now.isBefore(due) || unwritten.size() >= MAX_KEYS;
        // Inside a unit of work nothing can be written for the platform: another request will.
        if (isDue && !persistence.unitOfWork().isOpen() && nextWrite.compareAndSet(due, now.plus(INTERVAL))) {
            write();
        }
    }

    private void add(Uses uses) {
        unwritten.merge(
                new Id(uses.tenantId(), uses.id()),
                uses,
                (one, other) -> new Uses(
                        one.tenantId(),
                        one.id(),
                        one.times() + other.times(),
                        one.last().isBefore(other.last()) ? other.last() : one.last()));
    }

    /** Writes all that is counted; what cannot be written now stays counted. */
    void write() {
        var uses = new ArrayList<Uses>();
        for (var id : unwritten.keySet()) {
            var counted = unwritten.remove(id);
            if (counted != null) {
                uses.add(counted);
            }
        }
        if (uses.isEmpty()) {
            return;
        }
        try {
            persistence.unitOfWork().forPlatform(() -> persistence.apiKeys().addUses(uses));
        } catch (Unavailable later) {
            uses.forEach(this::add);
            LOG.debug("uses of {} keys cannot be written now", uses.size(), later);
        }
    }
}

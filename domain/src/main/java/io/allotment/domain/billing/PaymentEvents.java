package io.allotment.domain.billing;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: what gateways told. In the platform's unit of work. What is known to be a tenant's goes with it. */
public interface PaymentEvents {

    /** Keeps an event; false, and nothing changes, where it is known by its id. */
    boolean insert(StoredEvent event);

    /**
     * Writes how it stands; one that is not there is a programming error ({@link IllegalStateException}).
     *
     * @return false, and nothing changes, where it would bring back a payload that has gone meanwhile: it was applied, or named somebody who was erased
     */
    boolean update(StoredEvent event);

    Optional<StoredEvent> find(String gateway, String id);

    /** Those to be tried by then, longest due first. */
    List<StoredEvent> due(String gateway, Instant now, int limit);

    /**
     * A tenant's that are not tried any more since they could not be applied: first those of which it can be asked how what they tell of stands ({@link
     * StoredEvent#withoutPayload}), then what was received first. With those of which it is not known what they tell of: they may be the tenant's.
     */
    List<StoredEvent> givenUp(TenantId tenant, String gateway, int limit);

    /** Until when the gateway was asked for what it had told; empty where it never was. */
    Optional<Instant> findAskedUntil(String gateway);

    /** Writes down until when the gateway was asked; an earlier time than is known changes nothing. */
    void askedUntil(String gateway, Instant until);

    /** How many could not be applied so far and are tried again, of all gateways. */
    long countFailing();

    /** What was received last comes first. */
    Page<StoredEvent> list(Filter filter, PageRequest page);

    /**
     * Which are listed; what is empty does not matter.
     *
     * @param tenant whose they are known to be
     */
    record Filter(Optional<StoredEvent.Status> status, Optional<TenantId> tenant) {

        public static final Filter ALL = new Filter(Optional.empty(), Optional.empty());

        public boolean accepts(StoredEvent event) {
            return status.filter(wanted -> wanted != event.status()).isEmpty()
                    && (tenant.isEmpty() || tenant.equals(event.about().flatMap(StoredEvent.About::tenantId)));
        }
    }
}

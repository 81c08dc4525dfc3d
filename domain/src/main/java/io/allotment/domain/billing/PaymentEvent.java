package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What a gateway tells by itself. */
public sealed interface PaymentEvent {

    /** What the gateway calls it: told twice it is the same. */
    String id();

    /** What kind the gateway says it is, in its own words. */
    String type();

    /** When it happened there. */
    Instant at();

    /** Something is so now. */
    record Told(String id, String type, Instant at, GatewayObject state) implements PaymentEvent {
        public Told {
            named(id, type, at);
            requireNonNull(state, "state");
        }
    }

    /** Something has changed, and the event does not say how in words that are understood: to be fetched. */
    record Changed(String id, String type, Instant at, GatewayObject.Kind kind, String objectId)
            implements PaymentEvent {
        public Changed {
            named(id, type, at);
            requireNonNull(kind, "kind");
            requireNonNull(objectId, "objectId");
        }
    }

    /** Something happened, and the event says no more than that: to be asked for by its id, {@link BillingGateway#fetchEvent}. */
    record Thin(String id, String type, Instant at) implements PaymentEvent {
        public Thin {
            named(id, type, at);
        }
    }

    /** The trial is over soon. */
    record TrialEnding(String id, String type, Instant at, GatewaySubscription state) implements PaymentEvent {
        public TrialEnding {
            named(id, type, at);
            requireNonNull(state, "state");
        }
    }

    /** A customer is not there any more, nor what was theirs. */
    record CustomerDeleted(String id, String type, Instant at, String customerId) implements PaymentEvent {
        public CustomerDeleted {
            named(id, type, at);
            requireNonNull(customerId, "customerId");
        }
    }

    /**
     * Usage that was reported is not billed: it was refused after it had been taken.
     *
     * @param meter what the gateway calls the meter
     * @param identifiers of the reports that it names: some of them, or all
     * @param count how many reports it is about
     */
    record UsageRejected(
            String id,
            String type,
            Instant at,
            Optional<String> meter,
            List<String> identifiers,
            long count,
            String reason)
            implements PaymentEvent {
        public UsageRejected {
            named(id, type, at);
            requireNonNull(meter, "meter");
            identifiers = List.copyOf(identifiers);
            requireNonNull(reason, "reason");
        }
    }

    /** Of no concern, or not known. */
    record Ignored(String id, String type, Instant at) implements PaymentEvent {
        public Ignored {
            named(id, type, at);
        }
    }

    private static void named(String id, String type, Instant at) {
        requireNonNull(id, "id");
        requireNonNull(type, "type");
        requireNonNull(at, "at");
    }
}

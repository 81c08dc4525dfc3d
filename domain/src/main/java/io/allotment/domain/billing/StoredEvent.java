package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a gateway told, kept until it is applied, and its id for as long as events are kept, so that it is applied once. What is known to be a tenant's goes with it, with its id:
 * should the gateway tell it once more it is nobody's.
 *
 * @param type what kind the gateway says it is
 * @param about what it tells of, as far as that is known
 * @param payload as it came, since it can name people no longer than it is of use: until it was applied, or given up
 * @param attempts how often it could not be applied
 * @param nextAt when it is to be tried again; empty where it is not
 * @param problem why it could not be applied so far
 */
public record StoredEvent(
        String gateway,
        String id,
        String type,
        Instant at,
        Optional<About> about,
        Status status,
        Optional<String> payload,
        Instant receivedAt,
        int attempts,
        Optional<Instant> nextAt,
        Optional<String> problem,
        Optional<Instant> doneAt) {

    /** So long is waited for what it names to become known. */
    private static final Duration PATIENCE = Duration.ofDays(30);

    /** So long for who has to be asked to come back: well before events are old enough to be removed. */
    private static final Duration LONGEST_PATIENCE = Duration.ofDays(80);

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private static final Duration FIRST_WAIT = Duration.ofSeconds(5);

    /** The problem of one whose payload went before it was applied. */
    public static final String ERASED = "It named somebody who was erased; what it told is found by reconciling.";

    /** How it stands. */
    public enum Status {
        WAITING,
        /** It names nothing of ours: looked at again for a while, then kept as it is. */
        UNKNOWN,
        APPLIED,
        /** Of no concern; where it has a problem, it could not have its effect, and somebody has to look. */
        IGNORED
    }

    /**
     * What is told of, and whose that is by our own directory.
     *
     * @param id what the gateway calls it
     * @param tenantId empty where it is not known whose it is
     * @param accountId goes with the tenant
     */
    public record About(Kind kind, String id, Optional<TenantId> tenantId, Optional<AccountId> accountId) {

        /** What kinds there are. */
        public enum Kind {
            CUSTOMER,
            CHECKOUT,
            SUBSCRIPTION,
            INVOICE,
            REFUND,
            DISPUTE,
            /** What is billed by use: of whomever its reports are. */
            METER
        }

        public About {
            requireNonNull(kind, "kind");
            id = Text.name("objectId", id, 255);
            if (tenantId.isPresent() != accountId.isPresent()) {
                throw new IllegalArgumentException("an account is a tenant's");
            }
        }

        public static About of(GatewayObject told) {
            return of(Kind.valueOf(told.kind().name()), told.id());
        }

        /** What an event names by itself. */
        public static Optional<About> of(PaymentEvent said) {
            if (said instanceof PaymentEvent.Told told) {
                return Optional.of(of(told.state()));
            } else if (said instanceof PaymentEvent.TrialEnding ending) {
                return Optional.of(of(ending.state()));
            } else if (said instanceof PaymentEvent.Changed changed) {
                return Optional.of(of(Kind.valueOf(changed.kind().name()), changed.objectId()));
            } else if (said instanceof PaymentEvent.CustomerDeleted deleted) {
                return Optional.of(of(Kind.CUSTOMER, deleted.customerId()));
            } else if (said instanceof PaymentEvent.UsageRejected rejected) {
                return rejected.meter().map(meter -> of(Kind.METER, meter));
            }
            return Optional.empty();
        }

        private static About of(Kind kind, String id) {
            return new About(kind, id, Optional.empty(), Optional.empty());
        }

        private boolean isSaidOf(About owned) {
            return tenantId.isEmpty() && kind == owned.kind && id.equals(owned.id);
        }

        /** It is found by this name. */
        public About of(GatewayName name) {
            return new About(kind, id, Optional.of(name.tenantId()), Optional.of(name.accountId()));
        }
    }

    public StoredEvent {
        gateway = Text.key("gateway", gateway);
        id = Text.name("eventId", id, 255);
        type = Text.name("type", type, 255);
        requireNonNull(at, "at");
        requireNonNull(about, "about");
        requireNonNull(status, "status");
        requireNonNull(payload, "payload");
        requireNonNull(receivedAt, "receivedAt");
        if (attempts < 0) {
            throw new IllegalArgumentException("attempts are counted from 0");
        }
        requireNonNull(nextAt, "nextAt");
        problem = problem.map(text -> text.length() > 2_000 ? text.substring(0, 2_000) : text);
        requireNonNull(doneAt, "doneAt");
    }

    public static StoredEvent received(String gateway, BillingGateway.Delivery delivery, Instant now) {
        return new StoredEvent(
                gateway,
                delivery.eventId(),
                delivery.type(),
                delivery.at(),
                Optional.empty(),
                Status.WAITING,
                Optional.of(delivery.payload()),
                now,
                0,
                Optional.of(now),
                Optional.empty(),
                Optional.empty());
    }

    /** What it tells of, where that is known; what was known of it, and whose that is, stays known. */
    public StoredEvent about(Optional<About> what) {
        var known = what.map(now -> about.filter(now::isSaidOf).orElse(now)).or(() -> about);
        return new StoredEvent(
                gateway, id, type, at, known, status, payload, receivedAt, attempts, nextAt, problem, doneAt);
    }

    /** It had its effect. */
    public StoredEvent applied(Instant now) {
        return done(Status.APPLIED, Optional.empty(), now);
    }

    /** It has none. */
    public StoredEvent ignored(Instant now) {
        return done(Status.IGNORED, Optional.empty(), now);
    }

    /** It must not have any, however often it is tried: somebody has to look. */
    public StoredEvent refused(String why, Instant now) {
        return done(Status.IGNORED, Optional.of(why), now);
    }

    /** Nothing of ours is named; again after a while, which grows with the time that has gone. */
    public StoredEvent unknown(String what, Instant now) {
        return again(Status.UNKNOWN, attempts, what, now.plus(waited(now)), hasHadItsTime(now));
    }

    /** It could not be applied: again after a while, which grows with the time that has gone, up to an hour; after 30 days it stays as it is. */
    public StoredEvent failed(String why, Instant now) {
        return again(Status.WAITING, attempts + 1, why, soon(now), hasHadItsTime(now));
    }

    /** Who had to be asked was away, which is no fault of the event: again after a while as for {@link #failed}, for 80 days. */
    public StoredEvent delayed(String why, Instant now) {
        return again(Status.WAITING, attempts + 1, why, soon(now), isOlder(LONGEST_PATIENCE, now));
    }

    /** Whether it could not be applied so far, and is tried again. */
    public boolean isFailing() {
        return status == Status.WAITING && attempts > 0 && nextAt.isPresent();
    }

    /** Whether it could not be applied for so long that it is not tried any more. One that named somebody who was erased is not: it is over. */
    public boolean isGivenUp() {
        return status == Status.WAITING && attempts > 0 && nextAt.isEmpty() && !problem.equals(Optional.of(ERASED));
    }

    /** Given up, it is tried once more; what it tells of is asked for, since its payload is gone. */
    public StoredEvent retried(Instant now) {
        return new StoredEvent(
                gateway, id, type, at, about, status, payload, receivedAt, attempts, Optional.of(now), problem, doneAt);
    }

    /** What it says where its payload is gone: that what it tells of has changed. Empty where that is not known, or nothing that could be asked for. */
    public Optional<PaymentEvent> withoutPayload() {
        return about.flatMap(what -> Stream.of(GatewayObject.Kind.values())
                .filter(kind -> kind.name().equals(what.kind().name()))
                .findFirst()
                .map(kind -> new PaymentEvent.Changed(id, type, at, kind, what.id())));
    }

    private Instant soon(Instant now) {
        var waited = waited(now);
        return now.plus(waited.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : waited);
    }

    private Duration waited(Instant now) {
        var waited = Duration.between(receivedAt, now);
        return waited.compareTo(FIRST_WAIT) < 0 ? FIRST_WAIT : waited;
    }

    private boolean hasHadItsTime(Instant now) {
        return isOlder(PATIENCE, now);
    }

    private boolean isOlder(Duration time, Instant now) {
        return Duration.between(receivedAt, now).compareTo(time) > 0;
    }

    /** It named somebody who is not to be known any more: it is not tried again. */
    public StoredEvent erased() {
        return new StoredEvent(
                gateway,
                id,
                type,
                at,
                about,
                status,
                Optional.empty(),
                receivedAt,
                attempts,
                Optional.empty(),
                Optional.of(ERASED),
                Optional.empty());
    }

    /** With the last try its payload goes. */
    private StoredEvent again(Status how, int tries, String why, Instant next, boolean isLast) {
        return new StoredEvent(
                gateway,
                id,
                type,
                at,
                about,
                how,
                isLast ? Optional.empty() : payload,
                receivedAt,
                tries,
                isLast ? Optional.empty() : Optional.of(next),
                Optional.of(why),
                Optional.empty());
    }

    private StoredEvent done(Status how, Optional<String> why, Instant now) {
        return new StoredEvent(
                gateway,
                id,
                type,
                at,
                about,
                how,
                Optional.empty(),
                receivedAt,
                attempts,
                Optional.empty(),
                why,
                Optional.of(now));
    }
}

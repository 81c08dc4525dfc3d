package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.job.Portion;
import io.allotment.application.job.TenantWork;
import io.allotment.application.shared.Moments;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.AlreadyPaid;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Drift;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.StoredEvent.About;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.subscription.AlreadySubscribed;
import io.allotment.domain.subscription.Joining;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a gateway that bills tells by itself: kept once by its id, then applied, in whatever order it came. Thread-safe.
 */
public final class PaymentEventService {

    public static final JobName JOB = new JobName("payments");
    public static final JobName MISSED = new JobName("missed-events");
    public static final JobName RECONCILE = new JobName("reconcile");

    private static final Logger LOG = LoggerFactory.getLogger(PaymentEventService.class);

    private static final int BATCH = 100;

    /** Dead letters that are tried again, in one go. */
    private static final int RETRIED = 1_000;

    private final Persistence persistence;
    private final Customers customers;
    private final Following following;
    private final Reconciling reconciling;
    private final TenantWork tenants;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    /** What a gateway tells is nobody's doing: the subscriptions are to act in the product's own name. */
    public PaymentEventService(
            Persistence persistence,
            PaymentGateway gateway,
            SubscriptionService subscriptions,
            TenantWork tenants,
            Ids ids,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.customers = new Customers(persistence, gateway, moments);
        this.tenants = tenants;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        var system = acting.as(Caller.SYSTEM);
        this.following = new Following(
                persistence,
                gateway.name(),
                subscriptions,
                new Settlement(persistence, ids, moments, system),
                ids,
                moments,
                system);
        this.reconciling = new Reconciling(persistence, following, this::applyAtOnce, moments);
    }

    /**
     * Keeps what was posted, where the gateway named signed it, and applies it at once where that can be done; else the job does it later.
     * It is safe then, and the gateway may be told so. Open to everybody, whoever calls:
     * the signature says whose it is. Refuses what is none of the gateway's ({@code EventRefused}), and a gateway that is not
     * there ({@link NotFound}).
     *
     * @return the event's id; empty where it was known already
     */
    public Optional<String> receive(String gateway, byte[] body, Optional<String> signature) {
        return receive(gateway, body, signature, Runnable::run);
    }

    /**
     * The same, for who must not be kept waiting.
     *
     * @param applying runs what applies the event, now, later or not at all: the job does then. It is given it when the event is kept
     */
    public Optional<String> receive(String gateway, byte[] body, Optional<String> signature, Executor applying) {
        var bills = billing(gateway);
        var delivery = bills.verify(body, signature, moments.now());
        var event = StoredEvent.received(gateway, delivery, moments.now());
        if (!persistence
                .unitOfWork()
                .forPlatform(() -> persistence.paymentEvents().insert(event))) {
            return Optional.empty();
        }
        applying.execute(() -> applyAtOnce(bills, event));
        return Optional.of(event.id());
    }

    private void applyAtOnce(BillingGateway gateway, StoredEvent event) {
        try {
            applied(gateway, event).ifPresent(why -> appliedLater(event, why));
        } catch (RuntimeException notEvenNoted) {
            appliedLater(event, notEvenNoted);
        }
    }

    private static void appliedLater(StoredEvent event, RuntimeException why) {
        LOG.info("The event {} of {} is applied later: {}", event.id(), event.gateway(), why(why));
    }

    private BillingGateway billing(String gateway) {
        return customers
                .billing()
                .filter(bills -> bills.name().equals(gateway))
                .orElseThrow(() -> new NotFound("gateway", gateway));
    }

    /**
     * Applies what is due. What could not be applied is tried again for 30 days, for 80 where the gateway was away, and a dead letter of its tenant after that; while the
     * gateway is away nothing more is asked of it for now. A dead letter that is to be tried again takes the events with it that its tenant has given up: what they tell of is
     * asked for. For operators. Does nothing where no gateway bills.
     */
    public Portion applyDue() {
        acting.requireOperator();
        var bills = customers.billing();
        if (bills.isEmpty()) {
            return Portion.all(0);
        }
        var gateway = bills.get();
        revive(gateway.name());
        var due = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.paymentEvents().due(gateway.name(), moments.now(), BATCH));
        int done = 0;
        int failed = 0;
        for (var event : due) {
            var failure = tried(gateway, event);
            if (failure.isEmpty()) {
                done++;
            } else if (failure.get() instanceof GatewayAway away) {
                LOG.info("The event {} of {} waits: {}", event.id(), gateway.name(), away.toString());
                return new Portion(done, failed + 1, false);
            } else {
                // With its trace once: it is tried for days.
                LOG.warn(
                        "The event {} of {} could not be applied: {}",
                        event.id(),
                        gateway.name(),
                        why(failure.get()),
                        event.attempts() < 2 ? failure.get() : null);
                failed++;
            }
        }
        return new Portion(done, failed, due.size() >= BATCH && done > 0);
    }

    /**
     * A dead letter is its events' from here on: they are due, and where one fails again there is another. It stays where more are left than were taken, or where one
     * does not say what could be asked for: that is left to comparing all.
     */
    private void revive(String gateway) {
        persistence.unitOfWork().forPlatform(() -> {
            for (var letter : persistence.failedWorks().listDue(JOB, moments.now(), RETRIED)) {
                var events = persistence.paymentEvents().givenUp(letter.tenantId(), gateway, RETRIED);
                var askable = events.stream()
                        .filter(event -> event.withoutPayload().isPresent())
                        .toList();
                askable.forEach(event -> persistence.paymentEvents().update(event.retried(moments.now())));
                if (!events.isEmpty() && askable.size() == events.size() && events.size() < RETRIED) {
                    persistence.failedWorks().delete(letter.tenantId(), JOB);
                }
            }
        });
    }

    /** What it said when it came, or what is left of that. */
    private static PaymentEvent said(BillingGateway gateway, StoredEvent event) {
        return event.payload().map(gateway::read).or(event::withoutPayload).orElseThrow();
    }

    /**
     * What reconciling came to.
     *
     * @param looked at how many things of the gateway's
     * @param unknown how many of them are nobody's here
     * @param missed what the gateway told and never reached us
     * @param drifted what stands otherwise here, or did until it was followed; 1,000 of them at the most
     * @param notLookedAt what was left out, or our key may not ask for and can be done without, and why
     * @param failed what could not be compared or asked for, and why
     */
    public record Reconciled(
            int looked,
            int unknown,
            List<StoredEvent> missed,
            List<Drift> drifted,
            List<String> notLookedAt,
            List<String> failed) {

        /** Whether all that was looked at was as at the gateway. */
        public boolean isInOrder() {
            return missed.isEmpty() && drifted.isEmpty() && failed.isEmpty();
        }

        /** Whether nothing is left for somebody to look at, once all was followed. */
        public boolean isMended() {
            return failed.isEmpty() && drifted.stream().noneMatch(Drift::stands);
        }
    }

    /**
     * Compares what is known here with the gateway: first by what it told since it was asked last, then by all that it has, then by what it lists no more. Where
     * that is followed, dead letters of {@link #JOB} that are to be tried again, and wait for no event, are done with it. For operators.
     *
     * @param apply whether what differs is followed; where not nothing changes
     */
    public Reconciled reconcile(boolean apply) {
        return reconcile(apply, Set.of());
    }

    /**
     * The same but for what is left out.
     *
     * @param without of what kinds nothing is compared, such as those that our key may not read
     */
    public Reconciled reconcile(boolean apply, Set<GatewayObject.Kind> without) {
        acting.requireOperator();
        return compared(customers.requireBilling(), apply, without).told();
    }

    /** What a dead letter that is tried again was about is not known any more: where all was compared, nothing of its tenant's may have failed. */
    private Reconciling.Outcome compared(BillingGateway gateway, boolean apply, Set<GatewayObject.Kind> without) {
        var retried = persistence
                .unitOfWork()
                .forPlatform(() -> persistence.failedWorks().listDue(JOB, moments.now(), RETRIED).stream()
                        .filter(letter -> !waitsForEvents(letter, gateway.name()))
                        .toList());
        var outcome = reconciling.all(gateway, apply, without);
        if (apply && outcome.isWhole()) {
            tenants.retried(
                    retried,
                    letter -> Optional.ofNullable(outcome.failing().get(letter.tenantId()))
                            .map(why -> "Not all could be compared: " + why));
        }
        return outcome;
    }

    private boolean waitsForEvents(FailedWork letter, String gateway) {
        return persistence.paymentEvents().givenUp(letter.tenantId(), gateway, 1).stream()
                .anyMatch(event -> event.withoutPayload().isPresent());
    }

    /** Follows what the gateway told since it was asked last, and never reached us. For operators. Does nothing where no gateway bills. */
    public Portion followMissed() {
        acting.requireOperator();
        var gateway = customers.billing();
        if (gateway.isEmpty()) {
            return Portion.all(0);
        }
        int missed = 0;
        try {
            missed = reconciling.posted(gateway.get(), true).size();
        } catch (GatewayRefused tooMuch) {
            LOG.warn("What {} told is left to comparing all: {}", gateway.get().name(), tooMuch.getMessage());
        }
        var thin = reconciling.thin(gateway.get(), true);
        missed += thin.missed().size();
        if (missed > 0) {
            LOG.info("{} events of {} had not come", missed, gateway.get().name());
        }
        return new Portion(missed, thin.problem().isPresent() ? 1 : 0, false);
    }

    /** Follows all that the gateway has, as {@link #reconcile} does. For operators. Refuses a gateway that is away ({@link GatewayAway}); does nothing where no gateway bills. */
    public Portion followAll() {
        acting.requireOperator();
        var gateway = customers.billing();
        if (gateway.isEmpty()) {
            return Portion.all(0);
        }
        var outcome = compared(gateway.get(), true, Set.of());
        var found = outcome.told();
        if (!found.drifted().isEmpty()) {
            LOG.warn(
                    "Otherwise here than at {}, and followed but for what stands: {}",
                    gateway.get().name(),
                    found.drifted());
        }
        outcome.away().ifPresent(away -> {
            throw away;
        });
        return new Portion(
                found.missed().size() + found.drifted().size(), found.failed().size(), false);
    }

    /** What gateways told; what was received last comes first. For operators and support. */
    public Page<StoredEvent> list(PaymentEvents.Filter filter, PageRequest page) {
        acting.requireReadsAll();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.paymentEvents().list(filter, page));
    }

    /** An event, what it says, and whose it is. */
    private record Known(StoredEvent event, GatewayObject told, boolean asked, GatewayName name) {}

    /** What cannot even be noted, such as of a tenant that was deleted meanwhile, stops no other; where our store is away all is over. */
    private Optional<RuntimeException> tried(BillingGateway gateway, StoredEvent event) {
        try {
            return applied(gateway, event);
        } catch (Unavailable away) {
            throw away;
        } catch (RuntimeException notEvenNoted) {
            LOG.warn(
                    "How the event {} of {} stands could not be written down; it is tried again",
                    event.id(),
                    event.gateway(),
                    notEvenNoted);
            return Optional.of(notEvenNoted);
        }
    }

    /** Why it could not be applied, which is noted then. What is thrown comes of our own store, where nothing can be noted. */
    private Optional<RuntimeException> applied(BillingGateway gateway, StoredEvent event) {
        Optional<Known> named;
        try {
            named = read(gateway, event);
        } catch (RuntimeException failure) {
            noted(knowing(gateway, event), failure);
            return Optional.of(failure);
        }
        return named.flatMap(known -> apply(gateway, known));
    }

    /** With what it tells of, and whose that is, where the gateway cannot be asked. */
    private StoredEvent knowing(BillingGateway gateway, StoredEvent event) {
        try {
            return event.about(About.of(said(gateway, event)).map(about -> owned(gateway.name(), about)));
        } catch (RuntimeException unreadable) {
            return event;
        }
    }

    /** By its own name, where it has one. */
    private About owned(String gateway, About about) {
        return Stream.of(GatewayName.Kind.values())
                .filter(kind -> kind.name().equals(about.kind().name()))
                .findFirst()
                .flatMap(kind -> persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.gatewayDirectory().find(gateway, kind, about.id())))
                .map(about::of)
                .orElse(about);
    }

    private StoredEvent failed(StoredEvent event, RuntimeException failure) {
        return failure instanceof GatewayAway away
                ? event.delayed(away.getMessage(), moments.now())
                : event.failed(why(failure), moments.now());
    }

    /** For people: no name of a class. */
    private static String why(RuntimeException failure) {
        return Optional.ofNullable(failure.getMessage()).orElse("It failed without a message; the log has its trace.");
    }

    /** What it tells of and whose that is, before why it failed. */
    private static RuntimeException named(Known known, RuntimeException failure) {
        if (failure instanceof GatewayAway) {
            return failure;
        }
        var what = known.told().kind().name().toLowerCase(Locale.ROOT);
        return new IllegalStateException(
                "The " + what + " " + known.told().id() + " of the tenant "
                        + known.name().tenantId() + ": " + why(failure),
                failure);
    }

    /** Reads it, and finds out whose it is; where it is nobody's or of no concern, that is written down and all. */
    private Optional<Known> read(BillingGateway gateway, StoredEvent stored) {
        var posted = said(gateway, stored);
        var said = posted instanceof PaymentEvent.Thin thin
                ? gateway.fetchEvent(thin.id()).orElse(posted)
                : posted;
        var event = stored.about(About.of(said));
        if (said instanceof PaymentEvent.Told told) {
            return named(event, told.state(), false);
        } else if (said instanceof PaymentEvent.TrialEnding ending) {
            return named(event, ending.state(), false);
        } else if (said instanceof PaymentEvent.Changed changed) {
            var now = gateway.fetch(changed.kind(), changed.objectId());
            if (now.isEmpty()) {
                update(event.about(event.about().map(about -> owned(gateway.name(), about)))
                        .ignored(moments.now()));
                return Optional.empty();
            }
            return named(event, now.get(), true);
        } else if (said instanceof PaymentEvent.CustomerDeleted deleted) {
            var customer = About.of(deleted).map(about -> owned(gateway.name(), about));
            forget(gateway.name(), deleted.customerId());
            update(event.about(customer).applied(moments.now()));
            return Optional.empty();
        } else if (said instanceof PaymentEvent.UsageRejected rejected) {
            var problem = new UsageRejections(persistence, acting).apply(gateway.name(), rejected);
            update(problem.map(why -> event.refused(why, moments.now())).orElseGet(() -> event.applied(moments.now())));
            return Optional.empty();
        }
        update(event.ignored(moments.now()));
        return Optional.empty();
    }

    private Optional<Known> named(StoredEvent event, GatewayObject told, boolean asked) {
        var name = persistence.unitOfWork().forPlatform(() -> following.nameOf(told));
        if (name.isEmpty()) {
            update(event.unknown(
                    "no " + told.kind().name().toLowerCase(Locale.ROOT) + " " + told.id()
                            + ", customer or payment of this name is ours",
                    moments.now()));
        }
        return name.map(
                found -> new Known(event.about(Optional.of(About.of(told).of(found))), told, asked, found));
    }

    private void forget(String gateway, String customerId) {
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence.gatewayDirectory().find(gateway, GatewayName.Kind.CUSTOMER, customerId))
                .ifPresent(this::forget);
    }

    private void forget(GatewayName customer) {
        var tenant = customer.tenantId();
        persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.gatewayDirectory().remove(customer)) {
                acting.as(Caller.SYSTEM)
                        .record(
                                tenant,
                                AuditEvent.of("customer.deleted", "account", customer.accountId())
                                        .from(AuditValues.of("gateway", customer.gateway())
                                                .and("customer", customer.gatewayId())
                                                .map()));
            }
        });
    }

    private Optional<RuntimeException> apply(BillingGateway gateway, Known known) {
        try {
            followBeside(gateway, known);
        } catch (AlreadySubscribed | AlreadyPaid second) {
            update(known.event().refused(second.getMessage(), moments.now()));
            LOG.warn(
                    "The event {} of {} tells of something that is paid for a second time: {}",
                    known.event().id(),
                    gateway.name(),
                    second.getMessage());
            return Optional.empty();
        } catch (RuntimeException failure) {
            var named = named(known, failure);
            noted(known.event(), named);
            return Optional.of(named);
        }
        update(known.event().applied(moments.now()));
        return Optional.empty();
    }

    /** Where it is given up, a dead letter says so of whose it is; where that is not known, the log alone, and the list of events. */
    private void noted(StoredEvent before, RuntimeException failure) {
        var event = failed(before, failure);
        if (!event.isGivenUp()) {
            update(event);
            return;
        }
        var reference = ids.next().toString();
        LOG.error("The event {} of {} is given up; reference {}", event.id(), event.gateway(), reference, failure);
        persistence.unitOfWork().forPlatform(() -> {
            persistence.paymentEvents().update(event);
            event.about()
                    .flatMap(About::tenantId)
                    .map(tenant -> FailedWork.givenUp(
                            tenant,
                            JOB,
                            event.attempts(),
                            event.receivedAt(),
                            moments.now(),
                            "The event " + event.id() + " of " + event.gateway() + " could not be applied: "
                                    + why(failure),
                            reference))
                    .ifPresent(persistence.failedWorks()::save);
        });
    }

    /** What is in the way of a subscription may have ended, and not be known to have: the gateway says so. */
    private void followBeside(BillingGateway gateway, Known known) {
        var name = known.name();
        try {
            follow(gateway, name, known.told(), known.asked());
        } catch (AlreadySubscribed perhaps) {
            following.forerunner(gateway, name).ifPresent(now -> applied(name, now, true));
            follow(gateway, name, known.told(), known.asked());
        }
    }

    /** Applies how something stands; where that cannot be told from what is known, the gateway is asked. */
    void follow(BillingGateway gateway, GatewayName name, GatewayObject told, boolean asked) {
        var joining = applied(name, told, asked);
        if (joining == Joining.ASK) {
            gateway.fetch(told.kind(), told.id()).ifPresent(now -> applied(name, now, true));
        }
    }

    /** Follows what the gateway has just answered about a thing of the account's. */
    void follow(BillingGateway gateway, TenantId tenant, AccountId account, GatewayObject told) {
        var name = new GatewayName(
                gateway.name(), GatewayName.Kind.CUSTOMER, told.id(), tenant, account, Optional.empty());
        follow(gateway, name, told, true);
    }

    private Joining applied(GatewayName name, GatewayObject told, boolean asked) {
        return persistence
                .unitOfWork()
                .forTenant(name.tenantId(), () -> following.apply(name.tenantId(), name.accountId(), told, asked));
    }

    private void update(StoredEvent event) {
        persistence.unitOfWork().forPlatform(() -> persistence.paymentEvents().update(event));
    }

    Following following() {
        return following;
    }
}

package io.allotment.application.billing;

import io.allotment.application.shared.Moments;
import io.allotment.application.shared.Pages;
import io.allotment.domain.Persistence;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.Drift;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.RightMissing;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.AlreadySubscribed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares a gateway with what is known of it here: by what it told since it was asked last, and by all that it has. */
final class Reconciling {

    private static final Logger LOG = LoggerFactory.getLogger(Reconciling.class);

    private static final int BATCH = 100;

    private static final int MAX_FOUND = 1_000;

    /** Behind the gateway's name: how far its thin events were asked for. */
    private static final String THIN = ".thin";

    /** What happened at one time can be listed in another order than it is seen in, and nobody's clock is right. */
    private static final Duration OVERLAP = Duration.ofHours(1);

    /** How far it is looked back the first time: what was before is found by comparing all. */
    private static final Duration FIRST_LOOK = Duration.ofDays(1);

    private final Persistence persistence;
    private final Following following;
    private final BiConsumer<BillingGateway, StoredEvent> inbox;
    private final Moments moments;

    /** @param inbox applies an event that is kept, where that can be done at once */
    Reconciling(
            Persistence persistence,
            Following following,
            BiConsumer<BillingGateway, StoredEvent> inbox,
            Moments moments) {
        this.persistence = persistence;
        this.following = following;
        this.inbox = inbox;
        this.moments = moments;
    }

    /**
     * What the gateway posted in full and never reached us: put into the inbox as if it had, and applied.
     *
     * @param apply whether it is; where not nothing changes
     */
    List<StoredEvent> posted(BillingGateway gateway, boolean apply) {
        var since = since(gateway.name());
        var missed = new ArrayList<StoredEvent>();
        Optional<String> after = Optional.empty();
        do {
            var page = gateway.listEvents(since, new PageRequest(BATCH, after));
            var told = page.items().stream()
                    .filter(delivery -> isOfConcern(gateway, delivery))
                    .map(delivery -> StoredEvent.received(gateway.name(), delivery, moments.now()))
                    .toList();
            var until = page.items().stream().map(BillingGateway.Delivery::at).max(Instant::compareTo);
            missed.addAll(apply ? kept(gateway.name(), told, until.orElse(since)) : unknown(told));
            after = page.next();
        } while (after.isPresent());
        if (apply) {
            missed.forEach(event -> inbox.accept(gateway, event));
        }
        return missed;
    }

    /**
     * What never reached us of the events that say no more.
     *
     * @param notLookedAt what our key may not ask for
     * @param problem why not all could be asked for though it may
     */
    record Thin(List<StoredEvent> missed, Optional<String> notLookedAt, Optional<String> problem) {}

    /**
     * The same of the events that say no more. To be asked for last, and with a position of their own: who is not let at them, or finds nobody there, misses nothing else.
     */
    Thin thin(BillingGateway gateway, boolean apply) {
        var began = moments.now();
        var position = gateway.name() + THIN;
        var missed = new ArrayList<StoredEvent>();
        Optional<String> notLookedAt = Optional.empty();
        Optional<String> problem = Optional.empty();
        try {
            var since = since(position);
            Optional<String> after = Optional.empty();
            do {
                var page = gateway.listThinEvents(since, new PageRequest(BATCH, after));
                var told = page.items().stream()
                        .map(delivery -> StoredEvent.received(gateway.name(), delivery, moments.now()))
                        .toList();
                after = page.next();
                missed.addAll(apply ? kept(position, told, after.isEmpty() ? began : since) : unknown(told));
            } while (after.isPresent());
        } catch (RightMissing no) {
            var what = "usage that " + gateway.name() + " rejected, by the events that it posts without saying more: "
                    + remedy(no);
            LOG.warn("Not looked at: {}", what);
            notLookedAt = Optional.of(what);
        } catch (RuntimeException no) {
            LOG.warn("What {} posts without saying more could not be asked for", gateway.name(), no);
            problem = Optional.of("what " + gateway.name() + " posts without saying more: "
                    + (no instanceof Refusal ? no.getMessage() : no.toString()));
        }
        if (apply) {
            missed.forEach(event -> inbox.accept(gateway, event));
        }
        return new Thin(missed, notLookedAt, problem);
    }

    /** For the operator. */
    private static String remedy(RightMissing no) {
        return "the key needs the right to read them"
                + no.right().map(right -> " (" + right + ")").orElse("");
    }

    private Instant since(String position) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.paymentEvents().findAskedUntil(position))
                .map(until -> until.minus(OVERLAP))
                .orElseGet(() -> moments.now().minus(FIRST_LOOK));
    }

    private List<StoredEvent> kept(String position, List<StoredEvent> told, Instant until) {
        return persistence.unitOfWork().forPlatform(() -> {
            var fresh =
                    told.stream().filter(persistence.paymentEvents()::insert).toList();
            persistence.paymentEvents().askedUntil(position, until);
            return fresh;
        });
    }

    private List<StoredEvent> unknown(List<StoredEvent> told) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> told.stream()
                        .filter(event -> persistence
                                .paymentEvents()
                                .find(event.gateway(), event.id())
                                .isEmpty())
                        .toList());
    }

    /** A gateway lists more than it posts to us. What cannot be read is kept like any other: its problem is to be seen. */
    private static boolean isOfConcern(BillingGateway gateway, BillingGateway.Delivery delivery) {
        try {
            return !(gateway.read(delivery.payload()) instanceof PaymentEvent.Ignored);
        } catch (EventRefused unreadable) {
            return true;
        }
    }

    /**
     * What comparing came to.
     *
     * @param failing the tenants of whose something could not be compared, and why
     * @param away where the gateway was away before all was compared
     * @param isWhole whether there is no kind of which nothing was compared
     */
    record Outcome(
            PaymentEventService.Reconciled told,
            Map<TenantId, String> failing,
            Optional<GatewayAway> away,
            boolean isWhole) {}

    /** See {@link PaymentEventService#reconcile}. While the gateway is away nothing more is asked of it. */
    Outcome all(BillingGateway gateway, boolean apply, Set<GatewayObject.Kind> without) {
        var missed = new ArrayList<StoredEvent>();
        var found = new Found(without);
        Optional<GatewayAway> away = Optional.empty();
        try {
            all(gateway, apply, missed, found);
            var thin = thin(gateway, apply);
            missed.addAll(thin.missed());
            thin.notLookedAt().ifPresent(found.notLookedAt::add);
            thin.problem().ifPresent(found::failed);
        } catch (GatewayAway ended) {
            LOG.warn("Not all of {} is compared", gateway.name(), ended);
            found.failed("the rest: " + ended.getMessage());
            away = Optional.of(ended);
        }
        var told = new PaymentEventService.Reconciled(
                found.looked,
                found.unknown,
                missed.stream().limit(MAX_FOUND).toList(),
                List.copyOf(found.drifted),
                List.copyOf(found.notLookedAt),
                List.copyOf(found.failed));
        return new Outcome(told, Map.copyOf(found.failing), away, away.isEmpty() && found.notCompared.isEmpty());
    }

    private void all(BillingGateway gateway, boolean apply, List<StoredEvent> missed, Found found) {
        var began = moments.now();
        boolean isTooMuch = false;
        try {
            missed.addAll(posted(gateway, apply));
        } catch (GatewayRefused tooMuch) {
            LOG.warn("What {} told is not asked for, since all is compared: {}", gateway.name(), tooMuch.getMessage());
            isTooMuch = true;
        } catch (RightMissing no) {
            found.failed("what " + gateway.name() + " told since it was asked last: not looked at, " + remedy(no));
        }
        for (var kind : GatewayObject.Kind.values()) {
            if (found.notCompared.contains(kind)) {
                found.notLookedAt.add(Found.all(kind) + ": left out, as was asked for");
            } else {
                compare(gateway, kind, apply, found);
            }
        }
        compareUnlisted(gateway, apply, found);
        if (apply && isTooMuch && found.failed.isEmpty() && found.notCompared.isEmpty()) {
            persistence
                    .unitOfWork()
                    .forPlatform(() -> persistence.paymentEvents().askedUntil(gateway.name(), began));
        }
    }

    private static final class Found {
        private int looked;
        private int unknown;
        /** Left out, or not for our key. */
        private final Set<GatewayObject.Kind> notCompared;

        private final Set<String> listed = new HashSet<>();
        private final List<Drift> drifted = new ArrayList<>();
        private final List<String> notLookedAt = new ArrayList<>();
        private final List<String> failed = new ArrayList<>();
        private final Map<TenantId, String> failing = new HashMap<>();

        private Found(Set<GatewayObject.Kind> without) {
            notCompared = new HashSet<>(without);
        }

        private void listed(GatewayObject state) {
            looked++;
            if (state.kind() == GatewayObject.Kind.SUBSCRIPTION || state.kind() == GatewayObject.Kind.CHECKOUT) {
                listed.add(state.kind() + " " + state.id());
            }
        }

        private boolean isListed(GatewayObject state) {
            return listed.contains(state.kind() + " " + state.id());
        }

        private void drifted(List<Drift> drifts) {
            drifts.stream()
                    .filter(drift -> !drifted.contains(drift))
                    .limit(MAX_FOUND - (long) drifted.size())
                    .forEach(drifted::add);
        }

        private void failed(GatewayName whose, GatewayObject state, String why) {
            var told = name(state) + ": " + why;
            failed(told);
            failing.putIfAbsent(whose.tenantId(), told);
        }

        private void failed(String why) {
            if (failed.size() < MAX_FOUND) {
                failed.add(why);
            }
        }

        /** What is promised is not done: without the right it is a failure, unless it is said beforehand that it is left out. */
        private void mayNotRead(GatewayObject.Kind kind, RightMissing no) {
            LOG.warn("No {} is compared: {}", kind, no.getMessage());
            notCompared.add(kind);
            failed(all(kind) + ": not looked at, " + remedy(no));
        }

        private static String all(GatewayObject.Kind kind) {
            return kind.name().toLowerCase(Locale.ROOT) + "s";
        }

        private static String name(GatewayObject state) {
            return state.kind().name().toLowerCase(Locale.ROOT) + " " + state.id();
        }
    }

    private void compare(BillingGateway gateway, GatewayObject.Kind kind, boolean apply, Found found) {
        Optional<String> after = Optional.empty();
        do {
            Page<GatewayObject> page;
            try {
                page = gateway.list(kind, new PageRequest(BATCH, after));
            } catch (RightMissing no) {
                found.mayNotRead(kind, no);
                return;
            }
            for (var state : page.items()) {
                found.listed(state);
                var name = persistence.unitOfWork().forPlatform(() -> following.nameOf(state));
                if (name.isEmpty()) {
                    found.unknown++;
                } else {
                    compare(gateway, name.get(), state, apply, found);
                }
            }
            after = page.next();
        } while (after.isPresent());
    }

    private void compare(BillingGateway gateway, GatewayName name, GatewayObject state, boolean apply, Found found) {
        try {
            found.drifted(drifts(gateway, name, state, apply));
        } catch (GatewayAway away) {
            throw away;
        } catch (RuntimeException failure) {
            LOG.warn("The {} could not be reconciled", Found.name(state), failure);
            found.failed(name, state, failure.getMessage());
        }
    }

    /** What is billed or open here, and was not listed: a list may have been cut, so each is asked for by its name. */
    private void compareUnlisted(BillingGateway gateway, boolean apply, Found found) {
        var now = moments.now();
        Pages.all(page -> persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.subscriptions().listStillBilled(gateway.name(), page)))
                .forEach(known -> compareUnlisted(
                        gateway,
                        known.tenantId(),
                        known.accountId(),
                        GatewaySubscription.gone(known, now),
                        apply,
                        found));
        Pages.all(page -> persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.subscriptionCheckouts().listUnpaid(gateway.name(), page)))
                .forEach(known -> compareUnlisted(
                        gateway,
                        known.tenantId(),
                        known.accountId(),
                        GatewayCheckout.gone(known.gatewayId().orElseThrow(), now),
                        apply,
                        found));
    }

    /** @param gone how it is where it is not there: then it is followed so */
    private void compareUnlisted(
            BillingGateway gateway,
            TenantId tenant,
            AccountId account,
            GatewayObject gone,
            boolean apply,
            Found found) {
        if (found.isListed(gone) || found.notCompared.contains(gone.kind())) {
            return;
        }
        var name = new GatewayName(
                gateway.name(),
                GatewayName.Kind.valueOf(gone.kind().name()),
                gone.id(),
                tenant,
                account,
                Optional.empty());
        Optional<GatewayObject> there;
        try {
            there = gateway.fetch(gone.kind(), gone.id());
        } catch (GatewayAway away) {
            throw away;
        } catch (RuntimeException failure) {
            LOG.warn("The {} was not listed, and could not be asked for", Found.name(gone), failure);
            found.failed(name, gone, failure.getMessage());
            return;
        }
        if (there.isPresent()) {
            found.looked++;
            compare(gateway, name, there.get(), apply, found);
        } else if (found.looked == found.unknown) {
            // The key of another account opens an empty house: nobody's subscription ends for that.
            found.failed(
                    name,
                    gone,
                    "is not there, and neither is anything else of ours: is " + gateway.name()
                            + " asked with the key of the same account as before?");
        } else {
            found.drifted(Drift.followed(gone, name, Map.of("exists", "true"), Map.of("exists", "false")));
            compare(gateway, name, gone, apply, found);
        }
    }

    /** Compared like an event is applied: what is in the way of a subscription is followed first, and one that is paid for beside it stands. */
    private List<Drift> drifts(BillingGateway gateway, GatewayName name, GatewayObject state, boolean apply) {
        try {
            return drifts(name, List.of(state), apply);
        } catch (AlreadySubscribed perhaps) {
            var forerunner = following.forerunner(gateway, name);
            var both = Stream.concat(forerunner.stream(), Stream.of(state)).toList();
            try {
                return drifts(name, both, apply);
            } catch (AlreadySubscribed second) {
                return Drift.standing(
                        state,
                        name,
                        Map.of("subscribed", forerunner.map(GatewayObject::id).orElse("otherwise")),
                        Map.of("subscribed", state.id()));
            }
        }
    }

    private List<Drift> drifts(GatewayName name, List<GatewayObject> states, boolean apply) {
        try {
            return persistence.unitOfWork().forTenant(name.tenantId(), () -> {
                var drifts = states.stream()
                        .flatMap(state -> following.drifts(name, state).stream())
                        .toList();
                if (!apply) {
                    throw new Undone(drifts);
                }
                return drifts;
            });
        } catch (Undone compared) {
            return compared.drifts;
        }
    }

    /** Takes back what was done to find out. */
    private static final class Undone extends RuntimeException {

        private final transient List<Drift> drifts;

        Undone(List<Drift> drifts) {
            super("undone", null, false, false);
            this.drifts = drifts;
        }
    }
}

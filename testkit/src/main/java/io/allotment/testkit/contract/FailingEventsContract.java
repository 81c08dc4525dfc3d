package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.PaymentEventService;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.RightMissing;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What gateways told is kept in the order in which it came, and tried for days. */
public abstract class FailingEventsContract extends PersistenceContract {

    /** Later than what any other suite keeps: what they left is not walked through. */
    private static final Instant NEWEST = START.plus(Duration.ofDays(7_000));

    private TestGateway gateway;
    private Allotment billed;
    private TenantId tenant;
    private AccountId account;

    @BeforeEach
    void a_customer_of_a_gateway() {
        gateway = new TestGateway("e" + Fixtures.word().toLowerCase(Locale.ROOT), clock);
        billed = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .payments(gateway)
                .build();
        var owner = given.tenant();
        tenant = owner.id();
        account = Fixtures.accountOf(owner);
        inTenant(
                tenant,
                () -> persistence
                        .gatewayDirectory()
                        .put(new GatewayName(
                                gateway.name(),
                                GatewayName.Kind.CUSTOMER,
                                customer(),
                                tenant,
                                account,
                                Optional.empty())));
    }

    private String customer() {
        return "customer-" + account;
    }

    private StoredEvent kept(String id, Instant receivedAt) {
        var event = StoredEvent.received(
                gateway.name(), new BillingGateway.Delivery(id, "changed", START, "payload"), receivedAt);
        inPlatform(() -> persistence.paymentEvents().insert(event));
        return event;
    }

    /** This gateway's events, page by page until so many were found. */
    private List<StoredEvent> listed(PaymentEvents.Filter filter, int limit, int wanted) {
        return listed(filter, limit, wanted, Optional.empty());
    }

    private List<StoredEvent> listed(PaymentEvents.Filter filter, int limit, int wanted, Optional<String> begin) {
        var own = new ArrayList<StoredEvent>();
        var after = begin;
        do {
            var from = after;
            var page = inPlatform(() -> persistence.paymentEvents().list(filter, new PageRequest(limit, from)));
            page.items().stream()
                    .filter(event -> event.gateway().equals(gateway.name()))
                    .forEach(own::add);
            after = page.next();
        } while (own.size() < wanted && after.isPresent());
        return own;
    }

    @Test
    void what_was_received_last_is_listed_first_whatever_its_id() {
        var events = new ArrayList<StoredEvent>();
        for (var id : List.of("evt-m", "evt-z", "evt-a", "evt ü")) {
            events.add(0, kept(id, NEWEST.plusSeconds(events.size())));
        }
        // Received in one moment: in the order of the ids.
        events.add(1, kept("evt-0", NEWEST.plusSeconds(3)));
        if (events.get(1).id().compareTo(events.get(0).id()) > 0) {
            events.add(0, events.remove(1));
        }
        var applied = events.get(2).applied(START);
        inPlatform(() -> persistence.paymentEvents().update(applied));
        events.set(2, applied);

        for (int limit : new int[] {1, 2, PageRequest.MAX_LIMIT}) {
            assertThat(listed(PaymentEvents.Filter.ALL, limit, 5))
                    .as("in pages of %d", limit)
                    .isEqualTo(events);
        }
        assertThat(listed(new PaymentEvents.Filter(Optional.of(StoredEvent.Status.WAITING), Optional.empty()), 2, 4))
                .containsExactlyElementsOf(
                        events.stream().filter(event -> event != applied).toList());
    }

    @Test
    void a_page_goes_on_where_the_last_one_ended_though_more_has_come() {
        var first = kept("evt-1", NEWEST.minusSeconds(2));
        var second = kept("evt-2", NEWEST.minusSeconds(1));
        var third = kept("evt-3", NEWEST);

        var newest = firstPage();
        kept("evt-0", NEWEST.plusSeconds(1));

        assertThat(listed(PaymentEvents.Filter.ALL, 1, 2, Optional.of(newest))).containsExactly(second, first);
        assertThat(listed(PaymentEvents.Filter.ALL, 3, 4)).element(1).isEqualTo(third);
        for (var nonsense :
                List.of("No such position!", "1.2", "x.61.61", "-1.61.61", "9999999999999999999.61.61", "1.6g.61")) {
            assertThatThrownBy(() -> inPlatform(() -> persistence
                            .paymentEvents()
                            .list(PaymentEvents.Filter.ALL, new PageRequest(2, Optional.of(nonsense)))))
                    .as(nonsense)
                    .isInstanceOfSatisfying(
                            InvalidValue.class,
                            refusal -> assertThat(refusal.field()).contains("after"));
        }
    }

    @Test
    void events_of_a_tenant_are_listed_by_it_and_go_with_it() {
        var other = given.tenant();
        var waiting = about(kept("evt-1", NEWEST), tenant, account);
        var applied = about(kept("evt-2", NEWEST.plusSeconds(1)).applied(START), tenant, account);
        var theirs = about(kept("evt-3", NEWEST.plusSeconds(2)), other.id(), Fixtures.accountOf(other));
        var nobodys = kept("evt-4", NEWEST.plusSeconds(3))
                .about(Optional.of(new StoredEvent.About(
                        StoredEvent.About.Kind.METER, "meter-1", Optional.empty(), Optional.empty())));
        inPlatform(() -> persistence.paymentEvents().update(nobodys));
        var ours = new PaymentEvents.Filter(Optional.empty(), Optional.of(tenant));

        assertThat(stored("evt-4")).isEqualTo(nobodys);
        assertThat(listed(ours, 1, 2)).containsExactly(applied, waiting);
        assertThat(listed(new PaymentEvents.Filter(Optional.of(StoredEvent.Status.WAITING), Optional.of(tenant)), 1, 1))
                .containsExactly(waiting);
        assertThat(listed(new PaymentEvents.Filter(Optional.empty(), Optional.of(other.id())), 1, 1))
                .containsExactly(theirs);

        allotment.tenants().delete(tenant);

        assertThat(listed(ours, 1, 1)).isEmpty();
        assertThat(listed(PaymentEvents.Filter.ALL, 2, 2)).containsExactly(nobodys, theirs);
    }

    private StoredEvent about(StoredEvent event, TenantId owner, AccountId of) {
        var known = event.about(Optional.of(
                new StoredEvent.About(StoredEvent.About.Kind.INVOICE, "in ü", Optional.of(owner), Optional.of(of))));
        inPlatform(() -> persistence.paymentEvents().update(known));
        return known;
    }

    /** Where the page ended that holds this gateway's newest event last. */
    private String firstPage() {
        Optional<String> after = Optional.empty();
        while (true) {
            var from = after;
            var page = inPlatform(
                    () -> persistence.paymentEvents().list(PaymentEvents.Filter.ALL, new PageRequest(1, from)));
            after = page.next();
            if (page.items().get(0).gateway().equals(gateway.name())) {
                return after.orElseThrow();
            }
        }
    }

    // Failing

    /** Of a price that nobody knows: it cannot be applied. */
    private GatewaySubscription unreadable() {
        return new GatewaySubscription(
                "sub-" + account,
                Optional.of(customer()),
                GatewaySubscription.Status.ACTIVE,
                "price-of-nobody",
                1,
                Period.between(START, START.plus(Duration.ofDays(31))),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                START);
    }

    private String told(PaymentEvent event) {
        billed.paymentEvents().receive(gateway.name(), gateway.telling(event), TestGateway.SIGNED);
        return event.id();
    }

    private String toldUnreadable() {
        return told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", START, unreadable()));
    }

    /** It has to be asked for. */
    private String toldOfSomethingChanged() {
        return told(new PaymentEvent.Changed(
                "evt-" + Fixtures.word(), "changed", START, GatewayObject.Kind.SUBSCRIPTION, "sub-" + account));
    }

    private StoredEvent stored(String id) {
        return inPlatform(() -> persistence.paymentEvents().find(gateway.name(), id))
                .orElseThrow();
    }

    private Optional<FailedWork> deadLetter() {
        return inPlatform(() -> persistence.failedWorks().find(tenant, PaymentEventService.JOB));
    }

    /** Runs the job whenever something is due, for so long. */
    private void livesOn(String id, Duration time) {
        var end = clock.instant().plus(time);
        while (true) {
            var next = stored(id).nextAt().filter(due -> due.isBefore(end));
            if (next.isEmpty()) {
                clock.advance(Duration.between(clock.instant(), end));
                return;
            }
            clock.advance(Duration.between(clock.instant(), next.get()));
            billed.paymentEvents().applyDue();
        }
    }

    @Test
    void an_event_that_fails_is_seen_to_fail_for_days_and_is_a_dead_letter_in_the_end() {
        long before = failing();
        var id = toldUnreadable();
        assertThat(failing()).isEqualTo(before + 1);

        livesOn(id, Duration.ofDays(2));

        var event = stored(id);
        assertThat(event.isFailing()).isTrue();
        assertThat(event.attempts()).isBetween(48, 70);
        assertThat(event.problem()).isPresent();
        assertThat(event.nextAt().orElseThrow()).isBefore(clock.instant().plus(Duration.ofHours(1)));
        assertThat(failing()).isEqualTo(before + 1);
        assertThat(deadLetter()).isEmpty();

        clock.advance(Duration.ofDays(28).plusSeconds(1));
        assertThat(billed.paymentEvents().applyDue().failed()).isPositive();

        assertThat(stored(id).isGivenUp()).isTrue();
        assertThat(stored(id).payload()).isEmpty();
        assertThat(failing()).isEqualTo(before);
        assertThat(deadLetter()).hasValueSatisfying(letter -> {
            assertThat(letter.isDead()).isTrue();
            assertThat(letter.attempts()).isEqualTo(stored(id).attempts());
            assertThat(letter.reason()).contains(id);
        });
    }

    private long failing() {
        return billed.deadLetters().failing().getOrDefault(PaymentEventService.JOB, 0L);
    }

    @Test
    void what_fails_holds_back_nothing_else_of_the_tenant() {
        var failing = toldUnreadable();
        gateway.isAway(true);
        var waiting = toldOfSomethingChanged();
        gateway.isAway(false);
        clock.advance(Duration.ofMinutes(1));

        var portion = billed.paymentEvents().applyDue();

        assertThat(portion.done()).isEqualTo(1);
        assertThat(portion.failed()).isEqualTo(1);
        assertThat(stored(waiting).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(failing).isFailing()).isTrue();
    }

    @Test
    void an_event_that_nobody_can_read_is_noted_and_holds_back_nothing_else() {
        gateway.isAway(true);
        var broken = toldOfSomethingChanged();
        var waiting = toldOfSomethingChanged();
        gateway.isAway(false).breaks(broken);
        clock.advance(Duration.ofMinutes(1));

        var portion = billed.paymentEvents().applyDue();

        assertThat(portion.done()).isEqualTo(1);
        assertThat(portion.failed()).isEqualTo(1);
        assertThat(stored(waiting).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(broken).problem()).contains("No such shape.");
        assertThat(isPutOff(stored(broken))).isTrue();
        assertThat(stored(broken).about()).as("what was known of it").isPresent();
    }

    @Test
    void a_tenant_that_is_deleted_while_an_event_of_it_is_applied_holds_back_nothing_else() {
        gateway.isAway(true);
        var going = toldOfSomethingChanged();
        var waiting = toldOfSomethingChanged();
        about(stored(going), tenant, account);
        gateway.isAway(false).whileAsked(() -> allotment.tenants().delete(tenant));
        clock.advance(Duration.ofMinutes(1));

        var portion = billed.paymentEvents().applyDue();

        assertThat(portion.done()).isEqualTo(1);
        assertThat(portion.failed()).isEqualTo(1);
        assertThat(stored(waiting).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), going)))
                .isEmpty();
    }

    @Test
    void while_the_gateway_is_away_nothing_is_given_up_and_nothing_more_is_asked_of_it() {
        gateway.isAway(true);
        var first = toldOfSomethingChanged();
        var second = toldOfSomethingChanged();
        clock.advance(Duration.ofMinutes(1));

        var portion = billed.paymentEvents().applyDue();
        assertThat(portion.done()).isZero();
        assertThat(portion.failed()).as("the others wait for the next run").isEqualTo(1);
        assertThat(portion.more()).isFalse();
        billed.paymentEvents().applyDue();

        clock.advance(Duration.ofDays(40));
        billed.paymentEvents().applyDue();
        billed.paymentEvents().applyDue();
        for (var id : List.of(first, second)) {
            assertThat(stored(id).isFailing()).isTrue();
            assertThat(stored(id).payload()).isPresent();
        }
        assertThat(deadLetter()).isEmpty();

        gateway.isAway(false);
        clock.advance(Duration.ofHours(1));
        billed.paymentEvents().applyDue();
        assertThat(stored(first).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(second).status()).isEqualTo(StoredEvent.Status.IGNORED);
    }

    @Test
    void a_gateway_that_stays_away_is_waited_for_until_shortly_before_events_are_removed() {
        inTenant(
                tenant,
                () -> persistence
                        .gatewayDirectory()
                        .put(new GatewayName(
                                gateway.name(),
                                GatewayName.Kind.SUBSCRIPTION,
                                "sub-" + account,
                                tenant,
                                account,
                                Optional.empty())));
        gateway.isAway(true);
        var id = toldOfSomethingChanged();
        clock.advance(Duration.ofDays(79));
        billed.paymentEvents().applyDue();
        assertThat(stored(id).isFailing()).isTrue();
        assertThat(stored(id).about())
                .as("though nobody could be asked")
                .contains(new StoredEvent.About(
                        StoredEvent.About.Kind.SUBSCRIPTION,
                        "sub-" + account,
                        Optional.of(tenant),
                        Optional.of(account)));

        clock.advance(Duration.ofDays(2));
        billed.paymentEvents().applyDue();

        assertThat(stored(id).isGivenUp()).isTrue();
        assertThat(deadLetter())
                .hasValueSatisfying(letter -> assertThat(letter.reason()).contains(id));
    }

    @Test
    void a_right_that_is_missing_and_a_store_that_is_busy_are_failures_and_hold_back_nothing_else() {
        gateway.failing(Optional.of(new Unavailable("A right is missing.", Duration.ofMinutes(1), null)));
        var refused = List.of(toldOfSomethingChanged(), toldOfSomethingChanged());
        clock.advance(Duration.ofMinutes(1));

        assertThat(billed.paymentEvents().applyDue().failed()).isEqualTo(2);

        clock.advance(Duration.ofDays(31));
        billed.paymentEvents().applyDue();
        assertThat(refused).allSatisfy(id -> assertThat(stored(id).isGivenUp()).isTrue());
    }

    @Test
    void a_dead_letter_that_is_tried_again_is_applied_by_asking_for_what_it_tells_of() {
        var other = givenUp();
        var id = givenUp();
        gateway.is(unreadable());
        billed.paymentEvents().applyDue();
        assertThat(stored(id).isGivenUp()).as("nobody has seen to it").isTrue();

        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        billed.paymentEvents().applyDue();
        assertThat(stored(id).isGivenUp()).as("it failed again").isTrue();
        assertThat(deadLetter()).hasValueSatisfying(letter -> {
            assertThat(letter.isDead()).isTrue();
            assertThat(letter.reason()).contains("sub-" + account);
        });

        gateway.forgets(GatewayObject.Kind.SUBSCRIPTION, "sub-" + account);
        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        gateway.isAway(true);
        billed.paymentEvents().applyDue();
        assertThat(Stream.of(id, other).map(this::stored).filter(this::isPutOff))
                .as("nothing more is asked of it")
                .hasSize(1);
        assertThat(deadLetter()).as("an outage is none of theirs").isEmpty();

        gateway.isAway(false);
        clock.advance(Duration.ofHours(1));
        assertThat(billed.paymentEvents().applyDue().failed()).isZero();
        assertThat(stored(id).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(other).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(id).about().flatMap(StoredEvent.About::tenantId)).contains(tenant);
        assertThat(deadLetter()).isEmpty();
        assertThat(gateway.listed()).as("not all was compared").isZero();
    }

    @Test
    void of_a_tenant_those_are_given_up_that_failed_and_wait_no_more() {
        var other = given.tenant();
        var second = about(
                kept("evt-1", NEWEST.plusSeconds(1)).failed("no", NEWEST.plus(Duration.ofDays(40))), tenant, account);
        var first = about(kept("evt-2", NEWEST).failed("no", NEWEST.plus(Duration.ofDays(40))), tenant, account);
        about(kept("evt-3", NEWEST).failed("no", NEWEST.plusSeconds(1)), tenant, account);
        about(kept("evt-4", NEWEST).unknown("whose?", NEWEST.plus(Duration.ofDays(40))), tenant, account);
        about(
                kept("evt-5", NEWEST).failed("no", NEWEST.plus(Duration.ofDays(40))),
                other.id(),
                Fixtures.accountOf(other));

        assertThat(givenUpOf(gateway.name(), 10)).containsExactly(first, second);
        assertThat(givenUpOf(gateway.name(), 1)).containsExactly(first);
        assertThat(givenUpOf("another", 10)).isEmpty();
        assertThatThrownBy(() ->
                        inTenant(tenant, () -> persistence.paymentEvents().givenUp(tenant, gateway.name(), 1)))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void what_can_be_asked_for_is_tried_again_though_much_that_cannot_was_given_up_before_it() {
        var late = NEWEST.plus(Duration.ofDays(40));
        var nothing = kept("evt-1", NEWEST).failed("no", late);
        inPlatform(() -> persistence.paymentEvents().update(nothing));
        var deleted = kept("evt-2", NEWEST)
                .failed("no", late)
                .about(Optional.of(new StoredEvent.About(
                        StoredEvent.About.Kind.CUSTOMER, customer(), Optional.of(tenant), Optional.of(account))));
        inPlatform(() -> persistence.paymentEvents().update(deleted));
        var askable = about(kept("evt-3", NEWEST.plusSeconds(1)).failed("no", late), tenant, account);
        save(another(tenant));
        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        var retried = deadLetter();

        assertThat(givenUpOf(gateway.name(), 1)).containsExactly(askable);
        assertThat(givenUpOf(gateway.name(), 9)).containsExactly(askable, nothing, deleted);
        billed.paymentEvents().followAll();
        assertThat(deadLetter()).as("an event is to be asked for first").isEqualTo(retried);

        billed.paymentEvents().applyDue();

        assertThat(stored("evt-3").status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(deadLetter()).as("of the others nothing can be asked for").isEqualTo(retried);
        billed.paymentEvents().followAll();
        assertThat(deadLetter()).as("all was compared").isEmpty();
    }

    @Test
    void what_named_somebody_who_was_erased_is_not_given_up_but_over() {
        var user = given.user().id();
        var naming = StoredEvent.received(
                gateway.name(), new BillingGateway.Delivery("evt-1", "changed", START, "of " + user), NEWEST);
        inPlatform(() -> persistence.paymentEvents().insert(naming));
        var failing = about(naming.failed("no", NEWEST.plusSeconds(1)), tenant, account);

        allotment.personalData().erase(user);

        assertThat(stored("evt-1")).isEqualTo(failing.erased());
        assertThat(stored("evt-1").isGivenUp()).isFalse();
        assertThat(givenUpOf(gateway.name(), 9)).isEmpty();
    }

    @Test
    void a_dead_letter_that_comes_while_all_is_compared_stays() {
        save(another(tenant));
        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        var fresh = FailedWork.givenUp(
                tenant, PaymentEventService.JOB, 3, START, clock.instant(), "given up meanwhile", "another reference");
        gateway.whileListed(() -> save(fresh));

        billed.paymentEvents().followAll();

        assertThat(deadLetter()).contains(fresh);
    }

    private List<StoredEvent> givenUpOf(String by, int limit) {
        return inPlatform(() -> persistence.paymentEvents().givenUp(tenant, by, limit));
    }

    @Test
    void a_dead_letter_whose_event_does_not_say_what_it_is_about_is_mended_by_comparing_all() {
        var other = given.tenant().id();
        var id = givenUpAboutNothing();
        gateway.is(unreadable());
        save(another(other));
        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        billed.deadLetters().retry(other, PaymentEventService.JOB);

        billed.paymentEvents().applyDue();
        assertThat(gateway.listed()).as("events go on without it").isZero();
        billed.paymentEvents().followAll();
        assertThat(deadLetter()).as("not all could be compared").hasValueSatisfying(letter -> {
            assertThat(letter.isDead()).isFalse();
            assertThat(letter.attempts()).isEqualTo(2);
            assertThat(letter.reason()).contains("sub-" + account);
        });
        assertThat(inPlatform(() -> persistence.failedWorks().find(other, PaymentEventService.JOB)))
                .as("of theirs nothing failed")
                .isEmpty();

        gateway.forgets(GatewayObject.Kind.SUBSCRIPTION, "sub-" + account);
        clock.advance(Duration.ofHours(1));
        billed.paymentEvents().followAll();
        assertThat(deadLetter()).isEmpty();
        assertThat(stored(id).isGivenUp()).isTrue();
    }

    private FailedWork another(TenantId of) {
        return FailedWork.givenUp(of, PaymentEventService.JOB, 7, START, clock.instant(), "another's", "reference");
    }

    private void save(FailedWork work) {
        inPlatform(() -> persistence.failedWorks().save(work));
    }

    private String givenUpAboutNothing() {
        var id = givenUp();
        inPlatform(() -> persistence.paymentEvents().update(aboutNothing(stored(id))));
        return id;
    }

    private boolean isPutOff(StoredEvent event) {
        return event.nextAt().filter(next -> next.isAfter(clock.instant())).isPresent();
    }

    /** As those of before it was kept what they are about. */
    private static StoredEvent aboutNothing(StoredEvent event) {
        return new StoredEvent(
                event.gateway(),
                event.id(),
                event.type(),
                event.at(),
                Optional.empty(),
                event.status(),
                event.payload(),
                event.receivedAt(),
                event.attempts(),
                event.nextAt(),
                event.problem(),
                event.doneAt());
    }

    private String givenUp() {
        var id = toldUnreadable();
        clock.advance(Duration.ofDays(31));
        billed.paymentEvents().applyDue();
        assertThat(stored(id).isGivenUp()).isTrue();
        return id;
    }

    @Test
    void a_gateway_that_is_away_kills_no_dead_letter_that_is_tried_again() {
        givenUpAboutNothing();
        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        var retried = deadLetter();
        gateway.isAway(true);

        for (int i = 0; i < FailedWork.MAX_ATTEMPTS; i++) {
            assertThatThrownBy(billed.paymentEvents()::followAll).isInstanceOf(GatewayAway.class);
            assertThat(deadLetter()).isEqualTo(retried);
            clock.advance(Duration.ofHours(1));
        }

        gateway.isAway(false);
        billed.paymentEvents().followAll();
        assertThat(deadLetter()).isEmpty();
    }

    @Test
    void who_may_not_ask_for_events_that_say_no_more_is_told_so_and_misses_no_other() {
        var missed = new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", clock.instant(), unreadable());
        gateway.telling(missed);
        gateway.failing(Optional.of(new IllegalArgumentException("no address of a page")));

        assertThat(billed.paymentEvents().reconcile(false).failed())
                .singleElement()
                .asString()
                .contains("without saying more", "no address of a page");
        var portion = billed.paymentEvents().followMissed();

        assertThat(portion.done()).isEqualTo(1);
        assertThat(portion.failed()).isEqualTo(1);
        assertThat(stored(missed.id()).isFailing()).isTrue();
    }

    @Test
    void a_key_that_may_not_read_events_that_say_no_more_is_no_failure_and_named() {
        gateway.failing(Optional.of(new RightMissing("Not for this key.", Duration.ofMinutes(1), Optional.empty())));

        var told = billed.paymentEvents().reconcile(true);

        assertThat(told.isInOrder()).isTrue();
        assertThat(told.notLookedAt())
                .singleElement()
                .asString()
                .contains("usage that " + gateway.name() + " rejected", "the key needs the right to read them");
        assertThat(billed.paymentEvents().followMissed().failed()).isZero();
        assertThat(billed.paymentEvents().followAll().failed()).isZero();
    }

    @Test
    void what_the_key_may_not_read_fails_by_name_unless_it_is_left_out_and_all_else_is_compared() {
        givenUpAboutNothing();
        billed.deadLetters().retry(tenant, PaymentEventService.JOB);
        var retried = deadLetter();
        gateway.forbids(GatewayObject.Kind.DISPUTE).is(unreadable());

        var told = billed.paymentEvents().reconcile(true);

        assertThat(told.failed())
                .hasSize(2)
                .anySatisfy(failure -> assertThat(failure).contains("sub-" + account))
                .contains("disputes: not looked at, the key needs the right to read them (read_DISPUTE)");
        assertThat(told.isMended()).isFalse();
        assertThat(deadLetter()).as("it may be about a dispute").isEqualTo(retried);

        gateway.forgets(GatewayObject.Kind.SUBSCRIPTION, "sub-" + account);
        var without = billed.paymentEvents().reconcile(true, Set.of(GatewayObject.Kind.DISPUTE));
        assertThat(without.notLookedAt()).containsExactly("disputes: left out, as was asked for");
        assertThat(without.isInOrder()).isTrue();
        assertThat(deadLetter()).isEqualTo(retried);
    }

    @Test
    void what_was_told_counts_as_asked_for_only_where_all_was_compared_instead() {
        gateway.tellsTooMuch(true);

        assertThat(billed.paymentEvents()
                        .reconcile(true, Set.of(GatewayObject.Kind.DISPUTE))
                        .failed())
                .isEmpty();
        assertThat(askedUntil()).as("what was told of disputes").isEmpty();

        billed.paymentEvents().reconcile(true);
        assertThat(askedUntil()).contains(clock.instant());
    }

    private Optional<Instant> askedUntil() {
        return inPlatform(() -> persistence.paymentEvents().findAskedUntil(gateway.name()));
    }

    @Test
    void what_the_key_may_not_list_is_not_taken_for_gone() {
        gateway.is(unreadable()).forbids(GatewayObject.Kind.SUBSCRIPTION);

        assertThat(billed.paymentEvents().reconcile(true).failed())
                .containsExactly(
                        "subscriptions: not looked at, the key needs the right to read them (read_SUBSCRIPTION)");
    }

    @Test
    void that_usage_was_rejected_is_found_though_it_was_never_posted() {
        var rejected = new PaymentEvent.UsageRejected(
                "evt-" + Fixtures.word(),
                "usage.rejected",
                clock.instant(),
                Optional.of("minutes"),
                List.of(),
                3,
                "no such customer");
        gateway.tellingThin(rejected);

        assertThat(billed.paymentEvents().reconcile(false).missed())
                .extracting(StoredEvent::id)
                .contains(rejected.id());
        assertThat(inPlatform(() -> persistence.paymentEvents().find(gateway.name(), rejected.id())))
                .isEmpty();
        assertThat(billed.paymentEvents().followMissed().done()).isEqualTo(1);

        assertThat(stored(rejected.id()).problem().orElseThrow()).contains("minutes", "no such customer");
        assertThat(billed.paymentEvents().followMissed().done()).isZero();
    }
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.CreditHold;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reservations as they are kept: found, listed, and written by who finds that their lease has ended. */
public abstract class ReservationsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(50);

    private Tenant owner;
    private TenantId tenant;
    private AccountId account;
    private OperationKey credit;

    @BeforeEach
    void a_tenant_with_credits() {
        owner = given.tenantWith(1_000);
        tenant = owner.id();
        account = Fixtures.accountOf(owner);
        credit = given.operation("1");
    }

    @Test
    void a_reservation_comes_back_with_everything_it_says() {
        var monthly = given.feature();
        var unlimited = given.feature();
        var metered = given.operation("0.5", monthly);
        var uncounted = given.operation("0.000000001", unlimited);
        var version = given.plan(PlanVersionTerms.empty()
                .with(
                        monthly.value(),
                        new Quota(
                                Optional.of(Quantity.of(3)),
                                Quota.Reset.CALENDAR_MONTH,
                                Optional.empty(),
                                Quota.Overage.DRAW_CREDITS,
                                0))
                .with(
                        unlimited.value(),
                        new Quota(Optional.empty(), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.ALLOW, 0)));
        owner = given.tenant();
        tenant = owner.id();
        account = Fixtures.accountOf(owner);
        allotment
                .subscriptions()
                .subscribe(
                        tenant,
                        account,
                        SubscriptionService.Choice.of(version.plan().value()));
        var small = given.grant(
                owner, GrantTerms.of(Credits.of(1), GrantSource.GIFT).withPriority(0));
        var large = given.grant(owner, 2);
        given.overdraftLimit(owner, 10);
        var key = new ApiKeyId(ids.next());
        var member = given.member(owner);
        allotment.gate().consume(tenant, Fixtures.key(), Charge.of(metered, Quantity.of(1)));
        var charge = Charge.of(metered, Quantity.of("4.5"))
                .and(uncounted, Quantity.of(7))
                .and(credit, Quantity.of(5))
                .by(Actor.apiKey(key, member))
                .relatedTo("meeting", "m 1, Ünïcode")
                .using("gpt-ünïcode", TokenCounts.NONE)
                .with(DOCUMENT);

        var id = reserved(charge, Duration.ofDays(7));

        var month = Period.between(Instant.parse("2026-03-01T00:00:00Z"), Instant.parse("2026-04-01T00:00:00Z"));
        assertThat(found(id))
                .isEqualTo(new Reservation(
                        tenant,
                        id,
                        account,
                        Actor.apiKey(key, member),
                        List.of(
                                new Reservation.Line(
                                        metered,
                                        Quantity.of("4.5"),
                                        Credits.of("0.5"),
                                        Credits.of("1.25"),
                                        Optional.of(new Reservation.QuotaHold(
                                                monthly,
                                                month,
                                                Quantity.of(1),
                                                Optional.of(Quantity.of(3)),
                                                Quota.Overage.DRAW_CREDITS))),
                                new Reservation.Line(
                                        uncounted,
                                        Quantity.of(7),
                                        Credits.of("0.000000001"),
                                        Credits.of("0.000000007"),
                                        Optional.of(new Reservation.QuotaHold(
                                                unlimited,
                                                Period.startingAt(START),
                                                Quantity.ZERO,
                                                Optional.empty(),
                                                Quota.Overage.ALLOW))),
                                new Reservation.Line(
                                        credit, Quantity.of(5), Credits.of(1), Credits.of(5), Optional.empty())),
                        Optional.of(new Decision.PlanStanding(version.id(), SubscriptionStatus.ACTIVE)),
                        new CreditHold(
                                List.of(
                                        new CreditHold.Pin(small.id(), Credits.of(1)),
                                        new CreditHold.Pin(large.id(), Credits.of(2))),
                                Credits.of("3.250000007")),
                        Optional.of(new RelatedEntity("meeting", "m 1, Ünïcode")),
                        Optional.of("gpt-ünïcode"),
                        DOCUMENT,
                        Reservation.Status.HELD,
                        START.plus(Duration.ofDays(7)),
                        START,
                        Optional.empty()));
    }

    @Test
    void a_reservation_that_says_little_comes_back_without_more() {
        var free = given.operation("0");

        var reservation = found(reserved(Charge.of(free, Quantity.of(1)), Duration.ofSeconds(1)));

        assertThat(reservation.hold()).isEqualTo(CreditHold.NONE);
        assertThat(reservation.relatedTo()).isEmpty();
        assertThat(reservation.model()).isEmpty();
        assertThat(reservation.metadata()).isEqualTo(Document.EMPTY);
        assertThat(reservation.actor()).isEqualTo(Actor.system());
        assertThat(reservation.lines())
                .singleElement()
                .satisfies(line -> assertThat(line.quota()).isEmpty());
    }

    @Test
    void what_is_not_there_is_not_found() {
        assertThat(inTenant(tenant, () -> persistence.reservations().find(tenant, new ReservationId(ids.next()))))
                .isEmpty();
    }

    @Test
    void reservations_are_listed_newest_first() {
        var all = new ArrayList<Reservation>();
        for (int i = 1; i <= 5; i++) {
            all.add(found(reserved(Charge.of(credit, Quantity.of(i)), Duration.ofHours(10 - i))));
            clock.advance(Duration.ofMinutes(1));
        }
        release(all.get(1));
        settle(all.get(3));
        all.replaceAll(reservation -> found(reservation.id()));
        Collections.reverse(all);
        var elsewhere = given.memberAccount(owner, given.member(owner), PlanVersionTerms.empty());
        given.grant(owner, elsewhere, GrantTerms.of(Credits.of(5), GrantSource.GIFT));
        reserved(Charge.of(credit, Quantity.of(1)).on(elsewhere), Duration.ofMinutes(1));

        assertListing(all, page -> list(Optional.empty(), page));
        var held = List.of(all.get(0), all.get(2), all.get(4));
        assertListing(held, page -> list(Optional.of(clock.instant()), page));
    }

    @Test
    void those_that_hold_at_a_time_are_listed_while_their_lease_goes_on() {
        var shorter = found(reserved(Charge.of(credit, Quantity.of(1)), Duration.ofSeconds(10)));
        var longer = found(reserved(Charge.of(credit, Quantity.of(1)), Duration.ofSeconds(20)));

        assertThat(list(Optional.of(START.plusSeconds(10).minusNanos(1_000)), FIRST)
                        .items())
                .containsExactly(longer, shorter);
        assertThat(list(Optional.of(START.plusSeconds(10)), FIRST).items()).containsExactly(longer);
        assertThat(list(Optional.of(START.plusSeconds(20)), FIRST).items()).isEmpty();
        assertThat(list(Optional.empty(), FIRST).items()).containsExactly(longer, shorter);
    }

    @Test
    void the_overdue_are_listed_longest_overdue_first() {
        var third = reserved(Charge.of(credit, Quantity.of(1)), Duration.ofSeconds(30));
        var first = reserved(Charge.of(credit, Quantity.of(1)), Duration.ofSeconds(10));
        var second = reserved(Charge.of(credit, Quantity.of(1)), Duration.ofSeconds(20));
        var released = reserved(Charge.of(credit, Quantity.of(1)), Duration.ofSeconds(1));
        release(found(released));

        assertThat(overdue(START.plusSeconds(10).minusNanos(1_000))).isEmpty();
        assertThat(overdue(START.plusSeconds(10))).containsExactly(first);
        assertThat(overdue(START.plusSeconds(30))).containsExactly(first, second, third);
    }

    @Test
    void a_reservation_that_is_there_can_be_written_as_it_stands() {
        var id = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10));
        var other = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10));
        var later = clock.advance(Duration.ofMinutes(1));
        var lapsed = found(id).at(later);
        assertThat(lapsed.status()).isEqualTo(Reservation.Status.LAPSED);

        inTenantThenUndone(tenant, () -> {
            persistence.reservations().update(List.of(lapsed));
            assertThat(persistence.reservations().find(tenant, id)).contains(lapsed);
            assertThat(persistence.reservations().listOverdue(tenant, account, later))
                    .extracting(Reservation::id)
                    .containsExactly(other);
        });

        assertThat(overdue(later)).containsExactly(id, other);
        assertThat(found(id).status()).isEqualTo(Reservation.Status.HELD);
    }

    @Test
    void nothing_to_write_is_nothing_written() {
        inTenant(tenant, () -> persistence.reservations().update(List.of()));

        assertThat(list(Optional.empty(), FIRST).items()).isEmpty();
    }

    @Test
    void another_tenant_neither_sees_nor_writes_reservations() {
        var other = given.tenant().id();
        var reservation = found(reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10)));
        var later = START.plusSeconds(60);

        inTenant(other, () -> {
            assertThat(persistence.reservations().find(tenant, reservation.id()))
                    .isEmpty();
            assertThat(persistence.reservations().find(other, reservation.id())).isEmpty();
            assertThat(persistence.reservations().listOverdue(tenant, account, later))
                    .isEmpty();
            assertThat(persistence
                            .reservations()
                            .list(tenant, account, Optional.empty(), FIRST)
                            .items())
                    .isEmpty();
        });
        assertImpossible(() ->
                inTenant(other, () -> persistence.reservations().update(List.of(reservation.at(later)))));
        assertThat(found(reservation.id())).isEqualTo(reservation);
    }

    @Test
    void the_platform_sees_every_tenants_reservations() {
        var id = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10));

        assertThat(inPlatform(() -> persistence.reservations().find(tenant, id)))
                .isPresent();
    }

    @Test
    void a_deleted_tenants_reservations_are_gone() {
        var id = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10));

        allotment.tenants().delete(tenant);

        assertThat(inPlatform(() -> persistence.reservations().find(tenant, id)))
                .isEmpty();
    }

    @Test
    void the_service_lists_them_as_they_are_now() {
        var lapses = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10));
        var stays = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofDays(1));
        clock.advance(Duration.ofSeconds(10));

        var all =
                allotment.gate().listReservations(tenant, account, false, FIRST).items();

        assertThat(all).extracting(Reservation::id).containsExactly(stays, lapses);
        assertThat(all)
                .extracting(Reservation::status)
                .containsExactly(Reservation.Status.HELD, Reservation.Status.LAPSED);
        assertThatThrownBy(() -> allotment.gate().listReservations(tenant, new AccountId(ids.next()), false, FIRST))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void open_ones_are_those_that_still_hold() {
        reserved(Charge.of(credit, Quantity.of(5)), Duration.ofSeconds(10));
        var stays = reserved(Charge.of(credit, Quantity.of(5)), Duration.ofDays(1));
        clock.advance(Duration.ofSeconds(10));

        assertThat(allotment
                        .gate()
                        .listReservations(tenant, account, true, FIRST)
                        .items())
                .extracting(Reservation::id)
                .containsExactly(stays);
    }

    private ReservationId reserved(Charge charge, Duration lease) {
        var decision =
                allotment.gate().reserve(tenant, Fixtures.key(), charge, lease).decision();
        assertThat(decision.denial()).isEmpty();
        return decision.reservation().orElseThrow();
    }

    private void release(Reservation reservation) {
        allotment.gate().release(tenant, Fixtures.key(), reservation.id());
    }

    private void settle(Reservation reservation) {
        allotment.gate().settle(tenant, Fixtures.key(), reservation.id(), List.of());
    }

    private Reservation found(ReservationId id) {
        return inTenant(tenant, () -> persistence.reservations().find(tenant, id))
                .orElseThrow();
    }

    private List<ReservationId> overdue(Instant now) {
        return inTenant(tenant, () -> persistence.reservations().listOverdue(tenant, account, now)).stream()
                .map(Reservation::id)
                .toList();
    }

    private Page<Reservation> list(Optional<Instant> holdingAt, PageRequest page) {
        return inTenant(tenant, () -> persistence.reservations().list(tenant, account, holdingAt, page));
    }
}

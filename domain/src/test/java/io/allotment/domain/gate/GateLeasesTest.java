package io.allotment.domain.gate;

import static io.allotment.domain.gate.SomeWork.UNIT;
import static io.allotment.domain.gate.SomeWork.metered;
import static io.allotment.domain.gate.SomeWork.units;
import static io.allotment.domain.gate.SomeWork.world;
import static io.allotment.domain.gate.World.NOW;
import static io.allotment.domain.gate.World.TENANT;
import static io.allotment.domain.gate.World.settling;
import static io.allotment.domain.gate.World.verdict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Quantity;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long work under way holds something, and what becomes of it then. */
class GateLeasesTest {

    @Test
    void a_lease_can_be_renewed_while_the_work_goes_on() {
        var world = world();
        var reserved = world.reserve(units(4), Duration.ofMinutes(10));

        var renewed = world.at(NOW.plus(Duration.ofMinutes(9)))
                .ask(new GateRequest.Renew(reserved.reservation().orElseThrow(), 600));

        assertThat(renewed.leaseUntil()).contains(NOW.plus(Duration.ofMinutes(19)));
        assertThat(renewed.reservation()).isEqualTo(reserved.reservation());
        assertThat(verdict(world.at(NOW.plus(Duration.ofMinutes(18))).consume(units(7))))
                .isEqualTo("INSUFFICIENT_CREDITS");
    }

    @Test
    void a_renewal_never_shortens_a_lease() {
        var world = world();
        var reserved = world.reserve(units(4), Duration.ofHours(2));

        var renewed = world.ask(new GateRequest.Renew(reserved.reservation().orElseThrow(), 60));

        assertThat(renewed.leaseUntil()).contains(NOW.plus(Duration.ofHours(2)));
        assertThat(world.reservation(reserved).leaseUntil()).isEqualTo(NOW.plus(Duration.ofHours(2)));
    }

    @Test
    void a_lease_that_has_ended_is_given_back_by_the_next_call_whatever_it_is() {
        var world = metered(SomeQuota.blockingAt(10)).granted("10");
        var reserved = world.reserve(units(10));

        var decision = world.at(NOW.plus(Duration.ofHours(1))).consume(units(10));

        assertThat(verdict(decision)).isEqualTo("ALLOWED");
        assertThat(world.reservation(reserved)).satisfies(lapsed -> {
            assertThat(lapsed.status()).isEqualTo(Reservation.Status.LAPSED);
            assertThat(lapsed.endedAt()).contains(NOW.plus(Duration.ofHours(1)));
        });
        assertThat(world.counter("units").held()).isEqualTo(Quantity.ZERO);
    }

    @Test
    void a_lease_holds_until_just_before_its_end() {
        var world = world();
        world.reserve(units(10));
        var end = NOW.plus(Duration.ofHours(1));

        assertThat(verdict(world.at(end.minusNanos(1_000)).consume(units(1)))).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(verdict(world.at(end).consume(units(1)))).isEqualTo("ALLOWED");
    }

    @Test
    void what_has_lapsed_neither_renews_nor_releases() {
        var world = world();
        var id = world.reserve(units(4)).reservation().orElseThrow();
        world.at(NOW.plus(Duration.ofHours(1)));

        assertThat(world.verdictOf(new GateRequest.Renew(id, 60))).isEqualTo("reservation-ended");
        assertThat(world.verdictOf(new GateRequest.Release(id))).isEqualTo("reservation-ended");
        assertThat(world.spendable()).isEqualTo(Credits.of(10));
    }

    @Test
    void settling_what_has_lapsed_is_a_late_charge_on_what_is_there() {
        var world = metered(SomeQuota.blockingAt(10)).granted("10");
        var reserved = world.reserve(units(6));
        world.at(NOW.plus(Duration.ofHours(1))).consume(units(8));

        var late = world.settle(reserved, units(5));

        assertThat(late.credits()).isEqualTo(Credits.of(5));
        assertThat(late.uncoveredCredits()).isEqualTo(Credits.of(3));
        assertThat(world.balance()).isEqualTo(Credits.ZERO);
        assertThat(world.counter("units").used()).isEqualTo(Quantity.of(13));
        assertThat(world.reservation(reserved).status()).isEqualTo(Reservation.Status.SETTLED);
        assertThat(world.verdictOf(settling(reserved, units(5)))).isEqualTo("reservation-ended");
    }

    @Test
    void a_late_settle_that_itself_finds_the_lease_over_gives_back_and_charges_once() {
        var world = metered(SomeQuota.blockingAt(10)).granted("10");
        var reserved = world.reserve(units(6));

        world.at(NOW.plus(Duration.ofHours(1))).settle(reserved, units(7));

        assertThat(world.balance()).isEqualTo(Credits.of(3));
        assertThat(world.credits().held()).isEqualTo(Credits.ZERO);
        assertThat(world.counter("units"))
                .extracting(QuotaCounter::used, QuotaCounter::held)
                .containsExactly(Quantity.of(7), Quantity.ZERO);
    }

    @Test
    void a_lease_and_a_grant_that_end_at_the_same_instant_leave_nothing_of_the_grant() {
        var end = NOW.plus(Duration.ofHours(1));
        var world = World.on(PlanVersionTerms.empty())
                .selling(UNIT)
                .granted(GrantTerms.of(Credits.of(10), GrantSource.GIFT).expiring(end));
        world.reserve(units(4));

        var decision = world.at(end).consume(units(1));

        assertThat(verdict(decision)).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(world.balance()).isEqualTo(Credits.ZERO);
        assertThat(world.entries)
                .extracting(CreditEntry::type, CreditEntry::amount)
                .endsWith(tuple(CreditEntry.Type.EXPIRED, Credits.of(-10)));
    }

    @Test
    void what_is_pinned_of_a_grant_that_has_expired_still_settles() {
        var world = World.on(PlanVersionTerms.empty())
                .selling(UNIT)
                .granted(GrantTerms.of(Credits.of(10), GrantSource.GIFT).expiring(NOW.plusSeconds(60)));
        var reserved = world.reserve(units(4));

        var settled = world.at(NOW.plusSeconds(120)).settle(reserved, units(3));

        assertThat(settled.uncoveredCredits()).isEqualTo(Credits.ZERO);
        assertThat(world.balance()).isEqualTo(Credits.ZERO);
        assertThat(world.entries)
                .extracting(CreditEntry::type, CreditEntry::amount)
                .endsWith(
                        tuple(CreditEntry.Type.EXPIRED, Credits.of(-6)),
                        tuple(CreditEntry.Type.CONSUMED, Credits.of(-3)),
                        tuple(CreditEntry.Type.EXPIRED, Credits.of(-1)));
    }

    @Test
    void releasing_what_is_pinned_of_a_grant_that_has_expired_lets_it_expire_at_once() {
        var world = World.on(PlanVersionTerms.empty())
                .selling(UNIT)
                .granted(GrantTerms.of(Credits.of(10), GrantSource.GIFT).expiring(NOW.plusSeconds(60)));
        var reserved = world.reserve(units(4));

        var released = world.at(NOW.plusSeconds(120)).release(reserved);

        assertThat(released.balanceAfter()).isEqualTo(Credits.ZERO);
        assertThat(world.balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void releasing_repays_what_others_have_overdrawn_meanwhile() {
        var world = world().overdraftLimit("5");
        var reserved = world.reserve(units(10));
        world.consume(units(4));

        world.release(reserved);

        assertThat(world.credits().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(world.spendable()).isEqualTo(Credits.of(11));
        assertThat(world.entries).extracting(CreditEntry::type).endsWith(CreditEntry.Type.REPAID);
    }

    @Test
    void an_account_can_be_brought_to_the_time_by_itself() {
        var world = metered(SomeQuota.blockingAt(10))
                .granted(GrantTerms.of(Credits.of(10), GrantSource.GIFT).expiring(NOW.plusSeconds(60)));
        var reserved = world.reserve(units(4));
        var end = NOW.plus(Duration.ofHours(1));

        var present = Gate.bringToTime(
                world.state(World.ACCOUNT),
                List.of(world.reservation(reserved)),
                world.books.tenants.get(TENANT),
                world.definitions::planVersion,
                end);

        assertThat(present.account().credits().balance()).isEqualTo(Credits.ZERO);
        assertThat(present.account().credits().held()).isEqualTo(Credits.ZERO);
        assertThat(present.account().counters().get(new FeatureKey("units")).held())
                .isEqualTo(Quantity.ZERO);
        assertThat(present.change().orElseThrow().credits().entries())
                .extracting(CreditEntry::amount)
                .containsExactly(Credits.of(-10));
        assertThat(present.lapsed()).containsExactly(world.reservation(reserved).ended(Reservation.Status.LAPSED, end));
    }

    @Test
    void an_account_that_time_has_not_touched_has_nothing_to_be_saved() {
        var world = world();

        var present = Gate.bringToTime(
                world.state(World.ACCOUNT),
                List.of(),
                world.books.tenants.get(TENANT),
                world.definitions::planVersion,
                NOW);

        assertThat(present.change()).isEmpty();
        assertThat(present.account()).isEqualTo(world.state(World.ACCOUNT));
    }
}

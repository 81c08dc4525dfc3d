package io.allotment.domain.credit;

import static io.allotment.domain.credit.SomeCredits.ACCOUNT;
import static io.allotment.domain.credit.SomeCredits.NOW;
import static io.allotment.domain.credit.SomeCredits.REASON;
import static io.allotment.domain.credit.SomeCredits.TENANT;
import static io.allotment.domain.credit.SomeCredits.TOMORROW;
import static io.allotment.domain.credit.SomeCredits.credits;
import static io.allotment.domain.credit.SomeCredits.grant;
import static io.allotment.domain.credit.SomeCredits.grantId;
import static io.allotment.domain.credit.SomeCredits.startingAt;
import static io.allotment.domain.credit.SomeCredits.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.Seeds;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditAccount.Movement;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CreditAccountTest {

    private static final Set<CreditEntry.Type> ENDS =
            Set.of(CreditEntry.Type.EXPIRED, CreditEntry.Type.VOIDED, CreditEntry.Type.CLAWED_BACK);

    private static final Comparator<GrantId> BY_ID = Comparator.comparing(GrantId::value);

    private static final Subscription SUBSCRIPTION = Subscription.started(
            TENANT,
            new SubscriptionId(new UUID(5, 5)),
            ACCOUNT,
            new PlanVersionId(new UUID(6, 6)),
            Optional.empty(),
            SubscriptionStatus.ACTIVE,
            0,
            1,
            Times.UTC,
            Document.EMPTY,
            NOW);

    @Test
    void a_new_account_is_empty() {
        var account = CreditAccount.empty(TENANT, ACCOUNT);

        assertThat(account.balance()).isEqualTo(Credits.ZERO);
        assertThat(account.available(NOW)).isEqualTo(Credits.ZERO);
        assertThat(account.lastSequence()).isZero();
    }

    @Test
    void a_grant_is_an_entry_of_its_amount() {
        var grant = grant(1, credits(5));

        var movement = CreditAccount.empty(TENANT, ACCOUNT).grant(grant, CreditEntry.Type.GRANTED, REASON, NOW);

        assertThat(movement.account().balance()).isEqualTo(Credits.of(5));
        assertThat(movement.touched()).containsExactly(grant);
        assertThat(movement.entries())
                .containsExactly(new CreditEntry(
                        TENANT,
                        ACCOUNT,
                        1,
                        CreditEntry.Type.GRANTED,
                        Credits.of(5),
                        Credits.of(5),
                        List.of(new CreditEntry.Draw(grant.id(), Credits.of(5), Credits.of(5))),
                        Credits.ZERO,
                        REASON,
                        NOW));
    }

    @Test
    void a_draw_on_several_grants_is_one_entry_with_a_draw_on_each() {
        var account = with(grant(1, credits(5)), grant(2, credits(5)), grant(3, credits(5)));

        var movement = account.draw(Credits.of(7), CreditEntry.Type.ADJUSTED, REASON, NOW);

        assertThat(movement.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.sequence()).isEqualTo(4);
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.ADJUSTED);
            assertThat(entry.amount()).isEqualTo(Credits.of(-7));
            assertThat(entry.balanceAfter()).isEqualTo(Credits.of(8));
            assertThat(entry.draws())
                    .containsExactly(
                            new CreditEntry.Draw(grantId(1), Credits.of(-5), Credits.ZERO),
                            new CreditEntry.Draw(grantId(2), Credits.of(-2), Credits.of(3)));
        });
        assertThat(movement.touched()).extracting(CreditGrant::id).containsExactly(grantId(1), grantId(2));
        assertThat(movement.account().grants()).extracting(CreditGrant::id).containsExactly(grantId(2), grantId(3));
    }

    @Test
    void more_than_is_available_is_refused_with_the_figures_and_nothing_changes() {
        var account = with(grant(1, credits(5)), grant(2, startingAt(TOMORROW)));

        assertThatThrownBy(() -> account.draw(Credits.of("5.000000001"), CreditEntry.Type.ADJUSTED, REASON, NOW))
                .isInstanceOfSatisfying(InsufficientCredits.class, refusal -> {
                    assertThat(refusal.needed()).isEqualTo(Credits.of("5.000000001"));
                    assertThat(refusal.available()).isEqualTo(Credits.of(5));
                });
        assertThat(account).isEqualTo(with(grant(1, credits(5)), grant(2, startingAt(TOMORROW))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1"})
    void a_draw_of_nothing_or_less_is_refused(String amount) {
        var account = with(grant(1, credits(5)));

        assertThatThrownBy(() -> account.draw(Credits.of(amount), CreditEntry.Type.ADJUSTED, REASON, NOW))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("amount must be more than zero");
    }

    @Test
    void grants_stand_in_burn_down_order_however_they_came() {
        var account = with(
                grant(1, credits(5).withPriority(3)),
                grant(2, credits(5).withPriority(1)),
                grant(3, credits(5).withPriority(1).expiring(TOMORROW)));

        assertThat(account.grants()).extracting(CreditGrant::id).containsExactly(grantId(3), grantId(2), grantId(1));
    }

    @Test
    void of_two_grants_alike_the_one_made_first_burns_first() {
        var account = with(grant(2, credits(5)), grant(1, credits(5)));

        assertThat(account.grants()).extracting(CreditGrant::id).containsExactly(grantId(1), grantId(2));
    }

    @Test
    void expired_grants_are_written_off_an_entry_each_soonest_end_first() {
        var account = with(
                grant(1, credits(5).expiring(NOW)),
                grant(2, credits(3).expiring(NOW.minusSeconds(5))),
                grant(3, credits(2).expiring(NOW.minusSeconds(5)).withPriority(7)),
                grant(4, credits(1).expiring(NOW.plusNanos(1_000))));

        var movement = account.broughtTo(NOW);

        assertThat(movement.entries())
                .extracting(CreditEntry::sequence, CreditEntry::type, CreditEntry::amount, CreditEntry::balanceAfter)
                .containsExactly(
                        tuple(5L, CreditEntry.Type.EXPIRED, Credits.of(-2), Credits.of(9)),
                        tuple(6L, CreditEntry.Type.EXPIRED, Credits.of(-3), Credits.of(6)),
                        tuple(7L, CreditEntry.Type.EXPIRED, Credits.of(-5), Credits.of(1)));
        assertThat(movement.account().grants()).extracting(CreditGrant::id).containsExactly(grantId(4));
        assertThat(movement.touched()).extracting(CreditGrant::remaining).containsOnly(Credits.ZERO);
        assertThat(movement.account().broughtTo(NOW).entries()).isEmpty();
    }

    @Test
    void an_expired_grant_s_entry_is_found_by_what_is_known_of_the_grant() {
        var account = with(grant(1, credits(5).from("order 7").expiring(NOW)));

        var reason = account.broughtTo(NOW).entries().get(0).reason();

        assertThat(reason.source()).contains(GrantSource.PURCHASE);
        assertThat(reason.sourceId()).contains("order 7");
        assertThat(reason.expiresAt()).contains(NOW);
        assertThat(reason.actor()).isEqualTo(Actor.system());
    }

    @Test
    void a_grant_that_is_void_gives_back_what_was_left_of_it() {
        var account = with(grant(1, credits(3)), grant(2, credits(5)), grant(3, credits(7)))
                .draw(Credits.of(4), CreditEntry.Type.CONSUMED, REASON, NOW)
                .account();

        var movement = account.voidGrant(grantId(3), REASON, NOW);

        assertThat(movement.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.VOIDED);
            assertThat(entry.reason()).isEqualTo(REASON);
            assertThat(entry.draws()).containsExactly(new CreditEntry.Draw(grantId(3), Credits.of(-7), Credits.ZERO));
            assertThat(entry.balanceAfter()).isEqualTo(Credits.of(4));
        });
        assertThat(movement.touched()).singleElement().satisfies(grant -> {
            assertThat(grant.voidedAt()).contains(NOW);
            assertThat(grant.remaining()).isEqualTo(Credits.ZERO);
        });
        assertThat(movement.account().grants()).extracting(CreditGrant::id).containsExactly(grantId(2));
    }

    @Test
    void what_a_period_includes_is_taken_back_as_far_as_nobody_has_spent_or_holds_it() {
        var included = GrantTerms.included(Credits.of(10), PlanVersionTerms.empty(), SUBSCRIPTION, Times.UTC);
        var account = with(grant(1, included), grant(2, credits(5)))
                .draw(Credits.of(3), CreditEntry.Type.CONSUMED, REASON, NOW)
                .account()
                .hold(Credits.of(2), NOW)
                .movement()
                .account();

        var movement = account.clawBack(SUBSCRIPTION, Credits.of(4), REASON, NOW);

        assertThat(account.unused(SUBSCRIPTION)).isEqualTo(Credits.of(5));
        assertThat(movement.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.CLAWED_BACK);
            assertThat(entry.amount()).isEqualTo(Credits.of(-4));
        });
        assertThat(movement.account().unused(SUBSCRIPTION)).isEqualTo(Credits.of(1));
        assertThatThrownBy(() -> account.clawBack(SUBSCRIPTION, Credits.of(6), REASON, NOW))
                .isInstanceOf(InsufficientCredits.class);
    }

    @Test
    void a_grant_that_has_not_begun_can_be_void() {
        var movement = with(grant(1, startingAt(TOMORROW))).voidGrant(grantId(1), REASON, NOW);

        assertThat(movement.account().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void a_grant_of_which_nothing_is_left_cannot_be_void() {
        var spent = with(grant(1, credits(5)))
                .draw(Credits.of(5), CreditEntry.Type.CONSUMED, REASON, NOW)
                .account();
        var expired = with(grant(1, credits(5).expiring(NOW))).broughtTo(NOW).account();
        var voided =
                with(grant(1, credits(5))).voidGrant(grantId(1), REASON, NOW).account();

        for (var account : List.of(spent, expired, voided, CreditAccount.empty(TENANT, ACCOUNT))) {
            assertThatThrownBy(() -> account.voidGrant(grantId(1), REASON, NOW)).isInstanceOf(GrantNotLive.class);
        }
    }

    @Test
    void whatever_happens_entries_are_gapless_and_all_adds_up() {
        long seed = Seeds.seed();
        var random = new Random(seed);
        var account = CreditAccount.empty(TENANT, ACCOUNT).withOverdraftLimit(Credits.of(12));
        var ledger = new ArrayList<CreditEntry>();
        var grants = new HashMap<GrantId, CreditGrant>();
        var holds = new ArrayList<CreditHold>();
        var undone = new HashSet<Long>();
        var now = NOW;

        for (int i = 0; i < 3_000; i++) {
            now = now.plus(Duration.ofMinutes(random.nextInt(120)));
            var due = account.broughtTo(now);
            keep(due, ledger, grants);
            var movement = step(due.account(), i, random, ledger, grants, holds, undone, now);
            keep(movement, ledger, grants);
            account = movement.account();

            assertThatAllAddsUp(account, grants, holds, now, owed(ledger), Seeds.replay(seed));
        }

        var balance = Credits.ZERO;
        for (int i = 0; i < ledger.size(); i++) {
            var entry = ledger.get(i);
            balance = balance.plus(entry.amount());
            assertThat(entry.sequence()).as(Seeds.replay(seed)).isEqualTo(i + 1);
            assertThat(entry.balanceAfter()).as(Seeds.replay(seed)).isEqualTo(balance);
            assertThat(sum(entry.draws().stream().map(CreditEntry.Draw::amount).toList())
                            .minus(entry.overdraftChange()))
                    .as(Seeds.replay(seed))
                    .isEqualTo(entry.amount());
        }
        assertThat(account.balance()).as(Seeds.replay(seed)).isEqualTo(balance);
        assertThat(account.lastSequence()).isEqualTo(ledger.size());
        assertThat(ledger).extracting(CreditEntry::type).contains(CreditEntry.Type.values());
    }

    private static void keep(Movement movement, List<CreditEntry> ledger, Map<GrantId, CreditGrant> grants) {
        ledger.addAll(movement.entries());
        movement.touched().forEach(grant -> grants.put(grant.id(), grant));
    }

    /** What taking back has overdrawn, which no limit holds. */
    private static Credits owed(List<CreditEntry> ledger) {
        return sum(ledger.stream()
                .filter(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                .map(CreditEntry::overdraftChange)
                .toList());
    }

    private static void assertThatAllAddsUp(
            CreditAccount account,
            Map<GrantId, CreditGrant> grants,
            List<CreditHold> holds,
            Instant now,
            Credits owed,
            String seed) {
        assertThat(sum(grants.values().stream().map(CreditGrant::remaining).toList())
                        .minus(account.overdraft()))
                .as(seed)
                .isEqualTo(account.balance());
        assertThat(account.held())
                .as(seed)
                .isEqualTo(sum(holds.stream().map(CreditHold::total).toList()));
        for (var grant : grants.values()) {
            var pinned = holds.stream()
                    .flatMap(hold -> hold.pins().stream())
                    .filter(pin -> pin.grant().equals(grant.id()))
                    .map(CreditHold.Pin::amount)
                    .toList();
            assertThat(grant.held()).as(seed).isEqualTo(sum(pinned));
        }
        assertThat(account.overdraft().isNegative()).as(seed).isFalse();
        assertThat(account.overdraft().plus(account.overdraftHeld()))
                .as(seed)
                .isLessThanOrEqualTo(account.overdraftLimit().plus(owed));
        assertThat(account.available(now).isNegative()).as(seed).isFalse();
        assertThat(account.grants())
                .as(seed)
                .containsExactlyInAnyOrderElementsOf(grants.values().stream()
                        .filter(grant -> grant.remaining().isPositive())
                        .toList());
    }

    private static Movement step(
            CreditAccount account,
            int i,
            Random random,
            List<CreditEntry> ledger,
            Map<GrantId, CreditGrant> grants,
            List<CreditHold> holds,
            Set<Long> undone,
            Instant now) {
        var spendable = account.spendable(now);
        var amount = Credits.of("0.37").plus(Credits.of(random.nextInt(15))).min(spendable);
        switch (random.nextInt(12)) {
            case 11 -> {
                var taken = ledger.stream()
                        .filter(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                        .toList();
                if (!taken.isEmpty()) {
                    var entry = taken.get(random.nextInt(taken.size()));
                    if (undone.add(entry.sequence())) {
                        return account.restore(entry, spentOf(entry, grants), REASON, now);
                    }
                }
            }
            case 10 -> {
                if (!grants.isEmpty() && random.nextInt(3) == 0) {
                    var ids = grants.keySet().stream().sorted(BY_ID).toList();
                    var grant = grants.get(ids.get(random.nextInt(ids.size())));
                    if (takenOf(grant, ledger).isEmpty()) {
                        return account.takeBack(grant, grant.terms().amount(), ended(grant, ledger), REASON, now);
                    }
                }
            }
            case 9 -> {
                var period = SUBSCRIPTION.at(now, Times.UTC);
                var unused = account.unused(period);
                if (unused.isPositive()) {
                    return account.clawBack(period, amount.isPositive() ? amount.min(unused) : unused, REASON, now);
                }
            }
            case 0, 1 -> {
                return account.grant(someGrant(i, random, now), CreditEntry.Type.GRANTED, REASON, now);
            }
            case 2, 3 -> {
                if (amount.isPositive()) {
                    var type = random.nextInt(5) > 0 ? CreditEntry.Type.CONSUMED : CreditEntry.Type.ADJUSTED;
                    return account.draw(amount, type, REASON, now);
                }
            }
            case 4 -> {
                if (amount.isPositive()) {
                    var holding = account.hold(amount, now);
                    holds.add(holding.hold());
                    return holding.movement();
                }
            }
            case 5, 6 -> {
                if (!holds.isEmpty()) {
                    var hold = holds.remove(random.nextInt(holds.size()));
                    return random.nextBoolean()
                            ? account.release(hold)
                            : account.settle(hold, Credits.of(random.nextInt(20)), REASON, now)
                                    .movement();
                }
            }
            case 7 -> {
                var charges = ledger.stream()
                        .filter(entry -> entry.type() == CreditEntry.Type.CONSUMED)
                        .toList();
                if (!charges.isEmpty()) {
                    var charge = charges.get(random.nextInt(charges.size()));
                    if (undone.add(charge.sequence())) {
                        return account.refund(charge, spentOf(charge, grants), REASON, now);
                    }
                }
            }
            default -> {
                if (!account.grants().isEmpty() && random.nextInt(5) == 0) {
                    var grant =
                            account.grants().get(random.nextInt(account.grants().size()));
                    if (grant.free().isPositive()) {
                        return account.voidGrant(grant.id(), REASON, now);
                    }
                }
            }
        }
        return new Movement(account, List.of(), List.of());
    }

    private static List<CreditEntry> takenOf(CreditGrant grant, List<CreditEntry> ledger) {
        return ledger.stream()
                .filter(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                .filter(entry ->
                        entry.draws().stream().anyMatch(draw -> draw.grant().equals(grant.id())))
                .toList();
    }

    /** What of a grant was neither spent nor is there. */
    private static Credits ended(CreditGrant grant, List<CreditEntry> ledger) {
        return sum(ledger.stream()
                        .filter(entry -> ENDS.contains(entry.type()))
                        .flatMap(entry -> entry.draws().stream())
                        .filter(draw -> draw.grant().equals(grant.id()))
                        .map(CreditEntry.Draw::amount)
                        .toList())
                .negated();
    }

    private static CreditGrant someGrant(int number, Random random, Instant now) {
        var terms = credits(1 + random.nextInt(20)).withPriority(random.nextInt(3));
        var end = now.plus(Duration.ofHours(1 + random.nextInt(90)));
        return CreditGrant.of(
                TENANT,
                grantId(number),
                ACCOUNT,
                switch (random.nextInt(4)) {
                    case 0 -> terms;
                    case 3 ->
                        GrantTerms.included(
                                terms.amount(), PlanVersionTerms.empty(), SUBSCRIPTION.at(now, Times.UTC), Times.UTC);
                    case 1 -> terms.expiring(end);
                    default -> terms.expiring(end).rollingOver(Credits.of(2), end.plus(Duration.ofHours(10)));
                },
                now);
    }

    private static List<CreditGrant> spentOf(CreditEntry charge, Map<GrantId, CreditGrant> grants) {
        return charge.draws().stream()
                .map(draw -> grants.get(draw.grant()))
                .filter(grant -> grant.remaining().isZero())
                .toList();
    }

    private static Credits sum(List<Credits> amounts) {
        return amounts.stream().reduce(Credits.ZERO, Credits::plus);
    }
}

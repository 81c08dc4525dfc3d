package io.allotment.domain.credit;

import static io.allotment.domain.credit.SomeCredits.NEXT_WEEK;
import static io.allotment.domain.credit.SomeCredits.NOW;
import static io.allotment.domain.credit.SomeCredits.REASON;
import static io.allotment.domain.credit.SomeCredits.TOMORROW;
import static io.allotment.domain.credit.SomeCredits.credits;
import static io.allotment.domain.credit.SomeCredits.draw;
import static io.allotment.domain.credit.SomeCredits.drawn;
import static io.allotment.domain.credit.SomeCredits.grant;
import static io.allotment.domain.credit.SomeCredits.grantId;
import static io.allotment.domain.credit.SomeCredits.grantOf;
import static io.allotment.domain.credit.SomeCredits.moved;
import static io.allotment.domain.credit.SomeCredits.overdrawable;
import static io.allotment.domain.credit.SomeCredits.pin;
import static io.allotment.domain.credit.SomeCredits.startingAt;
import static io.allotment.domain.credit.SomeCredits.sum;
import static io.allotment.domain.credit.SomeCredits.touched;
import static io.allotment.domain.credit.SomeCredits.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.shared.Credits;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Credits set aside for work under way, and what becomes of them. */
class CreditHoldTest {

    @Test
    void a_hold_pins_grants_in_burn_down_order_and_writes_no_entry() {
        var account = with(
                grant(1, credits(5)), grant(2, credits(5)), grant(3, credits(5).withPriority(1)));

        var holding = account.hold(Credits.of("7.5"), NOW);

        assertThat(holding.hold()).isEqualTo(new CreditHold(List.of(pin(3, "5"), pin(1, "2.5")), Credits.ZERO));
        assertThat(holding.movement().entries()).isEmpty();
        assertThat(touched(holding.movement(), 3, 1))
                .extracting(CreditGrant::held)
                .containsExactly(Credits.of(5), Credits.of("2.5"));
    }

    @Test
    void what_is_held_is_no_longer_available_and_still_in_the_balance() {
        var held =
                with(grant(1, credits(5))).hold(Credits.of(2), NOW).movement().account();

        assertThat(held.balance()).isEqualTo(Credits.of(5));
        assertThat(held.held()).isEqualTo(Credits.of(2));
        assertThat(held.available(NOW)).isEqualTo(Credits.of(3));
        assertThatThrownBy(() -> draw(held, "3.000000001")).isInstanceOf(InsufficientCredits.class);
        assertThat(drawn(held, "3").balance()).isEqualTo(Credits.of(2));
    }

    @Test
    void more_than_is_available_is_not_held() {
        var account = with(grant(1, credits(5)), grant(2, startingAt(TOMORROW)));

        assertThatThrownBy(() -> account.hold(Credits.of("5.000000001"), NOW))
                .isInstanceOfSatisfying(InsufficientCredits.class, refusal -> {
                    assertThat(refusal.needed()).isEqualTo(Credits.of("5.000000001"));
                    assertThat(refusal.available()).isEqualTo(Credits.of(5));
                });
    }

    @Test
    void a_hold_takes_of_the_overdraft_s_room_what_the_grants_do_not_give() {
        var account = overdrawable("10", grant(1, credits(5)));

        var holding = account.hold(Credits.of(12), NOW);
        var held = holding.movement().account();

        assertThat(holding.hold()).isEqualTo(new CreditHold(List.of(pin(1, "5")), Credits.of(7)));
        assertThat(held.overdraft()).isEqualTo(Credits.ZERO);
        assertThat(held.overdraftHeld()).isEqualTo(Credits.of(7));
        assertThat(held.spendable(NOW)).isEqualTo(Credits.of(3));
        assertThatThrownBy(() -> held.hold(Credits.of("3.000000001"), NOW)).isInstanceOf(InsufficientCredits.class);
    }

    @Test
    void what_is_pinned_survives_the_grant_s_end_until_it_is_given_back() {
        var account = with(grant(1, credits(5).expiring(TOMORROW)));
        var holding = account.hold(Credits.of(2), NOW);

        var expired = holding.movement().account().broughtTo(TOMORROW);
        var released = expired.account().release(holding.hold()).account();
        var over = released.broughtTo(TOMORROW);

        assertThat(expired.entries()).extracting(CreditEntry::amount).containsExactly(Credits.of(-3));
        assertThat(expired.account().balance()).isEqualTo(Credits.of(2));
        assertThat(expired.account().available(TOMORROW)).isEqualTo(Credits.ZERO);
        assertThat(released.available(TOMORROW)).isEqualTo(Credits.ZERO);
        assertThat(over.entries())
                .extracting(CreditEntry::type, CreditEntry::amount)
                .containsExactly(tuple(CreditEntry.Type.EXPIRED, Credits.of(-2)));
        assertThat(over.account().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void what_is_pinned_survives_a_void_until_it_is_given_back() {
        var account = with(grant(1, credits(5)));
        var holding = account.hold(Credits.of(2), NOW);

        var voided = holding.movement().account().voidGrant(grantId(1), REASON, NOW);
        var over = voided.account().release(holding.hold()).account().broughtTo(NOW);

        assertThat(voided.entries()).extracting(CreditEntry::amount).containsExactly(Credits.of(-3));
        assertThat(voided.account().broughtTo(NEXT_WEEK).isEmpty()).isTrue();
        assertThat(over.entries())
                .extracting(CreditEntry::type, CreditEntry::amount)
                .containsExactly(tuple(CreditEntry.Type.VOIDED, Credits.of(-2)));
        assertThat(over.account().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void a_grant_that_is_held_whole_cannot_be_void() {
        var held =
                with(grant(1, credits(5))).hold(Credits.of(5), NOW).movement().account();

        assertThatThrownBy(() -> held.voidGrant(grantId(1), REASON, NOW)).isInstanceOf(GrantNotLive.class);
    }

    @Test
    void a_release_gives_back_all_of_it_without_an_entry() {
        var account = overdrawable("10", grant(1, credits(5)), grant(2, credits(5)));
        var holding = account.hold(Credits.of(13), NOW);

        var movement = holding.movement().account().release(holding.hold());

        assertThat(movement.entries()).isEmpty();
        assertThat(movement.account()).isEqualTo(account);
    }

    @ParameterizedTest(name = "{0} of 7 held of two grants of 5")
    @CsvSource(textBlock = """
            # due, left of 1st, left of 2nd, overdraft, uncovered
            0,    5, 5, 0, 0
            3,    2, 5, 0, 0
            7,    0, 3, 0, 0
            9,    0, 1, 0, 0
            10,   0, 0, 0, 0
            12.5, 0, 0, 2.5, 0
            13,   0, 0, 3, 0
            20,   0, 0, 3, 7
            """)
    void settling_draws_from_the_hold_then_what_is_available_then_the_overdraft_and_the_rest_is_uncovered(
            String due, String first, String second, String overdraft, String uncovered) {
        var account = overdrawable("3", grant(1, credits(5)), grant(2, credits(5)));
        var holding = account.hold(Credits.of(7), NOW);

        var settlement = holding.movement().account().settle(holding.hold(), Credits.of(due), REASON, NOW);
        var settled = settlement.movement().account();

        assertThat(touched(settlement.movement(), 1, 2))
                .extracting(CreditGrant::remaining)
                .containsExactly(Credits.of(first), Credits.of(second));
        assertThat(settled.overdraft()).isEqualTo(Credits.of(overdraft));
        assertThat(settlement.uncovered()).isEqualTo(Credits.of(uncovered));
        assertThat(settled.held()).isEqualTo(Credits.ZERO);
        assertThat(settled.balance())
                .isEqualTo(Credits.of(10).minus(Credits.of(due)).plus(Credits.of(uncovered)))
                .isEqualTo(sum(settled));
    }

    @Test
    void settling_by_more_than_the_hold_draws_once_on_a_grant_that_gives_twice() {
        var holding = with(grant(1, credits(5))).hold(Credits.of(2), NOW);

        var entries = holding.movement()
                .account()
                .settle(holding.hold(), Credits.of(4), REASON, NOW)
                .movement()
                .entries();

        assertThat(entries).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.CONSUMED);
            assertThat(entry.draws()).containsExactly(moved(1, "-4", "1"));
        });
    }

    @Test
    void settling_by_nothing_writes_no_entry() {
        var account = with(grant(1, credits(5)));
        var holding = account.hold(Credits.of(2), NOW);

        var settlement = holding.movement().account().settle(holding.hold(), Credits.ZERO, REASON, NOW);

        assertThat(settlement.movement().entries()).isEmpty();
        assertThat(settlement.movement().account()).isEqualTo(account);
    }

    @Test
    void settling_draws_on_what_is_pinned_of_a_grant_that_is_over_and_on_nothing_else_of_it() {
        var account = with(grant(1, credits(5).expiring(TOMORROW)), grant(2, credits(1)));
        var holding = account.hold(Credits.of(2), NOW);

        var settlement = holding.movement()
                .account()
                .broughtTo(TOMORROW)
                .account()
                .settle(holding.hold(), Credits.of(4), REASON, TOMORROW);

        assertThat(settlement.movement().entries().get(0).draws())
                .containsExactly(moved(1, "-2", "0"), moved(2, "-1", "0"));
        assertThat(settlement.uncovered()).isEqualTo(Credits.of(1));
    }

    @Test
    void settling_for_less_leaves_the_rest_of_a_grant_that_is_over_to_expire() {
        var holding = with(grant(1, credits(5).expiring(TOMORROW))).hold(Credits.of(5), NOW);

        var settled = holding.movement()
                .account()
                .settle(holding.hold(), Credits.of(2), REASON, TOMORROW)
                .movement()
                .account();

        assertThat(settled.balance()).isEqualTo(Credits.of(3));
        assertThat(settled.broughtTo(TOMORROW).account().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void settling_without_a_hold_draws_on_what_is_there() {
        var account = overdrawable("1", grant(1, credits(5)));

        var settlement = account.settle(CreditHold.NONE, Credits.of(8), REASON, NOW);

        assertThat(settlement.uncovered()).isEqualTo(Credits.of(2));
        assertThat(settlement.movement().account().balance()).isEqualTo(Credits.of(-1));
    }

    @Test
    void settling_leaves_the_holds_of_others_alone() {
        var account = overdrawable("4", grant(1, credits(5)));
        var mine = account.hold(Credits.of(3), NOW);
        var others = mine.movement().account().hold(Credits.of(4), NOW);

        var settlement = others.movement().account().settle(mine.hold(), Credits.of(9), REASON, NOW);

        assertThat(settlement.uncovered()).isEqualTo(Credits.of(4));
        assertThat(settlement.movement().account().held()).isEqualTo(Credits.of(4));
        assertThat(grantOf(settlement.movement().account(), 1).held()).isEqualTo(Credits.of(2));
    }

    @Test
    void a_hold_keeps_its_overdraft_when_the_limit_is_lowered() {
        var holding = overdrawable("10").hold(Credits.of(6), NOW);

        var settlement = holding.movement()
                .account()
                .withOverdraftLimit(Credits.ZERO)
                .settle(holding.hold(), Credits.of(7), REASON, NOW);

        assertThat(settlement.movement().account().overdraft()).isEqualTo(Credits.of(6));
        assertThat(settlement.uncovered()).isEqualTo(Credits.of(1));
    }
}

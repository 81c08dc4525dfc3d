package io.allotment.domain.credit;

import static io.allotment.domain.credit.SomeCredits.NOW;
import static io.allotment.domain.credit.SomeCredits.REASON;
import static io.allotment.domain.credit.SomeCredits.TOMORROW;
import static io.allotment.domain.credit.SomeCredits.credits;
import static io.allotment.domain.credit.SomeCredits.draw;
import static io.allotment.domain.credit.SomeCredits.drawn;
import static io.allotment.domain.credit.SomeCredits.grant;
import static io.allotment.domain.credit.SomeCredits.moved;
import static io.allotment.domain.credit.SomeCredits.overdrawable;
import static io.allotment.domain.credit.SomeCredits.startingAt;
import static io.allotment.domain.credit.SomeCredits.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drawing beyond the grants, as far as the account's limit allows, and paying it back. */
class CreditOverdraftTest {

    @ParameterizedTest
    @CsvSource({"5, 0, 0", "5.000000001, 0.000000001, -0.000000001", "12, 7, -7", "15, 10, -10"})
    void what_the_grants_do_not_cover_is_overdrawn_up_to_the_limit(String amount, String overdraft, String balance) {
        var movement = draw(overdrawable("10", grant(1, credits(5))), amount);

        assertThat(movement.account().overdraft()).isEqualTo(Credits.of(overdraft));
        assertThat(movement.account().balance()).isEqualTo(Credits.of(balance));
        assertThat(movement.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.amount()).isEqualTo(Credits.of(amount).negated());
            assertThat(entry.balanceAfter()).isEqualTo(Credits.of(balance));
            assertThat(entry.draws()).containsExactly(moved(1, "-5", "0"));
            assertThat(entry.overdraftChange()).isEqualTo(Credits.of(overdraft));
        });
    }

    @Test
    void nothing_is_drawn_beyond_the_limit() {
        var account = overdrawable("10", grant(1, credits(5)));

        assertThatThrownBy(() -> draw(account, "15.000000001"))
                .isInstanceOfSatisfying(
                        InsufficientCredits.class,
                        refusal -> assertThat(refusal.available()).isEqualTo(Credits.of(15)));
        assertThatThrownBy(() -> draw(drawn(account, "15"), "0.000000001")).isInstanceOf(InsufficientCredits.class);
    }

    @Test
    void without_a_limit_nothing_is_overdrawn() {
        assertThatThrownBy(() -> draw(with(grant(1, credits(5))), "5.000000001"))
                .isInstanceOf(InsufficientCredits.class);
    }

    @Test
    void an_overdraft_needs_no_grant() {
        var account = drawn(overdrawable("10"), "4");

        assertThat(account.balance()).isEqualTo(Credits.of(-4));
        assertThat(account.spendable(NOW)).isEqualTo(Credits.of(6));
        assertThat(account.available(NOW)).isEqualTo(Credits.ZERO);
    }

    @Test
    void the_next_grant_repays_first_with_an_entry_that_keeps_the_balance() {
        var account = drawn(overdrawable("10"), "4");

        var movement = account.grant(grant(1, credits(10)), CreditEntry.Type.GRANTED, REASON, NOW);

        assertThat(movement.entries())
                .extracting(
                        CreditEntry::sequence,
                        CreditEntry::type,
                        CreditEntry::amount,
                        CreditEntry::balanceAfter,
                        CreditEntry::overdraftChange)
                .containsExactly(
                        tuple(2L, CreditEntry.Type.GRANTED, Credits.of(10), Credits.of(6), Credits.ZERO),
                        tuple(3L, CreditEntry.Type.REPAID, Credits.ZERO, Credits.of(6), Credits.of(-4)));
        assertThat(movement.entries().get(1).draws()).containsExactly(moved(1, "-4", "6"));
        assertThat(movement.account().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(movement.account().balance()).isEqualTo(Credits.of(6));
        assertThat(movement.account().available(NOW)).isEqualTo(Credits.of(6));
    }

    @Test
    void a_grant_that_is_too_small_repays_what_it_can() {
        var account = drawn(overdrawable("10"), "4")
                .grant(grant(1, credits(3)), CreditEntry.Type.GRANTED, REASON, NOW)
                .account();

        assertThat(account.overdraft()).isEqualTo(Credits.of(1));
        assertThat(account.balance()).isEqualTo(Credits.of(-1));
        assertThat(account.grants()).isEmpty();
    }

    @Test
    void a_grant_whose_time_has_not_begun_repays_when_it_begins_and_not_before() {
        var later = drawn(overdrawable("10"), "4")
                .grant(grant(1, startingAt(TOMORROW)), CreditEntry.Type.GRANTED, REASON, NOW)
                .account();

        var before = later.broughtTo(TOMORROW.minusNanos(1_000));
        var begun = later.broughtTo(TOMORROW);

        assertThat(later.overdraft()).isEqualTo(Credits.of(4));
        assertThat(before.isEmpty()).isTrue();
        assertThat(begun.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.REPAID);
            assertThat(entry.amount()).isEqualTo(Credits.ZERO);
            assertThat(entry.at()).isEqualTo(TOMORROW);
        });
        assertThat(begun.account().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(begun.account().balance()).isEqualTo(later.balance());
        assertThat(begun.account().broughtTo(TOMORROW).isEmpty()).isTrue();
    }

    @Test
    void what_is_held_repays_only_once_it_is_given_back() {
        var account = overdrawable("10", grant(1, credits(5)));
        var holding = account.hold(Credits.of(5), NOW);
        var overdrawn = drawn(holding.movement().account(), "3");

        var released = overdrawn.release(holding.hold()).account();

        assertThat(overdrawn.broughtTo(NOW).isEmpty()).isTrue();
        assertThat(released.broughtTo(NOW).account().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(released.broughtTo(NOW).account().available(NOW)).isEqualTo(Credits.of(2));
    }

    @Test
    void a_grant_that_is_over_repays_nothing() {
        var account = drawn(overdrawable("10"), "4");

        var movement = account.grant(grant(1, credits(10).expiring(NOW)), CreditEntry.Type.GRANTED, REASON, NOW);

        assertThat(movement.account().overdraft()).isEqualTo(Credits.of(4));
    }

    @Test
    void a_lower_limit_leaves_what_is_overdrawn_and_lets_nothing_more() {
        var account = drawn(overdrawable("10"), "8").withOverdraftLimit(Credits.of(5));

        assertThat(account.overdraft()).isEqualTo(Credits.of(8));
        assertThat(account.spendable(NOW)).isEqualTo(Credits.ZERO);
        assertThatThrownBy(() -> draw(account, "1")).isInstanceOf(InsufficientCredits.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.000000001", "1000000000000000000"})
    void a_limit_is_from_zero_to_below_10_to_the_18th(String limit) {
        assertThatThrownBy(() -> with().withOverdraftLimit(Credits.of(limit)))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("overdraftLimit"));
        assertThat(with().withOverdraftLimit(Credits.ZERO).overdraftLimit()).isEqualTo(Credits.ZERO);
    }
}

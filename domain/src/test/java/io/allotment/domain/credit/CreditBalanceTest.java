package io.allotment.domain.credit;

import static io.allotment.domain.credit.SomeCredits.NEXT_WEEK;
import static io.allotment.domain.credit.SomeCredits.NOW;
import static io.allotment.domain.credit.SomeCredits.REASON;
import static io.allotment.domain.credit.SomeCredits.TOMORROW;
import static io.allotment.domain.credit.SomeCredits.credits;
import static io.allotment.domain.credit.SomeCredits.drawn;
import static io.allotment.domain.credit.SomeCredits.grant;
import static io.allotment.domain.credit.SomeCredits.overdrawable;
import static io.allotment.domain.credit.SomeCredits.startingAt;
import static io.allotment.domain.credit.SomeCredits.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.Credits;
import org.junit.jupiter.api.Test;

/** What an account's credits come to at a time. */
class CreditBalanceTest {

    @Test
    void a_balance_tells_what_is_held_available_pending_and_overdrawn() {
        var overdrawn = drawn(overdrawable("10", grant(1, credits(5))), "8");
        var account = overdrawn
                .grant(grant(2, startingAt(TOMORROW)), CreditEntry.Type.GRANTED, REASON, NOW)
                .account()
                .hold(Credits.of(2), NOW)
                .movement()
                .account();

        assertThat(CreditBalance.of(account, NOW))
                .isEqualTo(new CreditBalance(
                        Credits.of(47), Credits.of(2), Credits.ZERO, Credits.of(50), Credits.of(3), Credits.of(10)));
    }

    @Test
    void what_time_has_changed_counts_before_it_is_written() {
        var overdrawn = drawn(overdrawable("10"), "3");
        var account = overdrawn
                .grant(grant(2, startingAt(TOMORROW)), CreditEntry.Type.GRANTED, REASON, NOW)
                .account();

        var balance = CreditBalance.of(account, TOMORROW);

        assertThat(balance.overdraft()).isEqualTo(Credits.ZERO);
        assertThat(balance.available()).isEqualTo(Credits.of(47));
        assertThat(balance.pending()).isEqualTo(Credits.ZERO);
        assertThat(balance.balance()).isEqualTo(Credits.of(47));
    }

    @Test
    void what_is_held_of_a_grant_that_is_over_is_in_the_balance_alone() {
        var held = with(grant(1, credits(5).expiring(TOMORROW)))
                .hold(Credits.of(2), NOW)
                .movement()
                .account();

        var balance = CreditBalance.of(held, TOMORROW);

        assertThat(balance.balance()).isEqualTo(Credits.of(2));
        assertThat(balance.held()).isEqualTo(Credits.of(2));
        assertThat(balance.available()).isEqualTo(Credits.ZERO);
    }

    @Test
    void what_has_rolled_over_is_available_and_not_pending() {
        var account = with(grant(1, credits(10).expiring(TOMORROW).rollingOver(Credits.of(3), NEXT_WEEK)));

        var balance = CreditBalance.of(account, TOMORROW);

        assertThat(balance.balance()).isEqualTo(Credits.of(3));
        assertThat(balance.available()).isEqualTo(Credits.of(3));
        assertThat(balance.pending()).isEqualTo(Credits.ZERO);
    }
}

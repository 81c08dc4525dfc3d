package io.allotment.domain.credit;

import static io.allotment.domain.credit.SomeCredits.NEXT_WEEK;
import static io.allotment.domain.credit.SomeCredits.NOW;
import static io.allotment.domain.credit.SomeCredits.REASON;
import static io.allotment.domain.credit.SomeCredits.TOMORROW;
import static io.allotment.domain.credit.SomeCredits.credits;
import static io.allotment.domain.credit.SomeCredits.draw;
import static io.allotment.domain.credit.SomeCredits.grant;
import static io.allotment.domain.credit.SomeCredits.grantId;
import static io.allotment.domain.credit.SomeCredits.grantOf;
import static io.allotment.domain.credit.SomeCredits.moved;
import static io.allotment.domain.credit.SomeCredits.overdrawable;
import static io.allotment.domain.credit.SomeCredits.sum;
import static io.allotment.domain.credit.SomeCredits.touched;
import static io.allotment.domain.credit.SomeCredits.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.allotment.domain.shared.Credits;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Charges undone: the credits return to where they came from, where that still lives. */
class CreditRefundTest {

    @Test
    void credits_return_to_the_grants_they_came_from() {
        var account = with(grant(1, credits(5)), grant(2, credits(5)));
        var charged = draw(account, "7");

        var refund = refund(charged, NOW);

        assertThat(refund.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.REFUNDED);
            assertThat(entry.amount()).isEqualTo(Credits.of(7));
            assertThat(entry.balanceAfter()).isEqualTo(Credits.of(10));
            assertThat(entry.draws()).containsExactly(moved(1, "5", "5"), moved(2, "2", "5"));
        });
        assertThat(refund.account().grants()).isEqualTo(account.grants());
    }

    @Test
    void what_came_from_a_grant_that_is_over_is_gone() {
        var charged = draw(with(grant(1, credits(5).expiring(TOMORROW)), grant(2, credits(5))), "7");

        var refund = refund(charged, TOMORROW);

        assertThat(refund.entries()).extracting(CreditEntry::amount).containsExactly(Credits.of(2));
        assertThat(refund.account().balance()).isEqualTo(Credits.of(5));
    }

    @Test
    void what_came_from_a_grant_that_is_void_is_gone() {
        var charged = draw(with(grant(1, credits(5))), "2");
        var voided = charged.account().voidGrant(grantId(1), REASON, NOW);

        var refund = voided.account().refund(charged.entries().get(0), voided.touched(), REASON, NOW);

        assertThat(refund.entries()).isEmpty();
        assertThat(refund.account().balance()).isEqualTo(Credits.ZERO);
    }

    @Test
    void what_was_overdrawn_is_owed_no_more() {
        var charged = draw(overdrawable("10", grant(1, credits(5))), "8");

        var refund = refund(charged, NOW);

        assertThat(refund.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.amount()).isEqualTo(Credits.of(8));
            assertThat(entry.overdraftChange()).isEqualTo(Credits.of(-3));
            assertThat(entry.draws()).containsExactly(moved(1, "5", "5"));
        });
        assertThat(refund.account().overdraft()).isEqualTo(Credits.ZERO);
    }

    @Test
    void what_was_overdrawn_and_repaid_since_returns_to_a_grant_that_has_room() {
        var charged = draw(overdrawable("10"), "8");
        var repaid = charged.account().grant(grant(1, credits(20)), CreditEntry.Type.GRANTED, REASON, NOW);

        var refund = repaid.account().refund(charged.entries().get(0), List.of(), REASON, NOW);

        assertThat(refund.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.amount()).isEqualTo(Credits.of(8));
            assertThat(entry.draws()).containsExactly(moved(1, "8", "20"));
            assertThat(entry.overdraftChange()).isEqualTo(Credits.ZERO);
        });
        assertThat(refund.account().balance()).isEqualTo(Credits.of(20));
    }

    @Test
    void what_was_repaid_in_part_is_owed_no_more_for_the_rest() {
        var charged = draw(overdrawable("10"), "8");
        var repaid = charged.account().grant(grant(1, credits(3)), CreditEntry.Type.GRANTED, REASON, NOW);

        var refund = repaid.account()
                .refund(charged.entries().get(0), touched(repaid, 1), REASON, NOW)
                .account();

        assertThat(refund.overdraft()).isEqualTo(Credits.ZERO);
        assertThat(refund.balance()).isEqualTo(sum(refund));
    }

    @Test
    void what_was_repaid_by_a_grant_that_has_been_spent_by_it_returns_to_it() {
        var charged = draw(overdrawable("10"), "8");
        var repaid = charged.account().grant(grant(1, credits(8)), CreditEntry.Type.GRANTED, REASON, NOW);

        var refund = repaid.account().refund(charged.entries().get(0), repaid.touched(), REASON, NOW);

        assertThat(refund.account().balance()).isEqualTo(Credits.of(8));
    }

    @Test
    void a_refund_repays_what_another_charge_has_overdrawn() {
        var charged = draw(overdrawable("10", grant(1, credits(5))), "5");
        var overdrawn = draw(charged.account(), "3");

        var refund = overdrawn.account().refund(charged.entries().get(0), touched(charged, 1), REASON, NOW);

        assertThat(refund.entries())
                .extracting(CreditEntry::type, CreditEntry::amount, CreditEntry::balanceAfter)
                .containsExactly(
                        tuple(CreditEntry.Type.REFUNDED, Credits.of(5), Credits.of(2)),
                        tuple(CreditEntry.Type.REPAID, Credits.ZERO, Credits.of(2)));
        assertThat(refund.account().overdraft()).isEqualTo(Credits.ZERO);
        assertThat(refund.account().available(NOW)).isEqualTo(Credits.of(2));
    }

    @Test
    void a_grant_never_holds_more_than_its_amount() {
        var charged = draw(with(grant(1, credits(5))), "4");

        var once = refund(charged, NOW);
        var again = once.account().refund(charged.entries().get(0), List.of(), REASON, NOW);

        assertThat(grantOf(once.account(), 1).remaining()).isEqualTo(Credits.of(5));
        assertThat(again.entries()).isEmpty();
    }

    @Test
    void what_returns_after_a_rollover_is_kept_up_to_what_rolls_over() {
        var terms = credits(10).expiring(TOMORROW).rollingOver(Credits.of(3), NEXT_WEEK);
        var charged = draw(with(grant(1, terms)), "8");
        var rolled = charged.account().broughtTo(TOMORROW).account();

        var refund = rolled.refund(charged.entries().get(0), List.of(), REASON, TOMORROW)
                .account();

        assertThat(refund.available(TOMORROW)).isEqualTo(Credits.of(3));
        assertThat(refund.broughtTo(TOMORROW).account().balance()).isEqualTo(Credits.of(3));
    }

    private static CreditAccount.Movement refund(CreditAccount.Movement charged, Instant now) {
        var spent = charged.touched().stream()
                .filter(grant -> grant.remaining().isZero())
                .toList();
        return charged.account().refund(charged.entries().get(0), spent, REASON, now);
    }
}

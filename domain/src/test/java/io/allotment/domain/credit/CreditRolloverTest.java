package io.allotment.domain.credit;

import static io.allotment.domain.credit.SomeCredits.NEXT_WEEK;
import static io.allotment.domain.credit.SomeCredits.NOW;
import static io.allotment.domain.credit.SomeCredits.TOMORROW;
import static io.allotment.domain.credit.SomeCredits.credits;
import static io.allotment.domain.credit.SomeCredits.drawn;
import static io.allotment.domain.credit.SomeCredits.grant;
import static io.allotment.domain.credit.SomeCredits.moved;
import static io.allotment.domain.credit.SomeCredits.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.InvalidValue;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An unused rest that lives on after its end, up to so much and so long. */
class CreditRolloverTest {

    private static final GrantTerms ROLLING = credits(10).expiring(TOMORROW).rollingOver(Credits.of(3), NEXT_WEEK);

    @Test
    void at_the_end_what_is_above_the_most_expires_and_the_rest_lives_on() {
        var account = with(grant(1, ROLLING));

        var movement = account.broughtTo(TOMORROW);

        assertThat(movement.entries()).singleElement().satisfies(entry -> {
            assertThat(entry.type()).isEqualTo(CreditEntry.Type.EXPIRED);
            assertThat(entry.draws()).containsExactly(moved(1, "-7", "3"));
        });
        assertThat(movement.account().available(TOMORROW)).isEqualTo(Credits.of(3));
        assertThat(drawn(movement.account(), "3").balance()).isEqualTo(Credits.ZERO);
    }

    @ParameterizedTest
    @CsvSource({"7, 3", "8, 2", "9.999999999, 0.000000001"})
    void a_rest_of_no_more_than_the_most_lives_on_whole(String used, String left) {
        var account = drawn(with(grant(1, ROLLING)), used);

        assertThat(account.broughtTo(TOMORROW).isEmpty()).isTrue();
        assertThat(account.available(TOMORROW)).isEqualTo(Credits.of(left));
    }

    @Test
    void before_the_end_all_of_it_is_there_and_nothing_expires() {
        var account = with(grant(1, ROLLING));

        assertThat(account.broughtTo(TOMORROW.minusNanos(1_000)).isEmpty()).isTrue();
        assertThat(account.available(TOMORROW.minusNanos(1_000))).isEqualTo(Credits.of(10));
    }

    @Test
    void what_is_due_is_not_available_even_before_it_is_written_off() {
        assertThat(with(grant(1, ROLLING)).available(TOMORROW)).isEqualTo(Credits.of(3));
    }

    @Test
    void what_has_rolled_over_expires_at_its_own_end_and_does_not_roll_over_again() {
        var rolled = with(grant(1, ROLLING)).broughtTo(TOMORROW).account();

        assertThat(rolled.broughtTo(NEXT_WEEK.minusNanos(1_000)).isEmpty()).isTrue();
        var over = rolled.broughtTo(NEXT_WEEK);
        assertThat(over.entries()).extracting(CreditEntry::amount).containsExactly(Credits.of(-3));
        assertThat(over.account().broughtTo(NEXT_WEEK.plus(Duration.ofDays(30))).isEmpty())
                .isTrue();
    }

    @Test
    void who_looks_only_after_the_last_end_finds_all_of_it_over_in_one_entry() {
        var over = with(grant(1, ROLLING)).broughtTo(NEXT_WEEK);

        assertThat(over.entries()).extracting(CreditEntry::amount).containsExactly(Credits.of(-10));
    }

    @Test
    void what_is_held_rolls_over_beyond_the_most_and_is_cut_when_it_is_given_back() {
        var holding = with(grant(1, ROLLING)).hold(Credits.of(8), NOW);

        var rolled = holding.movement().account().broughtTo(TOMORROW);
        var released = rolled.account().release(holding.hold()).account();

        assertThat(rolled.entries()).extracting(CreditEntry::amount).containsExactly(Credits.of(-2));
        assertThat(rolled.account().available(TOMORROW)).isEqualTo(Credits.ZERO);
        assertThat(released.available(TOMORROW)).isEqualTo(Credits.of(3));
        assertThat(released.broughtTo(TOMORROW).account().balance()).isEqualTo(Credits.of(3));
    }

    @Test
    void a_rollover_goes_only_with_an_end_and_comes_after_it() {
        assertThatThrownBy(() -> credits(10).rollingOver(Credits.of(3), NEXT_WEEK))
                .isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> credits(10).expiring(TOMORROW).rollingOver(Credits.of(3), TOMORROW))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("rollover.until"));
        assertThatThrownBy(() -> credits(10).expiring(TOMORROW).rollingOver(Credits.ZERO, NEXT_WEEK))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("rollover.max"));
    }

    @Test
    void a_grant_ends_when_what_rolled_over_does() {
        assertThat(ROLLING.endsAt()).contains(NEXT_WEEK);
        assertThat(credits(1).expiring(TOMORROW).endsAt()).contains(TOMORROW);
        assertThat(credits(1).endsAt()).isEqualTo(Optional.empty());
    }
}

package io.allotment.domain.credit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Grants, their terms, and the balance they make. */
class CreditGrantTest {

    private static final Instant MADE = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant START = Instant.parse("2026-03-05T00:00:00Z");
    private static final Instant END = Instant.parse("2026-03-10T00:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "2026-03-04T23:59:59.999999Z, false, false",
        "2026-03-05T00:00:00Z,        true,  false",
        "2026-03-09T23:59:59.999999Z, true,  false",
        "2026-03-10T00:00:00Z,        false, true"
    })
    void a_grant_is_effective_from_its_start_to_just_before_its_end(Instant time, boolean effective, boolean expired) {
        var grant = grant(terms(10, Optional.of(START), Optional.of(END)));

        assertThat(grant.isEffectiveAt(time)).isEqualTo(effective);
        assertThat(grant.isExpiredAt(time)).isEqualTo(expired);
    }

    @Test
    void a_grant_without_start_is_effective_at_once_also_where_the_clock_is_behind() {
        var grant = grant(terms(10, Optional.empty(), Optional.empty()));

        assertThat(grant.effectiveFrom()).isEqualTo(MADE);
        assertThat(grant.isEffectiveAt(MADE)).isTrue();
        assertThat(grant.isEffectiveAt(MADE.minusSeconds(1))).isTrue();
        assertThat(grant.isEffectiveAt(Instant.parse("9999-01-01T00:00:00Z"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.000000001", "10.000000001"})
    void what_remains_is_from_zero_to_the_amount(String remaining) {
        var grant = grant(terms(10, Optional.empty(), Optional.empty()));

        assertThat(grant.withRemaining(Credits.ZERO).remaining()).isEqualTo(Credits.ZERO);
        assertThat(grant.withRemaining(Credits.of(10)).remaining()).isEqualTo(Credits.of(10));
        assertThatThrownBy(() -> grant.withRemaining(Credits.of(remaining))).isInstanceOf(InvalidValue.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1000000000000000000"})
    void an_amount_is_more_than_zero_and_below_10_to_the_18th(String amount) {
        assertThatThrownBy(() -> GrantTerms.of(Credits.of(amount), GrantSource.GIFT))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains("amount"));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1_001})
    void a_priority_is_from_zero_to_a_thousand(int priority) {
        var terms = GrantTerms.of(Credits.of(1), GrantSource.GIFT);

        assertThat(terms.withPriority(0).priority()).isZero();
        assertThat(terms.withPriority(1_000).priority()).isEqualTo(1_000);
        assertThatThrownBy(() -> terms.withPriority(priority)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void an_end_comes_after_the_start_also_once_both_are_cut_to_microseconds() {
        assertThatThrownBy(() -> terms(1, Optional.of(END), Optional.of(END))).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> terms(1, Optional.of(END), Optional.of(END.plusNanos(999))))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("expiresAt must be after effectiveFrom 2026-03-10T00:00:00Z");
        assertThat(terms(1, Optional.of(END), Optional.of(END.plusNanos(1_999))).expiresAt())
                .contains(END.plusNanos(1_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1969-12-31T23:59:59.999999Z", "+10000-01-01T00:00:00Z", "+1000000000-12-31T23:59:59.999999999Z"
            })
    void times_the_database_cannot_keep_are_refused(Instant time) {
        assertThatThrownBy(() -> terms(1, Optional.empty(), Optional.of(time)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("expiresAt must be of the years 1970 to 9999");
        assertThatThrownBy(() -> terms(1, Optional.of(time), Optional.empty()))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("effectiveFrom must be of the years 1970 to 9999");
    }

    @ParameterizedTest
    @CsvSource({"2026-03-04T00:00:00Z, 15, 5,  10", "2026-03-05T00:00:00Z, 15, 15, 0", "2026-03-10T00:00:00Z, 5,  5,  0"
    })
    void a_balance_is_what_can_be_drawn_and_what_has_not_begun_without_what_is_over(
            Instant time, String balance, String available, String pending) {
        var account = CreditAccount.empty(new TenantId(new UUID(1, 1)), new AccountId(new UUID(1, 1)));
        for (var grant : new CreditGrant[] {
            grant(terms(10, Optional.of(START), Optional.of(END))), grant(terms(5, Optional.empty(), Optional.empty()))
        }) {
            var reason = CreditReason.about(grant.terms(), Actor.system(), Optional.empty(), Optional.empty());
            account =
                    account.grant(grant, CreditEntry.Type.GRANTED, reason, MADE).account();
        }

        assertThat(CreditBalance.of(account, time))
                .isEqualTo(new CreditBalance(
                        Credits.of(balance),
                        Credits.ZERO,
                        Credits.of(available),
                        Credits.of(pending),
                        Credits.ZERO,
                        Credits.ZERO));
    }

    @Test
    void the_texts_of_a_grant_are_kept_and_bounded() {
        assertThat(withTexts("s".repeat(200), "p".repeat(255), "d".repeat(2_000)))
                .satisfies(terms -> {
                    assertThat(terms.sourceId()).contains("s".repeat(200));
                    assertThat(terms.paymentReference()).contains("p".repeat(255));
                    assertThat(terms.description()).contains("d".repeat(2_000));
                });
        assertThatThrownBy(() -> withTexts("s".repeat(201), "p", "d")).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> withTexts("s", "p".repeat(256), "d")).isInstanceOf(InvalidValue.class);
        assertThatThrownBy(() -> withTexts("s", "p", "d".repeat(2_001))).isInstanceOf(InvalidValue.class);
    }

    private static GrantTerms withTexts(String sourceId, String paymentReference, String description) {
        return new GrantTerms(
                Credits.of(1),
                GrantSource.PURCHASE,
                Optional.of(sourceId),
                GrantTerms.DEFAULT_PRIORITY,
                Optional.empty(),
                Optional.empty(),
                Optional.of(paymentReference),
                Optional.of(description),
                Document.EMPTY,
                Optional.empty());
    }

    private static CreditGrant grant(GrantTerms terms) {
        return CreditGrant.of(
                new TenantId(new UUID(1, 1)),
                new GrantId(new UUID(5, terms.hashCode())),
                new AccountId(new UUID(1, 1)),
                terms,
                MADE);
    }

    private static GrantTerms terms(long amount, Optional<Instant> start, Optional<Instant> end) {
        return new GrantTerms(
                Credits.of(amount),
                GrantSource.PURCHASE,
                Optional.empty(),
                GrantTerms.DEFAULT_PRIORITY,
                start,
                end,
                Optional.empty(),
                Optional.empty(),
                Document.EMPTY,
                Optional.empty());
    }
}

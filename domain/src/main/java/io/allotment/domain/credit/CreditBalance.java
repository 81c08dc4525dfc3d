package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import java.time.Instant;

/**
 * An account's credits at a time.
 *
 * @param balance all that its grants hold
 * @param available what can be drawn at that time
 * @param pending what grants hold whose time has not begun: balance − available
 */
public record CreditBalance(Credits balance, Credits available, Credits pending) {

    public CreditBalance {
        requireNonNull(balance, "balance");
        requireNonNull(available, "available");
        requireNonNull(pending, "pending");
    }

    /** Grants whose end has come count no longer, whether their expiry is written off yet or not. */
    public static CreditBalance of(CreditAccount account, Instant now) {
        var balance = account.expireDue(now).account().balance();
        var available = account.available(now);
        return new CreditBalance(balance, available, balance.minus(available));
    }
}

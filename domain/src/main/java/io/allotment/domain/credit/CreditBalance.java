package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Credits;
import java.time.Instant;

/**
 * An account's credits at a time.
 *
 * @param balance all that its grants hold, less the overdraft; negative where it is overdrawn
 * @param held what is set aside for work under way
 * @param available what the grants give at that time
 * @param pending what grants hold whose time has not begun
 * @param overdraft what was drawn beyond the grants, and the next credits repay
 * @param overdraftLimit how far that may go
 */
public record CreditBalance(
        Credits balance, Credits held, Credits available, Credits pending, Credits overdraft, Credits overdraftLimit) {

    public CreditBalance {
        requireNonNull(balance, "balance");
        requireNonNull(held, "held");
        requireNonNull(available, "available");
        requireNonNull(pending, "pending");
        requireNonNull(overdraft, "overdraft");
        requireNonNull(overdraftLimit, "overdraftLimit");
    }

    /** What time has changed counts, written to the ledger or not yet. */
    public static CreditBalance of(CreditAccount account, Instant now) {
        var present = account.broughtTo(now).account();
        var pending = present.grants().stream()
                .filter(grant -> grant.isLiveAt(now) && !grant.isEffectiveAt(now))
                .map(CreditGrant::free)
                .reduce(Credits.ZERO, Credits::plus);
        return new CreditBalance(
                present.balance(),
                present.held(),
                present.available(now),
                pending,
                present.overdraft(),
                present.overdraftLimit());
    }
}

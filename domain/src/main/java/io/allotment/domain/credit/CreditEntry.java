package io.allotment.domain.credit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;

/**
 * One immutable line of an account's credit ledger.
 *
 * @param sequence 1, 2, 3 … without gaps within the account
 * @param amount what the balance changed by: the sum of its draws, less what the overdraft grew by
 * @param draws which grants changed, and by how much
 * @param overdraftChange what the overdraft grew by; negative where it was repaid
 */
public record CreditEntry(
        TenantId tenantId,
        AccountId accountId,
        long sequence,
        Type type,
        Credits amount,
        Credits balanceAfter,
        List<Draw> draws,
        Credits overdraftChange,
        CreditReason reason,
        Instant at) {

    /** What moved the credits. */
    public enum Type {
        GRANTED,
        CONSUMED,
        EXPIRED,
        ADJUSTED,
        VOIDED,
        /** Credits that came repaid an overdraft: the balance stays. */
        REPAID,
        /** A charge was undone. */
        REFUNDED,
        /** Included credits that a change of plan took back. */
        CLAWED_BACK,
        /** The money for them went back. */
        TAKEN_BACK,
        /** The money for them stayed after all. */
        RESTORED
    }

    /**
     * What happened to one grant.
     *
     * @param amount negative for what was taken
     * @param remainingAfter what the grant held then
     */
    public record Draw(GrantId grant, Credits amount, Credits remainingAfter) {
        public Draw {
            requireNonNull(grant, "grant");
            requireNonNull(amount, "amount");
            requireNonNull(remainingAfter, "remainingAfter");
        }
    }

    public CreditEntry {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(accountId, "accountId");
        requireNonNull(type, "type");
        requireNonNull(amount, "amount");
        requireNonNull(balanceAfter, "balanceAfter");
        draws = List.copyOf(draws);
        requireNonNull(overdraftChange, "overdraftChange");
        requireNonNull(reason, "reason");
        requireNonNull(at, "at");
    }
}

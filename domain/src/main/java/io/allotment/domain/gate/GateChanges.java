package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.UsageEvent;
import java.util.List;
import java.util.Optional;

/**
 * What deciding some calls came to.
 *
 * @param outcomes one for each call, in their order
 * @param decisions the new ones that are kept
 * @param events one for each new allowed consume and each new settle
 * @param accounts those that changed
 * @param reservations those that are new or changed, as they are now
 * @param allocations those that are new or changed, as they are now; one of which nothing is left goes
 * @param spendLimits those that changed
 * @param notices what others must hear of
 * @param metered billable overage that gateways are to hear of
 */
public record GateChanges(
        List<Outcome> outcomes,
        List<GateState.Recorded> decisions,
        List<UsageEvent> events,
        List<AccountChange> accounts,
        List<Reservation> reservations,
        List<Allocation> allocations,
        List<SpendLimit> spendLimits,
        List<Notice> notices,
        List<MeteredUse> metered) {

    /**
     * What changed of one account.
     *
     * @param credits its credits with all entries and grants of the batch
     * @param granted which of these grants are new: included credits of a period that began
     * @param subscription where time moved it on
     * @param counters those that are new or changed
     * @param quotaChanges resets at a period's end, and what was given back
     */
    public record AccountChange(
            CreditAccount.Movement credits,
            List<CreditGrant> granted,
            Optional<Subscription> subscription,
            List<QuotaCounter> counters,
            List<QuotaChange> quotaChanges) {
        public AccountChange {
            granted = List.copyOf(granted);
            counters = List.copyOf(counters);
            quotaChanges = List.copyOf(quotaChanges);
        }

        public GateState.AccountRef ref() {
            return new GateState.AccountRef(
                    credits.account().tenantId(), credits.account().id());
        }
    }

    public GateChanges {
        outcomes = List.copyOf(outcomes);
        decisions = List.copyOf(decisions);
        events = List.copyOf(events);
        accounts = List.copyOf(accounts);
        reservations = List.copyOf(reservations);
        allocations = List.copyOf(allocations);
        spendLimits = List.copyOf(spendLimits);
        notices = List.copyOf(notices);
        metered = List.copyOf(metered);
    }
}

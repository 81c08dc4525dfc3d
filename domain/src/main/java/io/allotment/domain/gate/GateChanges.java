package io.allotment.domain.gate;

import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.usage.UsageEvent;
import java.util.List;
import java.util.Optional;

/**
 * What deciding some calls came to.
 *
 * @param outcomes one for each call, in their order
 * @param decisions the new ones that are kept
 * @param events one for each new allowed decision that is kept
 * @param accounts those that changed
 */
public record GateChanges(
        List<Outcome> outcomes,
        List<GateState.Recorded> decisions,
        List<UsageEvent> events,
        List<AccountChange> accounts) {

    /**
     * What changed of one account.
     *
     * @param credits its credits with all entries and grants of the batch
     * @param subscription where time moved it on
     * @param counters those that are new or changed
     * @param quotaChanges resets at a period's end
     */
    public record AccountChange(
            CreditAccount.Movement credits,
            Optional<Subscription> subscription,
            List<QuotaCounter> counters,
            List<QuotaChange> quotaChanges) {
        public AccountChange {
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
    }
}

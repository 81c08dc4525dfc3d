package io.allotment.application.subscription;

import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.subscription.Subscriptions;
import java.util.List;

/**
 * Moves subscriptions on that nobody touches: renewals with their credits, ends of trials, of grace and of pauses. Nothing
 * depends on it, since whoever touches an account does the same; it makes what is stored be so in time. To be asked again and
 * again, by any number of processes: what is done already is done once. Thread-safe.
 */
public final class SubscriptionLifeCycle {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final Moments moments;

    public SubscriptionLifeCycle(Persistence persistence, Moments moments) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.moments = moments;
    }

    /** Those whose time has come, soonest first, of all tenants. */
    public List<Subscriptions.Ref> due(int limit) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.subscriptions().listDue(moments.now(), limit));
    }

    /** Brings the account of one to the time; nothing where it is gone. */
    public void moveOn(Subscriptions.Ref due) {
        persistence.unitOfWork().forTenant(due.tenantId(), () -> {
            try {
                return accounts.open(due.tenantId(), due.accountId(), moments.now());
            } catch (NotFound gone) {
                return null;
            }
        });
    }
}

package io.allotment.application.shared;

import io.allotment.domain.Persistence;
import io.allotment.domain.gate.Gate;
import io.allotment.domain.gate.GateState;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Accounts as they are at a time, for services beside the gate: leases that have ended hold nothing, grants whose end has
 * come are gone, the subscription has moved on and its period brought its included credits, whether somebody has touched the
 * account since or not. In a unit of work of the tenant.
 */
public final class PresentAccounts {

    private final Persistence persistence;

    public PresentAccounts(Persistence persistence) {
        this.persistence = persistence;
    }

    /** For looking: nothing is written. Refuses an account that does not exist ({@link NotFound}). */
    public GateState.AccountState look(TenantId tenant, AccountId account, Instant now) {
        return present(tenant, account, now).account();
    }

    /** For changing: locked, and what time has done is written. Refuses an account that does not exist. */
    public GateState.AccountState open(TenantId tenant, AccountId account, Instant now) {
        if (!persistence.accounts().lock(tenant, account)) {
            throw new NotFound("account", account);
        }
        var present = present(tenant, account, now);
        present.change().ifPresent(change -> {
            persistence.credits().save(change.credits());
            change.subscription().ifPresent(persistence.subscriptions()::update);
            change.counters().forEach(counter -> persistence.quotas().save(counter, List.of()));
        });
        persistence.reservations().update(present.lapsed());
        return present.account();
    }

    private Gate.Present present(TenantId tenantId, AccountId account, Instant now) {
        var tenant = persistence.tenants().find(tenantId).orElseThrow(() -> new NotFound("tenant", tenantId));
        var credits = persistence.credits().find(tenantId, account).orElseThrow(() -> new NotFound("account", account));
        var counters = persistence.quotas().list(tenantId, account).stream()
                .collect(Collectors.toMap(QuotaCounter::feature, Function.identity()));
        var state = new GateState.AccountState(
                credits, persistence.subscriptions().findCurrent(tenantId, account), counters);
        var overdue = persistence.reservations().listOverdue(tenantId, account, now);
        return Gate.bringToTime(state, overdue, tenant, persistence.catalog()::findVersion, now);
    }
}

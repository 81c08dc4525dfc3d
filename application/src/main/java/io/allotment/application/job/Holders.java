package io.allotment.application.job;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.List;

/** Who is told of what happens to a subscription. */
final class Holders {

    private final Persistence persistence;

    Holders(Persistence persistence) {
        this.persistence = persistence;
    }

    /** A member for their own account, the owners for the tenant's; active ones. */
    List<User> of(Subscription live, Instant now) {
        var tenant = live.tenantId();
        var people = live.accountId().equals(BillingAccount.idOf(tenant))
                ? persistence
                        .roles()
                        .holders(tenant, SystemRole.OWNER.key(), PageRequest.first(PageRequest.MAX_LIMIT))
                        .items()
                        .stream()
                        .filter(held -> held.isValid(now))
                        .map(held -> held.userId())
                        .toList()
                : List.of(new UserId(live.accountId().value()));
        return people.stream()
                .filter(user -> persistence
                        .memberships()
                        .find(tenant, user)
                        .filter(Membership::isActive)
                        .isPresent())
                .flatMap(user -> persistence.users().find(user).stream())
                .filter(User::active)
                .toList();
    }
}

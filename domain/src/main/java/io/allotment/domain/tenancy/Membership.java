package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/**
 * A user's place in a tenant. The tenant sees people through it.
 *
 * @param displayName what the tenant calls them; 1 to 100 characters
 */
public record Membership(TenantId tenantId, UserId userId, String displayName, Instant createdAt) {

    public Membership {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(userId, "userId");
        displayName = Text.name("displayName", displayName, 100);
        requireNonNull(createdAt, "createdAt");
    }
}

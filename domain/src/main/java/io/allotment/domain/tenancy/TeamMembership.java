package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/** A tenant's member in one of its teams. */
public record TeamMembership(TenantId tenantId, TeamId teamId, UserId userId, Role role, Instant createdAt) {

    /** What somebody is in a team. It counts inside the team alone. */
    public enum Role {
        /** Says who is in the team. */
        LEAD,
        MEMBER
    }

    public TeamMembership {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(teamId, "teamId");
        requireNonNull(userId, "userId");
        requireNonNull(role, "role");
        requireNonNull(createdAt, "createdAt");
    }
}

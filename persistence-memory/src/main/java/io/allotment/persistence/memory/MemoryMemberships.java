package io.allotment.persistence.memory;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Memberships;
import java.util.Optional;

final class MemoryMemberships implements Memberships {

    private final Tables tables;

    MemoryMemberships(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Membership membership) {
        tables.memberships.requireToWrite(membership);
        if (find(membership.tenantId(), membership.userId()).isPresent()) {
            throw new AlreadyExists("member", "userId", membership.userId());
        }
        if (!tables.users.holds(Key.of(membership.userId()))) {
            throw new Unknown("user", "userId", membership.userId());
        }
        if (!tables.tenants.holds(Key.of(membership.tenantId()))) {
            throw new Unknown("tenant", "tenantId", membership.tenantId());
        }
        tables.memberships.put(Key.of(membership.tenantId(), membership.userId()), membership);
    }

    @Override
    public Optional<Membership> find(TenantId tenant, UserId user) {
        return tables.memberships.find(Key.of(tenant, user));
    }

    @Override
    public Page<Membership> list(TenantId tenant, PageRequest page) {
        return tables.memberships.page(Key.of(tenant), Position.ID, page);
    }
}

package io.allotment.persistence.memory;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
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
    public void update(Membership membership) {
        tables.memberships.requireToWrite(membership);
        if (find(membership.tenantId(), membership.userId())
                .filter(before -> before.version() == membership.version() - 1)
                .isEmpty()) {
            throw new StaleVersion("member", membership.userId());
        }
        tables.memberships.put(Key.of(membership.tenantId(), membership.userId()), membership);
    }

    @Override
    public boolean remove(TenantId tenant, UserId user) {
        return find(tenant, user).isPresent() && tables.memberships.remove(Key.of(tenant, user));
    }

    @Override
    public Optional<Membership> find(TenantId tenant, UserId user) {
        return tables.memberships.find(Key.of(tenant, user));
    }

    @Override
    public Page<Membership> list(TenantId tenant, PageRequest page) {
        return tables.memberships.page(Key.of(tenant), Position.ID, page);
    }

    @Override
    public Page<Place> listPlaces(UserId user, PageRequest page) {
        tables.requirePlatform("a user's places in all tenants");
        var after = page.after().map(text -> Id.parse("after", text).toString());
        var rows = tables.memberships
                .all()
                .filter(membership -> membership.userId().equals(user))
                .filter(membership ->
                        after.isEmpty() || membership.tenantId().toString().compareTo(after.get()) > 0)
                .limit(page.limit() + 1L)
                .map(membership -> new Place(
                        tables.tenants.find(Key.of(membership.tenantId())).orElseThrow(), membership))
                .toList();
        return Page.of(rows, page, place -> place.tenant().id().toString());
    }

    @Override
    public long countActive(TenantId tenant) {
        return tables.memberships
                .under(Key.of(tenant))
                .filter(Membership::isActive)
                .count();
    }
}

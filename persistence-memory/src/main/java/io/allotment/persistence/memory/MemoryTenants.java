package io.allotment.persistence.memory;

import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.Tenants;
import java.util.Optional;

final class MemoryTenants implements Tenants {

    private final Tables tables;

    MemoryTenants(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Tenant tenant) {
        tables.tenants.requireToWrite(tenant);
        if (tables.tenants.holds(Key.of(tenant.id()))) {
            throw new AlreadyExists("tenant", "id", tenant.id());
        }
        requireUnique(tenant);
        tables.tenants.put(Key.of(tenant.id()), tenant);
        tables.auditHeads.put(Key.of(tenant.id()), AuditHead.empty(Optional.of(tenant.id())));
    }

    @Override
    public void insertPersonal(Tenant tenant, UserId user) {
        if (tables.persons.everyRow().anyMatch(other -> other.userId().equals(user))) {
            throw new AlreadyExists("tenant", "personalUserId", user);
        }
        if (!tables.users.holds(Key.of(user))) {
            throw new Unknown("user", "userId", user);
        }
        insert(tenant);
        tables.persons.put(Key.of(tenant.id()), new Tables.Person(tenant.id(), user));
    }

    @Override
    public Optional<UserId> findPerson(TenantId id) {
        return tables.persons.find(Key.of(id)).map(Tables.Person::userId);
    }

    @Override
    public Optional<Tenant> findPersonal(UserId user) {
        tables.requirePlatform("personal tenants by user");
        return tables.persons
                .all()
                .filter(person -> person.userId().equals(user))
                .findFirst()
                .flatMap(person -> find(person.tenantId()));
    }

    @Override
    public void update(Tenant tenant) {
        tables.tenants.requireToWrite(tenant);
        if (find(tenant.id()).filter(t -> t.version() == tenant.version() - 1).isEmpty()) {
            throw new StaleVersion("tenant", tenant.id());
        }
        requireUnique(tenant);
        tables.tenants.put(Key.of(tenant.id()), tenant);
        lockRights(tenant.id());
    }

    @Override
    public Optional<Long> rightsVersion(TenantId id) {
        return find(id).map(tenant -> tables.rightsVersions
                .find(Key.of(id))
                .map(Tables.RightsVersion::number)
                .orElse(0L));
    }

    @Override
    public boolean lockRights(TenantId id) {
        var before = rightsVersion(id);
        before.ifPresent(number -> tables.rightsVersions.put(Key.of(id), new Tables.RightsVersion(id, number + 1)));
        return before.isPresent();
    }

    @Override
    public Optional<Tenant> find(TenantId id) {
        return tables.tenants.find(Key.of(id));
    }

    @Override
    public Optional<Tenant> findBySlug(Slug slug) {
        return tables.tenants.all().filter(t -> t.slug().equals(slug)).findFirst();
    }

    @Override
    public Page<Tenant> list(PageRequest page) {
        return tables.tenants.page(Key.of(), Position.ID, page);
    }

    @Override
    public void lock(TenantId id) {
        tables.requirePlatform("deleting a tenant");
    }

    @Override
    public boolean delete(TenantId id) {
        return tables.removeTenant(id);
    }

    private void requireUnique(Tenant tenant) {
        tables.tenants
                .everyRow()
                .filter(other -> !other.id().equals(tenant.id()))
                .forEach(other -> {
                    if (other.profile().name().equals(tenant.profile().name())) {
                        throw new AlreadyExists(
                                "tenant", "name", tenant.profile().name());
                    }
                    if (other.slug().equals(tenant.slug())) {
                        throw new AlreadyExists("tenant", "slug", tenant.slug());
                    }
                });
    }
}

package io.allotment.persistence.memory;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.audit.AuditLog;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

final class MemoryAuditLog implements AuditLog {

    private static final String ERASING = "erasing personal values";

    private final Tables tables;

    MemoryAuditLog(Tables tables) {
        this.tables = tables;
    }

    @Override
    public AuditHead lockHead(Optional<TenantId> tenant) {
        heads(tenant).requireToWrite(head(tenant));
        tenant.filter(id -> !tables.tenants.holds(Key.of(id))).ifPresent(id -> {
            throw new NotFound("tenant", id);
        });
        if (tenant.isPresent() && heads(tenant).find(key(tenant)).isEmpty()) {
            throw AuditHead.gone(tenant.get());
        }
        return head(tenant);
    }

    @Override
    public void append(AuditEntry entry) {
        var head = lockHead(entry.tenantId());
        if (entry.sequence() != head.sequence() + 1 || !entry.previousHash().equals(head.hash())) {
            throw new IllegalStateException("The entry " + entry.sequence() + " does not follow " + head);
        }
        entries(entry.tenantId())
                .put(key(entry.tenantId()).and(Key.of(entry.sequence()).parts()), entry);
        heads(entry.tenantId()).put(key(entry.tenantId()), entry.head());
    }

    @Override
    public AuditHead head(Optional<TenantId> tenant) {
        return heads(tenant).find(key(tenant)).orElseGet(() -> AuditHead.empty(tenant));
    }

    @Override
    public Page<AuditEntry> list(Optional<TenantId> tenant, AuditFilter filter, PageRequest page) {
        return entries(tenant).pageBackwards(key(tenant), Position.NUMBER, page, filter::matches);
    }

    @Override
    public long erase(Optional<TenantId> tenant, UserId user, Set<String> names) {
        tables.requirePlatform(ERASING);
        return erase(entries(tenant).under(key(tenant)), user, names);
    }

    @Override
    public long eraseOfTenants(UserId user, Set<String> names) {
        tables.requirePlatform(ERASING);
        return erase(tables.audit.all(), user, names);
    }

    private long erase(Stream<AuditEntry> entries, UserId user, Set<String> names) {
        var named = entries.filter(entry -> entry.personal().isPresent() && entry.concerns(user, names))
                .toList();
        named.forEach(entry -> entries(entry.tenantId())
                .put(key(entry.tenantId()).and(Key.of(entry.sequence()).parts()), entry.erased()));
        return named.size();
    }

    private Table<AuditEntry> entries(Optional<TenantId> tenant) {
        return tenant.isPresent() ? tables.audit : tables.platformAudit;
    }

    private Table<AuditHead> heads(Optional<TenantId> tenant) {
        return tenant.isPresent() ? tables.auditHeads : tables.platformAuditHead;
    }

    /** What the keys of the log's rows begin with. */
    private static Key key(Optional<TenantId> tenant) {
        return tenant.map(Key::of).orElseGet(Key::of);
    }
}

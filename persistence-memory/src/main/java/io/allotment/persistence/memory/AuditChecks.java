package io.allotment.persistence.memory;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Each entry of the audit logs follows the one before it, and each head is the last entry's. */
final class AuditChecks {

    private final Tables tables;
    private final List<Violation> violations;

    AuditChecks(Tables tables, List<Violation> violations) {
        this.tables = tables;
        this.violations = violations;
    }

    void run() {
        Map<Optional<TenantId>, AuditHead> ends = new HashMap<>();
        tables.platformAudit.all().forEach(entry -> follow(ends, entry));
        tables.audit.all().forEach(entry -> follow(ends, entry));
        ends.putIfAbsent(Optional.empty(), AuditHead.empty(Optional.empty()));
        tables.auditHeads.all().forEach(head -> ends.putIfAbsent(head.tenantId(), AuditHead.empty(head.tenantId())));
        ends.values()
                .forEach(end -> head(end.tenantId())
                        .faultAt(end)
                        .ifPresent(
                                fault -> violations.add(new Violation("audit-head", end.tenantId(), "head", fault))));
    }

    private void follow(Map<Optional<TenantId>, AuditHead> ends, AuditEntry entry) {
        var before = ends.getOrDefault(entry.tenantId(), AuditHead.empty(entry.tenantId()));
        entry.faultsAfter(before)
                .forEach(fault -> violations.add(
                        new Violation("audit-chain", entry.tenantId(), "entry " + entry.sequence(), fault)));
        ends.put(entry.tenantId(), entry.head());
    }

    private AuditHead head(Optional<TenantId> tenant) {
        return (tenant.isPresent() ? tables.auditHeads : tables.platformAuditHead)
                .find(tenant.map(Key::of).orElseGet(Key::of))
                .orElseGet(() -> AuditHead.empty(tenant));
    }
}

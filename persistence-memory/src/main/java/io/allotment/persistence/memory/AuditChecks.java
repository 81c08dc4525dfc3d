package io.allotment.persistence.memory;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
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
        tables.tenants.all().map(Tenant::id).map(Optional::of).forEach(id -> ends.putIfAbsent(id, AuditHead.empty(id)));
        ends.values()
                .forEach(end -> faultOf(end)
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

    private Optional<String> faultOf(AuditHead end) {
        if (end.tenantId().isEmpty()) {
            return tables.platformAuditHead
                    .find(Key.of())
                    .orElseGet(() -> AuditHead.empty(Optional.empty()))
                    .faultAt(end);
        }
        return tables.auditHeads
                .find(Key.of(end.tenantId().get()))
                .map(head -> head.faultAt(end))
                .orElse(Optional.of("it is not there"));
    }
}

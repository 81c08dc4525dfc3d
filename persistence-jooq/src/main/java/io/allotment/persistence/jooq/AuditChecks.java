package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.AUDIT_HEADS;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

/**
 * Each entry of the audit logs follows the one before it, and each head is the last entry's. Head and last entry are read in
 * one statement, and the chain up to that one: what is appended meanwhile is no fault. However long a log is, no more than a
 * page of it is held.
 */
final class AuditChecks {

    private static final int PAGE = 500;

    /** The head of a log and its last entry, as of one moment. */
    private static final String ENDS = """
            select h.tenant_id, h.sequence, h.hash, e.sequence, e.hash
            from allotment.audit_heads h
            left join lateral (
                select sequence, hash from allotment.audit_entries
                where tenant_id = h.tenant_id order by sequence desc limit 1) e on true
            where h.tenant_id > ?
            order by h.tenant_id
            limit ?
            """;

    private static final String PLATFORM_ENDS = """
            select null::uuid, h.sequence, h.hash, e.sequence, e.hash
            from allotment.platform_audit_head h
            left join lateral (
                select sequence, hash from allotment.platform_audit_entries order by sequence desc limit 1) e on true
            """;

    private final DSLContext db;
    private final List<Violation> violations;

    AuditChecks(DSLContext db, List<Violation> violations) {
        this.db = db;
        this.violations = violations;
    }

    private record Ends(AuditHead head, AuditHead last) {

        static Ends of(Record row) {
            var tenant = Optional.ofNullable(row.get(0, UUID.class)).map(TenantId::new);
            var last = Optional.ofNullable(row.get(3, Long.class))
                    .map(sequence -> new AuditHead(tenant, sequence, row.get(4, String.class)))
                    .orElseGet(() -> AuditHead.empty(tenant));
            return new Ends(new AuditHead(tenant, row.get(1, Long.class), row.get(2, String.class)), last);
        }
    }

    void run() {
        var platform = db.resultQuery(PLATFORM_ENDS).fetch(Ends::of);
        if (platform.isEmpty()) {
            add("audit-head", Optional.empty(), "head", "it is not there");
        }
        platform.forEach(ends -> {
            checkHead(ends);
            followPlatform(ends.last());
        });
        checkTenants();
        nameHeadless();
    }

    private void checkTenants() {
        var after = new UUID(0, 0);
        List<Ends> page;
        do {
            page = db.resultQuery(ENDS, after, PAGE).fetch(Ends::of);
            page.forEach(this::checkHead);
            if (!page.isEmpty()) {
                followAll(page);
                after = page.get(page.size() - 1)
                        .head()
                        .tenantId()
                        .orElseThrow()
                        .value();
            }
        } while (page.size() == PAGE && !isFull());
    }

    /** Tenants whose log has no head at all; the log itself may be gone too. */
    private void nameHeadless() {
        db.select(TENANTS.TENANT_ID)
                .from(TENANTS)
                .whereNotExists(DSL.selectOne().from(AUDIT_HEADS).where(AUDIT_HEADS.TENANT_ID.eq(TENANTS.TENANT_ID)))
                .limit(Invariants.MAX_VIOLATIONS)
                .fetch(TENANTS.TENANT_ID)
                .forEach(tenant -> add("audit-head", Optional.of(new TenantId(tenant)), "head", "it is not there"));
    }

    private void checkHead(Ends ends) {
        ends.head()
                .faultAt(ends.last())
                .ifPresent(fault -> add("audit-head", ends.head().tenantId(), "head", fault));
    }

    private void followPlatform(AuditHead last) {
        var before = AuditHead.empty(Optional.empty());
        List<AuditEntry> page;
        do {
            page = JooqAuditLog.ofPlatform(db, before.sequence(), last.sequence(), PAGE);
            for (var entry : page) {
                check(entry, before);
                before = entry.head();
            }
        } while (page.size() == PAGE && !isFull());
    }

    /** Log after log: most are short, and a statement for each would cost more than its entries. */
    private void followAll(List<Ends> logs) {
        var lasts = new HashMap<Optional<TenantId>, Long>();
        logs.forEach(log -> lasts.put(log.head().tenantId(), log.last().sequence()));
        var upTo = logs.get(logs.size() - 1).head().tenantId().orElseThrow();
        var before = AuditHead.empty(logs.get(0).head().tenantId());
        List<AuditEntry> page;
        do {
            page = JooqAuditLog.ofTenants(db, before, upTo, PAGE);
            for (var entry : page) {
                if (!entry.tenantId().equals(before.tenantId())) {
                    before = AuditHead.empty(entry.tenantId());
                }
                if (entry.sequence() <= lasts.getOrDefault(entry.tenantId(), 0L)) {
                    check(entry, before);
                }
                before = entry.head();
            }
        } while (page.size() == PAGE && !isFull());
    }

    private void check(AuditEntry entry, AuditHead before) {
        entry.faultsAfter(before)
                .forEach(fault -> add("audit-chain", entry.tenantId(), "entry " + entry.sequence(), fault));
    }

    private boolean isFull() {
        return violations.size() >= Invariants.MAX_VIOLATIONS;
    }

    private void add(String invariant, Optional<TenantId> tenant, String subject, String detail) {
        if (!isFull()) {
            violations.add(new Violation(invariant, tenant, subject, detail));
        }
    }
}

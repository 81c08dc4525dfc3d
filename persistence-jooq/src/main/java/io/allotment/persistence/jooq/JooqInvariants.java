package io.allotment.persistence.jooq;

import io.allotment.domain.gate.Invariants;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.shared.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jooq.DSLContext;

/**
 * The gate's promises, recomputed by PostgreSQL from the rows: one query for each, giving (tenant, subject, detail) of
 * what breaks it. None shares code with what writes the rows. The hashes of the audit
 * logs are taken here, and prices are asked what work costs.
 */
final class JooqInvariants implements Invariants {

    private static final SortedMap<String, String> QUERIES = new TreeMap<>();

    static {
        QUERIES.putAll(LedgerQueries.ALL);
        QUERIES.putAll(HoldingQueries.ALL);
        QUERIES.putAll(UsageQueries.ALL);
        QUERIES.putAll(RollUpQueries.ALL);
        QUERIES.putAll(BillingQueries.ALL);
    }

    private final DSLContext db;
    private final JooqUnits units;

    JooqInvariants(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public Report check() {
        units.takeTime();
        var violations = new ArrayList<Violation>();
        QUERIES.keySet().forEach(invariant -> {
            int left = MAX_VIOLATIONS - violations.size();
            if (left > 0) {
                violations.addAll(violations(invariant, left));
            }
        });
        new CostChecks(db, violations).run();
        new AuditChecks(db, violations).run();
        return new Report(
                count("tenants"),
                count("billing_accounts"),
                count("credit_entries"),
                count("decisions"),
                count("usage_events"),
                count("audit_entries") + count("platform_audit_entries"),
                violations);
    }

    private List<Violation> violations(String invariant, int limit) {
        return db.resultQuery("select * from (" + QUERIES.get(invariant) + ") v(tenant_id, subject, detail)"
                        + " order by tenant_id, subject limit " + limit)
                .fetch(row -> new Violation(
                        invariant,
                        new TenantId(row.get(0, UUID.class)),
                        row.get(1, String.class),
                        row.get(2, String.class)));
    }

    private long count(String table) {
        return db.resultQuery("select count(*) from allotment." + table).fetchSingle(0, Long.class);
    }
}

package io.allotment.persistence.jooq;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.TestDatabase;
import io.allotment.testkit.contract.AuditChainContract;
import java.sql.SQLException;

/** What a superuser can do. */
final class AuditDamage implements AuditChainContract.Damage {

    private final TestDatabase database;

    AuditDamage(TestDatabase database) {
        this.database = database;
    }

    @Override
    public void edit(TenantId tenant, long sequence) {
        run("update allotment.audit_entries set action = 'nothing.happened'" + where(tenant, sequence));
    }

    @Override
    public void editPersonal(TenantId tenant, long sequence) {
        run("update allotment.audit_entries set personal = '{\"email\": \"eve@example.org\"}'"
                + where(tenant, sequence));
    }

    @Override
    public void delete(TenantId tenant, long sequence) {
        run("delete from allotment.audit_entries" + where(tenant, sequence));
    }

    @Override
    public void swap(TenantId tenant, long one, long other) {
        run("update allotment.audit_entries set sequence = 1000000" + where(tenant, one));
        run("update allotment.audit_entries set sequence = " + one + where(tenant, other));
        run("update allotment.audit_entries set sequence = " + other + where(tenant, 1000000));
    }

    @Override
    public void replace(AuditEntry entry) {
        var personal = entry.personal().orElseThrow();
        run("update allotment.audit_entries set action = '" + entry.event().action() + "', entity_type = '"
                + entry.event().entityType() + "', entity_id = '"
                + entry.event().entityId() + "', personal_salt = '"
                + personal.salt() + "', personal = '"
                + Json.write(personal.values().fields())
                + "', personal_digest = '" + entry.personalDigest() + "', hash = '" + entry.hash() + "'"
                + where(entry.tenantId().orElseThrow(), entry.sequence()));
    }

    @Override
    public void moveHead(AuditHead head) {
        run("update allotment.audit_heads set sequence = " + head.sequence() + ", hash = '" + head.hash()
                + "' where tenant_id = '" + head.tenantId().orElseThrow() + "'");
    }

    @Override
    public void deleteHead(TenantId tenant) {
        run("delete from allotment.audit_heads where tenant_id = '" + tenant + "'");
    }

    private static String where(TenantId tenant, long sequence) {
        return " where tenant_id = '" + tenant + "' and sequence = " + sequence;
    }

    private void run(String sql) {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            if (statement.executeUpdate(sql) != 1) {
                throw new AssertionError("no row was changed: " + sql);
            }
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }
}

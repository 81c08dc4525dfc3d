package io.allotment.domain.audit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/**
 * Where an audit log ends: it counts the entries, so that cutting off the last ones shows.
 *
 * @param tenantId whose log it is; empty for the platform's
 */
public record AuditHead(Optional<TenantId> tenantId, long sequence, String hash) {

    private static final String NOTHING = "0".repeat(64);

    public AuditHead {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(hash, "hash");
    }

    /** Of a log without entries. */
    public static AuditHead empty(Optional<TenantId> tenant) {
        return new AuditHead(tenant, 0, NOTHING);
    }

    /** Every tenant's log has a head from the beginning: to begin another log would hide that the first was taken away. */
    public static IllegalStateException gone(TenantId tenant) {
        return new IllegalStateException("The head of the audit log of the tenant " + tenant + " is gone");
    }

    /** What shows that somebody changed it or cut the log off, given where the log really ends; empty where it is right. */
    public Optional<String> faultAt(AuditHead end) {
        if (sequence != end.sequence) {
            return Optional.of("it counts " + sequence + " entries, and the last is " + end.sequence);
        }
        return hash.equals(end.hash)
                ? Optional.empty()
                : Optional.of("its hash is not that of the last entry, " + end.sequence);
    }
}

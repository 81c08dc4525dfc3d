package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/**
 * A promise that the stored rows break.
 *
 * @param invariant which one, in kebab case
 * @param tenantId whose rows they are; empty for the platform's
 * @param subject what breaks it: an account, grant, decision, counter, or entry of the audit log
 * @param detail the figures
 */
public record Violation(String invariant, Optional<TenantId> tenantId, String subject, String detail) {

    public Violation {
        requireNonNull(invariant, "invariant");
        requireNonNull(tenantId, "tenantId");
        requireNonNull(subject, "subject");
        requireNonNull(detail, "detail");
    }

    /** One of a tenant. */
    public Violation(String invariant, TenantId tenant, String subject, String detail) {
        this(invariant, Optional.of(tenant), subject, detail);
    }
}

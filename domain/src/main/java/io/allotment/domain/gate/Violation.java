package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TenantId;

/**
 * A promise of the gate that the stored rows break.
 *
 * @param invariant which one, in kebab case
 * @param subject what breaks it: an account, grant, decision, or counter
 * @param detail the figures
 */
public record Violation(String invariant, TenantId tenantId, String subject, String detail) {
    public Violation {
        requireNonNull(invariant, "invariant");
        requireNonNull(tenantId, "tenantId");
        requireNonNull(subject, "subject");
        requireNonNull(detail, "detail");
    }
}

package io.allotment.domain.shared;

import java.util.function.Supplier;

/**
 * Port: transaction and tenant boundary in one. What happens inside happens together or not at all, and sees one tenant.
 *
 * <p>Joining: the same unit opened again inside itself joins the outer one. Opening another tenant's unit, or the
 * platform's inside a tenant's or the other way round, is a programming error ({@link IllegalStateException}). A failure
 * of an inner unit marks the whole as failed: even when the caller catches it, the outer unit rolls back and throws. A
 * unit belongs to the thread that opened it.
 */
public interface UnitOfWork {

    /** Runs the work as the tenant: other tenants' rows do not exist for it. */
    <T> T forTenant(TenantId tenant, Supplier<T> work);

    /** Runs the work across tenants: for the platform's operator and its jobs alone. */
    <T> T forPlatform(Supplier<T> work);

    /** Whether this thread is inside a unit of work. */
    boolean isOpen();

    default void forTenant(TenantId tenant, Runnable work) {
        forTenant(tenant, () -> {
            work.run();
            return null;
        });
    }

    default void forPlatform(Runnable work) {
        forPlatform(() -> {
            work.run();
            return null;
        });
    }
}

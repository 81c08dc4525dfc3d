package io.allotment.application.audit;

import io.allotment.application.access.Acting;
import io.allotment.application.access.Addresses;
import io.allotment.application.shared.Pages;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Who changed what, and when: of a tenant for those who may read its log, of the platform for operators and support. What
 * happened to one thing is the listing with its entity as the filter. Methods refuse a tenant that does not exist ({@link
 * NotFound}). Thread-safe.
 */
public final class AuditService {

    private static final Optional<TenantId> PLATFORM = Optional.empty();

    private final Persistence persistence;
    private final Acting acting;
    private final Addresses addresses;

    public AuditService(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
        this.addresses = new Addresses(persistence);
    }

    /** The tenant's entries, newest first. */
    public Page<AuditEntry> list(TenantId tenant, AuditFilter filter, PageRequest page) {
        acting.require(tenant, Right.AUDIT_READ);
        return in(tenant, () -> persistence.audit().list(Optional.of(tenant), filter, page));
    }

    /**
     * Where the tenant's log ends. Written down elsewhere, it shows later that nothing before it was changed: whoever owns
     * the database can write a whole chain anew, but not with this hash in it.
     */
    public AuditHead head(TenantId tenant) {
        acting.require(tenant, Right.AUDIT_READ);
        return in(tenant, () -> persistence.audit().head(Optional.of(tenant)));
    }

    /** All of the tenant's entries that are wanted, newest first: refused at once, and read as they are taken, page by page. */
    public Stream<AuditEntry> export(TenantId tenant, AuditFilter filter) {
        return Pages.all(page -> list(tenant, filter, page));
    }

    /** The platform's entries, newest first: what concerns no tenant, or tenants as such. */
    public Page<AuditEntry> listPlatform(AuditFilter filter, PageRequest page) {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> persistence.audit().list(PLATFORM, filter, page));
    }

    /** Where the platform's log ends. */
    public AuditHead platformHead() {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> persistence.audit().head(PLATFORM));
    }

    /** All of the platform's entries that are wanted, newest first: read as they are taken, page by page. */
    public Stream<AuditEntry> exportPlatform(AuditFilter filter) {
        return Pages.all(page -> listPlatform(filter, page));
    }

    /**
     * Erases the personal values of all entries that a user made, and of those that name them by id or e-mail address, the
     * present one or an earlier one that is nobody else's today, in the logs of the platform and of every tenant. The chains stay whole. Nothing happens where there is none, also to a
     * user who is not there any more; that it was done is itself in the platform's log.
     *
     * @return how many entries had any
     */
    public long erasePersonalValues(UserId user) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            var names = addresses.of(user).names();
            long erased = persistence.audit().erase(PLATFORM, user, names)
                    + persistence.audit().eraseOfTenants(user, names);
            acting.record(AuditEvent.of("user.personal-values-erased", "user", user)
                    .to(AuditValues.of("entries", erased).map()));
            return erased;
        });
    }

    private <T> T in(TenantId tenant, Supplier<T> read) {
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.tenants().find(tenant).isEmpty()) {
                throw new NotFound("tenant", tenant);
            }
            return read.get();
        });
    }
}

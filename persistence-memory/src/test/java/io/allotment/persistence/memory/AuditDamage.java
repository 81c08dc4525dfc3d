package io.allotment.persistence.memory;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.TenantId;
import io.allotment.testkit.contract.AuditChainContract;
import java.util.Optional;

/** Writes the tables themselves. */
final class AuditDamage implements AuditChainContract.Damage {

    private final InMemoryPersistence persistence;

    AuditDamage(InMemoryPersistence persistence) {
        this.persistence = persistence;
    }

    @Override
    public void edit(TenantId tenant, long sequence) {
        var entry = entry(tenant, sequence);
        var was = entry.event();
        var event = new AuditEvent(
                "nothing.happened", was.entityType(), was.entityId(), was.before(), was.after(), Document.EMPTY);
        write(copy(entry, sequence, event, entry.personal()));
    }

    @Override
    public void editPersonal(TenantId tenant, long sequence) {
        var entry = entry(tenant, sequence);
        write(copy(
                entry,
                sequence,
                entry.event(),
                entry.personal()
                        .map(personal ->
                                new AuditEntry.Personal(personal.salt(), Document.of("email", "eve@example.org")))));
    }

    @Override
    public void delete(TenantId tenant, long sequence) {
        inPlatform(() -> persistence.tables().audit.remove(Key.of(tenant, sequence)));
    }

    @Override
    public void swap(TenantId tenant, long one, long other) {
        var first = entry(tenant, one);
        var second = entry(tenant, other);
        write(copy(first, other, first.event(), first.personal()));
        write(copy(second, one, second.event(), second.personal()));
    }

    @Override
    public void replace(AuditEntry entry) {
        write(entry);
    }

    @Override
    public void moveHead(AuditHead head) {
        inPlatform(
                () -> persistence.tables().auditHeads.put(Key.of(head.tenantId().orElseThrow()), head));
    }

    @Override
    public void deleteHead(TenantId tenant) {
        inPlatform(() -> persistence.tables().auditHeads.remove(Key.of(tenant)));
    }

    private AuditEntry entry(TenantId tenant, long sequence) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.tables().audit.find(Key.of(tenant, sequence)))
                .orElseThrow();
    }

    private void write(AuditEntry entry) {
        inPlatform(
                () -> persistence.tables().audit.put(Key.of(entry.tenantId().orElseThrow(), entry.sequence()), entry));
    }

    private void inPlatform(Runnable work) {
        persistence.unitOfWork().forPlatform(work);
    }

    private static AuditEntry copy(
            AuditEntry entry, long sequence, AuditEvent event, Optional<AuditEntry.Personal> personal) {
        return new AuditEntry(
                entry.tenantId(),
                sequence,
                entry.at(),
                entry.actor(),
                event,
                entry.requestId(),
                personal,
                entry.personalDigest(),
                entry.previousHash(),
                entry.hash());
    }
}

package io.allotment.persistence.memory;

import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Requests;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;

final class MemoryRequests implements Requests {

    private final Tables tables;

    MemoryRequests(Tables tables) {
        this.tables = tables;
    }

    @Override
    public Optional<Answered> claim(Optional<TenantId> tenant, IdempotencyKey key, String fingerprint, Instant now) {
        if (table(tenant).find(rowKey(tenant, key)).isEmpty()) {
            var claimed = new Tables.Request(tenant, fingerprint, Optional.empty(), now);
            table(tenant).put(rowKey(tenant, key), claimed);
            return Optional.empty();
        }
        return Optional.of(find(tenant, key)
                .orElseThrow(() -> new IllegalStateException("The key " + key + " is claimed and not answered yet")));
    }

    @Override
    public Optional<Answered> find(Optional<TenantId> tenant, IdempotencyKey key) {
        return table(tenant)
                .find(rowKey(tenant, key))
                .flatMap(request -> request.answer().map(answer -> new Answered(request.fingerprint(), answer)));
    }

    @Override
    public void answer(Optional<TenantId> tenant, IdempotencyKey key, String answer) {
        var claimed = table(tenant)
                .find(rowKey(tenant, key))
                .filter(request -> request.answer().isEmpty())
                .orElseThrow(() -> new IllegalStateException("The key " + key + " was not claimed"));
        table(tenant)
                .put(
                        rowKey(tenant, key),
                        new Tables.Request(tenant, claimed.fingerprint(), Optional.of(answer), claimed.createdAt()));
    }

    private Table<Tables.Request> table(Optional<TenantId> tenant) {
        return tenant.isPresent() ? tables.tenantRequests : tables.platformRequests;
    }

    private static Key rowKey(Optional<TenantId> tenant, IdempotencyKey key) {
        return tenant.map(id -> Key.of(id, key)).orElseGet(() -> Key.of(key));
    }
}

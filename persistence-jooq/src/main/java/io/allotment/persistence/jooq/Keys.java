package io.allotment.persistence.jooq;

import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.TenantId;
import java.util.Collection;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;

/** Ids inside their tenants: each once, in the order of the database, to be passed as two arrays. */
final class Keys {

    private record Key(UUID tenant, UUID id) {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::tenant, Columns::compare).thenComparing(Key::id, Columns::compare);
    }

    private final Collection<Key> keys = new TreeSet<>(Key.ORDER);

    void add(TenantId tenant, Id id) {
        keys.add(new Key(tenant.value(), id.value()));
    }

    boolean isEmpty() {
        return keys.isEmpty();
    }

    void forEach(BiConsumer<UUID, UUID> each) {
        keys.forEach(key -> each.accept(key.tenant, key.id));
    }

    UUID[] tenants() {
        return keys.stream().map(Key::tenant).toArray(UUID[]::new);
    }

    UUID[] ids() {
        return keys.stream().map(Key::id).toArray(UUID[]::new);
    }
}

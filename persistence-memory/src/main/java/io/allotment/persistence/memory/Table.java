package io.allotment.persistence.memory;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Rows in the order of their keys. What the unit of work may not see is not there, what it may not write it cannot, and
 * what it wrote is undone when it fails.
 */
final class Table<V> {

    /** Who reads and writes a table. */
    private enum Access {
        /** Each tenant its own rows, the platform all. */
        TENANT,
        /** Everybody reads, the platform writes. */
        CATALOGUE,
        /** The platform alone. */
        PLATFORM
    }

    private final NavigableMap<Key, V> rows = new TreeMap<>();
    private final Units units;
    private final String name;
    private final Access access;
    private final Function<V, TenantId> tenantOf;
    private final Runnable written;
    private final List<Consumer<V>> removals = new ArrayList<>();

    private Table(Units units, String name, Access access, Function<V, TenantId> tenantOf, Runnable written) {
        this.units = units;
        this.name = name;
        this.access = access;
        this.tenantOf = tenantOf;
        this.written = written;
    }

    /** Its keys begin with the tenant. */
    static <V> Table<V> ofTenants(Units units, String name, Function<V, TenantId> tenantOf) {
        return new Table<>(units, name, Access.TENANT, tenantOf, () -> {});
    }

    /** @param written is run in the unit of work, with each change of a row */
    static <V> Table<V> ofCatalogue(Units units, String name, Runnable written) {
        return new Table<>(units, name, Access.CATALOGUE, row -> null, written);
    }

    static <V> Table<V> ofPlatform(Units units, String name) {
        return new Table<>(units, name, Access.PLATFORM, row -> null, () -> {});
    }

    /** A row that is there from the beginning. */
    void begin(Key key, V row) {
        rows.put(key, row);
    }

    /** What else goes when a row goes, as a foreign key says it that cascades. */
    void onRemoval(Consumer<V> cascade) {
        removals.add(cascade);
    }

    Optional<V> find(Key key) {
        return Optional.ofNullable(rows.get(key)).filter(visible());
    }

    /** All rows whose keys go on from this one, in their order. */
    Stream<V> under(Key prefix) {
        return range(prefix).values().stream().filter(visible());
    }

    Stream<V> all() {
        return rows.values().stream().filter(visible());
    }

    /** One page of the rows under a key. */
    Page<V> page(Key prefix, Position position, PageRequest request) {
        return page(range(prefix), prefix, position, request, row -> true);
    }

    /** One page of those rows under a key that are wanted. */
    Page<V> page(Key prefix, Position position, PageRequest request, Predicate<V> wanted) {
        return page(range(prefix), prefix, position, request, wanted);
    }

    /** One page of those rows under a key that are wanted, last first. */
    Page<V> pageBackwards(Key prefix, Position position, PageRequest request, Predicate<V> wanted) {
        return page(range(prefix).descendingMap(), prefix, position, request, wanted);
    }

    private Page<V> page(
            NavigableMap<Key, V> ordered, Key prefix, Position position, PageRequest request, Predicate<V> wanted) {
        var from = request.after()
                .map(after -> ordered.tailMap(prefix.and(position.read(after)), false))
                .orElse(ordered);
        var seen = visible().and(wanted);
        List<Map.Entry<Key, V>> read = from.entrySet().stream()
                .filter(row -> seen.test(row.getValue()))
                .limit(request.limit() + 1L)
                .toList();
        return Page.of(read, request, row -> position.tell(row.getKey())).map(Map.Entry::getValue);
    }

    /** Whether there is such a row, seen or not: for what must be unique or referred to, as a database checks it. */
    boolean holds(Key key) {
        units.current();
        return rows.containsKey(key);
    }

    /** A row, seen or not: for what everybody may know of it. */
    Optional<V> findAnyway(Key key) {
        units.current();
        return Optional.ofNullable(rows.get(key));
    }

    /** All rows, seen or not: for what must be unique. */
    Stream<V> everyRow() {
        units.current();
        return rows.values().stream();
    }

    void put(Key key, V row) {
        requireToWrite(row);
        var before = rows.put(key, row);
        units.current().undoBy(before == null ? () -> rows.remove(key) : () -> rows.put(key, before));
        written.run();
    }

    /** False where there is none. */
    boolean remove(Key key) {
        var row = rows.get(key);
        if (row == null) {
            return false;
        }
        requireToWrite(row);
        rows.remove(key);
        units.current().undoBy(() -> rows.put(key, row));
        written.run();
        removals.forEach(cascade -> cascade.accept(row));
        return true;
    }

    void removeIf(Predicate<V> unwanted) {
        var seen = visible().and(unwanted);
        rows.entrySet().stream()
                .filter(row -> seen.test(row.getValue()))
                .map(Map.Entry::getKey)
                .toList()
                .forEach(this::remove);
    }

    /** The first of those under a key that are not wanted, so many at the most; how many there were. */
    int removeSome(Key prefix, Predicate<V> unwanted, int limit) {
        var seen = visible().and(unwanted);
        var some = range(prefix).entrySet().stream()
                .filter(row -> seen.test(row.getValue()))
                .limit(limit)
                .map(Map.Entry::getKey)
                .toList();
        some.forEach(this::remove);
        return some.size();
    }

    void removeUnder(Key prefix) {
        List.copyOf(range(prefix).keySet()).forEach(this::remove);
    }

    private NavigableMap<Key, V> range(Key prefix) {
        return rows.subMap(prefix, true, prefix.end(), false);
    }

    private Predicate<V> visible() {
        var unit = units.current();
        if (access == Access.PLATFORM) {
            unit.requirePlatform(name);
        }
        return access == Access.TENANT ? row -> unit.sees(tenantOf.apply(row)) : row -> true;
    }

    /** Refuses what the unit of work may not write; called first, so that a refusal tells nothing about others' rows. */
    void requireToWrite(V row) {
        var unit = units.current();
        if (access == Access.TENANT) {
            unit.requireToWrite(name, tenantOf.apply(row));
        } else {
            unit.requirePlatform(name);
        }
    }
}

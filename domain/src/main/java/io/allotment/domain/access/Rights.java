package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What somebody may in a tenant, in a form that is quick to ask: a bit for each permission of the catalogue. To ask takes the
 * same time whatever the number of tenants, users, roles and permissions. Immutable.
 */
public final class Rights {

    private final PermissionIndex index;
    /** What holds for ever is one part; what ends is one for each end. */
    private final List<Part> parts;

    private record Part(BitSet permissions, Optional<Instant> until) {
        boolean isValid(Instant now) {
            return until.isEmpty() || now.isBefore(until.get());
        }

        boolean lasts(Optional<Instant> end) {
            return until.isEmpty() || end.isPresent() && !until.get().isBefore(end.get());
        }
    }

    private Rights(PermissionIndex index, List<Part> parts) {
        this.index = index;
        this.parts = List.copyOf(parts);
    }

    /**
     * What a member's roles come to.
     *
     * @param ofSystemRoles the product's permissions that the system roles hold
     * @param ofOwnRoles what the tenant's own roles hold
     */
    public static Rights of(
            PermissionIndex index,
            Collection<RoleAssignment> assignments,
            Map<SystemRole, Set<PermissionKey>> ofSystemRoles,
            Map<RoleKey, Set<PermissionKey>> ofOwnRoles) {
        var lasting = new BitSet(index.size());
        var parts = new ArrayList<Part>();
        for (var assignment : assignments) {
            var bits = SystemRole.of(assignment.role())
                    .map(role -> bits(index, role, ofSystemRoles))
                    .orElseGet(() -> index.bits(ofOwnRoles.getOrDefault(assignment.role(), Set.of())));
            if (assignment.expiresAt().isPresent()) {
                parts.add(new Part(bits, assignment.expiresAt()));
            } else {
                lasting.or(bits);
            }
        }
        parts.add(0, new Part(lasting, Optional.empty()));
        return new Rights(index, parts);
    }

    /** All that there is. */
    public static Rights all(PermissionIndex index) {
        return new Rights(index, List.of(new Part(index.all(), Optional.empty())));
    }

    private static BitSet bits(
            PermissionIndex index, SystemRole role, Map<SystemRole, Set<PermissionKey>> ofSystemRoles) {
        return role == SystemRole.OWNER ? index.all() : index.bits(role.permissions(Set.of(), ofSystemRoles));
    }

    /** A permission that is not in the catalogue is held by nobody. */
    public boolean holds(PermissionKey permission, Instant now) {
        int bit = index.of(permission);
        if (bit < 0) {
            return false;
        }
        for (int i = 0; i < parts.size(); i++) {
            var part = parts.get(i);
            if (part.permissions().get(bit) && part.isValid(now)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether it is held from now on to an end.
     *
     * @param end empty for ever
     */
    public boolean holds(PermissionKey permission, Instant now, Optional<Instant> end) {
        int bit = index.of(permission);
        return bit >= 0
                && parts.stream().anyMatch(part -> part.permissions().get(bit) && part.isValid(now) && part.lasts(end));
    }

    /** All that is held at the time, in the order of the keys. */
    public Set<PermissionKey> at(Instant now) {
        var held = new TreeSet<>(PermissionIndex.ORDER);
        parts.stream()
                .filter(part -> part.isValid(now))
                .forEach(
                        part -> part.permissions().stream().mapToObj(index::key).forEach(held::add));
        return held;
    }

    /** Of these what is also in the scopes: a key holds no more than its owner. */
    public Rights within(Set<PermissionKey> scopes) {
        var bits = index.bits(scopes);
        return new Rights(
                index,
                parts.stream()
                        .map(part -> {
                            var both = (BitSet) part.permissions().clone();
                            both.and(bits);
                            return new Part(both, part.until());
                        })
                        .toList());
    }

    /** The same, held no longer than to an end. */
    public Rights until(Instant end) {
        return new Rights(
                index,
                parts.stream()
                        .map(part -> new Part(
                                part.permissions(),
                                Optional.of(part.until()
                                        .filter(own -> own.isBefore(end))
                                        .orElse(end))))
                        .toList());
    }
}

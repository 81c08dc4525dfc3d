package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
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
    /** What holds for ever: a bit for each permission, without objects around them, since each would be one more to fetch. */
    private final long[] lasting;
    /** What ends, one for each end. */
    private final List<Part> ending;

    private record Part(BitSet permissions, Instant until) {
        boolean isValid(Instant now) {
            return now.isBefore(until);
        }

        boolean lasts(Optional<Instant> end) {
            return end.isPresent() && !until.isBefore(end.get());
        }
    }

    private Rights(PermissionIndex index, BitSet lasting, List<Part> ending) {
        this.index = index;
        this.lasting = lasting.toLongArray();
        this.ending = List.copyOf(ending);
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
        var ending = new ArrayList<Part>();
        for (var assignment : assignments) {
            var bits = SystemRole.of(assignment.role())
                    .map(role -> bits(index, role, ofSystemRoles))
                    .orElseGet(() -> index.bits(ofOwnRoles.getOrDefault(assignment.role(), Set.of())));
            assignment.expiresAt().ifPresentOrElse(end -> ending.add(new Part(bits, end)), () -> lasting.or(bits));
        }
        return new Rights(index, lasting, ending);
    }

    /** All that there is. */
    public static Rights all(PermissionIndex index) {
        return new Rights(index, index.all(), List.of());
    }

    private static BitSet bits(
            PermissionIndex index, SystemRole role, Map<SystemRole, Set<PermissionKey>> ofSystemRoles) {
        return role == SystemRole.OWNER ? index.all() : index.bits(role.permissions(Set.of(), ofSystemRoles));
    }

    /** A permission that is not in the catalogue is held by nobody. */
    public boolean holds(PermissionKey permission, Instant now) {
        int bit = index.of(permission);
        if (isLasting(bit)) {
            return true;
        }
        for (int i = 0; bit >= 0 && i < ending.size(); i++) {
            var part = ending.get(i);
            if (part.permissions().get(bit) && part.isValid(now)) {
                return true;
            }
        }
        return false;
    }

    private boolean isLasting(int bit) {
        int word = bit / Long.SIZE;
        return bit >= 0 && word < lasting.length && (lasting[word] & 1L << bit) != 0;
    }

    /**
     * Whether it is held from now on to an end.
     *
     * @param end empty for ever
     */
    public boolean holds(PermissionKey permission, Instant now, Optional<Instant> end) {
        int bit = index.of(permission);
        return isLasting(bit)
                || bit >= 0
                        && ending.stream()
                                .anyMatch(part -> part.permissions().get(bit) && part.isValid(now) && part.lasts(end));
    }

    /** All that is held at the time, in the order of the keys. */
    public Set<PermissionKey> at(Instant now) {
        var bits = BitSet.valueOf(lasting);
        ending.stream().filter(part -> part.isValid(now)).map(Part::permissions).forEach(bits::or);
        var held = new TreeSet<>(PermissionIndex.ORDER);
        bits.stream().mapToObj(index::key).forEach(held::add);
        return held;
    }

    /** Of these what is also in the scopes: a key holds no more than its owner. */
    public Rights within(Set<PermissionKey> scopes) {
        var bits = index.bits(scopes);
        return new Rights(
                index,
                both(BitSet.valueOf(lasting), bits),
                ending.stream()
                        .map(part -> new Part(both(part.permissions(), bits), part.until()))
                        .toList());
    }

    private static BitSet both(BitSet one, BitSet other) {
        var both = (BitSet) one.clone();
        both.and(other);
        return both;
    }

    /** The same, held no longer than to an end. */
    public Rights until(Instant end) {
        var parts = new ArrayList<Part>();
        parts.add(new Part(BitSet.valueOf(lasting), end));
        ending.forEach(
                part -> parts.add(new Part(part.permissions(), part.until().isBefore(end) ? part.until() : end)));
        return new Rights(index, new BitSet(), parts);
    }

    /** By the same numbering of permissions the same: so one may stand for all who have the same roles. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Rights rights
                && index == rights.index
                && Arrays.equals(lasting, rights.lasting)
                && ending.equals(rights.ending);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(lasting) + ending.hashCode();
    }
}

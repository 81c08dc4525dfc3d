package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Numbers the permissions of one version of the catalogue. Immutable. */
public final class PermissionIndex {

    static final Comparator<PermissionKey> ORDER = Comparator.comparing(PermissionKey::value);

    private final List<PermissionKey> keys;
    private final Map<PermissionKey, Integer> numbers = new HashMap<>();

    public PermissionIndex(Set<PermissionKey> permissions) {
        keys = permissions.stream().sorted(ORDER).toList();
        for (int i = 0; i < keys.size(); i++) {
            numbers.put(keys.get(i), i);
        }
    }

    /** Its number, or -1 for one that is not in the catalogue. */
    int of(PermissionKey key) {
        var number = numbers.get(key);
        return number == null ? -1 : number;
    }

    PermissionKey key(int number) {
        return keys.get(number);
    }

    int size() {
        return keys.size();
    }

    BitSet all() {
        var bits = new BitSet(keys.size());
        bits.set(0, keys.size());
        return bits;
    }

    /** Those of the keys that are in the catalogue. */
    BitSet bits(Collection<PermissionKey> some) {
        var bits = new BitSet(keys.size());
        for (var key : some) {
            int number = of(key);
            if (number >= 0) {
                bits.set(number);
            }
        }
        return bits;
    }
}

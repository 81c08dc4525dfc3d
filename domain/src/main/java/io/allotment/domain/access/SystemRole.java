package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RoleKey;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The roles that every tenant has. Which of Allotment's own permissions they hold is said here; the operator gives them
 * the product's. The owner holds all permissions there are, so nothing is given to it.
 */
public enum SystemRole {
    OWNER("Owner", "All permissions, those too that are made later"),
    ADMIN("Admin", "All of Allotment's own permissions"),
    MODERATOR("Moderator", "Works with the product, and looks after people"),
    MEMBER("Member", "Works with the product"),
    VIEWER("Viewer", "Looks, and changes nothing");

    private static final Set<PermissionKey> LOOKING =
            keys(Right.TENANT_READ, Right.MEMBER_READ, Right.ROLE_READ, Right.ACCOUNT_READ, Right.USAGE_READ);
    private static final Set<PermissionKey> WORKING = and(LOOKING, Right.GATE_USE, Right.KEY_OWN);

    private final RoleKey key = new RoleKey(name().toLowerCase(java.util.Locale.ROOT));

    private final String title;
    private final String description;

    SystemRole(String title, String description) {
        this.title = title;
        this.description = description;
    }

    public RoleKey key() {
        return key;
    }

    /** What people call it. */
    public String title() {
        return title;
    }

    public String description() {
        return description;
    }

    /** Of Allotment's own permissions, those that it always holds. */
    public Set<PermissionKey> rights() {
        return switch (this) {
            case OWNER, ADMIN -> Arrays.stream(Right.values()).map(Right::key).collect(Collectors.toUnmodifiableSet());
            case MODERATOR -> and(WORKING, Right.MEMBER_INVITE, Right.MEMBER_MANAGE, Right.TEAM_MANAGE);
            case MEMBER -> WORKING;
            case VIEWER -> LOOKING;
        };
    }

    /**
     * All that it holds.
     *
     * @param catalogue all permissions that there are
     * @param given what the operator gave the system roles
     */
    public Set<PermissionKey> permissions(Set<PermissionKey> catalogue, Map<SystemRole, Set<PermissionKey>> given) {
        return this == OWNER
                ? Set.copyOf(catalogue)
                : Stream.concat(rights().stream(), given.getOrDefault(this, Set.of()).stream())
                        .collect(Collectors.toUnmodifiableSet());
    }

    /** The system role of this name; empty where it is none's. */
    public static Optional<SystemRole> of(RoleKey key) {
        return Arrays.stream(values()).filter(role -> role.key.equals(key)).findFirst();
    }

    private static Set<PermissionKey> keys(Right... rights) {
        return Arrays.stream(rights).map(Right::key).collect(Collectors.toUnmodifiableSet());
    }

    private static Set<PermissionKey> and(Set<PermissionKey> some, Right... more) {
        return Stream.concat(some.stream(), keys(more).stream()).collect(Collectors.toUnmodifiableSet());
    }
}

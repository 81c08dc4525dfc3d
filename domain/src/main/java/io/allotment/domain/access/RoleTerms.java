package io.allotment.domain.access;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Text;
import java.util.Optional;
import java.util.Set;

/**
 * What a tenant says of a role of its own.
 *
 * @param name 1 to 100 characters
 * @param description at most 2,000 characters
 * @param permissions at most 1,000
 */
public record RoleTerms(String name, Optional<String> description, Set<PermissionKey> permissions) {

    private static final int MAX_PERMISSIONS = 1_000;

    public RoleTerms {
        name = Text.name("name", name, 100);
        description = description.map(text -> Text.prose("description", text, 2_000));
        permissions = Set.copyOf(permissions);
        if (permissions.size() > MAX_PERMISSIONS) {
            throw new InvalidValue("permissions", "must be at most " + MAX_PERMISSIONS);
        }
    }
}

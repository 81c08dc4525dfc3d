package io.allotment.domain.access;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * Something that can be allowed: an entry of the catalogue, the same for all tenants.
 *
 * @param description at most 2,000 characters
 */
public record Permission(PermissionKey key, Optional<String> description, Instant createdAt, Instant updatedAt) {

    public Permission {
        requireNonNull(key, "key");
        description = description.map(text -> Text.prose("description", text, 2_000));
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    /** Whether it is one of Allotment's own ({@link Right}), which stay as they are. */
    public boolean isBuiltIn() {
        return Arrays.stream(Right.values()).anyMatch(right -> right.key().equals(key));
    }

    public Permission described(Optional<String> changed, Instant now) {
        return new Permission(key, changed, createdAt, now);
    }
}

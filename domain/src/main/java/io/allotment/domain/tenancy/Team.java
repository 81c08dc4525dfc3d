package io.allotment.domain.tenancy;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;

/**
 * Some members of a tenant who work together.
 *
 * @param name 1 to 100 characters, unique in the tenant
 * @param description at most 2,000 characters
 * @param version counts changes; a change must name the one it was read at
 */
public record Team(
        TenantId tenantId,
        TeamId id,
        String name,
        Optional<String> description,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    public Team {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        name = Text.name("name", name, 100);
        description = description.map(text -> Text.prose("description", text, 2_000));
        requireNonNull(createdAt, "createdAt");
        requireNonNull(updatedAt, "updatedAt");
    }

    public static Team created(TenantId tenantId, TeamId id, String name, Optional<String> description, Instant now) {
        return new Team(tenantId, id, name, description, now, now, 1);
    }

    /** Called otherwise from now on, or as it is where that is the same. */
    public Team with(String changedName, Optional<String> changedDescription, Instant now) {
        var changed = new Team(tenantId, id, changedName, changedDescription, createdAt, now, version + 1);
        boolean isSame = changed.name.equals(name) && changed.description.equals(description);
        return isSame ? this : changed;
    }
}

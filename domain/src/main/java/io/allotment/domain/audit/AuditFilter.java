package io.allotment.domain.audit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/**
 * Which entries are wanted; what is empty does not matter.
 *
 * @param user who did it, in person or with a key of their own
 * @param entityId with {@code entityType} alone
 */
public record AuditFilter(
        TimeRange at,
        Optional<UserId> user,
        Optional<ApiKeyId> key,
        Optional<String> action,
        Optional<String> entityType,
        Optional<String> entityId) {

    public static final AuditFilter ALL = new AuditFilter(
            TimeRange.ALL, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    public AuditFilter {
        requireNonNull(at, "at");
        requireNonNull(user, "user");
        requireNonNull(key, "key");
        action = action.map(text -> Text.key("action", text));
        entityType = entityType.map(text -> Text.key("entityType", text));
        entityId = entityId.map(text -> Text.prose("entityId", text, 300));
        if (entityId.isPresent() && entityType.isEmpty()) {
            throw new InvalidValue("entityType", "must be given with entityId");
        }
    }

    public boolean matches(AuditEntry entry) {
        return at.holds(entry.at())
                && user.map(id -> entry.actor().member().equals(user)).orElse(true)
                && key.map(id -> entry.actor().key().equals(key)).orElse(true)
                && action.map(entry.event().action()::equals).orElse(true)
                && entityType.map(entry.event().entityType()::equals).orElse(true)
                && entityId.map(entry.event().entityId()::equals).orElse(true);
    }
}

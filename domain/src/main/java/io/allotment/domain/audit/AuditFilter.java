package io.allotment.domain.audit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;

/**
 * Which entries are wanted; what is empty does not matter.
 *
 * @param from from this moment on
 * @param to before this moment
 * @param user who did it, in person or with a key of their own
 * @param entityId with {@code entityType} alone
 */
public record AuditFilter(
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<UserId> user,
        Optional<ApiKeyId> key,
        Optional<String> action,
        Optional<String> entityType,
        Optional<String> entityId) {

    public static final AuditFilter ALL = new AuditFilter(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    public AuditFilter {
        requireNonNull(user, "user");
        requireNonNull(key, "key");
        from = from.map(time -> Times.stored("from", time));
        to = to.map(time -> Times.stored("to", time));
        action = action.map(text -> Text.key("action", text));
        entityType = entityType.map(text -> Text.key("entityType", text));
        entityId = entityId.map(text -> Text.prose("entityId", text, 300));
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
            throw new InvalidValue("to", "must be after from");
        }
        if (entityId.isPresent() && entityType.isEmpty()) {
            throw new InvalidValue("entityType", "must be given with entityId");
        }
    }

    public boolean matches(AuditEntry entry) {
        return from.map(start -> !entry.at().isBefore(start)).orElse(true)
                && to.map(entry.at()::isBefore).orElse(true)
                && user.map(id -> entry.actor().member().equals(user)).orElse(true)
                && key.map(id -> entry.actor().key().equals(key)).orElse(true)
                && action.map(entry.event().action()::equals).orElse(true)
                && entityType.map(entry.event().entityType()::equals).orElse(true)
                && entityId.map(entry.event().entityId()::equals).orElse(true);
    }
}

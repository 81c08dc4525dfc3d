package io.allotment.domain.audit;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Something that was done, as it goes into the audit log. Secrets never do.
 *
 * @param action the entity's kind and what became of it, such as {@code role.assigned}
 * @param entityType the kind of thing, such as {@code role}
 * @param entityId which one: an id or a key
 * @param before the values before, of those that changed; empty for something new
 * @param after the values after; empty for something that is gone
 * @param personal values about people, such as an e-mail address: they enter the chain as a salted digest, so that they
 *     can be erased
 */
public record AuditEvent(
        String action, String entityType, String entityId, Document before, Document after, Document personal) {

    /** So many characters of a text are told when not all can be. */
    private static final int LONG = 200;

    public AuditEvent {
        action = Text.key("action", action);
        entityType = Text.key("entityType", entityType);
        Text.bounded("entityId", entityId, 300);
        entityId = Text.prose("entityId", entityId, 300);
        requireNonNull(before, "before");
        requireNonNull(after, "after");
        requireNonNull(personal, "personal");
    }

    /** Something happened to it; the values are added by {@link #from}, {@link #to} and {@link #about}. */
    public static AuditEvent of(String action, String entityType, Object entityId) {
        return new AuditEvent(action, entityType, entityId.toString(), Document.EMPTY, Document.EMPTY, Document.EMPTY);
    }

    public AuditEvent from(Map<String, Object> values) {
        return new AuditEvent(action, entityType, entityId, fitting(values), after, personal);
    }

    public AuditEvent to(Map<String, Object> values) {
        return new AuditEvent(action, entityType, entityId, before, fitting(values), personal);
    }

    /** Something was changed: of what it was and what it is now, the values that differ. */
    public AuditEvent changing(Map<String, Object> was, Map<String, Object> is) {
        return from(differing(was, is)).to(differing(is, was));
    }

    public AuditEvent about(Map<String, Object> values) {
        return new AuditEvent(action, entityType, entityId, before, after, fitting(values));
    }

    /** The same of values about people: they differ between {@code before} and {@code after} among the personal values. */
    public AuditEvent changingAbout(Map<String, Object> was, Map<String, Object> is) {
        return about(AuditValues.of("before", differing(was, is))
                .and("after", differing(is, was))
                .map());
    }

    private static Map<String, Object> differing(Map<String, Object> values, Map<String, Object> others) {
        var differing = new LinkedHashMap<String, Object>();
        values.forEach((name, value) -> {
            if (!others.containsKey(name) || !Objects.equals(value, others.get(name))) {
                differing.put(name, value);
            }
        });
        return differing;
    }

    /** A change must not fail because it has too much to tell: its long values are then named by their digests. */
    private static Document fitting(Map<String, Object> values) {
        try {
            return new Document(values);
        } catch (InvalidValue tooMuch) {
            var shortened = new LinkedHashMap<String, Object>();
            values.forEach((name, value) -> shortened.put(name, shortened(value)));
            return new Document(shortened);
        }
    }

    private static Object shortened(Object value) {
        boolean isLong =
                value instanceof Map || value instanceof List || value instanceof String text && text.length() > LONG;
        return isLong ? "sha256:" + AuditHash.ofValue(value) : value;
    }
}

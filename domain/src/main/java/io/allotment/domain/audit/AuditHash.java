package io.allotment.domain.audit;

import io.allotment.domain.shared.Document;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the hashes of the audit log are taken over: one text for one entry, however it was stored. */
final class AuditHash {

    private AuditHash() {}

    static String of(AuditEntry entry) {
        var text = new StringBuilder("allotment-audit-1");
        add(text, entry.tenantId().map(Object::toString).orElse("platform"));
        add(text, Long.toString(entry.sequence()));
        add(text, entry.at().toString());
        add(text, entry.actor().member().map(Object::toString).orElse(""));
        add(text, entry.actor().key().map(Object::toString).orElse(""));
        add(text, entry.event().action());
        add(text, entry.event().entityType());
        add(text, entry.event().entityId());
        add(text, canonical(entry.event().before()));
        add(text, canonical(entry.event().after()));
        add(text, entry.requestId().map(id -> "#" + id).orElse(""));
        add(text, entry.personalDigest());
        add(text, entry.previousHash());
        return sha256(text.toString());
    }

    static String of(AuditEntry.Personal personal) {
        var text = new StringBuilder("allotment-personal-1");
        add(text, personal.salt());
        add(text, canonical(personal.values()));
        return sha256(text.toString());
    }

    /** Of a value of a document, for one that is too long to be told. */
    static String ofValue(Object value) {
        var text = new StringBuilder("allotment-value-1\n");
        write(text, value);
        return sha256(text.toString());
    }

    /** With its length before it, so that no two lists of texts make the same one. */
    private static void add(StringBuilder text, String part) {
        text.append('\n').append(part.length()).append(':').append(part);
    }

    /** The fields in the order of their names. */
    private static String canonical(Document document) {
        var text = new StringBuilder();
        write(text, document.fields());
        return text.toString();
    }

    private static void write(StringBuilder text, Object value) {
        if (value instanceof Map<?, ?> fields) {
            text.append('{');
            new TreeMap<>(fields).forEach((name, field) -> {
                add(text, name.toString());
                write(text, field);
            });
            text.append('}');
        } else if (value instanceof List<?> list) {
            text.append('[');
            list.forEach(element -> write(text.append(','), element));
            text.append(']');
        } else if (value instanceof BigDecimal number) {
            text.append(number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString());
        } else if (value instanceof String string) {
            text.append('"');
            add(text, string);
        } else {
            text.append(value);
        }
    }

    private static String sha256(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }
}

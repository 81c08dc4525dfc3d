package io.allotment.persistence.jooq;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Times;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.UUID;

/** Positions of listings that take more than one column to tell, with dots between. What is not ours is refused. */
final class Cursor {

    private static final HexFormat HEX = HexFormat.of();

    private Cursor() {}

    /** A row of several that have one id. */
    record Numbered(UUID id, int number) {
        @Override
        public String toString() {
            return id + "." + number;
        }
    }

    static Numbered numbered(String cursor) {
        var parts = parts(cursor, 2);
        long number = Columns.number(parts[1]);
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw Columns.cursorNotOurs();
        }
        return new Numbered(Columns.uuid(parts[0]), (int) number);
    }

    /** In hex, since both parts are free text. */
    static String of(RelatedEntity entity) {
        return hex(entity.type()) + "." + hex(entity.id());
    }

    static RelatedEntity entity(String cursor) {
        var parts = parts(cursor, 2);
        try {
            return new RelatedEntity(text(parts[0]), text(parts[1]));
        } catch (IllegalArgumentException | InvalidValue notOurs) {
            throw Columns.cursorNotOurs();
        }
    }

    /** A time in microseconds since 1970, as fine as it is stored. */
    static String of(Instant time) {
        return Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, time));
    }

    /** The time of {@link #of(Instant)}. */
    static Instant time(String micros) {
        try {
            return Times.stored("after", Instant.EPOCH.plus(Columns.number(micros), ChronoUnit.MICROS));
        } catch (InvalidValue | ArithmeticException | DateTimeException notOurs) {
            throw Columns.cursorNotOurs();
        }
    }

    /** A free text in hex. */
    static String of(String text) {
        return hex(text);
    }

    /** The text of {@link #of(String)}. */
    static String freeText(String cursor) {
        try {
            var text = text(cursor);
            // No text that is stored is empty, or has what PostgreSQL does not keep.
            if (text.isEmpty() || text.indexOf('\0') >= 0) {
                throw Columns.cursorNotOurs();
            }
            return text;
        } catch (IllegalArgumentException notOurs) {
            throw Columns.cursorNotOurs();
        }
    }

    static String[] parts(String cursor, int count) {
        var parts = cursor.split("\\.", -1);
        if (parts.length != count) {
            throw Columns.cursorNotOurs();
        }
        return parts;
    }

    private static String hex(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(String hex) {
        return new String(HEX.parseHex(hex), StandardCharsets.UTF_8);
    }
}

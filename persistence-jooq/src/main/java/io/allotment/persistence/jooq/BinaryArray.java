package io.allotment.persistence.jooq;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.Oid;
import org.postgresql.jdbc.PgArray;
import org.postgresql.jdbc.PreferQueryMode;
import org.postgresql.util.ByteConverter;

/**
 * Arrays as PostgreSQL sends them itself. The driver writes texts and whole numbers so; UUIDs and decimal numbers it
 * writes as text, of which the server has to make values again. It is handed these as arrays of its own, so that no
 * setting of the connection is needed: it may be anybody's.
 */
final class BinaryArray {

    private static final int HEADER_BYTES = 20;
    private static final int LENGTH_BYTES = 4;
    private static final int UUID_BYTES = 16;
    private static final int NULL = -1;

    private BinaryArray() {}

    /**
     * As the driver writes it where it is not the driver's own connection, or one that sends values within the text.
     *
     * @param type of the elements, as the database names it
     */
    static Array of(Connection connection, String type, Object[] values) throws SQLException {
        boolean ids = values instanceof UUID[];
        if ((ids || values instanceof BigDecimal[]) && connection.isWrapperFor(BaseConnection.class)) {
            var driver = connection.unwrap(BaseConnection.class);
            if (driver.getPreferQueryMode() != PreferQueryMode.SIMPLE) {
                return ids
                        ? new PgArray(driver, Oid.UUID_ARRAY, bytes(Oid.UUID, values))
                        : new PgArray(driver, Oid.NUMERIC_ARRAY, bytes(Oid.NUMERIC, values));
            }
        }
        return connection.createArrayOf(type, values);
    }

    private static byte[] bytes(int type, Object[] values) {
        var elements = new byte[values.length][];
        int length = HEADER_BYTES + values.length * LENGTH_BYTES;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null) {
                elements[i] = bytes(values[i]);
                length += elements[i].length;
            }
        }
        var bytes = ByteBuffer.allocate(length);
        // One dimension, of which some may be null, from 1 on.
        bytes.putInt(1).putInt(1).putInt(type).putInt(values.length).putInt(1);
        for (var element : elements) {
            if (element == null) {
                bytes.putInt(NULL);
            } else {
                bytes.putInt(element.length).put(element);
            }
        }
        return bytes.array();
    }

    private static byte[] bytes(Object value) {
        return value instanceof UUID id
                ? ByteBuffer.allocate(UUID_BYTES)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .array()
                : ByteConverter.numeric((BigDecimal) value);
    }
}

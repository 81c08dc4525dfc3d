package io.allotment.persistence.jooq;

import org.jooq.Field;

/**
 * A statement with its values, as one part of a {@link RoundTrip}. It goes to JDBC as it is written, since the gate's
 * statements never change and taking them apart again for each call would cost more than running them.
 *
 * @param sql empty for nothing to do
 * @param columns of the rows that it returns, in their order; none where it returns no rows
 * @param values for its question marks; arrays where a column of many rows is meant
 */
record Statement(String sql, Field<?>[] columns, Object[] values) {

    /** One that returns rows. */
    static Statement query(String sql, Field<?>[] columns, Object... values) {
        return new Statement(sql, columns, values);
    }

    /** One that returns none, or none that matter. */
    static Statement command(String sql, Object... values) {
        return new Statement(sql, new Field<?>[0], values);
    }

    /** A column of many rows, or an array in one: elements of a type as the database names it. */
    record Array(String type, Object[] values) {}
}

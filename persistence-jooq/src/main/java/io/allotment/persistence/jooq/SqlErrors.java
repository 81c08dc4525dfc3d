package io.allotment.persistence.jooq;

import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.Unavailable;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** What database errors mean, by SQLSTATE: constraint names are no safe ground, Citus adds to them. */
final class SqlErrors {

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    /**
     * The database is away, shutting down, full, read-only, or had to give up on us: deadlock, serialization failure, lock
     * timeout, canceled statement. Nothing was committed, or the idempotency key will tell.
     */
    private static final Set<String> PASSING =
            Set.of("25006", "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03", "57P05");

    private static final Set<String> PASSING_CLASSES = Set.of("08", "53");

    private SqlErrors() {}

    static boolean isUniqueViolation(Throwable failure) {
        return hasState(failure, UNIQUE_VIOLATION);
    }

    static boolean isForeignKeyViolation(Throwable failure) {
        return hasState(failure, FOREIGN_KEY_VIOLATION);
    }

    /** {@link Unavailable} where trying again can help; else what it was. */
    static RuntimeException translated(Exception failure) {
        if (failure instanceof Refusal refusal) {
            return refusal;
        }
        var sql = sqlException(failure);
        if (sql.isPresent() && isPassing(sql.get())) {
            return new Unavailable(
                    "The database cannot answer at the moment; repeat the request with the same idempotency key.",
                    Duration.ofSeconds(1),
                    failure);
        }
        return failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
    }

    static boolean isPassing(SQLException failure) {
        var state = failure.getSQLState();
        return failure instanceof SQLTransientConnectionException
                || state != null
                        && (PASSING.contains(state)
                                || state.length() == 5 && PASSING_CLASSES.contains(state.substring(0, 2)));
    }

    private static boolean hasState(Throwable failure, String state) {
        return sqlException(failure)
                .map(SQLException::getSQLState)
                .filter(state::equals)
                .isPresent();
    }

    private static Optional<SQLException> sqlException(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return Optional.of(sql);
            }
        }
        return Optional.empty();
    }
}

package io.allotment.persistence.jooq;

import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.Unavailable;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What database errors mean, by SQLSTATE: constraint names are no safe ground, Citus adds to them. */
final class SqlErrors {

    private static final String UNIQUE_VIOLATION = "23505";
    private static final String CHECK_VIOLATION = "23514";
    private static final String LOCK_TIMEOUT = "55P03";
    private static final String SERIALIZATION_FAILURE = "40001";
    /** Until PostgreSQL 17, {@code on delete restrict} fails as the first, from 18 on as the second. */
    private static final Set<String> FOREIGN_KEY_VIOLATIONS = Set.of("23503", "23001");

    /**
     * The database is away, shutting down, full, read-only, or had to give up on us: deadlock, serialization failure, lock
     * timeout, canceled statement, a transaction too long or idle. Nothing was committed, or the idempotency key will tell.
     */
    private static final Set<String> PASSING = Set.of(
            "25006",
            "25P03",
            "25P04",
            SERIALIZATION_FAILURE,
            "40P01",
            LOCK_TIMEOUT,
            "57014",
            "57P01",
            "57P02",
            "57P03",
            "57P05");

    private static final Set<String> PASSING_CLASSES = Set.of("08", "53");

    /** The connection itself is gone. */
    private static final Set<String> LOST = Set.of("25P03", "25P04", "57P01", "57P02", "57P03", "57P05");

    /** Raised by {@code allotment.expect}. */
    private static final String NOT_AS_EXPECTED = "AL001";

    private static final String TRANSACTION_ABORTED = "25P02";

    private SqlErrors() {}

    static boolean isUniqueViolation(Throwable failure) {
        return state(failure).filter(UNIQUE_VIOLATION::equals).isPresent();
    }

    static boolean isCheckViolation(Throwable failure) {
        return state(failure).filter(CHECK_VIOLATION::equals).isPresent();
    }

    /** Whether what a process remembered is old. */
    static boolean isOld(Throwable failure) {
        return state(failure).filter(NOT_AS_EXPECTED::equals).isPresent();
    }

    /** Whether the database would not wait for another transaction, or saw too late what that one did. */
    static boolean isConcurrent(Throwable failure) {
        return state(failure)
                .filter(state -> state.equals(LOCK_TIMEOUT) || state.equals(SERIALIZATION_FAILURE))
                .isPresent();
    }

    /** What the database says where it will not let us in, however often we try: the password or the database is wrong. */
    static Optional<String> refusedLogin(Throwable failure) {
        return sqlException(failure)
                .filter(sql -> sql.getSQLState() != null
                        && (sql.getSQLState().startsWith("28")
                                || sql.getSQLState().equals("3D000")))
                .map(SQLException::getMessage);
    }

    static boolean isForeignKeyViolation(Throwable failure) {
        return state(failure).filter(FOREIGN_KEY_VIOLATIONS::contains).isPresent();
    }

    /** What a unique violation means where nothing but an idempotency key can be taken; else what it was. */
    static RuntimeException keyReused(RuntimeException failure, Stream<IdempotencyKey> keys) {
        return keys.findFirst()
                .filter(key -> isUniqueViolation(failure))
                .<RuntimeException>map(IdempotencyKeyReused::new)
                .orElse(failure);
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

    /** Whether the connection is gone, so that another may do better. */
    static boolean isLost(Throwable failure) {
        return state(failure)
                .filter(state -> state.startsWith("08") || LOST.contains(state))
                .isPresent();
    }

    /** Whether an earlier error has ended the transaction: nothing but a rollback is possible. */
    static boolean isAborted(SQLException failure) {
        return TRANSACTION_ABORTED.equals(failure.getSQLState());
    }

    private static Optional<String> state(Throwable failure) {
        return sqlException(failure).map(SQLException::getSQLState);
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

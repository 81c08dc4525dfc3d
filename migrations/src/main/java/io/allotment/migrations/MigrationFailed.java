package io.allotment.migrations;

/** The database could not be brought up to date; the message says what stood in the way. What was applied before stays applied. */
public final class MigrationFailed extends RuntimeException {
    MigrationFailed(String message, Throwable cause) {
        super(message, cause);
    }

    MigrationFailed(String message) {
        super(message);
    }
}

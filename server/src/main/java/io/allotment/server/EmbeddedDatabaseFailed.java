package io.allotment.server;

/** The embedded PostgreSQL cannot run; the message tells the operator why, and what to do where there is something to do. */
final class EmbeddedDatabaseFailed extends RuntimeException {
    EmbeddedDatabaseFailed(String message) {
        super(message);
    }

    EmbeddedDatabaseFailed(String message, Throwable cause) {
        super(message, cause);
    }
}

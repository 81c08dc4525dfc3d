package io.allotment.server;

/** A command cannot go on; the message tells whoever typed it why, and what to do where there is something to do. */
final class CommandFailed extends RuntimeException {

    CommandFailed(String message) {
        super(message);
    }

    CommandFailed(String message, Throwable cause) {
        super(message, cause);
    }
}

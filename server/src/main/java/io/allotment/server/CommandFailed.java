package io.allotment.server;

/** A command cannot go on; the message tells whoever typed it why, and what to do where there is something to do. */
final class CommandFailed extends RuntimeException {

    private final boolean misused;

    CommandFailed(String message) {
        this(message, null, false);
    }

    CommandFailed(String message, Throwable cause) {
        this(message, cause, false);
    }

    private CommandFailed(String message, Throwable cause, boolean misused) {
        super(message, cause);
        this.misused = misused;
    }

    /** Because what was typed, or stands in the environment, is wrong. */
    static CommandFailed misused(String message) {
        return new CommandFailed(message, null, true);
    }

    boolean isMisused() {
        return misused;
    }
}

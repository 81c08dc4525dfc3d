package io.allotment.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a process finds around itself.
 *
 * @param variables of the environment
 * @param terminal whether somebody watches what is printed to standard error
 */
record Surroundings(Map<String, String> variables, boolean terminal) {

    static Surroundings ofThisProcess() {
        return new Surroundings(System.getenv(), isTerminal() && !"dumb".equals(System.getenv("TERM")));
    }

    /** An empty variable says nothing. */
    Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    /** Java itself tells only of standard input and output. */
    private static boolean isTerminal() {
        try {
            var target = Files.readSymbolicLink(Path.of("/dev/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException noSuchLinksHere) {
            return System.console() != null;
        }
    }
}

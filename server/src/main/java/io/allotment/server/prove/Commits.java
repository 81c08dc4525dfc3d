package io.allotment.server.prove;

import java.util.HashSet;
import java.util.Set;

/** Recognizes the COMMITs of one client, as a simple query or as a statement that is prepared first. */
final class Commits {

    private final Set<String> prepared = new HashSet<>();

    /** Whether this message of the client's has the transaction committed. */
    boolean isCommit(WireMessage message) {
        if (message.is('Q')) {
            return isCommit(message.text(0));
        }
        if (message.is('P')) {
            var name = message.text(0);
            if (isCommit(message.text(1))) {
                prepared.add(name);
            } else {
                prepared.remove(name);
            }
            return false;
        }
        if (message.is('C') && message.body().length > 0 && message.body()[0] == 'S') {
            prepared.remove(message.text(0).substring(1));
            return false;
        }
        // Binding: first the portal's name, then the statement's.
        return message.is('B') && prepared.contains(message.text(1));
    }

    private static boolean isCommit(String sql) {
        return sql.strip().equalsIgnoreCase("COMMIT");
    }

    /** Whether this message of the server's says that a transaction was committed. */
    static boolean isCommitted(WireMessage message) {
        return message.is('C') && message.text(0).equals("COMMIT");
    }
}

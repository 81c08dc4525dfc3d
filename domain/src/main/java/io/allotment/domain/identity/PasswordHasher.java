package io.allotment.domain.identity;

/** Port: makes of a password what can be kept of it. Slow on purpose; thread-safe; outside of units of work. */
public interface PasswordHasher {

    /** A text of at most 500 characters that holds salt and parameters; another one each time. */
    String hash(Password password);

    /** Whether the text was made of this password; false too for a text that this does not make. */
    boolean matches(Password password, String hash);

    /** Whether the text was made with other parameters than those of today. */
    boolean isOutdated(String hash);
}

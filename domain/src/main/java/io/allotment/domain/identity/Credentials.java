package io.allotment.domain.identity;

import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** Port: passwords, and the tokens that let somebody set a new one. Platform data: in the platform's unit of work alone. */
public interface Credentials {

    /** Locked until the unit ends, so that attempts at the same moment are counted one after the other. */
    Optional<Credential> lock(UserId user);

    /** New, or instead of the one before. */
    void save(Credential credential);

    /** Nothing where there is none. */
    void delete(UserId user);

    /**
     * The attempts at an address that has no password, by its SHA-256. Locked until the unit ends, like a password, and with as
     * many statements.
     */
    Attempts lockAttempts(byte[] addressSha256);

    /** New, or instead of those before. */
    void saveAttempts(byte[] addressSha256, Attempts attempts);

    /** A further token for the user; those before stay as they are. */
    void insertReset(PasswordReset reset, byte[] tokenSha256);

    /** The user's newest. */
    Optional<PasswordReset> lastReset(UserId user);

    /** The token as it is, used by nobody yet. */
    Optional<PasswordReset> findReset(byte[] tokenSha256);

    /** Takes the token: of several at the same moment one finds it. */
    Optional<PasswordReset> takeReset(byte[] tokenSha256);

    /** All of the user's tokens. */
    void deleteResets(UserId user);
}

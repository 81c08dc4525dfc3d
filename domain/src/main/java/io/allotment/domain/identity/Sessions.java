package io.allotment.domain.identity;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;

/** Port: who is signed in. Platform data: in the platform's unit of work alone. */
public interface Sessions {

    void insert(Session session, byte[] tokenSha256);

    /** Whatever has become of it since. */
    Optional<Session> findByToken(byte[] tokenSha256);

    /** Writes when it was last used and when it expires, unless it was revoked or used later meanwhile. */
    void renew(Session session);

    /** Those of the user that are not over, newest first. */
    Page<Session> list(UserId user, Instant now, PageRequest page);

    /** False where the user has no such session that is not over. */
    boolean revoke(UserId user, SessionId id, Instant now);

    /** All of the user's but this one; how many that were. */
    int revokeAll(UserId user, Optional<SessionId> except, Instant now);

    /** Forgets those of the user that were over before this time. */
    void deleteEnded(UserId user, Instant before);
}

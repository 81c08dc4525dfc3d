package io.allotment.domain.identity;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Port: the people. Platform data: reached in the platform's unit of work alone, but for {@link #isActive}. */
public interface Users {

    /** Refuses a taken e-mail address ({@code AlreadyExists}). */
    void insert(User user);

    /**
     * Writes what was read at the version before, but for the last sign-in; refuses a stale one ({@code StaleVersion}), and a
     * taken e-mail address.
     */
    void update(User user);

    Optional<User> find(UserId id);

    /**
     * As they stand, kept so until the unit ends: who changes what lets somebody in takes turns. To be called before their password,
     * tokens and sessions are locked.
     */
    Optional<User> lock(UserId id);

    /** The same for who is to be deleted: others also wait with what would refer to them, such as a membership. */
    Optional<User> lockToDelete(UserId id);

    Optional<User> findByEmail(Email email);

    /** The addresses of several at once; who is not there is missing. */
    Map<UserId, Email> emails(Set<UserId> ids);

    /** Oldest first. */
    Page<User> list(PageRequest page);

    /** Notes a sign-in, where the last one that was noted is not a minute old. */
    void signedIn(UserId id, Instant at);

    /** Whether there is such a user, and they may act. In any unit of work. */
    boolean isActive(UserId id);

    /** The tenants that somebody belongs to, in the order of their ids. */
    List<TenantId> tenantsOf(UserId id);
}

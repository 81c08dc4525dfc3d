package io.allotment.domain.identity;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** Port: the people. Platform data: reached in the platform's unit of work alone. */
public interface Users {

    /** Refuses a taken e-mail address ({@code AlreadyExists}). */
    void insert(User user);

    Optional<User> find(UserId id);

    Optional<User> findByEmail(Email email);

    /** Oldest first. */
    Page<User> list(PageRequest page);
}

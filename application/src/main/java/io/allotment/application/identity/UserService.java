package io.allotment.application.identity;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import java.util.Optional;

/** People, whatever tenants they belong to: for the platform's operator. Thread-safe. */
public final class UserService {

    private final Persistence persistence;
    private final Ids ids;
    private final Moments moments;

    public UserService(Persistence persistence, Ids ids, Moments moments) {
        this.persistence = persistence;
        this.ids = ids;
        this.moments = moments;
    }

    /** Refuses a taken e-mail address. */
    public User create(Email email, String displayName) {
        return persistence.unitOfWork().forPlatform(() -> {
            var user = new User(new UserId(ids.next()), email, displayName, moments.now());
            persistence.users().insert(user);
            return user;
        });
    }

    /** Refuses an unknown user ({@link NotFound}). */
    public User get(UserId id) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.users().find(id))
                .orElseThrow(() -> new NotFound("user", id));
    }

    public Optional<User> findByEmail(Email email) {
        return persistence.unitOfWork().forPlatform(() -> persistence.users().findByEmail(email));
    }

    /** Oldest first. */
    public Page<User> list(PageRequest page) {
        return persistence.unitOfWork().forPlatform(() -> persistence.users().list(page));
    }
}

package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/**
 * A person, known to the platform once, whatever tenants they belong to.
 *
 * @param email unique across the platform
 * @param displayName 1 to 100 characters
 */
public record User(UserId id, Email email, String displayName, Instant createdAt) {

    public User {
        requireNonNull(id, "id");
        requireNonNull(email, "email");
        displayName = Text.name("displayName", displayName, 100);
        requireNonNull(createdAt, "createdAt");
    }
}

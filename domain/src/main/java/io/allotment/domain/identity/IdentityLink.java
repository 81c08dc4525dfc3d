package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/**
 * Whom an outside issuer means by a subject.
 *
 * @param issuer 1 to 500 characters
 * @param subject 1 to 255 characters
 * @param lastLoginAt to a minute
 */
public record IdentityLink(String issuer, String subject, UserId userId, Instant createdAt, Instant lastLoginAt) {

    public IdentityLink {
        issuer = Text.name("issuer", issuer, 500);
        subject = Text.name("subject", subject, 255);
        requireNonNull(userId, "userId");
        requireNonNull(createdAt, "createdAt");
        requireNonNull(lastLoginAt, "lastLoginAt");
    }
}

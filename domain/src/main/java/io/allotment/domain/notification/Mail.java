package io.allotment.domain.notification;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A mail to one person. Its body may hold a secret, such as the token of an invitation, so it is not kept longer than needed:
 * what was sent has none any more.
 *
 * @param subject 1 to 200 characters, one line
 * @param body plain text of at most 20,000 characters; empty once it was sent
 * @param sentAt when the mail server took it; empty until then
 * @param attempts how often it was handed to the mail server
 * @param lastError why the last attempt failed, cut at 500 characters; empty where none did since
 */
public record Mail(
        UUID id,
        Email recipient,
        String subject,
        String body,
        Instant createdAt,
        Optional<Instant> sentAt,
        int attempts,
        Optional<String> lastError) {

    /** After so many failures it is given up. */
    public static final int MAX_ATTEMPTS = 10;

    private static final int MAX_ERROR = 500;

    public Mail {
        requireNonNull(id, "id");
        requireNonNull(recipient, "recipient");
        subject = Text.name("subject", subject, 200);
        body = Text.prose("body", body, 20_000);
        requireNonNull(createdAt, "createdAt");
        if (sentAt.isEmpty() && body.isBlank()) {
            throw new InvalidValue("body", "must not be empty");
        }
        if (attempts < 0) {
            throw new InvalidValue("attempts", "must not be negative");
        }
        lastError = lastError.map(text -> text.substring(0, Math.min(text.length(), MAX_ERROR)));
    }

    /** One that is to be sent. */
    public static Mail to(UUID id, Email recipient, String subject, String body, Instant now) {
        return new Mail(id, recipient, subject, body, now, Optional.empty(), 0, Optional.empty());
    }

    /** The mail server took it: the body is gone. */
    public Mail sent(Instant at) {
        return new Mail(id, recipient, subject, "", createdAt, Optional.of(at), attempts + 1, Optional.empty());
    }

    /** It did not work; another attempt may, until there were {@link #MAX_ATTEMPTS}. */
    public Mail failed(String error) {
        return new Mail(id, recipient, subject, body, createdAt, Optional.empty(), attempts + 1, Optional.of(error));
    }

    /** Whether it is still to be sent. */
    public boolean isDue() {
        return sentAt.isEmpty() && attempts < MAX_ATTEMPTS;
    }

    /** Without recipient and body: this may be logged. */
    @Override
    public String toString() {
        return "Mail[" + id + "]";
    }
}

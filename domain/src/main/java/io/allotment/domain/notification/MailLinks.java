package io.allotment.domain.notification;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * Where the links in mails lead. A mail without one holds the bare token.
 *
 * @param invitation to the page that accepts an invitation
 * @param passwordReset to the page that sets a new password
 */
public record MailLinks(Optional<LinkTemplate> invitation, Optional<LinkTemplate> passwordReset) {

    public static final MailLinks NONE = new MailLinks(Optional.empty(), Optional.empty());

    public MailLinks {
        requireNonNull(invitation, "invitation");
        requireNonNull(passwordReset, "passwordReset");
    }
}

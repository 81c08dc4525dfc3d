package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Email;
import java.util.Optional;

/**
 * What an outside issuer says of somebody, in a token that was verified.
 *
 * @param subject whom the issuer means, for good; an address may change
 * @param emailVerified whether the issuer vouches that the address is theirs
 */
public record ExternalIdentity(
        String issuer, String subject, Optional<Email> email, boolean emailVerified, Optional<String> name) {

    public ExternalIdentity {
        requireNonNull(issuer, "issuer");
        requireNonNull(subject, "subject");
        requireNonNull(email, "email");
        requireNonNull(name, "name");
    }
}

package io.allotment.domain.identity;

import java.util.Optional;

/** Port: reads tokens of the outside issuers that are trusted. Thread-safe; outside of units of work, since it may have to ask. */
public interface TokenVerifier {

    /**
     * Whom the token names; empty for every token that is not one of a trusted issuer for us, valid now. Throws {@code
     * Unavailable} where the issuer's keys cannot be had at the moment.
     */
    Optional<ExternalIdentity> verify(String jwt);
}

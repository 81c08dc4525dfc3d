package io.allotment.domain.identity;

import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: whom outside issuers mean. Platform data: in the platform's unit of work alone. */
public interface ExternalIdentities {

    /** Refuses a subject of the issuer that is somebody already ({@code AlreadyExists}), and a user there is not ({@code Unknown}). */
    void insert(IdentityLink link);

    Optional<IdentityLink> find(String issuer, String subject);

    /** All of a user's, by issuer and subject. */
    List<IdentityLink> of(UserId user);

    /** Notes a sign-in, where the last one that was noted is not a minute old. */
    void signedIn(String issuer, String subject, Instant at);
}

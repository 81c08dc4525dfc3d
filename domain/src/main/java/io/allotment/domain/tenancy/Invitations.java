package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/**
 * Port: a tenant's invitations, and the way to them from the SHA-256 of their tokens. Changed under {@link
 * Tenants#lockRights}.
 */
public interface Invitations {

    /** Refuses a second pending one for the address in the tenant ({@code AlreadyExists}). */
    void insert(Invitation invitation, byte[] tokenSha256);

    /** Writes an invitation that was sent again; the token before is not known any more. */
    void renew(Invitation invitation, byte[] tokenSha256);

    /** Writes an invitation that was accepted or revoked; its token is not known any more. */
    void end(Invitation invitation);

    Optional<Invitation> find(TenantId tenant, InvitationId id);

    /** The one for the address that was neither accepted nor revoked, expired or not. */
    Optional<Invitation> findPending(TenantId tenant, Email email);

    /** Newest first. */
    Page<Invitation> list(TenantId tenant, PageRequest page);

    /** Whosever tenant's it is: the way to the tenant. In the platform's unit of work alone. */
    Optional<Invitation> findByToken(byte[] tokenSha256);

    /** The tenant's own. */
    Optional<Invitation> findByToken(TenantId tenant, byte[] tokenSha256);
}

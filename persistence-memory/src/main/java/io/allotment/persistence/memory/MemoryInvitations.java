package io.allotment.persistence.memory;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Invitations;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

final class MemoryInvitations implements Invitations {

    private final Tables tables;

    MemoryInvitations(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Invitation invitation, byte[] tokenSha256) {
        tables.invitations.requireToWrite(invitation);
        if (!tables.tenants.holds(Key.of(invitation.tenantId()))) {
            throw new Unknown("tenant", "tenantId", invitation.tenantId());
        }
        if (findPending(invitation.tenantId(), invitation.email()).isPresent()) {
            throw new AlreadyExists("invitation", "email", invitation.email());
        }
        tables.invitations.put(Key.of(invitation.tenantId(), invitation.id()), invitation);
        know(invitation, tokenSha256);
    }

    @Override
    public void renew(Invitation invitation, byte[] tokenSha256) {
        write(invitation);
        know(invitation, tokenSha256);
    }

    @Override
    public void end(Invitation invitation) {
        write(invitation);
        tables.invitationTokens.removeUnder(Key.of(invitation.tenantId(), invitation.id()));
    }

    private void write(Invitation invitation) {
        tables.invitations.requireToWrite(invitation);
        if (find(invitation.tenantId(), invitation.id()).isEmpty()) {
            throw new IllegalStateException("There is no invitation " + invitation.id());
        }
        tables.invitations.put(Key.of(invitation.tenantId(), invitation.id()), invitation);
    }

    /** By this token alone. */
    private void know(Invitation invitation, byte[] tokenSha256) {
        tables.invitationTokens.put(
                Key.of(invitation.tenantId(), invitation.id()),
                new Tables.InvitationToken(
                        HexFormat.of().formatHex(tokenSha256), invitation.tenantId(), invitation.id()));
    }

    @Override
    public Optional<Invitation> find(TenantId tenant, InvitationId id) {
        return tables.invitations.find(Key.of(tenant, id));
    }

    @Override
    public Optional<Invitation> findPending(TenantId tenant, Email email) {
        return tables.invitations
                .under(Key.of(tenant))
                .filter(Invitation::isPending)
                .filter(invitation -> invitation.email().equals(email))
                .findFirst();
    }

    @Override
    public Page<Invitation> list(TenantId tenant, PageRequest page) {
        return tables.invitations.pageBackwards(Key.of(tenant), Position.ID, page, any -> true);
    }

    @Override
    public Optional<Invitation> findByToken(byte[] tokenSha256) {
        tables.requirePlatform("an invitation of any tenant");
        return byToken(tables.invitationTokens.all(), tokenSha256);
    }

    @Override
    public Optional<Invitation> findByToken(TenantId tenant, byte[] tokenSha256) {
        return byToken(tables.invitationTokens.under(Key.of(tenant)), tokenSha256);
    }

    private Optional<Invitation> byToken(Stream<Tables.InvitationToken> tokens, byte[] tokenSha256) {
        var digest = HexFormat.of().formatHex(tokenSha256);
        return tokens.filter(token -> token.sha256().equals(digest))
                .findFirst()
                .flatMap(token -> find(token.tenantId(), token.invitationId()));
    }
}

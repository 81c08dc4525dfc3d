package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.INVITATIONS;
import static io.allotment.persistence.jooq.generated.Tables.INVITATION_DIRECTORY;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.tenancy.Invitations;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SelectConditionStep;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqInvitations implements Invitations {

    private final DSLContext db;
    private final JooqUnits units;

    JooqInvitations(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void insert(Invitation invitation, byte[] tokenSha256) {
        try {
            db.insertInto(INVITATIONS)
                    .set(INVITATIONS.TENANT_ID, invitation.tenantId().value())
                    .set(INVITATIONS.ID, invitation.id().value())
                    .set(INVITATIONS.EMAIL, invitation.email().value())
                    .set(INVITATIONS.ROLE_KEY, invitation.role().value())
                    .set(INVITATIONS.CREATED_AT, invitation.createdAt())
                    .set(changing(invitation))
                    .execute();
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken)
                    ? new AlreadyExists("invitation", "email", invitation.email())
                    : taken;
        }
        know(invitation, tokenSha256);
    }

    @Override
    public void renew(Invitation invitation, byte[] tokenSha256) {
        write(invitation);
        forget(invitation);
        know(invitation, tokenSha256);
    }

    @Override
    public void end(Invitation invitation) {
        write(invitation);
        forget(invitation);
    }

    private void write(Invitation invitation) {
        int rows = db.update(INVITATIONS)
                .set(changing(invitation))
                .where(INVITATIONS.TENANT_ID.eq(invitation.tenantId().value()))
                .and(INVITATIONS.ID.eq(invitation.id().value()))
                .execute();
        if (rows == 0) {
            throw new IllegalStateException("There is no invitation " + invitation.id());
        }
    }

    private static Map<Field<?>, Object> changing(Invitation invitation) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(
                INVITATIONS.INVITED_BY,
                invitation.invitedBy().map(UserId::value).orElse(null));
        columns.put(INVITATIONS.EXPIRES_AT, invitation.expiresAt());
        columns.put(INVITATIONS.ACCEPTED_AT, invitation.acceptedAt().orElse(null));
        columns.put(
                INVITATIONS.ACCEPTED_BY,
                invitation.acceptedBy().map(UserId::value).orElse(null));
        columns.put(INVITATIONS.REVOKED_AT, invitation.revokedAt().orElse(null));
        return columns;
    }

    private void know(Invitation invitation, byte[] tokenSha256) {
        db.insertInto(INVITATION_DIRECTORY)
                .set(INVITATION_DIRECTORY.TENANT_ID, invitation.tenantId().value())
                .set(INVITATION_DIRECTORY.INVITATION_ID, invitation.id().value())
                .set(INVITATION_DIRECTORY.TOKEN_SHA256, tokenSha256)
                .execute();
    }

    private void forget(Invitation invitation) {
        db.deleteFrom(INVITATION_DIRECTORY)
                .where(INVITATION_DIRECTORY.TENANT_ID.eq(invitation.tenantId().value()))
                .and(INVITATION_DIRECTORY.INVITATION_ID.eq(invitation.id().value()))
                .execute();
    }

    @Override
    public Optional<Invitation> find(TenantId tenant, InvitationId id) {
        return db.selectFrom(INVITATIONS)
                .where(INVITATIONS.TENANT_ID.eq(tenant.value()))
                .and(INVITATIONS.ID.eq(id.value()))
                .fetchOptional(JooqInvitations::invitation);
    }

    @Override
    public Optional<Invitation> findPending(TenantId tenant, Email email) {
        return db.selectFrom(INVITATIONS)
                .where(INVITATIONS.TENANT_ID.eq(tenant.value()))
                .and(INVITATIONS.EMAIL.eq(email.value()))
                .and(INVITATIONS.ACCEPTED_AT.isNull())
                .and(INVITATIONS.REVOKED_AT.isNull())
                .fetchOptional(JooqInvitations::invitation);
    }

    @Override
    public Page<Invitation> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(INVITATIONS)
                .where(INVITATIONS.TENANT_ID.eq(tenant.value()))
                .and(Columns.before(INVITATIONS.ID, page))
                .orderBy(INVITATIONS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqInvitations::invitation);
        return Page.of(rows, page, invitation -> invitation.id().toString());
    }

    @Override
    public Optional<Invitation> findByToken(byte[] tokenSha256) {
        units.requirePlatform("an invitation of any tenant");
        return byToken(tokenSha256).fetchOptional(JooqInvitations::invitation);
    }

    @Override
    public Optional<Invitation> findByToken(TenantId tenant, byte[] tokenSha256) {
        return byToken(tokenSha256)
                .and(INVITATION_DIRECTORY.TENANT_ID.eq(tenant.value()))
                .fetchOptional(JooqInvitations::invitation);
    }

    private SelectConditionStep<Record> byToken(byte[] tokenSha256) {
        return db.select(INVITATIONS.fields())
                .from(INVITATION_DIRECTORY)
                .join(INVITATIONS)
                .on(INVITATIONS.TENANT_ID.eq(INVITATION_DIRECTORY.TENANT_ID))
                .and(INVITATIONS.ID.eq(INVITATION_DIRECTORY.INVITATION_ID))
                .where(INVITATION_DIRECTORY.TOKEN_SHA256.eq(tokenSha256));
    }

    static Invitation invitation(Record row) {
        return new Invitation(
                new TenantId(row.get(INVITATIONS.TENANT_ID)),
                new InvitationId(row.get(INVITATIONS.ID)),
                new Email(row.get(INVITATIONS.EMAIL)),
                new RoleKey(row.get(INVITATIONS.ROLE_KEY)),
                Columns.optional(row, INVITATIONS.INVITED_BY).map(UserId::new),
                row.get(INVITATIONS.CREATED_AT),
                row.get(INVITATIONS.EXPIRES_AT),
                Columns.optional(row, INVITATIONS.ACCEPTED_AT),
                Columns.optional(row, INVITATIONS.ACCEPTED_BY).map(UserId::new),
                Columns.optional(row, INVITATIONS.REVOKED_AT));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.EXTERNAL_IDENTITIES;

import io.allotment.domain.identity.ExternalIdentities;
import io.allotment.domain.identity.IdentityLink;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqExternalIdentities implements ExternalIdentities {

    private final DSLContext db;

    JooqExternalIdentities(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(IdentityLink link) {
        int rows;
        try {
            rows = db.insertInto(EXTERNAL_IDENTITIES)
                    .set(EXTERNAL_IDENTITIES.ISSUER, link.issuer())
                    .set(EXTERNAL_IDENTITIES.SUBJECT, link.subject())
                    .set(EXTERNAL_IDENTITIES.USER_ID, link.userId().value())
                    .set(EXTERNAL_IDENTITIES.CREATED_AT, link.createdAt())
                    .set(EXTERNAL_IDENTITIES.LAST_LOGIN_AT, link.lastLoginAt())
                    .onConflict(EXTERNAL_IDENTITIES.ISSUER, EXTERNAL_IDENTITIES.SUBJECT)
                    .doNothing()
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing) ? new Unknown("user", "userId", link.userId()) : missing;
        }
        if (rows == 0) {
            throw new AlreadyExists("external identity", "subject", link.subject());
        }
    }

    @Override
    public Optional<IdentityLink> find(String issuer, String subject) {
        return db.selectFrom(EXTERNAL_IDENTITIES)
                .where(EXTERNAL_IDENTITIES.ISSUER.eq(issuer))
                .and(EXTERNAL_IDENTITIES.SUBJECT.eq(subject))
                .fetchOptional(JooqExternalIdentities::link);
    }

    @Override
    public List<IdentityLink> of(UserId user) {
        return db.selectFrom(EXTERNAL_IDENTITIES)
                .where(EXTERNAL_IDENTITIES.USER_ID.eq(user.value()))
                .orderBy(EXTERNAL_IDENTITIES.ISSUER, EXTERNAL_IDENTITIES.SUBJECT)
                .fetch(JooqExternalIdentities::link);
    }

    @Override
    public void signedIn(String issuer, String subject, Instant at) {
        db.update(EXTERNAL_IDENTITIES)
                .set(EXTERNAL_IDENTITIES.LAST_LOGIN_AT, at)
                .where(EXTERNAL_IDENTITIES.ISSUER.eq(issuer))
                .and(EXTERNAL_IDENTITIES.SUBJECT.eq(subject))
                .and(JooqUsers.isMinuteOld(EXTERNAL_IDENTITIES.LAST_LOGIN_AT, at))
                .execute();
    }

    private static IdentityLink link(Record row) {
        return new IdentityLink(
                row.get(EXTERNAL_IDENTITIES.ISSUER),
                row.get(EXTERNAL_IDENTITIES.SUBJECT),
                new UserId(row.get(EXTERNAL_IDENTITIES.USER_ID)),
                row.get(EXTERNAL_IDENTITIES.CREATED_AT),
                row.get(EXTERNAL_IDENTITIES.LAST_LOGIN_AT));
    }
}

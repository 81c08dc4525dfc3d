package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.SESSIONS;

import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.Sessions;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqSessions implements Sessions {

    private final DSLContext db;

    JooqSessions(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(Session session, byte[] tokenSha256) {
        db.insertInto(SESSIONS)
                .set(SESSIONS.ID, session.id().value())
                .set(SESSIONS.TOKEN_SHA256, tokenSha256)
                .set(SESSIONS.USER_ID, session.userId().value())
                .set(SESSIONS.IP_ADDRESS, session.ipAddress().orElse(null))
                .set(SESSIONS.USER_AGENT, session.userAgent().orElse(null))
                .set(SESSIONS.CREATED_AT, session.createdAt())
                .set(SESSIONS.LAST_USED_AT, session.lastUsedAt())
                .set(SESSIONS.EXPIRES_AT, session.expiresAt())
                .set(SESSIONS.ENDS_AT, session.endsAt())
                .set(SESSIONS.REVOKED_AT, session.revokedAt().orElse(null))
                .execute();
    }

    @Override
    public Optional<Session> findByToken(byte[] tokenSha256) {
        return db.selectFrom(SESSIONS)
                .where(SESSIONS.TOKEN_SHA256.eq(tokenSha256))
                .fetchOptional(JooqSessions::session);
    }

    @Override
    public void renew(Session session) {
        db.update(SESSIONS)
                .set(SESSIONS.LAST_USED_AT, session.lastUsedAt())
                .set(SESSIONS.EXPIRES_AT, session.expiresAt())
                .where(SESSIONS.ID.eq(session.id().value()))
                .and(SESSIONS.REVOKED_AT.isNull())
                .and(SESSIONS.LAST_USED_AT.lt(session.lastUsedAt()))
                .execute();
    }

    @Override
    public Page<Session> list(UserId user, Instant now, PageRequest page) {
        var rows = db.selectFrom(SESSIONS)
                .where(isLive(user, now))
                .and(Columns.before(SESSIONS.ID, page))
                .orderBy(SESSIONS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqSessions::session);
        return Page.of(rows, page, session -> session.id().toString());
    }

    @Override
    public boolean revoke(UserId user, SessionId id, Instant now) {
        return db.update(SESSIONS)
                        .set(SESSIONS.REVOKED_AT, now)
                        .where(isLive(user, now))
                        .and(SESSIONS.ID.eq(id.value()))
                        .execute()
                == 1;
    }

    @Override
    public int revokeAll(UserId user, Optional<SessionId> except, Instant now) {
        return db.update(SESSIONS)
                .set(SESSIONS.REVOKED_AT, now)
                .where(isLive(user, now))
                .and(except.<Condition>map(id -> SESSIONS.ID.ne(id.value())).orElse(DSL.noCondition()))
                .execute();
    }

    @Override
    public void deleteEnded(UserId user, Instant before) {
        db.deleteFrom(SESSIONS)
                .where(SESSIONS.USER_ID.eq(user.value()))
                .and(DSL.coalesce(SESSIONS.REVOKED_AT, SESSIONS.EXPIRES_AT).lt(before))
                .execute();
    }

    private static Condition isLive(UserId user, Instant now) {
        return SESSIONS.USER_ID
                .eq(user.value())
                .and(SESSIONS.REVOKED_AT.isNull())
                .and(SESSIONS.EXPIRES_AT.gt(now));
    }

    static Session session(Record row) {
        return new Session(
                new SessionId(row.get(SESSIONS.ID)),
                new UserId(row.get(SESSIONS.USER_ID)),
                Columns.optional(row, SESSIONS.IP_ADDRESS),
                Columns.optional(row, SESSIONS.USER_AGENT),
                row.get(SESSIONS.CREATED_AT),
                row.get(SESSIONS.LAST_USED_AT),
                row.get(SESSIONS.EXPIRES_AT),
                row.get(SESSIONS.ENDS_AT),
                Columns.optional(row, SESSIONS.REVOKED_AT));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.ADDRESS_ATTEMPTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDENTIALS;
import static io.allotment.persistence.jooq.generated.Tables.PASSWORD_RESETS;

import io.allotment.domain.identity.Attempts;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.Credentials;
import io.allotment.domain.identity.PasswordReset;
import io.allotment.domain.shared.UserId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;

final class JooqCredentials implements Credentials {

    private final DSLContext db;

    JooqCredentials(DSLContext db) {
        this.db = db;
    }

    @Override
    public Optional<Credential> lock(UserId user) {
        return db.selectFrom(CREDENTIALS)
                .where(CREDENTIALS.USER_ID.eq(user.value()))
                .forUpdate()
                .fetchOptional(JooqCredentials::credential);
    }

    @Override
    public void save(Credential credential) {
        db.insertInto(CREDENTIALS)
                .set(CREDENTIALS.USER_ID, credential.userId().value())
                .set(columns(credential))
                .onConflict(CREDENTIALS.USER_ID)
                .doUpdate()
                .set(columns(credential))
                .execute();
    }

    private static Map<Field<?>, Object> columns(Credential credential) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(CREDENTIALS.PASSWORD_HASH, credential.passwordHash());
        columns.put(CREDENTIALS.ADDRESS_PROVEN, credential.addressProven());
        columns.put(CREDENTIALS.CHANGED_AT, credential.changedAt());
        columns.put(CREDENTIALS.FAILED_ATTEMPTS, credential.attempts().failed());
        columns.put(
                CREDENTIALS.LAST_FAILED_AT, credential.attempts().lastFailedAt().orElse(null));
        return columns;
    }

    @Override
    public void delete(UserId user) {
        db.deleteFrom(CREDENTIALS).where(CREDENTIALS.USER_ID.eq(user.value())).execute();
    }

    /** A row that nobody counted in yet is made, so that there is something to lock. */
    @Override
    public Attempts lockAttempts(byte[] addressSha256) {
        return db.insertInto(ADDRESS_ATTEMPTS)
                .set(ADDRESS_ATTEMPTS.ADDRESS_SHA256, addressSha256)
                .set(ADDRESS_ATTEMPTS.FAILED_ATTEMPTS, 0)
                .onConflict(ADDRESS_ATTEMPTS.ADDRESS_SHA256)
                .doUpdate()
                .set(ADDRESS_ATTEMPTS.FAILED_ATTEMPTS, ADDRESS_ATTEMPTS.FAILED_ATTEMPTS)
                .returning()
                .fetchOne(row -> new Attempts(
                        row.get(ADDRESS_ATTEMPTS.FAILED_ATTEMPTS),
                        Columns.optional(row, ADDRESS_ATTEMPTS.LAST_FAILED_AT)));
    }

    @Override
    public void saveAttempts(byte[] addressSha256, Attempts attempts) {
        var lastFailedAt = attempts.lastFailedAt().orElse(null);
        db.insertInto(ADDRESS_ATTEMPTS)
                .set(ADDRESS_ATTEMPTS.ADDRESS_SHA256, addressSha256)
                .set(ADDRESS_ATTEMPTS.FAILED_ATTEMPTS, attempts.failed())
                .set(ADDRESS_ATTEMPTS.LAST_FAILED_AT, lastFailedAt)
                .onConflict(ADDRESS_ATTEMPTS.ADDRESS_SHA256)
                .doUpdate()
                .set(ADDRESS_ATTEMPTS.FAILED_ATTEMPTS, attempts.failed())
                .set(ADDRESS_ATTEMPTS.LAST_FAILED_AT, lastFailedAt)
                .execute();
    }

    @Override
    public void insertReset(PasswordReset reset, byte[] tokenSha256) {
        db.insertInto(PASSWORD_RESETS)
                .set(PASSWORD_RESETS.TOKEN_SHA256, tokenSha256)
                .set(PASSWORD_RESETS.USER_ID, reset.userId().value())
                .set(PASSWORD_RESETS.CREATED_AT, reset.createdAt())
                .set(PASSWORD_RESETS.EXPIRES_AT, reset.expiresAt())
                .execute();
    }

    @Override
    public Optional<PasswordReset> lastReset(UserId user) {
        return db.selectFrom(PASSWORD_RESETS)
                .where(PASSWORD_RESETS.USER_ID.eq(user.value()))
                .orderBy(PASSWORD_RESETS.CREATED_AT.desc())
                .limit(1)
                .fetchOptional(JooqCredentials::reset);
    }

    @Override
    public Optional<PasswordReset> findReset(byte[] tokenSha256) {
        return db.selectFrom(PASSWORD_RESETS)
                .where(PASSWORD_RESETS.TOKEN_SHA256.eq(tokenSha256))
                .fetchOptional(JooqCredentials::reset);
    }

    @Override
    public Optional<PasswordReset> takeReset(byte[] tokenSha256) {
        return db.deleteFrom(PASSWORD_RESETS)
                .where(PASSWORD_RESETS.TOKEN_SHA256.eq(tokenSha256))
                .returning()
                .fetchOptional(JooqCredentials::reset);
    }

    @Override
    public void deleteResets(UserId user) {
        db.deleteFrom(PASSWORD_RESETS)
                .where(PASSWORD_RESETS.USER_ID.eq(user.value()))
                .execute();
    }

    private static Credential credential(Record row) {
        return new Credential(
                new UserId(row.get(CREDENTIALS.USER_ID)),
                row.get(CREDENTIALS.PASSWORD_HASH),
                row.get(CREDENTIALS.ADDRESS_PROVEN),
                row.get(CREDENTIALS.CHANGED_AT),
                new Attempts(row.get(CREDENTIALS.FAILED_ATTEMPTS), Columns.optional(row, CREDENTIALS.LAST_FAILED_AT)));
    }

    private static PasswordReset reset(Record row) {
        return new PasswordReset(
                new UserId(row.get(PASSWORD_RESETS.USER_ID)),
                row.get(PASSWORD_RESETS.CREATED_AT),
                row.get(PASSWORD_RESETS.EXPIRES_AT));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_REQUESTS;

import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Requests;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqRequests implements Requests {

    private final DSLContext db;

    JooqRequests(DSLContext db) {
        this.db = db;
    }

    /** The insert waits for another unit that claims the same key; whether a row came of it tells who was first. */
    @Override
    public Optional<Answered> claim(Optional<TenantId> tenant, IdempotencyKey key, String fingerprint, Instant now) {
        boolean first = tenant.isPresent()
                ? claimOf(tenant.get(), key, fingerprint, now)
                : claimOfPlatform(key, fingerprint, now);
        return first
                ? Optional.empty()
                : Optional.of(find(tenant, key)
                        .orElseThrow(() ->
                                new IllegalStateException("The key " + key + " is claimed and not answered yet")));
    }

    private boolean claimOf(TenantId tenant, IdempotencyKey key, String fingerprint, Instant now) {
        try {
            return db.insertInto(TENANT_REQUESTS)
                            .set(TENANT_REQUESTS.TENANT_ID, tenant.value())
                            .set(TENANT_REQUESTS.IDEMPOTENCY_KEY, key.value())
                            .set(TENANT_REQUESTS.FINGERPRINT, fingerprint)
                            .set(TENANT_REQUESTS.CREATED_AT, now)
                            .onConflict(TENANT_REQUESTS.TENANT_ID, TENANT_REQUESTS.IDEMPOTENCY_KEY)
                            .doNothing()
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException gone) {
            throw SqlErrors.isForeignKeyViolation(gone) ? new NotFound("tenant", tenant) : gone;
        }
    }

    private boolean claimOfPlatform(IdempotencyKey key, String fingerprint, Instant now) {
        return db.insertInto(PLATFORM_REQUESTS)
                        .set(PLATFORM_REQUESTS.IDEMPOTENCY_KEY, key.value())
                        .set(PLATFORM_REQUESTS.FINGERPRINT, fingerprint)
                        .set(PLATFORM_REQUESTS.CREATED_AT, now)
                        .onConflict(PLATFORM_REQUESTS.IDEMPOTENCY_KEY)
                        .doNothing()
                        .execute()
                == 1;
    }

    @Override
    public Optional<Answered> find(Optional<TenantId> tenant, IdempotencyKey key) {
        return tenant.isPresent()
                ? db.select(TENANT_REQUESTS.FINGERPRINT, TENANT_REQUESTS.ANSWER)
                        .from(TENANT_REQUESTS)
                        .where(TENANT_REQUESTS.TENANT_ID.eq(tenant.get().value()))
                        .and(TENANT_REQUESTS.IDEMPOTENCY_KEY.eq(key.value()))
                        .and(TENANT_REQUESTS.ANSWER.isNotNull())
                        .fetchOptional(row -> new Answered(row.value1(), row.value2()))
                : db.select(PLATFORM_REQUESTS.FINGERPRINT, PLATFORM_REQUESTS.ANSWER)
                        .from(PLATFORM_REQUESTS)
                        .where(PLATFORM_REQUESTS.IDEMPOTENCY_KEY.eq(key.value()))
                        .and(PLATFORM_REQUESTS.ANSWER.isNotNull())
                        .fetchOptional(row -> new Answered(row.value1(), row.value2()));
    }

    @Override
    public void answer(Optional<TenantId> tenant, IdempotencyKey key, String answer) {
        if (tenant.isPresent()) {
            db.update(TENANT_REQUESTS)
                    .set(TENANT_REQUESTS.ANSWER, answer)
                    .where(TENANT_REQUESTS.TENANT_ID.eq(tenant.get().value()))
                    .and(TENANT_REQUESTS.IDEMPOTENCY_KEY.eq(key.value()))
                    .execute();
        } else {
            db.update(PLATFORM_REQUESTS)
                    .set(PLATFORM_REQUESTS.ANSWER, answer)
                    .where(PLATFORM_REQUESTS.IDEMPOTENCY_KEY.eq(key.value()))
                    .execute();
        }
    }
}

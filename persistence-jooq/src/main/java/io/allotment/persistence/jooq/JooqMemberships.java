package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;

import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Memberships;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqMemberships implements Memberships {

    private final DSLContext db;

    JooqMemberships(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(Membership membership) {
        try {
            int rows = db.insertInto(MEMBERSHIPS)
                    .set(MEMBERSHIPS.TENANT_ID, membership.tenantId().value())
                    .set(MEMBERSHIPS.USER_ID, membership.userId().value())
                    .set(MEMBERSHIPS.DISPLAY_NAME, membership.displayName())
                    .set(MEMBERSHIPS.CREATED_AT, membership.createdAt())
                    .onConflict(MEMBERSHIPS.TENANT_ID, MEMBERSHIPS.USER_ID)
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists("member", "userId", membership.userId());
            }
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("user", "userId", membership.userId())
                    : missing;
        }
    }

    @Override
    public Optional<Membership> find(TenantId tenant, UserId user) {
        return db.selectFrom(MEMBERSHIPS)
                .where(MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(MEMBERSHIPS.USER_ID.eq(user.value()))
                .fetchOptional(JooqMemberships::membership);
    }

    @Override
    public Page<Membership> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(MEMBERSHIPS)
                .where(MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(Columns.after(MEMBERSHIPS.USER_ID, page))
                .orderBy(MEMBERSHIPS.USER_ID)
                .limit(page.limit() + 1)
                .fetch(JooqMemberships::membership);
        return Page.of(rows, page, membership -> membership.userId().toString());
    }

    private static Membership membership(Record row) {
        return new Membership(
                new TenantId(row.get(MEMBERSHIPS.TENANT_ID)),
                new UserId(row.get(MEMBERSHIPS.USER_ID)),
                row.get(MEMBERSHIPS.DISPLAY_NAME),
                row.get(MEMBERSHIPS.CREATED_AT));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_ROLE_ASSIGNMENTS;

import io.allotment.domain.access.PlatformAssignment;
import io.allotment.domain.access.PlatformRole;
import io.allotment.domain.access.PlatformRoles;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.util.List;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqPlatformRoles implements PlatformRoles {

    private final DSLContext db;

    JooqPlatformRoles(DSLContext db) {
        this.db = db;
    }

    @Override
    public void assign(PlatformAssignment assignment) {
        try {
            db.insertInto(PLATFORM_ROLE_ASSIGNMENTS)
                    .set(PLATFORM_ROLE_ASSIGNMENTS.USER_ID, assignment.userId().value())
                    .set(PLATFORM_ROLE_ASSIGNMENTS.ROLE, assignment.role().name())
                    .set(
                            PLATFORM_ROLE_ASSIGNMENTS.GRANTED_BY,
                            assignment.grantedBy().map(UserId::value).orElse(null))
                    .set(PLATFORM_ROLE_ASSIGNMENTS.GRANTED_AT, assignment.grantedAt())
                    .set(
                            PLATFORM_ROLE_ASSIGNMENTS.EXPIRES_AT,
                            assignment.expiresAt().orElse(null))
                    .onConflict(PLATFORM_ROLE_ASSIGNMENTS.USER_ID, PLATFORM_ROLE_ASSIGNMENTS.ROLE)
                    .doUpdate()
                    .set(PLATFORM_ROLE_ASSIGNMENTS.GRANTED_BY, DSL.excluded(PLATFORM_ROLE_ASSIGNMENTS.GRANTED_BY))
                    .set(PLATFORM_ROLE_ASSIGNMENTS.GRANTED_AT, DSL.excluded(PLATFORM_ROLE_ASSIGNMENTS.GRANTED_AT))
                    .set(PLATFORM_ROLE_ASSIGNMENTS.EXPIRES_AT, DSL.excluded(PLATFORM_ROLE_ASSIGNMENTS.EXPIRES_AT))
                    .execute();
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("user", "userId", assignment.userId())
                    : missing;
        }
    }

    @Override
    public boolean unassign(UserId user, PlatformRole role) {
        return db.deleteFrom(PLATFORM_ROLE_ASSIGNMENTS)
                        .where(PLATFORM_ROLE_ASSIGNMENTS.USER_ID.eq(user.value()))
                        .and(PLATFORM_ROLE_ASSIGNMENTS.ROLE.eq(role.name()))
                        .execute()
                == 1;
    }

    @Override
    public List<PlatformAssignment> of(UserId user) {
        return db.selectFrom(PLATFORM_ROLE_ASSIGNMENTS)
                .where(PLATFORM_ROLE_ASSIGNMENTS.USER_ID.eq(user.value()))
                .orderBy(PLATFORM_ROLE_ASSIGNMENTS.ROLE)
                .fetch(JooqPlatformRoles::assignment);
    }

    @Override
    public Page<PlatformAssignment> list(PageRequest page) {
        var rows = db.selectFrom(PLATFORM_ROLE_ASSIGNMENTS)
                .where(page.after().map(JooqPlatformRoles::after).orElse(DSL.noCondition()))
                .orderBy(PLATFORM_ROLE_ASSIGNMENTS.USER_ID, PLATFORM_ROLE_ASSIGNMENTS.ROLE)
                .limit(page.limit() + 1)
                .fetch(JooqPlatformRoles::assignment);
        return Page.of(rows, page, held -> held.userId() + "." + held.role());
    }

    private static Condition after(String cursor) {
        var parts = Cursor.parts(cursor, 2);
        return DSL.row(PLATFORM_ROLE_ASSIGNMENTS.USER_ID, PLATFORM_ROLE_ASSIGNMENTS.ROLE)
                .gt(Columns.uuid(parts[0]), parts[1]);
    }

    private static PlatformAssignment assignment(Record row) {
        return new PlatformAssignment(
                new UserId(row.get(PLATFORM_ROLE_ASSIGNMENTS.USER_ID)),
                PlatformRole.valueOf(row.get(PLATFORM_ROLE_ASSIGNMENTS.ROLE)),
                Columns.optional(row, PLATFORM_ROLE_ASSIGNMENTS.GRANTED_BY).map(UserId::new),
                row.get(PLATFORM_ROLE_ASSIGNMENTS.GRANTED_AT),
                Columns.optional(row, PLATFORM_ROLE_ASSIGNMENTS.EXPIRES_AT));
    }
}

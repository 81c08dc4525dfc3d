package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.USERS;

import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.identity.Users;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqUsers implements Users {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final DSLContext db;

    JooqUsers(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(User user) {
        int rows = db.insertInto(USERS)
                .set(USERS.ID, user.id().value())
                .set(USERS.CREATED_AT, user.createdAt())
                .set(USERS.LAST_LOGIN_AT, user.lastLoginAt().orElse(null))
                .set(columns(user))
                .onConflict(USERS.EMAIL)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("user", "email", user.email());
        }
    }

    @Override
    public void update(User user) {
        int rows;
        try {
            rows = db.update(USERS)
                    .set(columns(user))
                    .where(USERS.ID.eq(user.id().value()))
                    .and(USERS.VERSION.eq(user.version() - 1))
                    .execute();
        } catch (IntegrityConstraintViolationException taken) {
            throw SqlErrors.isUniqueViolation(taken) ? new AlreadyExists("user", "email", user.email()) : taken;
        }
        if (rows == 0) {
            throw new StaleVersion("user", user.id());
        }
    }

    private static Map<Field<?>, Object> columns(User user) {
        var profile = user.profile();
        var columns = new HashMap<Field<?>, Object>();
        columns.put(USERS.EMAIL, user.email().value());
        columns.put(USERS.DISPLAY_NAME, profile.displayName());
        columns.put(USERS.FULL_NAME, profile.fullName().orElse(null));
        columns.put(USERS.AVATAR_URL, profile.avatarUrl().orElse(null));
        columns.put(USERS.TIME_ZONE, profile.timeZone().getId());
        columns.put(USERS.LANGUAGE, profile.language());
        columns.put(USERS.ACTIVE, user.active());
        columns.put(USERS.ONBOARDED_AT, user.onboardedAt().orElse(null));
        columns.put(USERS.UPDATED_AT, user.updatedAt());
        columns.put(USERS.VERSION, user.version());
        return columns;
    }

    @Override
    public Optional<User> find(UserId id) {
        return db.selectFrom(USERS).where(USERS.ID.eq(id.value())).fetchOptional(JooqUsers::user);
    }

    @Override
    public Optional<User> lock(UserId id) {
        return db.selectFrom(USERS)
                .where(USERS.ID.eq(id.value()))
                .forNoKeyUpdate()
                .fetchOptional(JooqUsers::user);
    }

    @Override
    public Optional<User> lockToDelete(UserId id) {
        return db.selectFrom(USERS).where(USERS.ID.eq(id.value())).forUpdate().fetchOptional(JooqUsers::user);
    }

    @Override
    public Optional<User> findByEmail(Email email) {
        return db.selectFrom(USERS).where(USERS.EMAIL.eq(email.value())).fetchOptional(JooqUsers::user);
    }

    @Override
    public Map<UserId, Email> emails(Set<UserId> ids) {
        var values = ids.stream().map(UserId::value).toArray(UUID[]::new);
        return db.select(USERS.ID, USERS.EMAIL)
                .from(USERS)
                .where(USERS.ID.eq(DSL.any(values)))
                .fetchMap(row -> new UserId(row.value1()), row -> new Email(row.value2()));
    }

    @Override
    public Page<User> list(PageRequest page) {
        var rows = db.selectFrom(USERS)
                .where(Columns.after(USERS.ID, page))
                .orderBy(USERS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqUsers::user);
        return Page.of(rows, page, user -> user.id().toString());
    }

    @Override
    public void signedIn(UserId id, Instant at) {
        db.update(USERS)
                .set(USERS.LAST_LOGIN_AT, at)
                .where(USERS.ID.eq(id.value()))
                .and(USERS.LAST_LOGIN_AT.isNull().or(isMinuteOld(USERS.LAST_LOGIN_AT, at)))
                .execute();
    }

    static Condition isMinuteOld(Field<Instant> last, Instant now) {
        return last.le(now.minus(MINUTE));
    }

    @Override
    public boolean isActive(UserId id) {
        return db.select(USERS.ACTIVE)
                .from(USERS)
                .where(USERS.ID.eq(id.value()))
                .fetchOptional(USERS.ACTIVE)
                .orElse(false);
    }

    @Override
    public List<TenantId> tenantsOf(UserId id) {
        return db.select(MEMBERSHIPS.TENANT_ID)
                .from(MEMBERSHIPS)
                .join(USERS)
                .on(USERS.ID.eq(MEMBERSHIPS.USER_ID))
                // An address is the platform's alone to read: a tenant's unit is refused.
                .where(MEMBERSHIPS.USER_ID.eq(id.value()))
                .and(USERS.EMAIL.isNotNull())
                .orderBy(MEMBERSHIPS.TENANT_ID)
                .fetch(row -> new TenantId(row.value1()));
    }

    private static User user(Record row) {
        return new User(
                new UserId(row.get(USERS.ID)),
                new Email(row.get(USERS.EMAIL)),
                new UserProfile(
                        row.get(USERS.DISPLAY_NAME),
                        Columns.optional(row, USERS.FULL_NAME),
                        Columns.optional(row, USERS.AVATAR_URL),
                        ZoneId.of(row.get(USERS.TIME_ZONE)),
                        row.get(USERS.LANGUAGE)),
                row.get(USERS.ACTIVE),
                Columns.optional(row, USERS.ONBOARDED_AT),
                Columns.optional(row, USERS.LAST_LOGIN_AT),
                row.get(USERS.CREATED_AT),
                row.get(USERS.UPDATED_AT),
                row.get(USERS.VERSION));
    }
}

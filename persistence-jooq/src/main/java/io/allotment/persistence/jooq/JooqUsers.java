package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.USERS;

import io.allotment.domain.identity.User;
import io.allotment.domain.identity.Users;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;

final class JooqUsers implements Users {

    private final DSLContext db;

    JooqUsers(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(User user) {
        int rows = db.insertInto(USERS)
                .set(USERS.ID, user.id().value())
                .set(USERS.EMAIL, user.email().value())
                .set(USERS.DISPLAY_NAME, user.displayName())
                .set(USERS.CREATED_AT, user.createdAt())
                .onConflict(USERS.EMAIL)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("user", "email", user.email());
        }
    }

    @Override
    public Optional<User> find(UserId id) {
        return db.selectFrom(USERS).where(USERS.ID.eq(id.value())).fetchOptional(JooqUsers::user);
    }

    @Override
    public Optional<User> findByEmail(Email email) {
        return db.selectFrom(USERS).where(USERS.EMAIL.eq(email.value())).fetchOptional(JooqUsers::user);
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

    private static User user(Record row) {
        return new User(
                new UserId(row.get(USERS.ID)),
                new Email(row.get(USERS.EMAIL)),
                row.get(USERS.DISPLAY_NAME),
                row.get(USERS.CREATED_AT));
    }
}

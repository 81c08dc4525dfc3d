package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.API_KEYS;
import static io.allotment.persistence.jooq.generated.Tables.INVITATIONS;
import static io.allotment.persistence.jooq.generated.Tables.MAILS;
import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.SESSIONS;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_DIRECTORY;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;
import static io.allotment.persistence.jooq.generated.Tables.USERS;

import io.allotment.domain.identity.PersonalData;
import io.allotment.domain.identity.Session;
import io.allotment.domain.identity.User;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.usage.UsageEvent;
import java.util.List;
import java.util.Locale;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;

/** Some of it is found by reading whole tables: that somebody asks for it is rare, and an index for it would cost every day. */
final class JooqPersonalData implements PersonalData {

    private final DSLContext db;
    private final JooqUnits units;

    JooqPersonalData(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    private void requirePlatform() {
        units.requirePlatform("what is kept of a person");
    }

    @Override
    public List<Session> sessions(UserId user) {
        requirePlatform();
        return db.selectFrom(SESSIONS)
                .where(SESSIONS.USER_ID.eq(user.value()))
                .orderBy(SESSIONS.ID)
                .fetch(JooqSessions::session);
    }

    @Override
    public List<Invitation> invitations(User user) {
        requirePlatform();
        return db.selectFrom(INVITATIONS)
                .where(isOf(user))
                .orderBy(INVITATIONS.ID)
                .fetch(JooqInvitations::invitation);
    }

    private static Condition isOf(User user) {
        return INVITATIONS
                .EMAIL
                .eq(user.email().value())
                .or(INVITATIONS.ACCEPTED_BY.eq(user.id().value()));
    }

    @Override
    public List<Mail> mails(User user) {
        requirePlatform();
        return db.selectFrom(MAILS)
                .where(MAILS.RECIPIENT.eq(user.email().value()))
                .orderBy(MAILS.ID)
                .fetch(JooqMails::mail);
    }

    @Override
    public Page<UsageEvent> usage(TenantId tenant, UserId user, PageRequest page) {
        requirePlatform();
        var keys = DSL.select(API_KEYS.ID)
                .from(API_KEYS)
                .where(API_KEYS.TENANT_ID.eq(tenant.value()))
                .and(API_KEYS.OWNER_USER_ID.eq(user.value()));
        var rows = JooqUsage.withCosts(db)
                .where(USAGE_EVENTS.TENANT_ID.eq(tenant.value()))
                .and(USAGE_EVENTS.ACTOR_USER_ID.eq(user.value()).or(USAGE_EVENTS.ACTOR_KEY_ID.in(keys)))
                .and(Columns.after(USAGE_EVENTS.ID, page))
                .orderBy(USAGE_EVENTS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqUsage::eventWithCost);
        return Page.of(rows, page, event -> event.id().toString());
    }

    @Override
    public void erase(User user) {
        requirePlatform();
        units.takeTime();
        db.deleteFrom(INVITATIONS).where(isOf(user)).execute();
        db.deleteFrom(MAILS).where(MAILS.RECIPIENT.eq(user.email().value())).execute();
        db.deleteFrom(TENANT_REQUESTS)
                .where(names(TENANT_REQUESTS.ANSWER, user))
                .execute();
        db.deleteFrom(PLATFORM_REQUESTS)
                .where(names(PLATFORM_REQUESTS.ANSWER, user))
                .execute();
        eraseTenantOfOne(user);
        // With all that refers to them by a foreign key that cascades.
        db.deleteFrom(USERS).where(USERS.ID.eq(user.id().value())).execute();
    }

    private static Condition names(Field<String> answer, User user) {
        return DSL.position(DSL.lower(answer), user.email().value().toLowerCase(Locale.ROOT))
                .gt(0)
                .or(DSL.position(answer, user.id().toString()).gt(0));
    }

    private void eraseTenantOfOne(User user) {
        var own = db.select(TENANT_DIRECTORY.TENANT_ID)
                .from(TENANT_DIRECTORY)
                .where(TENANT_DIRECTORY.PERSONAL_USER_ID.eq(user.id().value()))
                .fetchOptional(TENANT_DIRECTORY.TENANT_ID);
        own.ifPresent(tenant -> {
            db.update(TENANTS)
                    .set(TENANTS.NAME, "Erased " + tenant)
                    .set(TENANTS.SLUG, "erased-" + tenant)
                    .setNull(TENANTS.WEBSITE)
                    .setNull(TENANTS.DESCRIPTION)
                    .set(TENANTS.METADATA, JSONB.valueOf("{}"))
                    .set(TENANTS.VERSION, TENANTS.VERSION.plus(1))
                    .set(TENANTS.GATE_VERSION, TENANTS.GATE_VERSION.plus(1))
                    .where(TENANTS.TENANT_ID.eq(tenant))
                    .execute();
            db.update(TENANT_DIRECTORY)
                    .set(TENANT_DIRECTORY.NAME, "Erased " + tenant)
                    .set(TENANT_DIRECTORY.SLUG, "erased-" + tenant)
                    .setNull(TENANT_DIRECTORY.PERSONAL_USER_ID)
                    .where(TENANT_DIRECTORY.TENANT_ID.eq(tenant))
                    .execute();
        });
    }
}

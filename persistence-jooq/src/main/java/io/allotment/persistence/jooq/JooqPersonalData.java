package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.AUDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.BILLING_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_PURCHASES;
import static io.allotment.persistence.jooq.generated.Tables.INVITATIONS;
import static io.allotment.persistence.jooq.generated.Tables.INVOICES;
import static io.allotment.persistence.jooq.generated.Tables.MAILS;
import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.MODEL_PREFERENCES;
import static io.allotment.persistence.jooq.generated.Tables.PAYMENT_EVENTS;
import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.SESSIONS;
import static io.allotment.persistence.jooq.generated.Tables.SUBSCRIPTION_CHECKOUTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_DIRECTORY;
import static io.allotment.persistence.jooq.generated.Tables.TENANT_REQUESTS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;
import static io.allotment.persistence.jooq.generated.Tables.USERS;

import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.identity.Person;
import io.allotment.domain.identity.PersonalData;
import io.allotment.domain.identity.Session;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.Invitation;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsagePosition;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/** Some of it is found by reading whole tables: that somebody asks for it is rare, and an index for it would cost every day. */
final class JooqPersonalData implements PersonalData {

    /**
     * By themselves, and by each of their keys, along the index of each: an {@code or} reads all usage of the tenant instead. What names both
     * is found twice, and told once.
     */
    private static final String USAGE = """
            select id
            from (
                (select created_at, id from allotment.usage_events
                 where tenant_id = ? and actor_user_id = ? and (created_at, id) > (?::timestamptz, ?::uuid)
                 order by created_at, id limit ?)
                union
                select e.created_at, e.id
                from allotment.api_keys k
                cross join lateral (
                    select created_at, id from allotment.usage_events u
                    where u.tenant_id = k.tenant_id and u.actor_key_id = k.id and (created_at, id) > (?::timestamptz, ?::uuid)
                    order by created_at, id limit ?
                ) e
                where k.tenant_id = ? and k.owner_user_id = ?
            ) own
            order by created_at, id
            limit ?
            """;

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
    public List<Invitation> invitations(Person person) {
        requirePlatform();
        return db.selectFrom(INVITATIONS)
                .where(isOf(person))
                .orderBy(INVITATIONS.ID)
                .fetch(JooqInvitations::invitation);
    }

    private static Condition isOf(Person person) {
        return INVITATIONS
                .EMAIL
                .in(person.addressTexts())
                .or(INVITATIONS.ACCEPTED_BY.eq(person.id().value()));
    }

    @Override
    public List<Mail> mails(Person person) {
        requirePlatform();
        return db.selectFrom(MAILS)
                .where(MAILS.RECIPIENT.in(person.addressTexts()))
                .orderBy(MAILS.ID)
                .fetch(JooqMails::mail);
    }

    /**
     * Each tenant is asked through indexes: by values rather than {@code exists}, for which PostgreSQL may read all usage instead. A key of
     * theirs has them as its owner only where they are a member.
     */
    @Override
    public List<TenantId> tenants(UserId user) {
        requirePlatform();
        units.takeTime();
        return db.select(TENANTS.TENANT_ID)
                .from(TENANTS)
                .where(DSL.coalesce(
                                any(MEMBERSHIPS.TENANT_ID, MEMBERSHIPS.USER_ID, user),
                                any(AUDIT_ENTRIES.TENANT_ID, AUDIT_ENTRIES.ACTOR_USER_ID, user),
                                any(USAGE_EVENTS.TENANT_ID, USAGE_EVENTS.ACTOR_USER_ID, user))
                        .isNotNull())
                .orderBy(TENANTS.TENANT_ID)
                .fetch(row -> new TenantId(row.value1()));
    }

    /** Something, where the tenant has a row of the user's. */
    private static Field<Integer> any(TableField<?, UUID> tenant, TableField<?, UUID> of, UserId user) {
        return DSL.field(DSL.selectOne()
                .from(tenant.getTable())
                .where(tenant.eq(TENANTS.TENANT_ID))
                .and(of.eq(user.value()))
                .limit(1));
    }

    @Override
    public List<BillingAccount> accounts(UserId user) {
        requirePlatform();
        return db.selectFrom(BILLING_ACCOUNTS)
                .where(BILLING_ACCOUNTS.TENANT_ID.in(tenantsWithAccount(db, user)))
                .and(BILLING_ACCOUNTS.ID.eq(user.value()))
                .orderBy(BILLING_ACCOUNTS.TENANT_ID)
                .fetch(JooqAccounts::account);
    }

    @Override
    public Page<UsageEvent> usage(TenantId tenant, UserId user, PageRequest page) {
        requirePlatform();
        var after = page.after().map(UsagePosition::read);
        var at = after.map(UsagePosition::at).orElse(Instant.EPOCH).atOffset(ZoneOffset.UTC);
        var id = after.map(seen -> seen.id().value()).orElse(new UUID(0, 0));
        long limit = page.limit() + 1L;
        var ids = new ArrayList<UUID>();
        new RoundTrip()
                .add(
                        Statement.query(
                                USAGE,
                                new Field<?>[] {USAGE_EVENTS.ID},
                                tenant.value(),
                                user.value(),
                                at,
                                id,
                                limit,
                                at,
                                id,
                                limit,
                                tenant.value(),
                                user.value(),
                                limit),
                        row -> ids.add(row.get(USAGE_EVENTS.ID)))
                .run(db);
        var rows = JooqUsage.withCosts(db)
                .where(USAGE_EVENTS.TENANT_ID.eq(tenant.value()))
                .and(USAGE_EVENTS.ID.in(ids))
                .orderBy(USAGE_EVENTS.CREATED_AT, USAGE_EVENTS.ID)
                .fetch(JooqUsage::eventWithCost);
        return Page.of(rows, page, event -> UsagePosition.of(event).toString());
    }

    @Override
    public void erase(Person person) {
        requirePlatform();
        units.takeTime();
        db.deleteFrom(INVITATIONS).where(isOf(person)).execute();
        db.deleteFrom(MAILS).where(MAILS.RECIPIENT.in(person.addressTexts())).execute();
        db.deleteFrom(TENANT_REQUESTS)
                .where(names(TENANT_REQUESTS.ANSWER, person))
                .execute();
        db.deleteFrom(PLATFORM_REQUESTS)
                .where(names(PLATFORM_REQUESTS.ANSWER, person))
                .execute();
        db.deleteFrom(MODEL_PREFERENCES)
                .where(MODEL_PREFERENCES.HOLDER_ID.eq(person.id().value()))
                .execute();
        db.update(PAYMENT_EVENTS)
                .setNull(PAYMENT_EVENTS.PAYLOAD)
                .setNull(PAYMENT_EVENTS.NEXT_AT)
                .set(PAYMENT_EVENTS.PROBLEM, StoredEvent.ERASED)
                .where(PAYMENT_EVENTS.PAYLOAD.isNotNull())
                .and(names(PAYMENT_EVENTS.PAYLOAD, person))
                .execute();
        var own = db.select(TENANT_DIRECTORY.TENANT_ID)
                .from(TENANT_DIRECTORY)
                .where(TENANT_DIRECTORY.PERSONAL_USER_ID.eq(person.id().value()))
                .fetchOptional(TENANT_DIRECTORY.TENANT_ID);
        erasePages(person.id(), own);
        own.ifPresent(this::eraseTenantOfOne);
        // With all that refers to them by a foreign key that cascades.
        db.deleteFrom(USERS).where(USERS.ID.eq(person.id().value())).execute();
    }

    /** Where they have an account, each tenant asked through an index: with the tenants named, so are rows of the account. */
    static List<UUID> tenantsWithAccount(DSLContext db, UserId user) {
        return db.select(TENANTS.TENANT_ID)
                .from(TENANTS)
                .where(any(BILLING_ACCOUNTS.TENANT_ID, BILLING_ACCOUNTS.ID, user)
                        .isNotNull())
                .fetch(TENANTS.TENANT_ID);
    }

    /** Where the gateway has pages for the account they are in a tenant, and for all accounts of their tenant of one. */
    private void erasePages(UserId user, Optional<UUID> own) {
        var tenants = tenantsWithAccount(db, user);
        erasePages((tenant, account) -> tenant.in(tenants).and(account.eq(user.value())));
        own.ifPresent(one -> erasePages((tenant, account) -> tenant.eq(one)));
    }

    private void erasePages(BiFunction<Field<UUID>, Field<UUID>, Condition> those) {
        db.update(INVOICES)
                .setNull(INVOICES.HOSTED_URL)
                .setNull(INVOICES.RECEIPT_URL)
                .where(those.apply(INVOICES.TENANT_ID, INVOICES.ACCOUNT_ID))
                .execute();
        db.update(CREDIT_PURCHASES)
                .setNull(CREDIT_PURCHASES.CHECKOUT_URL)
                .where(those.apply(CREDIT_PURCHASES.TENANT_ID, CREDIT_PURCHASES.ACCOUNT_ID))
                .execute();
        db.update(SUBSCRIPTION_CHECKOUTS)
                .setNull(SUBSCRIPTION_CHECKOUTS.URL)
                .where(those.apply(SUBSCRIPTION_CHECKOUTS.TENANT_ID, SUBSCRIPTION_CHECKOUTS.ACCOUNT_ID))
                .execute();
    }

    private static Condition names(Field<String> answer, Person person) {
        var text = DSL.lower(answer);
        return DSL.or(person.names().stream()
                .map(name -> DSL.position(text, name).gt(0))
                .toList());
    }

    private void eraseTenantOfOne(UUID tenant) {
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
    }
}

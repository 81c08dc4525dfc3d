package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.AUDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.AUDIT_HEADS;
import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_AUDIT_ENTRIES;
import static io.allotment.persistence.jooq.generated.Tables.PLATFORM_AUDIT_HEAD;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.audit.AuditLog;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.TableField;
import org.jooq.impl.DSL;

/** The tables of the platform's log are those of a tenant's without the tenant; their other columns have the same names. */
final class JooqAuditLog implements AuditLog {

    private static final Field<Long> SEQUENCE = column(AUDIT_ENTRIES.SEQUENCE);
    private static final Field<String> HASH = column(AUDIT_ENTRIES.HASH);
    private static final Field<JSONB> BEFORE = column(AUDIT_ENTRIES.BEFORE);
    private static final Field<JSONB> AFTER = column(AUDIT_ENTRIES.AFTER);
    private static final Field<JSONB> PERSONAL = column(AUDIT_ENTRIES.PERSONAL);
    private static final Field<String> PERSONAL_SALT = column(AUDIT_ENTRIES.PERSONAL_SALT);

    private final DSLContext db;

    JooqAuditLog(DSLContext db) {
        this.db = db;
    }

    /** A column of both logs. */
    private static <T> Field<T> column(TableField<?, T> ofTenants) {
        return DSL.field(DSL.name(ofTenants.getName()), ofTenants.getDataType());
    }

    private static Table<?> entries(Optional<TenantId> tenant) {
        return tenant.isPresent() ? AUDIT_ENTRIES : PLATFORM_AUDIT_ENTRIES;
    }

    private static Condition entriesOf(Optional<TenantId> tenant) {
        return tenant.<Condition>map(id -> AUDIT_ENTRIES.TENANT_ID.eq(id.value()))
                .orElse(DSL.noCondition());
    }

    private static Table<?> heads(Optional<TenantId> tenant) {
        return tenant.isPresent() ? AUDIT_HEADS : PLATFORM_AUDIT_HEAD;
    }

    private static Condition headOf(Optional<TenantId> tenant) {
        return tenant.<Condition>map(id -> AUDIT_HEADS.TENANT_ID.eq(id.value()))
                .orElse(DSL.condition(PLATFORM_AUDIT_HEAD.SINGLETON));
    }

    @Override
    public AuditHead lockHead(Optional<TenantId> tenant) {
        return lockedHead(tenant).orElseThrow(() -> without(tenant.orElseThrow()));
    }

    private RuntimeException without(TenantId tenant) {
        boolean exists = db.fetchExists(DSL.selectOne().from(TENANTS).where(TENANTS.TENANT_ID.eq(tenant.value())));
        return exists ? AuditHead.gone(tenant) : new NotFound("tenant", tenant);
    }

    private Optional<AuditHead> lockedHead(Optional<TenantId> tenant) {
        return db.select(SEQUENCE, HASH)
                .from(heads(tenant))
                .where(headOf(tenant))
                .forUpdate()
                .fetchOptional(row -> new AuditHead(tenant, row.get(SEQUENCE), row.get(HASH)));
    }

    @Override
    public void append(AuditEntry entry) {
        var tenant = entry.tenantId();
        int moved = db.update(heads(tenant))
                .set(SEQUENCE, entry.sequence())
                .set(HASH, entry.hash())
                .where(headOf(tenant))
                .and(SEQUENCE.eq(entry.sequence() - 1))
                .and(HASH.eq(entry.previousHash()))
                .execute();
        if (moved != 1) {
            throw new IllegalStateException(
                    "The entry " + entry.sequence() + " does not follow the end of the audit log");
        }
        db.insertInto(entries(tenant)).set(columns(entry)).execute();
    }

    @Override
    public AuditHead head(Optional<TenantId> tenant) {
        return db.select(SEQUENCE, HASH)
                .from(heads(tenant))
                .where(headOf(tenant))
                .fetchOptional(row -> new AuditHead(tenant, row.get(SEQUENCE), row.get(HASH)))
                .orElseGet(() -> AuditHead.empty(tenant));
    }

    @Override
    public Page<AuditEntry> list(Optional<TenantId> tenant, AuditFilter filter, PageRequest page) {
        var rows = db.selectFrom(entries(tenant))
                .where(entriesOf(tenant))
                .and(matching(filter))
                .and(page.after()
                        .<Condition>map(after -> SEQUENCE.lt(Columns.number(after)))
                        .orElse(DSL.noCondition()))
                .orderBy(SEQUENCE.desc())
                .limit(page.limit() + 1)
                .fetch(row -> entry(tenant, row));
        return Page.of(rows, page, entry -> Long.toString(entry.sequence()));
    }

    private static Condition matching(AuditFilter filter) {
        return DSL.and(
                Columns.in(filter.at(), column(AUDIT_ENTRIES.AT)),
                equal(AUDIT_ENTRIES.ACTOR_USER_ID, filter.user().map(UserId::value)),
                equal(AUDIT_ENTRIES.ACTOR_KEY_ID, filter.key().map(ApiKeyId::value)),
                equal(AUDIT_ENTRIES.ACTION, filter.action()),
                equal(AUDIT_ENTRIES.ENTITY_TYPE, filter.entityType()),
                equal(AUDIT_ENTRIES.ENTITY_ID, filter.entityId()));
    }

    private static <T> Condition equal(TableField<?, T> column, Optional<T> wanted) {
        return wanted.<Condition>map(column(column)::eq).orElse(DSL.noCondition());
    }

    @Override
    public long erase(Optional<TenantId> tenant, UserId user, Set<String> names) {
        return erase(entries(tenant), entriesOf(tenant), user, names);
    }

    @Override
    public long eraseOfTenants(UserId user, Set<String> names) {
        return erase(AUDIT_ENTRIES, DSL.noCondition(), user, names);
    }

    private long erase(Table<?> entries, Condition those, UserId user, Set<String> names) {
        var any = names.toArray(new String[0]);
        return db.update(entries)
                .setNull(PERSONAL)
                .setNull(PERSONAL_SALT)
                .where(those)
                .and(PERSONAL.isNotNull())
                .and(column(AUDIT_ENTRIES.ACTOR_USER_ID)
                        .eq(user.value())
                        .or(column(AUDIT_ENTRIES.ENTITY_ID).in(names))
                        .or(holds(BEFORE, any))
                        .or(holds(AFTER, any))
                        .or(holds(PERSONAL, any)))
                .execute();
    }

    /** Whether one of the texts is a value of the document. */
    private static Condition holds(Field<JSONB> document, String[] texts) {
        return DSL.condition(
                "exists (select from jsonb_each({0}) as field (name, value), unnest({1}) as wanted (text)"
                        + " where field.value = to_jsonb(wanted.text))",
                document, DSL.val(texts));
    }

    private static Map<Field<?>, Object> columns(AuditEntry entry) {
        var columns = new HashMap<Field<?>, Object>();
        entry.tenantId().ifPresent(tenant -> columns.put(column(AUDIT_ENTRIES.TENANT_ID), tenant.value()));
        columns.put(SEQUENCE, entry.sequence());
        columns.put(column(AUDIT_ENTRIES.AT), entry.at());
        columns.put(column(AUDIT_ENTRIES.ACTOR_USER_ID), Columns.userId(entry.actor()));
        columns.put(column(AUDIT_ENTRIES.ACTOR_KEY_ID), Columns.keyId(entry.actor()));
        columns.put(column(AUDIT_ENTRIES.ACTION), entry.event().action());
        columns.put(column(AUDIT_ENTRIES.ENTITY_TYPE), entry.event().entityType());
        columns.put(column(AUDIT_ENTRIES.ENTITY_ID), entry.event().entityId());
        columns.put(BEFORE, Json.jsonb(entry.event().before()));
        columns.put(AFTER, Json.jsonb(entry.event().after()));
        columns.put(column(AUDIT_ENTRIES.REQUEST_ID), entry.requestId().orElse(null));
        columns.put(
                PERSONAL_SALT, entry.personal().map(AuditEntry.Personal::salt).orElse(null));
        columns.put(
                PERSONAL,
                entry.personal().map(personal -> Json.jsonb(personal.values())).orElse(null));
        columns.put(column(AUDIT_ENTRIES.PERSONAL_DIGEST), entry.personalDigest());
        columns.put(column(AUDIT_ENTRIES.PREVIOUS_HASH), entry.previousHash());
        columns.put(HASH, entry.hash());
        return columns;
    }

    private static AuditEntry entry(Optional<TenantId> tenant, Record row) {
        return new AuditEntry(
                tenant,
                row.get(SEQUENCE),
                row.get(column(AUDIT_ENTRIES.AT)),
                Columns.actor(
                        row.get(column(AUDIT_ENTRIES.ACTOR_USER_ID)), row.get(column(AUDIT_ENTRIES.ACTOR_KEY_ID))),
                new AuditEvent(
                        row.get(column(AUDIT_ENTRIES.ACTION)),
                        row.get(column(AUDIT_ENTRIES.ENTITY_TYPE)),
                        row.get(column(AUDIT_ENTRIES.ENTITY_ID)),
                        Json.document(row.get(BEFORE)),
                        Json.document(row.get(AFTER)),
                        Document.EMPTY),
                Columns.optional(row, column(AUDIT_ENTRIES.REQUEST_ID)),
                Columns.optional(row, PERSONAL)
                        .map(values -> new AuditEntry.Personal(row.get(PERSONAL_SALT), Json.document(values))),
                row.get(column(AUDIT_ENTRIES.PERSONAL_DIGEST)),
                row.get(column(AUDIT_ENTRIES.PREVIOUS_HASH)),
                row.get(HASH));
    }

    /** The platform's entries after one and up to another, in their order, as many as the limit says. */
    static List<AuditEntry> ofPlatform(DSLContext db, long after, long upTo, int limit) {
        return db.selectFrom(PLATFORM_AUDIT_ENTRIES)
                .where(PLATFORM_AUDIT_ENTRIES.SEQUENCE.gt(after))
                .and(PLATFORM_AUDIT_ENTRIES.SEQUENCE.le(upTo))
                .orderBy(PLATFORM_AUDIT_ENTRIES.SEQUENCE)
                .limit(limit)
                .fetch(row -> entry(Optional.empty(), row));
    }

    /** The entries after one, of its tenant and of those after it up to another, log after log in their order. */
    static List<AuditEntry> ofTenants(DSLContext db, AuditHead after, TenantId upTo, int limit) {
        return db.selectFrom(AUDIT_ENTRIES)
                .where(DSL.row(AUDIT_ENTRIES.TENANT_ID, AUDIT_ENTRIES.SEQUENCE)
                        .gt(after.tenantId().orElseThrow().value(), after.sequence()))
                .and(AUDIT_ENTRIES.TENANT_ID.le(upTo.value()))
                .orderBy(AUDIT_ENTRIES.TENANT_ID, AUDIT_ENTRIES.SEQUENCE)
                .limit(limit)
                .fetch(row -> entry(Optional.of(new TenantId(row.get(AUDIT_ENTRIES.TENANT_ID))), row));
    }
}

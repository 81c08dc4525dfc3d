package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.API_KEYS;
import static io.allotment.persistence.jooq.generated.Tables.API_KEY_DIRECTORY;
import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.USERS;

import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.ApiKeys;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Query;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqApiKeys implements ApiKeys {

    private static final Comparator<Uses> IN_ORDER = Comparator.comparing(
                    (Uses uses) -> uses.tenantId().value(), Columns::compare)
            .thenComparing(uses -> uses.id().value(), Columns::compare);

    private final DSLContext db;

    JooqApiKeys(DSLContext db) {
        this.db = db;
    }

    @Override
    public void insert(ApiKey key, Optional<byte[]> sha256) {
        try {
            int rows = db.insertInto(API_KEYS)
                    .set(API_KEYS.TENANT_ID, key.tenantId().value())
                    .set(API_KEYS.ID, key.id().value())
                    .set(API_KEYS.OWNER_USER_ID, key.owner().map(UserId::value).orElse(null))
                    .set(API_KEYS.ENVIRONMENT, key.environment())
                    .set(API_KEYS.PREFIX, key.prefix().orElse(null))
                    .set(API_KEYS.EXTERNAL_ID, key.externalId().orElse(null))
                    .set(API_KEYS.CREATED_BY, key.createdBy().map(UserId::value).orElse(null))
                    .set(API_KEYS.CREATED_AT, key.createdAt())
                    .set(API_KEYS.USAGE_COUNT, key.usageCount())
                    .set(API_KEYS.LAST_USED_AT, key.lastUsedAt().orElse(null))
                    .set(columns(key))
                    .onConflict(API_KEYS.TENANT_ID, API_KEYS.EXTERNAL_ID)
                    .where(API_KEYS.EXTERNAL_ID.isNotNull())
                    .doNothing()
                    .execute();
            if (rows == 0) {
                throw new AlreadyExists(
                        "API key", "externalId", key.externalId().orElseThrow());
            }
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing) && key.owner().isPresent()
                    ? new Unknown("member", "owner", key.owner().get())
                    : missing;
        }
        sha256.ifPresent(digest -> db.insertInto(API_KEY_DIRECTORY)
                .set(API_KEY_DIRECTORY.KEY_SHA256, digest)
                .set(API_KEY_DIRECTORY.TENANT_ID, key.tenantId().value())
                .set(API_KEY_DIRECTORY.API_KEY_ID, key.id().value())
                .execute());
    }

    @Override
    public void update(ApiKey key) {
        int rows = db.update(API_KEYS)
                .set(columns(key))
                .where(API_KEYS.TENANT_ID.eq(key.tenantId().value()))
                .and(API_KEYS.ID.eq(key.id().value()))
                .and(API_KEYS.VERSION.eq(key.version() - 1))
                .execute();
        if (rows == 0) {
            throw new StaleVersion("API key", key.id());
        }
    }

    /** All that can change but uses. */
    private static Map<Field<?>, Object> columns(ApiKey key) {
        var settings = key.settings();
        var columns = new HashMap<Field<?>, Object>();
        columns.put(API_KEYS.NAME, settings.name());
        columns.put(API_KEYS.DESCRIPTION, settings.description().orElse(null));
        columns.put(
                API_KEYS.SCOPES,
                texts(settings.scopes().stream().map(PermissionKey::value).sorted()));
        columns.put(
                API_KEYS.IP_ALLOW_LIST, texts(settings.ipAllowList().stream().map(IpRange::toString)));
        columns.put(API_KEYS.REQUESTS_PER_MINUTE, settings.requestsPerMinute().orElse(null));
        columns.put(API_KEYS.UPDATED_AT, key.updatedAt());
        columns.put(API_KEYS.EXPIRES_AT, key.expiresAt().orElse(null));
        columns.put(API_KEYS.REVOKED_AT, key.revokedAt().orElse(null));
        columns.put(API_KEYS.REPLACED_BY, key.replacedBy().map(ApiKeyId::value).orElse(null));
        columns.put(API_KEYS.VERSION, key.version());
        return columns;
    }

    private static String[] texts(Stream<String> values) {
        return values.toArray(String[]::new);
    }

    @Override
    public Optional<ApiKey> find(TenantId tenant, ApiKeyId id) {
        return db.selectFrom(API_KEYS)
                .where(API_KEYS.TENANT_ID.eq(tenant.value()))
                .and(API_KEYS.ID.eq(id.value()))
                .fetchOptional(JooqApiKeys::key);
    }

    @Override
    public Optional<ApiKey> findByExternalId(TenantId tenant, String externalId) {
        return db.selectFrom(API_KEYS)
                .where(API_KEYS.TENANT_ID.eq(tenant.value()))
                .and(API_KEYS.EXTERNAL_ID.eq(externalId))
                .fetchOptional(JooqApiKeys::key);
    }

    @Override
    public Page<ApiKey> list(TenantId tenant, Optional<UserId> owner, PageRequest page) {
        var rows = db.selectFrom(API_KEYS)
                .where(API_KEYS.TENANT_ID.eq(tenant.value()))
                .and(owner.<Condition>map(user -> API_KEYS.OWNER_USER_ID.eq(user.value()))
                        .orElse(DSL.noCondition()))
                .and(Columns.after(API_KEYS.ID, page))
                .orderBy(API_KEYS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqApiKeys::key);
        return Page.of(rows, page, key -> key.id().toString());
    }

    @Override
    public long countLive(TenantId tenant, Instant now) {
        return db.selectCount()
                .from(API_KEYS)
                .where(API_KEYS.TENANT_ID.eq(tenant.value()))
                .and(API_KEYS.REVOKED_AT.isNull())
                .and(API_KEYS.EXPIRES_AT.isNull().or(API_KEYS.EXPIRES_AT.gt(now)))
                .fetchSingle()
                .value1();
    }

    @Override
    public Optional<Found> findBySecret(byte[] sha256) {
        return db.select(API_KEYS.fields())
                .select(MEMBERSHIPS.STATUS, USERS.ACTIVE)
                .from(API_KEY_DIRECTORY)
                .join(API_KEYS)
                .on(API_KEYS.TENANT_ID.eq(API_KEY_DIRECTORY.TENANT_ID))
                .and(API_KEYS.ID.eq(API_KEY_DIRECTORY.API_KEY_ID))
                .leftJoin(MEMBERSHIPS)
                .on(MEMBERSHIPS.TENANT_ID.eq(API_KEYS.TENANT_ID))
                .and(MEMBERSHIPS.USER_ID.eq(API_KEYS.OWNER_USER_ID))
                .leftJoin(USERS)
                .on(USERS.ID.eq(API_KEYS.OWNER_USER_ID))
                .where(API_KEY_DIRECTORY.KEY_SHA256.eq(sha256))
                .fetchOptional(row -> new Found(
                        key(row),
                        row.get(API_KEYS.OWNER_USER_ID) == null
                                || Membership.Status.ACTIVE.name().equals(row.get(MEMBERSHIPS.STATUS))
                                        && row.get(USERS.ACTIVE)));
    }

    /** In one order, so that processes that write the same keys wait for one another and not in a circle. */
    @Override
    public void addUses(List<Uses> uses) {
        db.batch(uses.stream().sorted(IN_ORDER).map(this::addition).toList()).execute();
    }

    private Query addition(Uses uses) {
        return db.update(API_KEYS)
                .set(API_KEYS.USAGE_COUNT, API_KEYS.USAGE_COUNT.plus(uses.times()))
                .set(
                        API_KEYS.LAST_USED_AT,
                        DSL.greatest(API_KEYS.LAST_USED_AT, DSL.val(uses.last(), API_KEYS.LAST_USED_AT)))
                .where(API_KEYS.TENANT_ID.eq(uses.tenantId().value()))
                .and(API_KEYS.ID.eq(uses.id().value()));
    }

    private static ApiKey key(Record row) {
        return new ApiKey(
                new TenantId(row.get(API_KEYS.TENANT_ID)),
                new ApiKeyId(row.get(API_KEYS.ID)),
                Columns.optional(row, API_KEYS.OWNER_USER_ID).map(UserId::new),
                row.get(API_KEYS.ENVIRONMENT),
                Columns.optional(row, API_KEYS.PREFIX),
                new ApiKeySettings(
                        row.get(API_KEYS.NAME),
                        Columns.optional(row, API_KEYS.DESCRIPTION),
                        scopes(row.get(API_KEYS.SCOPES)),
                        Stream.of(row.get(API_KEYS.IP_ALLOW_LIST))
                                .map(IpRange::of)
                                .toList(),
                        Columns.optional(row, API_KEYS.REQUESTS_PER_MINUTE)),
                Columns.optional(row, API_KEYS.EXTERNAL_ID),
                Columns.optional(row, API_KEYS.CREATED_BY).map(UserId::new),
                row.get(API_KEYS.CREATED_AT),
                row.get(API_KEYS.UPDATED_AT),
                Columns.optional(row, API_KEYS.EXPIRES_AT),
                Columns.optional(row, API_KEYS.REVOKED_AT),
                Columns.optional(row, API_KEYS.REPLACED_BY).map(ApiKeyId::new),
                Columns.optional(row, API_KEYS.LAST_USED_AT),
                row.get(API_KEYS.USAGE_COUNT),
                row.get(API_KEYS.VERSION));
    }

    private static Set<PermissionKey> scopes(String[] keys) {
        return Stream.of(keys).map(PermissionKey::new).collect(Collectors.toSet());
    }
}

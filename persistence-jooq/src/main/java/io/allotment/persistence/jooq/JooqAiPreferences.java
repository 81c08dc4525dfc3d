package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.MEMBERSHIPS;
import static io.allotment.persistence.jooq.generated.Tables.MODEL_PREFERENCES;
import static io.allotment.persistence.jooq.generated.Tables.OUTPUT_MODEL_CONSTRAINTS;
import static io.allotment.persistence.jooq.generated.Tables.TENANTS;

import io.allotment.domain.ai.AiPreferences;
import io.allotment.domain.ai.ModelPreference;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqAiPreferences implements AiPreferences {

    private final DSLContext db;

    JooqAiPreferences(DSLContext db) {
        this.db = db;
    }

    /** The tenant's own stands under its id. */
    private static UUID holder(TenantId tenant, Optional<UserId> user) {
        return user.map(UserId::value).orElse(tenant.value());
    }

    @Override
    public Optional<ModelPreference> find(TenantId tenant, Optional<UserId> user) {
        return db.selectFrom(MODEL_PREFERENCES)
                .where(MODEL_PREFERENCES.TENANT_ID.eq(tenant.value()))
                .and(MODEL_PREFERENCES.HOLDER_ID.eq(holder(tenant, user)))
                .fetchOptional(row -> new ModelPreference(
                        Columns.optional(row, MODEL_PREFERENCES.PROVIDER_KEY),
                        Columns.optional(row, MODEL_PREFERENCES.MODEL_NAME),
                        Columns.optional(row, MODEL_PREFERENCES.TONE),
                        Columns.optional(row, MODEL_PREFERENCES.LANGUAGE),
                        Json.document(row.get(MODEL_PREFERENCES.SETTINGS))));
    }

    @Override
    public void save(TenantId tenant, Optional<UserId> user, ModelPreference preference, Instant now) {
        user.ifPresent(member -> requireToStay(tenant, member));
        Map<Field<?>, Object> columns = new HashMap<>();
        columns.put(MODEL_PREFERENCES.PROVIDER_KEY, preference.provider().orElse(null));
        columns.put(MODEL_PREFERENCES.MODEL_NAME, preference.model().orElse(null));
        columns.put(MODEL_PREFERENCES.TONE, preference.tone().orElse(null));
        columns.put(MODEL_PREFERENCES.LANGUAGE, preference.language().orElse(null));
        columns.put(MODEL_PREFERENCES.SETTINGS, Json.jsonb(preference.settings()));
        columns.put(MODEL_PREFERENCES.UPDATED_AT, now);
        try {
            db.insertInto(MODEL_PREFERENCES)
                    .set(MODEL_PREFERENCES.TENANT_ID, tenant.value())
                    .set(MODEL_PREFERENCES.HOLDER_ID, holder(tenant, user))
                    .set(MODEL_PREFERENCES.CREATED_AT, now)
                    .set(columns)
                    .onConflict(MODEL_PREFERENCES.TENANT_ID, MODEL_PREFERENCES.HOLDER_ID)
                    .doUpdate()
                    .set(columns)
                    .execute();
        } catch (IntegrityConstraintViolationException wrong) {
            throw SqlErrors.isForeignKeyViolation(wrong)
                            && preference.provider().isPresent()
                    ? preference
                            .ref()
                            .map(ref -> new Unknown("model", "model", ref))
                            .orElseGet(() -> new Unknown(
                                    "provider",
                                    "provider",
                                    preference.provider().get()))
                    : wrong;
        }
    }

    /** Who removes the member meanwhile waits, and removes what they prefer too. */
    private void requireToStay(TenantId tenant, UserId user) {
        db.select(MEMBERSHIPS.USER_ID)
                .from(MEMBERSHIPS)
                .where(MEMBERSHIPS.TENANT_ID.eq(tenant.value()))
                .and(MEMBERSHIPS.USER_ID.eq(user.value()))
                .forKeyShare()
                .fetchOptional()
                .orElseThrow(() -> new NotFound("member", user));
    }

    @Override
    public List<ModelRef> allowed(TenantId tenant, String outputType) {
        return db.select(OUTPUT_MODEL_CONSTRAINTS.PROVIDER_KEY, OUTPUT_MODEL_CONSTRAINTS.MODEL_NAME)
                .from(OUTPUT_MODEL_CONSTRAINTS)
                .where(OUTPUT_MODEL_CONSTRAINTS.TENANT_ID.eq(tenant.value()))
                .and(OUTPUT_MODEL_CONSTRAINTS.OUTPUT_TYPE.eq(outputType))
                .orderBy(OUTPUT_MODEL_CONSTRAINTS.PROVIDER_KEY, OUTPUT_MODEL_CONSTRAINTS.MODEL_NAME)
                .fetch(row -> new ModelRef(row.value1(), row.value2()));
    }

    @Override
    public List<ModelRef> allow(TenantId tenant, String outputType, List<ModelRef> models, Instant now) {
        // Of a kind that was not limited there is no row to wait for.
        db.select(TENANTS.TENANT_ID)
                .from(TENANTS)
                .where(TENANTS.TENANT_ID.eq(tenant.value()))
                .forNoKeyUpdate()
                .fetch();
        var before = allowed(tenant, outputType);
        db.deleteFrom(OUTPUT_MODEL_CONSTRAINTS)
                .where(OUTPUT_MODEL_CONSTRAINTS.TENANT_ID.eq(tenant.value()))
                .and(OUTPUT_MODEL_CONSTRAINTS.OUTPUT_TYPE.eq(outputType))
                .execute();
        for (var model : models) {
            try {
                db.insertInto(OUTPUT_MODEL_CONSTRAINTS)
                        .set(OUTPUT_MODEL_CONSTRAINTS.TENANT_ID, tenant.value())
                        .set(OUTPUT_MODEL_CONSTRAINTS.OUTPUT_TYPE, outputType)
                        .set(OUTPUT_MODEL_CONSTRAINTS.PROVIDER_KEY, model.provider())
                        .set(OUTPUT_MODEL_CONSTRAINTS.MODEL_NAME, model.model())
                        .set(OUTPUT_MODEL_CONSTRAINTS.CREATED_AT, now)
                        .onConflictDoNothing()
                        .execute();
            } catch (IntegrityConstraintViolationException wrong) {
                throw SqlErrors.isForeignKeyViolation(wrong) ? new Unknown("model", "models", model) : wrong;
            }
        }
        return before;
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.DECISIONS;
import static io.allotment.persistence.jooq.generated.Tables.SPEND_LIMITS;
import static io.allotment.persistence.jooq.generated.Tables.USAGE_EVENTS;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.credit.SpendLimits;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;

final class JooqSpendLimits implements SpendLimits {

    private final DSLContext db;

    JooqSpendLimits(DSLContext db) {
        this.db = db;
    }

    @Override
    public Optional<SpendLimit> lock(SpendLimit.Ref limit) {
        return db.selectFrom(SPEND_LIMITS).where(is(limit)).forNoKeyUpdate().fetchOptional(JooqSpendLimits::limit);
    }

    @Override
    public void save(SpendLimit limit) {
        try {
            if (!update(limit)) {
                insertOrUpdate(limit);
                // Its spender was free until now.
                JooqTenants.countChange(db, limit.tenantId());
            }
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("tenant", "tenantId", limit.tenantId())
                    : missing;
        }
    }

    private boolean update(SpendLimit limit) {
        return db.update(SPEND_LIMITS)
                        .set(SPEND_LIMITS.LIMIT_CREDITS, limit.limit().value())
                        .set(SPEND_LIMITS.PERIOD_START, limit.period().start())
                        .set(SPEND_LIMITS.PERIOD_END, limit.period().end().orElseThrow())
                        .set(SPEND_LIMITS.SPENT, limit.spent().value())
                        .where(is(limit.ref()))
                        .execute()
                == 1;
    }

    private void insertOrUpdate(SpendLimit limit) {
        db.insertInto(SPEND_LIMITS)
                .set(SPEND_LIMITS.TENANT_ID, limit.tenantId().value())
                .set(SPEND_LIMITS.SPENDER_KIND, limit.spender().kind().name())
                .set(SPEND_LIMITS.SPENDER_ID, limit.spender().id())
                .set(SPEND_LIMITS.LIMIT_WINDOW, limit.window().name())
                .set(SPEND_LIMITS.LIMIT_CREDITS, limit.limit().value())
                .set(SPEND_LIMITS.PERIOD_START, limit.period().start())
                .set(SPEND_LIMITS.PERIOD_END, limit.period().end().orElseThrow())
                .set(SPEND_LIMITS.SPENT, limit.spent().value())
                .onConflict(
                        SPEND_LIMITS.TENANT_ID,
                        SPEND_LIMITS.SPENDER_KIND,
                        SPEND_LIMITS.SPENDER_ID,
                        SPEND_LIMITS.LIMIT_WINDOW)
                .doUpdate()
                .setAllToExcluded()
                .execute();
    }

    @Override
    public boolean remove(SpendLimit.Ref limit) {
        return db.deleteFrom(SPEND_LIMITS).where(is(limit)).execute() == 1;
    }

    private static Condition is(SpendLimit.Ref limit) {
        return DSL.and(
                SPEND_LIMITS.TENANT_ID.eq(limit.tenantId().value()),
                SPEND_LIMITS.SPENDER_KIND.eq(limit.spender().kind().name()),
                SPEND_LIMITS.SPENDER_ID.eq(limit.spender().id()),
                SPEND_LIMITS.LIMIT_WINDOW.eq(limit.window().name()));
    }

    @Override
    public Page<SpendLimit> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(SPEND_LIMITS)
                .where(SPEND_LIMITS.TENANT_ID.eq(tenant.value()))
                .and(page.after()
                        .<Condition>map(after -> {
                            var last = Position.of(after);
                            return DSL.row(
                                            SPEND_LIMITS.SPENDER_KIND,
                                            SPEND_LIMITS.SPENDER_ID,
                                            SPEND_LIMITS.LIMIT_WINDOW)
                                    .gt(last.spender.kind().name(), last.spender.id(), last.window.name());
                        })
                        .orElse(DSL.noCondition()))
                .orderBy(SPEND_LIMITS.SPENDER_KIND, SPEND_LIMITS.SPENDER_ID, SPEND_LIMITS.LIMIT_WINDOW)
                .limit(page.limit() + 1)
                .fetch(JooqSpendLimits::limit);
        return Page.of(
                rows,
                page,
                limit -> limit.spender().kind() + "." + limit.spender().id() + "." + limit.window());
    }

    private record Position(SpendLimit.Spender spender, SpendLimit.Window window) {
        static Position of(String cursor) {
            var parts = Cursor.parts(cursor, 3);
            try {
                return new Position(
                        new SpendLimit.Spender(SpendLimit.Spender.Kind.valueOf(parts[0]), Columns.uuid(parts[1])),
                        SpendLimit.Window.valueOf(parts[2]));
            } catch (IllegalArgumentException notOurs) {
                throw Columns.cursorNotOurs();
            }
        }
    }

    @Override
    public Credits spentIn(TenantId tenant, SpendLimit.Spender spender, Period period) {
        var spentBy = switch (spender.kind()) {
            case MEMBER -> USAGE_EVENTS.ACTOR_USER_ID;
            case API_KEY -> USAGE_EVENTS.ACTOR_KEY_ID;
        };
        return new Credits(db.select(DSL.coalesce(DSL.sum(USAGE_EVENTS.CREDITS), BigDecimal.ZERO))
                .from(USAGE_EVENTS)
                .where(USAGE_EVENTS.TENANT_ID.eq(tenant.value()))
                .and(spentBy.eq(spender.id()))
                .and(USAGE_EVENTS.CREATED_AT.ge(period.start()))
                .and(period.end().<Condition>map(USAGE_EVENTS.CREATED_AT::lt).orElse(DSL.noCondition()))
                .andNotExists(DSL.selectOne()
                        .from(DECISIONS)
                        .where(DECISIONS.TENANT_ID.eq(USAGE_EVENTS.TENANT_ID))
                        .and(DECISIONS.REFUNDED_ID.eq(USAGE_EVENTS.ID)))
                .fetchSingle()
                .value1());
    }

    /** What was spent, and in which period. */
    static Statement update(List<SpendLimit> limits) {
        var rows = new Rows<>(limits);
        return rows.lookup(
                """
                update allotment.spend_limits l
                set period_start = n.period_start::timestamptz, period_end = n.period_end::timestamptz, spent = n.spent
                from (
                    select unnest(?) as tenant_id, unnest(?) as spender_kind, unnest(?) as spender_id,
                        unnest(?) as limit_window, unnest(?) as period_start, unnest(?) as period_end,
                        unnest(?) as spent
                    limit ?
                ) n
                where l.tenant_id = n.tenant_id and l.spender_kind = n.spender_kind and l.spender_id = n.spender_id
                  and l.limit_window = n.limit_window
                """,
                rows.column(UUID.class, l -> l.tenantId().value()),
                rows.column(String.class, l -> l.spender().kind().name()),
                rows.column(UUID.class, l -> l.spender().id()),
                rows.column(String.class, l -> l.window().name()),
                rows.column(String.class, l -> l.period().start().toString()),
                rows.column(String.class, l -> Columns.text(l.period().end())),
                rows.column(BigDecimal.class, l -> l.spent().value()));
    }

    static SpendLimit limit(Record row) {
        return new SpendLimit(
                new TenantId(row.get(SPEND_LIMITS.TENANT_ID)),
                new SpendLimit.Spender(
                        SpendLimit.Spender.Kind.valueOf(row.get(SPEND_LIMITS.SPENDER_KIND)),
                        row.get(SPEND_LIMITS.SPENDER_ID)),
                SpendLimit.Window.valueOf(row.get(SPEND_LIMITS.LIMIT_WINDOW)),
                new Credits(row.get(SPEND_LIMITS.LIMIT_CREDITS)),
                Period.between(row.get(SPEND_LIMITS.PERIOD_START), row.get(SPEND_LIMITS.PERIOD_END)),
                new Credits(row.get(SPEND_LIMITS.SPENT)));
    }
}

package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.OUTBOX;

import io.allotment.domain.notification.Notice;
import io.allotment.domain.notification.Outbox;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqOutbox implements Outbox {

    private final DSLContext db;

    JooqOutbox(DSLContext db) {
        this.db = db;
    }

    @Override
    public void append(Notice notice) {
        db.insertInto(OUTBOX)
                .set(OUTBOX.TENANT_ID, notice.tenantId().value())
                .set(OUTBOX.DECISION_ID, notice.decision().value())
                .set(OUTBOX.NUMBER, notice.number())
                .set(OUTBOX.KIND, notice.kind().name())
                .set(OUTBOX.ACCOUNT_ID, notice.accountId().value())
                .set(OUTBOX.FEATURE_KEY, notice.feature().map(FeatureKey::value).orElse(null))
                .set(OUTBOX.PERCENT, notice.percent().orElse(null))
                .set(OUTBOX.AMOUNT, notice.amount())
                .set(OUTBOX.LIMIT_AMOUNT, notice.limit().orElse(null))
                .set(OUTBOX.PERIOD_START, notice.period().map(Period::start).orElse(null))
                .set(OUTBOX.PERIOD_END, notice.period().flatMap(Period::end).orElse(null))
                .set(OUTBOX.CREATED_AT, notice.at())
                .execute();
    }

    @Override
    public Page<Notice> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(OUTBOX)
                .where(OUTBOX.TENANT_ID.eq(tenant.value()))
                .and(page.after()
                        .<Condition>map(after -> {
                            var last = Cursor.numbered(after);
                            return DSL.row(OUTBOX.DECISION_ID, OUTBOX.NUMBER).gt(last.id(), last.number());
                        })
                        .orElse(DSL.noCondition()))
                .orderBy(OUTBOX.DECISION_ID, OUTBOX.NUMBER)
                .limit(page.limit() + 1)
                .fetch(JooqOutbox::notice);
        return Page.of(
                rows, page, notice -> new Cursor.Numbered(notice.decision().value(), notice.number()).toString());
    }

    static Statement insert(List<Notice> notices) {
        var rows = new Rows<>(notices);
        return rows.command(
                """
                insert into allotment.outbox (
                    tenant_id, decision_id, number, kind, account_id, feature_key, percent, amount, limit_amount,
                    period_start, period_end, created_at)
                select
                    tenant_id, decision_id, number, kind, account_id, feature_key, percent, amount, limit_amount,
                    period_start::timestamptz, period_end::timestamptz, created_at::timestamptz
                from (
                    select unnest(?) as tenant_id, unnest(?) as decision_id, unnest(?) as number, unnest(?) as kind,
                        unnest(?) as account_id, unnest(?) as feature_key, unnest(?) as percent, unnest(?) as amount,
                        unnest(?) as limit_amount, unnest(?) as period_start, unnest(?) as period_end,
                        unnest(?) as created_at
                ) n
                """,
                rows.column(UUID.class, n -> n.tenantId().value()),
                rows.column(UUID.class, n -> n.decision().value()),
                rows.column(Long.class, n -> (long) n.number()),
                rows.column(String.class, n -> n.kind().name()),
                rows.column(UUID.class, n -> n.accountId().value()),
                rows.column(
                        String.class, n -> n.feature().map(FeatureKey::value).orElse(null)),
                rows.column(Long.class, n -> n.percent().map(Integer::longValue).orElse(null)),
                rows.column(BigDecimal.class, Notice::amount),
                rows.column(BigDecimal.class, n -> n.limit().orElse(null)),
                rows.column(String.class, n -> Columns.text(n.period().map(Period::start))),
                rows.column(String.class, n -> Columns.text(n.period().flatMap(Period::end))),
                rows.column(String.class, n -> n.at().toString()));
    }

    private static Notice notice(Record row) {
        return new Notice(
                new TenantId(row.get(OUTBOX.TENANT_ID)),
                new DecisionId(row.get(OUTBOX.DECISION_ID)),
                row.get(OUTBOX.NUMBER),
                Notice.Kind.valueOf(row.get(OUTBOX.KIND)),
                new AccountId(row.get(OUTBOX.ACCOUNT_ID)),
                Columns.optional(row, OUTBOX.FEATURE_KEY).map(FeatureKey::new),
                Columns.optional(row, OUTBOX.PERCENT),
                row.get(OUTBOX.AMOUNT),
                Columns.optional(row, OUTBOX.LIMIT_AMOUNT),
                Columns.optional(row, OUTBOX.PERIOD_START)
                        .map(start -> Columns.period(start, row.get(OUTBOX.PERIOD_END))),
                row.get(OUTBOX.CREATED_AT));
    }
}

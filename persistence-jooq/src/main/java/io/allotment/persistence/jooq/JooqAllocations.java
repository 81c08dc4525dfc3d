package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.ALLOCATIONS;

import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.Allocations;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqAllocations implements Allocations {

    private final DSLContext db;

    JooqAllocations(DSLContext db) {
        this.db = db;
    }

    @Override
    public Page<Allocation> list(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page) {
        var rows = db.selectFrom(ALLOCATIONS)
                .where(ALLOCATIONS.TENANT_ID.eq(tenant.value()))
                .and(ALLOCATIONS.ACCOUNT_ID.eq(account.value()))
                .and(ALLOCATIONS.FEATURE_KEY.eq(feature.value()))
                .and(page.after()
                        .<Condition>map(after -> {
                            var entity = Cursor.entity(after);
                            return DSL.row(ALLOCATIONS.RELATED_TYPE, ALLOCATIONS.RELATED_ID)
                                    .gt(entity.type(), entity.id());
                        })
                        .orElse(DSL.noCondition()))
                .orderBy(ALLOCATIONS.RELATED_TYPE, ALLOCATIONS.RELATED_ID)
                .limit(page.limit() + 1)
                .fetch(JooqAllocations::allocation);
        return Page.of(rows, page, allocation -> Cursor.of(allocation.relatedTo()));
    }

    /** Two statements, however many there are. */
    static void addChanges(RoundTrip trip, List<Allocation> changed) {
        var held = new ArrayList<Allocation>(changed.size());
        var gone = new ArrayList<Allocation>();
        for (var allocation : changed) {
            (allocation.quantity().isZero() ? gone : held).add(allocation);
        }
        trip.add(upsert(held)).add(delete(gone));
    }

    private static Statement upsert(List<Allocation> allocations) {
        var rows = new Rows<>(allocations);
        return rows.command(
                """
                insert into allotment.allocations (
                    tenant_id, account_id, feature_key, related_type, related_id, quantity, since)
                select tenant_id, account_id, feature_key, related_type, related_id, quantity, since::timestamptz
                from (
                    select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as feature_key,
                        unnest(?) as related_type, unnest(?) as related_id, unnest(?) as quantity, unnest(?) as since
                ) n
                on conflict (tenant_id, related_type, related_id, account_id, feature_key) do update
                set quantity = excluded.quantity, since = excluded.since
                """,
                rows.column(UUID.class, a -> a.tenantId().value()),
                rows.column(UUID.class, a -> a.accountId().value()),
                rows.column(String.class, a -> a.feature().value()),
                rows.column(String.class, a -> a.relatedTo().type()),
                rows.column(String.class, a -> a.relatedTo().id()),
                rows.column(BigDecimal.class, a -> a.quantity().value()),
                rows.column(String.class, a -> a.since().toString()));
    }

    private static Statement delete(List<Allocation> allocations) {
        var rows = new Rows<>(allocations);
        return rows.lookup(
                """
                delete from allotment.allocations a
                using (
                    select unnest(?) as tenant_id, unnest(?) as account_id, unnest(?) as feature_key,
                        unnest(?) as related_type, unnest(?) as related_id
                    limit ?
                ) n
                where a.tenant_id = n.tenant_id and a.related_type = n.related_type collate "C"
                  and a.related_id = n.related_id collate "C" and a.account_id = n.account_id
                  and a.feature_key = n.feature_key collate "C"
                """,
                rows.column(UUID.class, a -> a.tenantId().value()),
                rows.column(UUID.class, a -> a.accountId().value()),
                rows.column(String.class, a -> a.feature().value()),
                rows.column(String.class, a -> a.relatedTo().type()),
                rows.column(String.class, a -> a.relatedTo().id()));
    }

    static Allocation allocation(Record row) {
        return new Allocation(
                new TenantId(row.get(ALLOCATIONS.TENANT_ID)),
                new AccountId(row.get(ALLOCATIONS.ACCOUNT_ID)),
                new FeatureKey(row.get(ALLOCATIONS.FEATURE_KEY)),
                new RelatedEntity(row.get(ALLOCATIONS.RELATED_TYPE), row.get(ALLOCATIONS.RELATED_ID)),
                new Quantity(row.get(ALLOCATIONS.QUANTITY)),
                row.get(ALLOCATIONS.SINCE));
    }
}

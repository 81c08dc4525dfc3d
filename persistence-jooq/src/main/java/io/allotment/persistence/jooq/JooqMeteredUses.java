package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.METERED_USES;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.domain.usage.MeteredUses;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.Record;

final class JooqMeteredUses implements MeteredUses {

    private final DSLContext db;
    private final JooqUnits units;

    JooqMeteredUses(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void append(MeteredUse use) {
        new RoundTrip().add(insert(List.of(use))).run(db);
    }

    static Statement insert(List<MeteredUse> uses) {
        return new Insert<>("metered_uses", uses)
                .column("tenant_id", Insert.Type.UUID, u -> u.tenantId().value())
                .column("cause_id", Insert.Type.UUID, u -> u.cause().value())
                .column("number", Insert.Type.BIGINT, u -> (long) u.number())
                .column("account_id", Insert.Type.UUID, u -> u.accountId().value())
                .column("gateway", Insert.Type.TEXT, MeteredUse::gateway)
                .column("feature_key", Insert.Type.TEXT, u -> u.feature().value())
                .column("quantity", Insert.Type.NUMERIC, MeteredUse::quantity)
                .column("period_start", Insert.Type.TIMESTAMP, MeteredUse::periodStart)
                .column("billing_period_start", Insert.Type.TIMESTAMP, MeteredUse::billingPeriodStart)
                .column("used_at", Insert.Type.TIMESTAMP, MeteredUse::at)
                .statement();
    }

    @Override
    public List<MeteredUse> take(int limit) {
        units.requirePlatform("making reports of metered usage");
        boolean alone = db.resultQuery("select pg_try_advisory_xact_lock(hashtextextended('metered uses', 0))")
                .fetchSingle(0, Boolean.class);
        if (!alone) {
            return List.of();
        }
        return db.resultQuery("""
                        with wanted as (
                            select tenant_id, cause_id, number from allotment.metered_uses
                            order by tenant_id, cause_id, number
                            limit ?
                            for update skip locked
                        ), taken as (
                            delete from allotment.metered_uses u using wanted s
                            where u.tenant_id = s.tenant_id and u.cause_id = s.cause_id and u.number = s.number
                            returning u.*
                        )
                        select * from taken order by tenant_id, cause_id, number
                        """, limit).coerce(METERED_USES.fields()).fetch(JooqMeteredUses::use);
    }

    private static MeteredUse use(Record row) {
        return new MeteredUse(
                new TenantId(row.get(METERED_USES.TENANT_ID)),
                new DecisionId(row.get(METERED_USES.CAUSE_ID)),
                row.get(METERED_USES.NUMBER),
                new AccountId(row.get(METERED_USES.ACCOUNT_ID)),
                row.get(METERED_USES.GATEWAY),
                new FeatureKey(row.get(METERED_USES.FEATURE_KEY)),
                row.get(METERED_USES.QUANTITY),
                row.get(METERED_USES.PERIOD_START),
                row.get(METERED_USES.BILLING_PERIOD_START),
                row.get(METERED_USES.USED_AT));
    }
}

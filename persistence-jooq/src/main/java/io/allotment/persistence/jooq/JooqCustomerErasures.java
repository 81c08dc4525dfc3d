package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.CUSTOMER_ERASURES;
import static io.allotment.persistence.jooq.generated.Tables.GATEWAY_DIRECTORY;

import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.CustomerErasures;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqCustomerErasures implements CustomerErasures {

    private final DSLContext db;
    private final JooqUnits units;

    JooqCustomerErasures(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public void insert(CustomerErasure order) {
        requirePlatform();
        db.insertInto(CUSTOMER_ERASURES)
                .set(CUSTOMER_ERASURES.GATEWAY, order.gateway())
                .set(CUSTOMER_ERASURES.CUSTOMER_ID, order.customerId())
                .set(CUSTOMER_ERASURES.ORDERED_AT, order.orderedAt())
                .set(CUSTOMER_ERASURES.ATTEMPTS, order.attempts())
                .set(CUSTOMER_ERASURES.NEXT_AT, order.nextAt())
                .set(CUSTOMER_ERASURES.PROBLEM, order.problem().orElse(null))
                .onConflict(CUSTOMER_ERASURES.GATEWAY, CUSTOMER_ERASURES.CUSTOMER_ID)
                .doUpdate()
                .set(CUSTOMER_ERASURES.ORDERED_AT, order.orderedAt())
                .set(CUSTOMER_ERASURES.NEXT_AT, order.nextAt())
                .execute();
    }

    @Override
    public int orderOf(UserId person, Instant now) {
        requirePlatform();
        var tenants = JooqPersonalData.tenantsWithAccount(db, person);
        return order(GATEWAY_DIRECTORY.TENANT_ID.in(tenants).and(GATEWAY_DIRECTORY.ACCOUNT_ID.eq(person.value())), now);
    }

    @Override
    public int orderOf(TenantId tenant, Instant now) {
        requirePlatform();
        return order(GATEWAY_DIRECTORY.TENANT_ID.eq(tenant.value()), now);
    }

    private int order(Condition ofWhom, Instant now) {
        return db.insertInto(
                        CUSTOMER_ERASURES,
                        CUSTOMER_ERASURES.GATEWAY,
                        CUSTOMER_ERASURES.CUSTOMER_ID,
                        CUSTOMER_ERASURES.ORDERED_AT,
                        CUSTOMER_ERASURES.ATTEMPTS,
                        CUSTOMER_ERASURES.NEXT_AT)
                .select(DSL.select(
                                GATEWAY_DIRECTORY.GATEWAY,
                                GATEWAY_DIRECTORY.GATEWAY_ID,
                                DSL.val(now, CUSTOMER_ERASURES.ORDERED_AT),
                                DSL.val(0),
                                DSL.val(now, CUSTOMER_ERASURES.NEXT_AT))
                        .from(GATEWAY_DIRECTORY)
                        .where(ofWhom)
                        .and(GATEWAY_DIRECTORY.KIND.eq(GatewayName.Kind.CUSTOMER.name())))
                .onConflict(CUSTOMER_ERASURES.GATEWAY, CUSTOMER_ERASURES.CUSTOMER_ID)
                .doNothing()
                .execute();
    }

    @Override
    public List<CustomerErasure> due(String gateway, Instant now, int limit) {
        requirePlatform();
        return db.selectFrom(CUSTOMER_ERASURES)
                .where(CUSTOMER_ERASURES.GATEWAY.eq(gateway))
                .and(CUSTOMER_ERASURES.NEXT_AT.le(now))
                .orderBy(CUSTOMER_ERASURES.NEXT_AT, CUSTOMER_ERASURES.CUSTOMER_ID)
                .limit(limit)
                .fetch(JooqCustomerErasures::order);
    }

    @Override
    public void update(CustomerErasure order) {
        requirePlatform();
        int rows = db.update(CUSTOMER_ERASURES)
                .set(CUSTOMER_ERASURES.ATTEMPTS, order.attempts())
                .set(CUSTOMER_ERASURES.NEXT_AT, order.nextAt())
                .set(CUSTOMER_ERASURES.PROBLEM, order.problem().orElse(null))
                .where(is(order))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("An erasure to be changed is not there: " + order.customerId());
        }
    }

    @Override
    public boolean remove(CustomerErasure order) {
        requirePlatform();
        return db.deleteFrom(CUSTOMER_ERASURES)
                        .where(is(order))
                        .and(CUSTOMER_ERASURES.ORDERED_AT.eq(order.orderedAt()))
                        .execute()
                == 1;
    }

    @Override
    public Optional<CustomerErasure> find(String gateway, String customerId) {
        requirePlatform();
        return db.selectFrom(CUSTOMER_ERASURES)
                .where(is(gateway, customerId))
                .fetchOptional(JooqCustomerErasures::order);
    }

    @Override
    public Page<CustomerErasure> list(PageRequest page) {
        requirePlatform();
        var rows = db.selectFrom(CUSTOMER_ERASURES)
                .where(page.after().map(JooqCustomerErasures::after).orElse(DSL.noCondition()))
                .orderBy(CUSTOMER_ERASURES.GATEWAY, CUSTOMER_ERASURES.CUSTOMER_ID)
                .limit(page.limit() + 1)
                .fetch(JooqCustomerErasures::order);
        return Page.of(rows, page, order -> Cursor.of(order.gateway()) + "." + Cursor.of(order.customerId()));
    }

    private static Condition after(String position) {
        var parts = Cursor.parts(position, 2);
        return DSL.row(CUSTOMER_ERASURES.GATEWAY, CUSTOMER_ERASURES.CUSTOMER_ID)
                .gt(Cursor.freeText(parts[0]), Cursor.freeText(parts[1]));
    }

    @Override
    public long countFailing(Instant orderedBefore) {
        requirePlatform();
        return db.fetchCount(
                CUSTOMER_ERASURES, CUSTOMER_ERASURES.ATTEMPTS.gt(0).or(CUSTOMER_ERASURES.ORDERED_AT.lt(orderedBefore)));
    }

    private static Condition is(CustomerErasure order) {
        return is(order.gateway(), order.customerId());
    }

    private static Condition is(String gateway, String customerId) {
        return CUSTOMER_ERASURES.GATEWAY.eq(gateway).and(CUSTOMER_ERASURES.CUSTOMER_ID.eq(customerId));
    }

    private void requirePlatform() {
        units.requirePlatform("whom gateways are to know no more");
    }

    private static CustomerErasure order(Record row) {
        return new CustomerErasure(
                row.get(CUSTOMER_ERASURES.GATEWAY),
                row.get(CUSTOMER_ERASURES.CUSTOMER_ID),
                row.get(CUSTOMER_ERASURES.ORDERED_AT),
                row.get(CUSTOMER_ERASURES.ATTEMPTS),
                row.get(CUSTOMER_ERASURES.NEXT_AT),
                Columns.optional(row, CUSTOMER_ERASURES.PROBLEM));
    }
}

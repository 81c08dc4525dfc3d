package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.GATEWAY_POSITIONS;
import static io.allotment.persistence.jooq.generated.Tables.PAYMENT_EVENTS;

import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.billing.StoredEvent.About;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqPaymentEvents implements PaymentEvents {

    private static final List<String> ASKABLE =
            Stream.of(GatewayObject.Kind.values()).map(Enum::name).toList();

    private final DSLContext db;

    JooqPaymentEvents(DSLContext db) {
        this.db = db;
    }

    @Override
    public boolean insert(StoredEvent event) {
        return db.insertInto(PAYMENT_EVENTS)
                        .set(PAYMENT_EVENTS.GATEWAY, event.gateway())
                        .set(PAYMENT_EVENTS.ID, event.id())
                        .set(PAYMENT_EVENTS.TYPE, event.type())
                        .set(PAYMENT_EVENTS.AT, event.at())
                        .set(PAYMENT_EVENTS.RECEIVED_AT, event.receivedAt())
                        .set(columns(event))
                        .onConflict(PAYMENT_EVENTS.GATEWAY, PAYMENT_EVENTS.ID)
                        .doNothing()
                        .execute()
                == 1;
    }

    @Override
    public boolean update(StoredEvent event) {
        // Who waits for a row looks at it anew: a payload that went meanwhile is seen to have gone.
        var unlessItWent = event.payload()
                .<Condition>map(payload -> PAYMENT_EVENTS.PAYLOAD.isNotNull())
                .orElse(DSL.noCondition());
        boolean isWritten = db.update(PAYMENT_EVENTS)
                        .set(columns(event))
                        .where(PAYMENT_EVENTS.GATEWAY.eq(event.gateway()))
                        .and(PAYMENT_EVENTS.ID.eq(event.id()))
                        .and(unlessItWent)
                        .execute()
                == 1;
        if (!isWritten && find(event.gateway(), event.id()).isEmpty()) {
            throw new IllegalStateException("An event to be changed is not there: " + event.id());
        }
        return isWritten;
    }

    private static Map<Field<?>, Object> columns(StoredEvent event) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(
                PAYMENT_EVENTS.TENANT_ID,
                event.about().flatMap(About::tenantId).map(TenantId::value).orElse(null));
        columns.put(
                PAYMENT_EVENTS.ACCOUNT_ID,
                event.about().flatMap(About::accountId).map(AccountId::value).orElse(null));
        columns.put(
                PAYMENT_EVENTS.OBJECT_KIND,
                event.about().map(about -> about.kind().name()).orElse(null));
        columns.put(PAYMENT_EVENTS.OBJECT_ID, event.about().map(About::id).orElse(null));
        columns.put(PAYMENT_EVENTS.STATUS, event.status().name());
        columns.put(PAYMENT_EVENTS.PAYLOAD, event.payload().orElse(null));
        columns.put(PAYMENT_EVENTS.ATTEMPTS, event.attempts());
        columns.put(PAYMENT_EVENTS.NEXT_AT, event.nextAt().orElse(null));
        columns.put(PAYMENT_EVENTS.PROBLEM, event.problem().orElse(null));
        columns.put(PAYMENT_EVENTS.DONE_AT, event.doneAt().orElse(null));
        return columns;
    }

    @Override
    public Optional<StoredEvent> find(String gateway, String id) {
        return db.selectFrom(PAYMENT_EVENTS)
                .where(PAYMENT_EVENTS.GATEWAY.eq(gateway))
                .and(PAYMENT_EVENTS.ID.eq(id))
                .fetchOptional(JooqPaymentEvents::event);
    }

    @Override
    public List<StoredEvent> due(String gateway, Instant now, int limit) {
        return db.selectFrom(PAYMENT_EVENTS)
                .where(PAYMENT_EVENTS.GATEWAY.eq(gateway))
                .and(PAYMENT_EVENTS.NEXT_AT.le(now))
                .orderBy(PAYMENT_EVENTS.NEXT_AT, PAYMENT_EVENTS.ID)
                .limit(limit)
                .fetch(JooqPaymentEvents::event);
    }

    @Override
    public List<StoredEvent> givenUp(TenantId tenant, String gateway, int limit) {
        return db.selectFrom(PAYMENT_EVENTS)
                .where(PAYMENT_EVENTS.TENANT_ID.eq(tenant.value()).or(PAYMENT_EVENTS.OBJECT_KIND.isNull()))
                .and(PAYMENT_EVENTS.GATEWAY.eq(gateway))
                .and(PAYMENT_EVENTS.STATUS.eq(StoredEvent.Status.WAITING.name()))
                .and(PAYMENT_EVENTS.ATTEMPTS.gt(0))
                .and(PAYMENT_EVENTS.NEXT_AT.isNull())
                .and(PAYMENT_EVENTS.PROBLEM.isDistinctFrom(StoredEvent.ERASED))
                .orderBy(
                        DSL.when(PAYMENT_EVENTS.OBJECT_KIND.in(ASKABLE), DSL.inline(0))
                                .otherwise(DSL.inline(1)),
                        PAYMENT_EVENTS.RECEIVED_AT,
                        PAYMENT_EVENTS.ID)
                .limit(limit)
                .fetch(JooqPaymentEvents::event);
    }

    @Override
    public Optional<Instant> findAskedUntil(String gateway) {
        return db.select(GATEWAY_POSITIONS.ASKED_UNTIL)
                .from(GATEWAY_POSITIONS)
                .where(GATEWAY_POSITIONS.GATEWAY.eq(gateway))
                .fetchOptional(GATEWAY_POSITIONS.ASKED_UNTIL);
    }

    @Override
    public void askedUntil(String gateway, Instant until) {
        db.insertInto(GATEWAY_POSITIONS)
                .set(GATEWAY_POSITIONS.GATEWAY, gateway)
                .set(GATEWAY_POSITIONS.ASKED_UNTIL, until)
                .onConflict(GATEWAY_POSITIONS.GATEWAY)
                .doUpdate()
                .set(GATEWAY_POSITIONS.ASKED_UNTIL, DSL.excluded(GATEWAY_POSITIONS.ASKED_UNTIL))
                .where(GATEWAY_POSITIONS.ASKED_UNTIL.lt(DSL.excluded(GATEWAY_POSITIONS.ASKED_UNTIL)))
                .execute();
    }

    @Override
    public long countFailing() {
        return db.fetchCount(
                PAYMENT_EVENTS,
                // Written out, or no prepared plan may use the index.
                PAYMENT_EVENTS.STATUS.eq(DSL.inline(StoredEvent.Status.WAITING.name())),
                PAYMENT_EVENTS.ATTEMPTS.gt(DSL.inline(0)),
                PAYMENT_EVENTS.NEXT_AT.isNotNull());
    }

    @Override
    public Page<StoredEvent> list(Filter filter, PageRequest page) {
        var rows = db.selectFrom(PAYMENT_EVENTS)
                .where(filter.tenant()
                        .<Condition>map(wanted -> PAYMENT_EVENTS.TENANT_ID.eq(wanted.value()))
                        .orElse(DSL.noCondition()))
                .and(filter.status()
                        .<Condition>map(wanted -> PAYMENT_EVENTS.STATUS.eq(wanted.name()))
                        .orElse(DSL.noCondition()))
                .and(page.after().map(JooqPaymentEvents::before).orElse(DSL.noCondition()))
                .orderBy(PAYMENT_EVENTS.RECEIVED_AT.desc(), PAYMENT_EVENTS.GATEWAY.desc(), PAYMENT_EVENTS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqPaymentEvents::event);
        return Page.of(rows, page, JooqPaymentEvents::position);
    }

    private static String position(StoredEvent event) {
        return Cursor.of(event.receivedAt()) + "." + Cursor.of(event.gateway()) + "." + Cursor.of(event.id());
    }

    private static Condition before(String position) {
        var parts = Cursor.parts(position, 3);
        return DSL.row(PAYMENT_EVENTS.RECEIVED_AT, PAYMENT_EVENTS.GATEWAY, PAYMENT_EVENTS.ID)
                .lt(Cursor.time(parts[0]), Cursor.freeText(parts[1]), Cursor.freeText(parts[2]));
    }

    private static StoredEvent event(Record row) {
        return new StoredEvent(
                row.get(PAYMENT_EVENTS.GATEWAY),
                row.get(PAYMENT_EVENTS.ID),
                row.get(PAYMENT_EVENTS.TYPE),
                row.get(PAYMENT_EVENTS.AT),
                Optional.ofNullable(row.get(PAYMENT_EVENTS.OBJECT_KIND))
                        .map(kind -> new About(
                                About.Kind.valueOf(kind),
                                row.get(PAYMENT_EVENTS.OBJECT_ID),
                                Columns.optional(row, PAYMENT_EVENTS.TENANT_ID).map(TenantId::new),
                                Columns.optional(row, PAYMENT_EVENTS.ACCOUNT_ID).map(AccountId::new))),
                StoredEvent.Status.valueOf(row.get(PAYMENT_EVENTS.STATUS)),
                Columns.optional(row, PAYMENT_EVENTS.PAYLOAD),
                row.get(PAYMENT_EVENTS.RECEIVED_AT),
                row.get(PAYMENT_EVENTS.ATTEMPTS),
                Columns.optional(row, PAYMENT_EVENTS.NEXT_AT),
                Columns.optional(row, PAYMENT_EVENTS.PROBLEM),
                Columns.optional(row, PAYMENT_EVENTS.DONE_AT));
    }
}

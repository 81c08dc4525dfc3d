package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.GATEWAY_POSITIONS;
import static io.allotment.persistence.jooq.generated.Tables.PAYMENT_EVENTS;

import io.allotment.domain.billing.PaymentEvents;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;

final class JooqPaymentEvents implements PaymentEvents {

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
    public void update(StoredEvent event) {
        int rows = db.update(PAYMENT_EVENTS)
                .set(columns(event))
                .where(PAYMENT_EVENTS.GATEWAY.eq(event.gateway()))
                .and(PAYMENT_EVENTS.ID.eq(event.id()))
                .execute();
        if (rows != 1) {
            throw new IllegalStateException("An event to be changed is not there: " + event.id());
        }
    }

    private static Map<Field<?>, Object> columns(StoredEvent event) {
        var columns = new HashMap<Field<?>, Object>();
        columns.put(PAYMENT_EVENTS.STATUS, event.status().name());
        columns.put(PAYMENT_EVENTS.PAYLOAD, event.payload().orElse(null));
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
    public Page<StoredEvent> list(Optional<StoredEvent.Status> status, PageRequest page) {
        var rows = db.selectFrom(PAYMENT_EVENTS)
                .where(status.<Condition>map(wanted -> PAYMENT_EVENTS.STATUS.eq(wanted.name()))
                        .orElse(DSL.noCondition()))
                .and(page.after().map(JooqPaymentEvents::after).orElse(DSL.noCondition()))
                .orderBy(PAYMENT_EVENTS.GATEWAY, PAYMENT_EVENTS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqPaymentEvents::event);
        return Page.of(rows, page, JooqPaymentEvents::position);
    }

    private static String position(StoredEvent event) {
        return event.gateway() + "." + HexFormat.of().formatHex(event.id().getBytes(StandardCharsets.UTF_8));
    }

    private static Condition after(String position) {
        var parts = position.split("\\.", 2);
        if (parts.length != 2 || !parts[0].matches("[a-z0-9][a-z0-9_-]*") || !parts[1].matches("([0-9a-f]{2})+")) {
            throw Columns.cursorNotOurs();
        }
        var id = new String(HexFormat.of().parseHex(parts[1]), StandardCharsets.UTF_8);
        return DSL.row(PAYMENT_EVENTS.GATEWAY, PAYMENT_EVENTS.ID).gt(parts[0], id);
    }

    private static StoredEvent event(Record row) {
        return new StoredEvent(
                row.get(PAYMENT_EVENTS.GATEWAY),
                row.get(PAYMENT_EVENTS.ID),
                row.get(PAYMENT_EVENTS.TYPE),
                row.get(PAYMENT_EVENTS.AT),
                StoredEvent.Status.valueOf(row.get(PAYMENT_EVENTS.STATUS)),
                Columns.optional(row, PAYMENT_EVENTS.PAYLOAD),
                row.get(PAYMENT_EVENTS.RECEIVED_AT),
                Columns.optional(row, PAYMENT_EVENTS.NEXT_AT),
                Columns.optional(row, PAYMENT_EVENTS.PROBLEM),
                Columns.optional(row, PAYMENT_EVENTS.DONE_AT));
    }
}

package io.allotment.persistence.jooq;

import io.allotment.domain.job.Room;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jooq.DSLContext;

/** The owner's function makes the partitions; the platform's role may call it, and make none by itself. */
final class JooqRoom implements Room {

    private final DSLContext db;
    private final JooqUnits units;

    JooqRoom(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    @Override
    public int make(Instant now) {
        units.requirePlatform("making partitions");
        return db.resultQuery(
                        "select allotment.make_usage_partitions(?::timestamptz, ?)",
                        now.atOffset(ZoneOffset.UTC),
                        MONTHS_AHEAD)
                .fetchSingle(0, Integer.class);
    }
}

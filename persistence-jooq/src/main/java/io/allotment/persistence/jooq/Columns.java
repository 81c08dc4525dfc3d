package io.allotment.persistence.jooq;

import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Table;
import org.jooq.impl.DSL;

/** Values that stand in more than one column, or in more than one table. */
final class Columns {

    private Columns() {}

    /** One value of each, null where it has none. */
    static <T> List<Object> list(List<T> values, Function<T, Object> value) {
        var list = new ArrayList<Object>(values.size());
        for (var one : values) {
            list.add(value.apply(one));
        }
        return list;
    }

    static UUID userId(Actor actor) {
        return actor.member().map(UserId::value).orElse(null);
    }

    static UUID keyId(Actor actor) {
        return actor.key().map(ApiKeyId::value).orElse(null);
    }

    /** Neither a user nor a key is the system. */
    static Actor actor(UUID userId, UUID keyId) {
        return userId == null && keyId == null
                ? Actor.system()
                : Actor.of(
                        Optional.ofNullable(userId).map(UserId::new),
                        Optional.ofNullable(keyId).map(ApiKeyId::new));
    }

    /** The order of UUIDs in the database: that of their bytes, which {@link UUID#compareTo} has not. */
    static int compare(UUID one, UUID other) {
        int high = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
        return high != 0 ? high : Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    }

    static String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    /** A time out of an array. */
    static Instant instant(OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    static Optional<RelatedEntity> relatedTo(String type, String id) {
        return id == null ? Optional.empty() : Optional.of(new RelatedEntity(type, id));
    }

    static String type(Optional<RelatedEntity> relatedTo) {
        return relatedTo.map(RelatedEntity::type).orElse(null);
    }

    static String id(Optional<RelatedEntity> relatedTo) {
        return relatedTo.map(RelatedEntity::id).orElse(null);
    }

    static Period period(Instant start, Instant end) {
        return new Period(start, Optional.ofNullable(end));
    }

    static <T> Optional<T> optional(Record row, Field<T> field) {
        return Optional.ofNullable(row.get(field));
    }

    static Condition in(TimeRange range, Field<Instant> time) {
        return DSL.and(
                range.from().<Condition>map(time::ge).orElse(DSL.noCondition()),
                range.to().<Condition>map(time::lt).orElse(DSL.noCondition()));
    }

    /** Rows after the page's beginning, in ascending order. */
    static Condition after(Field<UUID> id, PageRequest page) {
        return page.after().<Condition>map(after -> id.gt(uuid(after))).orElse(DSL.noCondition());
    }

    /** Rows after the page's beginning, in descending order. */
    static Condition before(Field<UUID> id, PageRequest page) {
        return page.after().<Condition>map(after -> id.lt(uuid(after))).orElse(DSL.noCondition());
    }

    static UUID uuid(String cursor) {
        try {
            return Id.parse("after", cursor);
        } catch (InvalidValue notOurs) {
            throw cursorNotOurs();
        }
    }

    static String key(String cursor) {
        try {
            return Text.key("after", cursor);
        } catch (InvalidValue notOurs) {
            throw cursorNotOurs();
        }
    }

    static String permission(String cursor) {
        try {
            return new PermissionKey(cursor).value();
        } catch (InvalidValue notOurs) {
            throw cursorNotOurs();
        }
    }

    static long number(String cursor) {
        try {
            return Long.parseLong(cursor);
        } catch (NumberFormatException notOurs) {
            throw cursorNotOurs();
        }
    }

    /** The number of a line; a cursor of another kind has none. */
    static int line(String cursor) {
        long number = number(cursor);
        if (number < 0 || number > Charge.MAX_LINES) {
            throw cursorNotOurs();
        }
        return (int) number;
    }

    /** The columns of a table as SQL names them, in the order of its fields; {@code *} would follow the database's. */
    static String of(String alias, Table<?> table) {
        return Stream.of(table.fields())
                .map(field -> alias + "." + field.getName())
                .collect(Collectors.joining(", "));
    }

    static InvalidValue cursorNotOurs() {
        return new InvalidValue("after", "is not a position of this listing; take it from the page before");
    }
}

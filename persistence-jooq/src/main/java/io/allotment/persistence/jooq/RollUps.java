package io.allotment.persistence.jooq;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.usage.UsageCalendar;
import io.allotment.domain.usage.UsageCut;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.domain.usage.UsagePart;
import java.math.BigDecimal;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/**
 * Writes the sums. Events never leave the database: it sums them, and is told alone on which day of the tenant's each quarter
 * of an hour is.
 *
 * <p>Whoever adds to a tenant's sums holds the tenant's advisory lock until its transaction ends, and takes it before rows of
 * {@code usage_arrivals} that others may hold. Who rolls up those of all tenants waits for nobody: it leaves out what others are at.
 */
final class RollUps {

    /** So many arrivals come over at a time while there are too few events. */
    private static final int FETCHED = 50;

    /** Each has a lock, of which a server holds some thousands. */
    private static final int MAX_TENANTS = 500;

    private static final String KEYS = String.join(", ", JooqUsageSummaries.KEY_COLUMNS);
    private static final String AMOUNTS = String.join(", ", JooqUsageSummaries.AMOUNT_COLUMNS);

    /** Some that nobody else is at, of tenants to whose sums nobody else adds. */
    private static final String SOME = """
            select tenant_id, id, cardinality(event_ids) from allotment.usage_arrivals
            where pg_try_advisory_xact_lock(hashtextextended('usage of ' || tenant_id, 0))
            for update skip locked
            """;

    /** Some of one tenant; whoever else is at them is waited for. */
    private static final String SOME_OF_TENANT =
            "select tenant_id, id, cardinality(event_ids) from allotment.usage_arrivals where tenant_id = ? for update";

    private static final String LOCK =
            "select 1 from pg_advisory_xact_lock(hashtextextended('usage of ' || ?::uuid, 0))";

    /** Those of tenants that are being changed or removed another time. */
    private static final String KEEP_ZONES = """
            insert into allotment.usage_zones (tenant_id, time_zone)
            select t.tenant_id, t.time_zone from unnest(?) as n(tenant_id)
            join allotment.tenants t on t.tenant_id = n.tenant_id
            where not exists (select from allotment.usage_zones z where z.tenant_id = n.tenant_id)
            for key share of t skip locked
            """;

    private static final String ZONES = """
            select z.tenant_id, z.time_zone from unnest(?) as n(tenant_id)
            join allotment.usage_zones z on z.tenant_id = n.tenant_id
            for share of z skip locked
            """;

    /** When that was used which is to be rolled up. */
    private static final String QUARTERS = """
            select e.tenant_id, date_bin('15 minutes', e.created_at, timestamptz 'epoch') as starts_at
            from (
                select a.tenant_id, unnest(a.event_ids) as event_id
                from unnest(?, ?) as c(tenant_id, id)
                join allotment.usage_arrivals a on a.tenant_id = c.tenant_id and a.id = c.id
            ) a
            cross join lateral (
                select tenant_id, created_at from allotment.usage_events u
                where u.tenant_id = a.tenant_id and u.id = a.event_id offset 0
            ) e
            group by 1, 2
            """;

    /** Of tenants that are gone. */
    private static final String LEAVE_OUT = """
            delete from allotment.usage_arrivals a using unnest(?, ?) as c(tenant_id, id)
            where a.tenant_id = c.tenant_id and a.id = c.id
              and not exists (select from allotment.tenants t where t.tenant_id = a.tenant_id)
            """;

    /** Null where all of them are none. */
    private static final String SUMS = JooqUsageSummaries.AMOUNT_COLUMNS.stream()
            .map(column -> "sum(" + column + ") as " + column)
            .collect(Collectors.joining(", "));

    /** What the quarters of an hour come to, in each cut, in the order in which everybody writes them. */
    private static final String INTO_ALL_CUTS = """
            insert into allotment.usage_rollups as r (tenant_id, cut, starts_at, group_id, %1$s, %2$s)
            select tenant_id, cut, starts_at, group_id, %1$s, %5$s
            from (
                select c.*, allotment.usage_group_id(%1$s) as group_id
                from (
                    %3$s
                ) c
            ) n
            order by tenant_id, cut, starts_at, group_id
            on conflict (tenant_id, cut, starts_at, group_id) do update set %4$s
            """.formatted(
            KEYS,
            AMOUNTS,
            Arrays.stream(UsageCut.values()).map(RollUps::ofQuarters).collect(Collectors.joining("\nunion all\n")),
            JooqUsageSummaries.AMOUNT_COLUMNS.stream()
                    .map(column -> column + " = r." + column + " + excluded." + column)
                    .collect(Collectors.joining(", ")),
            JooqUsageSummaries.AMOUNT_COLUMNS.stream()
                    .map(column -> "coalesce(" + column + ", 0)")
                    .collect(Collectors.joining(", ")));

    /** Takes what arrived and adds it. What lacks a price goes on waiting for one. */
    private static final String ADD_ARRIVED = """
            with taken as (
                delete from allotment.usage_arrivals a using unnest(?, ?) as c(tenant_id, id)
                where a.tenant_id = c.tenant_id and a.id = c.id
                returning a.tenant_id, a.event_ids
            ), days as materialized (
                select unnest(?) as tenant_id, unnest(?) as starts_at, unnest(?) as day
            ), parts as materialized (
                %s
            ), waiting as (
                insert into allotment.usage_unpriced (tenant_id, event_id, provider, model, used_at)
                select tenant_id, event_id, provider, model, used_at from parts where lacks_price
            ), quarters as materialized (
                select p.tenant_id, p.starts_at, d.day, %s, %s
                from parts p join days d on d.tenant_id = p.tenant_id and d.starts_at = p.starts_at
                group by p.tenant_id, p.starts_at, d.day, %2$s
            )
            %s""".formatted(
                    JooqUsageSummaries.PARTS.formatted("select tenant_id, unnest(event_ids) as event_id from taken"),
                    KEYS,
                    SUMS,
                    INTO_ALL_CUTS);

    private static final String ADD_COSTS = """
            with quarters as materialized (
                select tenant_id, starts_at, day, %s, %s
                from (select ?::uuid as tenant_id, unnest(?) as starts_at, unnest(?) as day, %s, unnest(?) as cost) n
                group by tenant_id, starts_at, day, %1$s
            )
            %s""".formatted(
                    KEYS,
                    JooqUsageSummaries.AMOUNT_COLUMNS.stream()
                            .map(column -> column.equals(JooqUsageSummaries.COST_COLUMN)
                                    ? "sum(cost) as cost"
                                    : "null::numeric as " + column)
                            .collect(Collectors.joining(", ")),
                    JooqUsageSummaries.KEY_COLUMNS.stream()
                            .map(column -> "unnest(?) as " + column)
                            .collect(Collectors.joining(", ")),
                    INTO_ALL_CUTS);

    /** One that nobody is at. The inner query ends before anything is locked that need not be. */
    private static final String MOVED = """
            select m.tenant_id, m.time_zone
            from (
                select z.tenant_id, t.time_zone from allotment.usage_zones z
                join allotment.tenants t on t.tenant_id = z.tenant_id
                where t.time_zone <> z.time_zone
                limit 1 for update of z skip locked
            ) m
            where pg_try_advisory_xact_lock(hashtextextended('usage of ' || m.tenant_id, 0))
            """;

    /** Sums of numbers take their room: some thousand groups should not go through files. */
    private static final Statement IN_MEMORY = Statement.command("set local work_mem = '64MB'");

    private static final Field<UUID> TENANT_ID = DSL.field("tenant_id", SQLDataType.UUID);
    private static final Field<String> TIME_ZONE = DSL.field("time_zone", SQLDataType.CLOB);
    private static final Field<OffsetDateTime> STARTS_AT = DSL.field("starts_at", SQLDataType.TIMESTAMPWITHTIMEZONE);

    private final DSLContext db;
    private final JooqUnits units;

    RollUps(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    /** A cut, made of the quarters of an hour with all that is known, which are one themselves. */
    private static String ofQuarters(UsageCut cut) {
        if (cut == UsageCut.QUARTER_ALL) {
            return "select tenant_id, '" + cut.name() + "', starts_at, " + KEYS + ", " + AMOUNTS + " from quarters";
        }
        var starts = cut.isDaily() ? "day" : "starts_at";
        return "select tenant_id, '" + cut.name() + "' collate \"C\" as cut, " + starts + " as starts_at, "
                + groupedColumns(cut) + ", cost_currency, " + SUMS
                + "\nfrom quarters group by tenant_id, " + starts + ", cost_currency, "
                + String.join(", ", JooqUsageSummaries.columns(cut.dimensions()));
    }

    /** All columns of a group, of which a cut knows some. */
    private static String groupedColumns(UsageCut cut) {
        var known = JooqUsageSummaries.columns(cut.dimensions());
        return JooqUsageSummaries.GROUP_COLUMNS.stream()
                .map(column ->
                        known.contains(column) ? column : JooqUsageSummaries.ABSENT.get(column) + " as " + column)
                .collect(Collectors.joining(", "));
    }

    /** Some events that wait, written together. */
    private record Arrival(UUID tenant, UUID id, int events) {}

    /** A quarter of an hour in which a tenant used something. */
    private record Quarter(UUID tenant, Instant startsAt) {}

    int rollUp(int limit) {
        return add(arrivals(SOME, limit));
    }

    int rollUp(TenantId tenant, int limit) {
        lock(tenant);
        return add(arrivals(SOME_OF_TENANT, limit, tenant.value()));
    }

    private void lock(TenantId tenant) {
        new RoundTrip().add(Statement.command(LOCK, tenant.value())).run(db);
    }

    /** Locks as many as hold about so many events, and no more: they are locked while they come over. */
    private List<Arrival> arrivals(String sql, int limit, Object... values) {
        var some = new ArrayList<Arrival>();
        db.connection(connection -> {
            try (var statement = connection.prepareStatement(sql)) {
                for (int i = 0; i < values.length; i++) {
                    statement.setObject(i + 1, values[i]);
                }
                statement.setFetchSize(Math.min(FETCHED, limit));
                fetch(statement, limit, some);
            }
        });
        return some;
    }

    private static void fetch(PreparedStatement statement, int limit, List<Arrival> some) throws SQLException {
        try (var rows = statement.executeQuery()) {
            long events = 0;
            var tenants = new HashSet<UUID>();
            while (events < limit && tenants.size() < MAX_TENANTS && rows.next()) {
                var arrival = new Arrival(rows.getObject(1, UUID.class), rows.getObject(2, UUID.class), rows.getInt(3));
                some.add(arrival);
                tenants.add(arrival.tenant());
                events += arrival.events();
            }
        }
    }

    /** Of tenants whose lock is held. */
    private int add(List<Arrival> some) {
        if (some.isEmpty()) {
            return 0;
        }
        var zones = zones(some.stream().map(Arrival::tenant).distinct().toArray(UUID[]::new));
        var arrivals = some.stream()
                .filter(arrival -> zones.containsKey(arrival.tenant()))
                .toList();
        if (arrivals.size() < some.size()) {
            new RoundTrip()
                    .add(Statement.command(LEAVE_OUT, tenants(some), ids(some)))
                    .run(db);
        }
        var quarters = new ArrayList<Quarter>();
        new RoundTrip()
                .add(
                        Statement.query(
                                QUARTERS, new Field<?>[] {TENANT_ID, STARTS_AT}, tenants(arrivals), ids(arrivals)),
                        row -> quarters.add(new Quarter(
                                row.get(TENANT_ID), row.get(STARTS_AT).toInstant())))
                .run(db);
        new RoundTrip()
                .add(IN_MEMORY)
                .add(Statement.command(
                        ADD_ARRIVED,
                        tenants(arrivals),
                        ids(arrivals),
                        new Rows<>(quarters).column(UUID.class, Quarter::tenant),
                        JooqUsageSummaries.times(
                                quarters.stream().map(Quarter::startsAt).toList()),
                        JooqUsageSummaries.times(quarters.stream()
                                .map(quarter -> UsageCalendar.day(quarter.startsAt(), zones.get(quarter.tenant())))
                                .toList())))
                .run(db);
        return arrivals.stream().mapToInt(Arrival::events).sum();
    }

    private static Object[] tenants(List<Arrival> arrivals) {
        return new Rows<>(arrivals).column(UUID.class, Arrival::tenant);
    }

    private static Object[] ids(List<Arrival> arrivals) {
        return new Rows<>(arrivals).column(UUID.class, Arrival::id);
    }

    /** In which each tenant's days are rolled up, which nobody changes before this transaction ends. */
    private Map<UUID, ZoneId> zones(UUID[] tenants) {
        var zones = new HashMap<UUID, ZoneId>();
        new RoundTrip()
                .add(Statement.command(KEEP_ZONES, (Object) tenants))
                .add(
                        Statement.query(ZONES, new Field<?>[] {TENANT_ID, TIME_ZONE}, (Object) tenants),
                        row -> zones.put(row.get(TENANT_ID), ZoneId.of(row.get(TIME_ZONE))))
                .run(db);
        return zones;
    }

    /** Adds what events of a tenant turned out to have cost that are rolled up without it. */
    void addCosts(List<UsageEvent> events) {
        var tenant = events.get(0).tenantId();
        lock(tenant);
        var zone = Optional.ofNullable(zones(new UUID[] {tenant.value()}).get(tenant.value()));
        var costly = events.stream()
                .filter(event -> event.cost().map(Cost::amount).orElseThrow().signum() != 0)
                .toList();
        // A tenant that is gone has no zone any more, and needs no sums.
        if (zone.isEmpty() || costly.isEmpty()) {
            return;
        }
        var parts = costly.stream().map(event -> UsagePart.of(event).get(0)).toList();
        var rows = new Rows<>(costly);
        new RoundTrip()
                .add(Statement.command(
                        ADD_COSTS,
                        tenant.value(),
                        JooqUsageSummaries.times(
                                parts.stream().map(UsagePart::at).toList()),
                        JooqUsageSummaries.times(parts.stream()
                                .map(part -> UsageCalendar.day(part.at(), zone.get()))
                                .toList()),
                        texts(parts, group -> group.operation().map(OperationKey::value)),
                        texts(parts, UsageGroup::model),
                        texts(parts, UsageGroup::provider),
                        rows.column(UUID.class, event -> event.accountId().value()),
                        ids(parts, group -> group.user().map(UserId::value)),
                        ids(parts, group -> group.key().map(ApiKeyId::value)),
                        texts(parts, group -> group.relatedTo().map(RelatedEntity::type)),
                        texts(parts, group -> group.relatedTo().map(RelatedEntity::id)),
                        rows.column(
                                String.class,
                                event -> event.cost().orElseThrow().currency()),
                        rows.column(
                                BigDecimal.class,
                                event -> event.cost().orElseThrow().amount())))
                .run(db);
    }

    private static Object[] texts(List<UsagePart> parts, Function<UsageGroup, Optional<String>> get) {
        return new Rows<>(parts)
                .column(String.class, part -> get.apply(part.group()).orElse(null));
    }

    private static Object[] ids(List<UsagePart> parts, Function<UsageGroup, Optional<UUID>> get) {
        return new Rows<>(parts)
                .column(UUID.class, part -> get.apply(part.group()).orElse(null));
    }

    int followMoves() {
        var moved = new HashMap<TenantId, ZoneId>();
        new RoundTrip()
                .add(
                        Statement.query(MOVED, new Field<?>[] {TENANT_ID, TIME_ZONE}),
                        row -> moved.put(new TenantId(row.get(TENANT_ID)), ZoneId.of(row.get(TIME_ZONE))))
                .run(db);
        moved.forEach(this::makeDaysAnew);
        return moved.size();
    }

    /** Makes the days of a tenant again from the quarters of an hour, in a zone whose lock is held. */
    private void makeDaysAnew(TenantId tenant, ZoneId zone) {
        units.takeTime();
        db.execute(
                "delete from allotment.usage_rollups where tenant_id = ? and cut in ('DAY_MODELS', 'DAY_ACTORS', 'DAY_ENTITIES')",
                tenant.value());
        var range = db.fetchOne(
                "select min(starts_at) as first, max(starts_at) as last from allotment.usage_rollups"
                        + " where tenant_id = ? and cut = 'QUARTER_MODELS'",
                tenant.value());
        var first = range.get("first", OffsetDateTime.class);
        if (first != null) {
            var days = UsageCalendar.starts(
                    UsageCalendar.day(first.toInstant(), zone),
                    range.get("last", OffsetDateTime.class).toInstant().plusSeconds(1),
                    UsageCalendar.Unit.DAY,
                    zone);
            for (var cut : UsageCut.values()) {
                if (cut.isDaily()) {
                    makeDaysAnew(tenant, cut, days);
                }
            }
        }
        db.execute("update allotment.usage_zones set time_zone = ? where tenant_id = ?", zone.getId(), tenant.value());
    }

    private void makeDaysAnew(TenantId tenant, UsageCut cut, List<Instant> days) {
        var known = JooqUsageSummaries.columns(cut.dimensions());
        var columns = JooqUsageSummaries.GROUP_COLUMNS.stream()
                .map(column -> known.contains(column) ? column : JooqUsageSummaries.ABSENT.get(column))
                .collect(Collectors.joining(", "));
        var sql = "insert into allotment.usage_rollups (tenant_id, cut, starts_at, group_id, "
                + KEYS + ", " + AMOUNTS + ")\n"
                + "select tenant_id, ?, (?::timestamptz[])[bucket], allotment.usage_group_id(" + columns
                + ", cost_currency), " + columns + ", cost_currency, "
                + JooqUsageSummaries.sums(JooqUsageSummaries.AMOUNT_COLUMNS) + "\n"
                + "from (select q.*, width_bucket(starts_at, ?) as bucket from allotment.usage_rollups q"
                + " where tenant_id = ? and cut = ?) q\n"
                + "group by tenant_id, bucket, cost_currency, " + String.join(", ", known);
        new RoundTrip()
                .add(Statement.command(
                        sql,
                        cut.name(),
                        JooqUsageSummaries.times(days),
                        JooqUsageSummaries.times(days),
                        tenant.value(),
                        UsageCut.ofQuarters(cut.dimensions()).name()))
                .run(db);
    }
}

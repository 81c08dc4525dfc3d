package io.allotment.persistence.jooq;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageAmounts;
import io.allotment.domain.usage.UsageCalendar;
import io.allotment.domain.usage.UsageCut;
import io.allotment.domain.usage.UsageDimension;
import io.allotment.domain.usage.UsageEvent;
import io.allotment.domain.usage.UsageGroup;
import io.allotment.domain.usage.UsagePart;
import io.allotment.domain.usage.UsageSummaries;
import io.allotment.domain.usage.UsageSummary;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Sums of the roll-ups and of what has not been rolled up, in one statement, so that each event is seen exactly once. */
final class JooqUsageSummaries implements UsageSummaries {

    private static final int ROWS_PER_STATEMENT = 2_000;

    private static final String COST_COLUMN = "cost";

    private static final List<String> GROUP_COLUMNS = List.of(
            "operation_key", "model", "provider", "account_id", "user_id", "key_id", "related_type", "related_id");

    /** What stands for a column that a cut does not know. */
    private static final Map<String, String> ABSENT = Map.of(
            "operation_key", "null::text",
            "model", "null::text",
            "provider", "null::text",
            "account_id", "null::uuid",
            "user_id", "null::uuid",
            "key_id", "null::uuid",
            "related_type", "null::text",
            "related_id", "null::text");

    private static final List<String> AMOUNT_COLUMNS = Stream.concat(
                    Stream.of("events", "lines", "quantity", "credits", "uncovered_credits", "overage"),
                    Stream.concat(
                            Arrays.stream(TokenClass.values()).map(JooqUsageSummaries::column), Stream.of(COST_COLUMN)))
            .toList();

    /** What tells the rows of one cut and time apart: a group's costs are kept by currency. */
    private static final List<String> KEY_COLUMNS =
            Stream.concat(GROUP_COLUMNS.stream(), Stream.of("cost_currency")).toList();

    /** Parts of events as the roll-ups have them. */
    private static final String PARTS = """
            select e.tenant_id, date_bin('15 minutes', e.created_at, timestamptz 'epoch') as starts_at,
                   l.operation_key collate "C" as operation_key, e.model collate "C" as model, e.provider collate "C" as provider,
                   e.account_id, e.actor_user_id as user_id, e.actor_key_id as key_id,
                   e.related_type collate "C" as related_type, e.related_id collate "C" as related_id,
                   (l.number = 1)::int::bigint as events, 1::bigint as lines, l.quantity, l.credits,
                   case when l.number = 1 then e.uncovered_credits else 0 end as uncovered_credits,
                   coalesce(l.above, 0) as overage,
                   case when l.number = 1 and e.cost <> 0 then e.cost_currency collate "C" end as cost_currency,
                   case when l.number = 1 then coalesce(e.cost, 0) else 0 end as cost,
                   e.id as event_id, e.created_at as used_at,
                   l.number = 1 and e.model is not null and e.tokens is not null and e.cost is null as lacks_price, %s
            from (%%s) a
            cross join lateral (
                select * from allotment.usage_events u where u.tenant_id = a.tenant_id and u.id = a.event_id offset 0
            ) e
            cross join lateral unnest(e.operations, e.quantities, e.line_credits, e.quota_above) with ordinality
                as l(operation_key, quantity, credits, above, number)
            """.formatted(Arrays.stream(TokenClass.values())
            .map(tokenClass -> "case when l.number = 1 then coalesce((e.tokens ->> '" + tokenClass.name()
                    + "')::numeric, 0) else 0 end as " + column(tokenClass))
            .collect(Collectors.joining(",\n       ")));

    /**
     * Takes what arrived, which nobody else takes then, and gives its parts summed by quarters of an hour. What lacks a price
     * goes on waiting for one.
     */
    private static final String TAKING = """
            with locked as materialized (
                select tenant_id, id, cardinality(event_ids) as events from allotment.usage_arrivals%%s
            ), chosen as (
                select tenant_id, id
                from (select tenant_id, id, sum(events) over (order by tenant_id, id) - events as before from locked) n
                where before < ?
            ), taken as (
                delete from allotment.usage_arrivals a using chosen c where a.tenant_id = c.tenant_id and a.id = c.id
                returning a.tenant_id, a.event_ids
            ), parts as materialized (
                %3$s
            ), waiting as (
                insert into allotment.usage_unpriced (tenant_id, event_id, provider, model, used_at)
                select tenant_id, event_id, provider, model, used_at from parts where lacks_price
            )
            select tenant_id, starts_at, %1$s, %2$s
            from parts
            group by tenant_id, starts_at, %1$s
            """.formatted(
                    String.join(", ", KEY_COLUMNS),
                    sums(AMOUNT_COLUMNS),
                    PARTS.formatted("select tenant_id, unnest(event_ids) as event_id from taken"));

    /** Some that nobody else is at. */
    private static final String TAKE = TAKING.formatted(" limit ? for update skip locked");

    /** Some of one tenant; whoever else is at them is waited for. */
    private static final String TAKE_OF_TENANT = TAKING.formatted(" where tenant_id = ? limit ? for update");

    private static final String ADD = """
            insert into allotment.usage_rollups as r (tenant_id, cut, starts_at, group_id, %1$s, %2$s)
            select n.tenant_id, n.cut, n.starts_at, allotment.usage_group_id(%3$s), %3$s, %4$s
            from (select unnest(?) as tenant_id, unnest(?) as cut, unnest(?) as starts_at, %5$s) n
            on conflict (tenant_id, cut, starts_at, group_id) do update set %6$s
            """.formatted(
                    String.join(", ", KEY_COLUMNS),
                    String.join(", ", AMOUNT_COLUMNS),
                    prefixed("n.", KEY_COLUMNS),
                    prefixed("n.", AMOUNT_COLUMNS),
                    Stream.concat(KEY_COLUMNS.stream(), AMOUNT_COLUMNS.stream())
                            .map(column -> "unnest(?) as " + column)
                            .collect(Collectors.joining(", ")),
                    AMOUNT_COLUMNS.stream()
                            .map(column -> column + " = r." + column + " + excluded." + column)
                            .collect(Collectors.joining(", ")));

    private static final String KEEP_ZONES = """
            insert into allotment.usage_zones (tenant_id, time_zone)
            select t.tenant_id, t.time_zone from unnest(?) as n(tenant_id)
            join allotment.tenants t on t.tenant_id = n.tenant_id
            order by t.tenant_id
            on conflict (tenant_id) do nothing
            """;

    private static final String ZONES = """
            select z.tenant_id, z.time_zone from unnest(?) as n(tenant_id)
            join allotment.usage_zones z on z.tenant_id = n.tenant_id
            order by z.tenant_id for share of z
            """;

    private static final String MOVED = """
            select z.tenant_id, t.time_zone from allotment.usage_zones z
            join allotment.tenants t on t.tenant_id = z.tenant_id
            where t.time_zone <> z.time_zone
            limit 1 for update of z skip locked
            """;

    private static final Field<UUID> TENANT_ID = DSL.field("tenant_id", SQLDataType.UUID);
    private static final Field<String> TIME_ZONE = DSL.field("time_zone", SQLDataType.CLOB);
    private static final Field<OffsetDateTime> STARTS_AT = DSL.field("starts_at", SQLDataType.TIMESTAMPWITHTIMEZONE);
    private static final Field<Integer> BUCKET = DSL.field("bucket", SQLDataType.INTEGER);
    private static final Field<String> OPERATION_KEY = DSL.field("operation_key", SQLDataType.CLOB);
    private static final Field<String> MODEL = DSL.field("model", SQLDataType.CLOB);
    private static final Field<String> PROVIDER = DSL.field("provider", SQLDataType.CLOB);
    private static final Field<UUID> ACCOUNT_ID = DSL.field("account_id", SQLDataType.UUID);
    private static final Field<UUID> USER_ID = DSL.field("user_id", SQLDataType.UUID);
    private static final Field<UUID> KEY_ID = DSL.field("key_id", SQLDataType.UUID);
    private static final Field<String> RELATED_TYPE = DSL.field("related_type", SQLDataType.CLOB);
    private static final Field<String> RELATED_ID = DSL.field("related_id", SQLDataType.CLOB);
    private static final Field<String> COST_CURRENCY = DSL.field("cost_currency", SQLDataType.CLOB);
    private static final Field<JSONB> COSTS = DSL.field("costs", SQLDataType.JSONB);
    private static final List<Field<?>> GROUP =
            List.of(OPERATION_KEY, MODEL, PROVIDER, ACCOUNT_ID, USER_ID, KEY_ID, RELATED_TYPE, RELATED_ID);
    private static final Field<BigDecimal> COST = DSL.field(COST_COLUMN, SQLDataType.NUMERIC);
    private static final List<Field<BigDecimal>> AMOUNTS = AMOUNT_COLUMNS.stream()
            .map(column -> column.equals(COST_COLUMN) ? COST : DSL.field(column, SQLDataType.NUMERIC))
            .toList();
    /** All but costs, which have no sum where there are several currencies. */
    private static final List<Field<BigDecimal>> SUMMABLE =
            AMOUNTS.stream().filter(amount -> amount != COST).toList();

    private static final Field<?>[] TAKEN = Stream.of(
                    List.of(TENANT_ID, STARTS_AT), GROUP, List.of(COST_CURRENCY), AMOUNTS)
            .flatMap(List::stream)
            .toArray(Field<?>[]::new);

    private final DSLContext db;
    private final JooqUnits units;

    JooqUsageSummaries(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
    }

    private static String column(TokenClass tokenClass) {
        return "tokens_" + tokenClass.name().toLowerCase(Locale.ROOT);
    }

    private static String sums(List<String> columns) {
        return columns.stream()
                .map(column -> "sum(" + column + ") as " + column)
                .collect(Collectors.joining(", "));
    }

    private static String prefixed(String prefix, List<String> columns) {
        return columns.stream().map(column -> prefix + column).collect(Collectors.joining(", "));
    }

    /** New events, to be rolled up some time: a row for each tenant. */
    static Statement arrivals(List<UsageEvent> events) {
        var ofTenants = new LinkedHashMap<UUID, List<UUID>>();
        for (var event : events) {
            ofTenants
                    .computeIfAbsent(event.tenantId().value(), tenant -> new ArrayList<>(events.size()))
                    .add(event.id().value());
        }
        var insert = new Insert<>("usage_arrivals", List.copyOf(ofTenants.entrySet()));
        return insert.column("tenant_id", Insert.Type.UUID, Map.Entry::getKey)
                .column("id", Insert.Type.UUID, tenant -> tenant.getValue().get(0))
                .arrays("event_ids", Insert.Type.UUID, insert.lists(Map.Entry::getValue), id -> id)
                .statement();
    }

    @Override
    public List<UsageSummary> summarize(TenantId tenant, SummaryRequest request, ZoneId zone, int limit) {
        var starts = request.unit()
                .map(unit -> UsageCalendar.starts(request.from(), request.to(), unit, zone))
                .orElse(List.of(request.from()));
        var found = new ArrayList<UsageSummary>();
        var query = new SummaryQuery(tenant, request, zone, limit).statement(starts);
        new RoundTrip()
                .add(
                        query,
                        row -> found.add(new UsageSummary(
                                starts.get(row.get(BUCKET) - 1), group(row), amounts(row, costs(row.get(COSTS))))))
                .run(db);
        found.sort(request.order());
        return List.copyOf(found);
    }

    /** One question, put together as SQL. */
    private static final class SummaryQuery {

        private final TenantId tenant;
        private final SummaryRequest request;
        private final ZoneId zone;
        private final int limit;
        private final List<Object> values = new ArrayList<>();

        SummaryQuery(TenantId tenant, SummaryRequest request, ZoneId zone, int limit) {
            this.tenant = tenant;
            this.request = request;
            this.zone = zone;
            this.limit = limit;
        }

        Statement statement(List<Instant> starts) {
            values.add(times(starts));
            var parts = new ArrayList<String>();
            var days = request.dailyCut();
            var quarters = UsageCut.ofQuarters(request.dimensions());
            if (days.isPresent()) {
                var from = UsageCalendar.dayFrom(request.from(), zone);
                var to = UsageCalendar.day(request.to(), zone);
                if (from.isBefore(to)) {
                    parts.add(rolledUp(days.get(), from, to) + inZone("="));
                    parts.add(rolledUp(quarters, from, to) + inZone("is distinct from"));
                    parts.add(rolledUp(quarters, request.from(), from));
                    parts.add(rolledUp(quarters, to, request.to()));
                } else {
                    parts.add(rolledUp(quarters, request.from(), request.to()));
                }
            } else {
                parts.add(rolledUp(quarters, request.from(), request.to()));
            }
            parts.add(arrived());
            var grouped = columns(request.by());
            var by = grouped.stream().map(column -> ", " + column).collect(Collectors.joining());
            var summable = SUMMABLE.stream().map(Field::getName).toList();
            // By currency first, so that each group has one row in the end.
            var sql = "select bucket, " + selected(request.by()) + ", " + sums(summable)
                    + ", jsonb_object_agg(cost_currency, cost::text) filter (where cost_currency is not null) as costs"
                    + "\nfrom (select width_bucket(starts_at, ?) as bucket" + by + ", cost_currency, "
                    + sums(AMOUNT_COLUMNS) + "\nfrom (" + String.join("\nunion all\n", parts)
                    + ") p\ngroup by 1, cost_currency" + by + ") c\ngroup by bucket" + by + largest(grouped)
                    + "\nlimit ?";
            values.add((long)
                    request.top().map(top -> Math.min(limit, top.count())).orElse(limit));
            return Statement.query(
                    sql,
                    Stream.of(List.of(BUCKET), GROUP, SUMMABLE, List.of(COSTS))
                            .flatMap(List::stream)
                            .toArray(Field<?>[]::new),
                    values.toArray());
        }

        private String largest(List<String> grouped) {
            return request.top()
                    .map(top -> "\norder by " + measured(top) + " desc"
                            + grouped.stream()
                                    .map(column -> ", " + column + " nulls first")
                                    .collect(Collectors.joining()))
                    .orElse("");
        }

        private String measured(SummaryRequest.Top top) {
            if (top.measure() == SummaryRequest.Measure.COST) {
                values.add(top.currency());
                return "coalesce(sum(cost) filter (where cost_currency = ?), 0)";
            }
            return "sum(" + top.measure().name().toLowerCase(Locale.ROOT) + ")";
        }

        private String rolledUp(UsageCut cut, Instant from, Instant to) {
            values.add(tenant.value());
            values.add(cut.name());
            values.add(from);
            values.add(to);
            return "select starts_at, " + String.join(", ", KEY_COLUMNS) + ", " + String.join(", ", AMOUNT_COLUMNS)
                    + "\nfrom allotment.usage_rollups\nwhere tenant_id = ? and cut = ? and starts_at >= ? and starts_at < ?"
                    + matching();
        }

        /** Asked in the same statement, so that nobody moves the tenant in between. */
        private String inZone(String comparison) {
            values.add(tenant.value());
            values.add(zone.getId());
            return "\nand (select time_zone from allotment.usage_zones where tenant_id = ?) " + comparison + " ?";
        }

        private String arrived() {
            values.add(tenant.value());
            values.add(request.from());
            values.add(request.to());
            return "select starts_at, " + String.join(", ", KEY_COLUMNS) + ", " + String.join(", ", AMOUNT_COLUMNS)
                    + "\nfrom ("
                    + PARTS.formatted(
                            "select tenant_id, unnest(event_ids) as event_id from allotment.usage_arrivals where tenant_id = ?")
                    + ") e\nwhere starts_at >= ? and starts_at < ?" + matching();
        }

        private String matching() {
            var where = request.where();
            var sql = new StringBuilder();
            match(sql, "operation_key", where.operation().map(OperationKey::value));
            match(sql, "model", where.model());
            match(sql, "provider", where.provider());
            match(sql, "account_id", where.account().map(AccountId::value));
            match(sql, "user_id", where.user().map(UserId::value));
            match(sql, "key_id", where.key().map(ApiKeyId::value));
            match(sql, "related_type", where.relatedTo().map(RelatedEntity::type));
            match(sql, "related_id", where.relatedTo().map(RelatedEntity::id));
            return sql.toString();
        }

        private void match(StringBuilder sql, String column, Optional<?> wanted) {
            wanted.ifPresent(value -> {
                sql.append(" and ").append(column).append(" = ?");
                values.add(value);
            });
        }

        private static String selected(Set<UsageDimension> by) {
            var columns = columns(by);
            return GROUP_COLUMNS.stream()
                    .map(column -> columns.contains(column) ? column : "null as " + column)
                    .collect(Collectors.joining(", "));
        }
    }

    private static List<String> columns(Set<UsageDimension> dimensions) {
        return dimensions.stream()
                .sorted()
                .flatMap(dimension -> switch (dimension) {
                    case OPERATION -> Stream.of("operation_key");
                    case MODEL -> Stream.of("model");
                    case PROVIDER -> Stream.of("provider");
                    case ACCOUNT -> Stream.of("account_id");
                    case USER -> Stream.of("user_id");
                    case KEY -> Stream.of("key_id");
                    case RELATED_ENTITY -> Stream.of("related_type", "related_id");
                })
                .toList();
    }

    private static Statement.Array times(Collection<Instant> times) {
        return new Statement.Array(
                "timestamptz",
                times.stream().map(time -> time.atOffset(ZoneOffset.UTC)).toArray(OffsetDateTime[]::new));
    }

    @Override
    public int rollUp(int limit) {
        units.requirePlatform("rolling up usage");
        var moved = new HashMap<TenantId, ZoneId>();
        new RoundTrip()
                .add(
                        Statement.query(MOVED, new Field<?>[] {TENANT_ID, TIME_ZONE}),
                        row -> moved.put(new TenantId(row.get(TENANT_ID)), ZoneId.of(row.get(TIME_ZONE))))
                .run(db);
        moved.forEach(this::makeDaysAnew);
        return moved.size() + take(Statement.query(TAKE, TAKEN, (long) limit, (long) limit));
    }

    @Override
    public int rollUp(TenantId tenant, int limit) {
        units.requirePlatform("rolling up usage");
        return take(Statement.query(TAKE_OF_TENANT, TAKEN, tenant.value(), (long) limit, (long) limit));
    }

    /** Adds what events turned out to have cost that are rolled up without it. */
    void addCosts(List<UsageEvent> events) {
        add(events.stream()
                .map(event -> new Row(event.tenantId().value(), UsageCut.QUARTER_ALL, UsagePart.ofCost(event)))
                .filter(row -> row.currency() != null)
                .toList());
    }

    private int take(Statement some) {
        var arrived = new ArrayList<Row>();
        new RoundTrip()
                .add(
                        some,
                        row -> arrived.add(new Row(
                                row.get(TENANT_ID),
                                UsageCut.QUARTER_ALL,
                                new UsagePart(row.get(STARTS_AT).toInstant(), group(row), amounts(row, cost(row))))))
                .run(db);
        if (!arrived.isEmpty()) {
            add(arrived);
        }
        return Math.toIntExact(
                arrived.stream().mapToLong(row -> row.part().amounts().events()).sum());
    }

    /** A part of one cut's. */
    private record Row(UUID tenant, UsageCut cut, UsagePart part) {

        /** Of its costs, which are those of one. */
        String currency() {
            return part.amounts().costs().keySet().stream().findFirst().orElse(null);
        }

        /** The order in which everybody locks roll-ups. */
        static final Comparator<Row> ORDER = Comparator.comparing(Row::tenant, Columns::compare)
                .thenComparing(Row::cut)
                .thenComparing(row -> row.part.at())
                .thenComparing(row -> row.part.group(), UsageGroup.ORDER)
                .thenComparing(Row::currency, Comparator.nullsFirst(Comparator.naturalOrder()));
    }

    private record RowKey(UUID tenant, UsageCut cut, Instant at, UsageGroup group, String currency) {}

    private void add(List<Row> arrived) {
        var zones = zones(arrived);
        Map<RowKey, UsageAmounts> sums = new HashMap<>();
        for (var row : arrived) {
            var zone = zones.get(row.tenant());
            // A tenant that is gone has no zone any more, and needs no sums.
            if (zone != null) {
                for (var cut : UsageCut.values()) {
                    var part = row.part();
                    sums.merge(
                            new RowKey(
                                    row.tenant(),
                                    cut,
                                    cut.isDaily() ? UsageCalendar.day(part.at(), zone) : part.at(),
                                    part.group().only(cut.dimensions()),
                                    row.currency()),
                            part.amounts(),
                            UsageAmounts::plus);
                }
            }
        }
        var rows = sums.entrySet().stream()
                .map(sum -> new Row(
                        sum.getKey().tenant(),
                        sum.getKey().cut(),
                        new UsagePart(sum.getKey().at(), sum.getKey().group(), sum.getValue())))
                .sorted(Row.ORDER)
                .toList();
        for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT) {
            new RoundTrip()
                    .add(insert(rows.subList(from, Math.min(rows.size(), from + ROWS_PER_STATEMENT))))
                    .run(db);
        }
    }

    /** In which each tenant's days are rolled up, which nobody changes before this transaction ends. */
    private Map<UUID, ZoneId> zones(List<Row> arrived) {
        var tenants = arrived.stream().map(Row::tenant).distinct().toArray(UUID[]::new);
        var zones = new HashMap<UUID, ZoneId>();
        new RoundTrip()
                .add(Statement.command(KEEP_ZONES, (Object) tenants))
                .add(
                        Statement.query(ZONES, new Field<?>[] {TENANT_ID, TIME_ZONE}, (Object) tenants),
                        row -> zones.put(row.get(TENANT_ID), ZoneId.of(row.get(TIME_ZONE))))
                .run(db);
        return zones;
    }

    private static Statement insert(List<Row> all) {
        var rows = new Rows<>(all);
        var values = new ArrayList<Object>();
        values.add(rows.column(UUID.class, Row::tenant));
        values.add(rows.column(String.class, row -> row.cut().name()));
        values.add(times(all.stream().map(row -> row.part().at()).toList()));
        values.add(rows.column(String.class, group(group -> group.operation().map(OperationKey::value))));
        values.add(rows.column(String.class, group(UsageGroup::model)));
        values.add(rows.column(String.class, group(UsageGroup::provider)));
        values.add(rows.column(UUID.class, group(group -> group.account().map(AccountId::value))));
        values.add(rows.column(UUID.class, group(group -> group.user().map(UserId::value))));
        values.add(rows.column(UUID.class, group(group -> group.key().map(ApiKeyId::value))));
        values.add(rows.column(String.class, group(group -> group.relatedTo().map(RelatedEntity::type))));
        values.add(rows.column(String.class, group(group -> group.relatedTo().map(RelatedEntity::id))));
        values.add(rows.column(String.class, Row::currency));
        values.add(rows.column(Long.class, row -> row.part().amounts().events()));
        values.add(rows.column(Long.class, row -> row.part().amounts().lines()));
        values.add(amount(rows, amounts -> amounts.quantity().value()));
        values.add(amount(rows, amounts -> amounts.credits().value()));
        values.add(amount(rows, amounts -> amounts.uncoveredCredits().value()));
        values.add(amount(rows, amounts -> amounts.overage().value()));
        for (var tokenClass : TokenClass.values()) {
            values.add(amount(
                    rows,
                    amounts -> amounts.tokens()
                            .byClass()
                            .getOrDefault(tokenClass, Quantity.ZERO)
                            .value()));
        }
        values.add(amount(
                rows, amounts -> amounts.costs().values().stream().findFirst().orElse(BigDecimal.ZERO)));
        return Statement.command(ADD, values.toArray());
    }

    private static <T> Function<Row, T> group(Function<UsageGroup, Optional<T>> part) {
        return row -> part.apply(row.part().group()).orElse(null);
    }

    private static BigDecimal[] amount(Rows<Row> rows, Function<UsageAmounts, BigDecimal> amount) {
        return (BigDecimal[])
                rows.column(BigDecimal.class, row -> amount.apply(row.part().amounts()));
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
        var known = columns(cut.dimensions());
        var columns = GROUP_COLUMNS.stream()
                .map(column -> known.contains(column) ? column : ABSENT.get(column))
                .collect(Collectors.joining(", "));
        var sql = "insert into allotment.usage_rollups (tenant_id, cut, starts_at, group_id, "
                + String.join(", ", KEY_COLUMNS) + ", " + String.join(", ", AMOUNT_COLUMNS) + ")\n"
                + "select tenant_id, ?, (?::timestamptz[])[bucket], allotment.usage_group_id(" + columns
                + ", cost_currency), " + columns + ", cost_currency, " + sums(AMOUNT_COLUMNS) + "\n"
                + "from (select q.*, width_bucket(starts_at, ?) as bucket from allotment.usage_rollups q"
                + " where tenant_id = ? and cut = ?) q\n"
                + "group by tenant_id, bucket, cost_currency, " + String.join(", ", known);
        new RoundTrip()
                .add(Statement.command(
                        sql,
                        cut.name(),
                        times(days),
                        times(days),
                        tenant.value(),
                        UsageCut.ofQuarters(cut.dimensions()).name()))
                .run(db);
    }

    private static UsageGroup group(Record row) {
        return new UsageGroup(
                Optional.ofNullable(row.get(OPERATION_KEY)).map(OperationKey::new),
                Optional.ofNullable(row.get(MODEL)),
                Optional.ofNullable(row.get(PROVIDER)),
                Optional.ofNullable(row.get(ACCOUNT_ID)).map(AccountId::new),
                Optional.ofNullable(row.get(USER_ID)).map(UserId::new),
                Optional.ofNullable(row.get(KEY_ID)).map(ApiKeyId::new),
                Columns.relatedTo(row.get(RELATED_TYPE), row.get(RELATED_ID)));
    }

    private static Map<String, BigDecimal> cost(Record row) {
        return row.get(COST_CURRENCY) == null ? Map.of() : Map.of(row.get(COST_CURRENCY), row.get(COST));
    }

    private static Map<String, BigDecimal> costs(JSONB byCurrency) {
        if (byCurrency == null) {
            return Map.of();
        }
        var costs = new HashMap<String, BigDecimal>();
        Json.read(byCurrency.data())
                .forEach((currency, amount) -> costs.put(currency, new BigDecimal(String.valueOf(amount))));
        return costs;
    }

    private static UsageAmounts amounts(Record row, Map<String, BigDecimal> costs) {
        var values = new ArrayList<BigDecimal>(SUMMABLE.size());
        for (var amount : SUMMABLE) {
            values.add(row.get(amount));
        }
        var tokens = new EnumMap<TokenClass, Quantity>(TokenClass.class);
        for (var tokenClass : TokenClass.values()) {
            tokens.put(tokenClass, new Quantity(values.get(6 + tokenClass.ordinal())));
        }
        return new UsageAmounts(
                values.get(0).longValueExact(),
                values.get(1).longValueExact(),
                new Quantity(values.get(2)),
                new Credits(values.get(3)),
                new Credits(values.get(4)),
                new Quantity(values.get(5)),
                new TokenCounts(tokens),
                costs);
    }
}

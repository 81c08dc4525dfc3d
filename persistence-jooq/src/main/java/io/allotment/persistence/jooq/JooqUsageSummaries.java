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
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
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

    static final String COST_COLUMN = "cost";

    static final List<String> GROUP_COLUMNS = List.of(
            "operation_key", "model", "provider", "account_id", "user_id", "key_id", "related_type", "related_id");

    /** What stands for a column that a cut does not know. */
    static final Map<String, String> ABSENT = Map.of(
            "operation_key", "null::text",
            "model", "null::text",
            "provider", "null::text",
            "account_id", "null::uuid",
            "user_id", "null::uuid",
            "key_id", "null::uuid",
            "related_type", "null::text",
            "related_id", "null::text");

    static final List<String> AMOUNT_COLUMNS = Stream.concat(
                    Stream.of("events", "lines", "quantity", "credits", "uncovered_credits", "overage"),
                    Stream.concat(
                            Arrays.stream(TokenClass.values()).map(JooqUsageSummaries::column), Stream.of(COST_COLUMN)))
            .toList();

    /** What tells the rows of one cut and time apart: a group's costs are kept by currency. */
    static final List<String> KEY_COLUMNS =
            Stream.concat(GROUP_COLUMNS.stream(), Stream.of("cost_currency")).toList();

    /** Parts of events as the roll-ups have them; what is none is null, of which sums are quickest. */
    static final String PARTS = """
            select e.tenant_id, date_bin('15 minutes', e.created_at, timestamptz 'epoch') as starts_at,
                   l.operation_key collate "C" as operation_key, e.model collate "C" as model, e.provider collate "C" as provider,
                   e.account_id, e.actor_user_id as user_id, e.actor_key_id as key_id,
                   e.related_type collate "C" as related_type, e.related_id collate "C" as related_id,
                   (l.number = 1)::int::bigint as events, 1::bigint as lines, l.quantity, l.credits,
                   case when l.number = 1 then nullif(e.uncovered_credits, 0) end as uncovered_credits, l.above as overage,
                   case when l.number = 1 and e.cost <> 0 then e.cost_currency collate "C" end as cost_currency,
                   case when l.number = 1 then nullif(e.cost, 0) end as cost,
                   e.id as event_id, e.created_at as used_at,
                   l.number = 1 and e.model is not null and e.tokens is not null and e.cost is null as lacks_price, %s
            from (%%s) a
            cross join lateral (
                select * from allotment.usage_events u where u.tenant_id = a.tenant_id and u.id = a.event_id offset 0
            ) e
            cross join lateral unnest(e.operations, e.quantities, e.line_credits, e.quota_above) with ordinality
                as l(operation_key, quantity, credits, above, number)
            """.formatted(Arrays.stream(TokenClass.values())
            .map(tokenClass -> "case when l.number = 1 then (e.tokens ->> '" + tokenClass.name() + "')::numeric end as "
                    + column(tokenClass))
            .collect(Collectors.joining(",\n       ")));

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

    private final DSLContext db;
    private final JooqUnits units;
    private final RollUps rollUps;

    JooqUsageSummaries(DSLContext db, JooqUnits units) {
        this.db = db;
        this.units = units;
        this.rollUps = new RollUps(db, units);
    }

    private static String column(TokenClass tokenClass) {
        return "tokens_" + tokenClass.name().toLowerCase(Locale.ROOT);
    }

    static String sums(List<String> columns) {
        return columns.stream()
                .map(column -> "coalesce(sum(" + column + "), 0) as " + column)
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

    static List<String> columns(Set<UsageDimension> dimensions) {
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

    static Statement.Array times(Collection<Instant> times) {
        return new Statement.Array(
                "timestamptz",
                times.stream().map(time -> time.atOffset(ZoneOffset.UTC)).toArray(OffsetDateTime[]::new));
    }

    @Override
    public int rollUp(int limit) {
        units.requirePlatform("rolling up usage");
        return rollUps.rollUp(limit);
    }

    @Override
    public int rollUp(TenantId tenant, int limit) {
        units.requirePlatform("rolling up usage");
        return rollUps.rollUp(tenant, limit);
    }

    @Override
    public int followMoves() {
        units.requirePlatform("rolling up usage");
        return rollUps.followMoves();
    }

    /** Adds what events of a tenant turned out to have cost that are rolled up without it. */
    void addCosts(List<UsageEvent> events) {
        rollUps.addCosts(events);
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

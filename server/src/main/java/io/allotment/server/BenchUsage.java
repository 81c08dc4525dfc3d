package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.usage.SummaryRequest;
import io.allotment.domain.usage.UsageCalendar;
import io.allotment.domain.usage.UsageDimension;
import io.allotment.domain.usage.UsageGroup;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * A month's summary of usage by model and day: from the roll-ups, from the events, and from the roll-ups with ten times the
 * events outside of the month.
 */
final class BenchUsage {

    /** So many events are made by one statement, and rolled up before the progress tells so. */
    private static final int CHUNK = 50_000;

    private static final int MONTHS_OUTSIDE = 10;
    private static final int WARM_UPS = 10;
    private static final int RUNS = 50;
    private static final int RAW_RUNS = 3;

    private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

    /** Turns of 500 users with 12 models and 4 operations: forty to a meeting, which has one user and one model. */
    private static final String MAKE = """
            with made as (
                insert into allotment.usage_events (tenant_id, id, idempotency_key, account_id, actor_user_id, operations,
                    quantities, line_credits, features, quota_used, quota_limits, quota_above, quota_period_starts,
                    quota_period_ends, credits, uncovered_credits, balance_after, related_type, related_id, model, tokens,
                    cost, cost_currency, source, created_at)
                select ?::uuid,
                       (lpad(to_hex((extract(epoch from n.at) * 1000)::bigint), 12, '0') || '7' || substr(n.digits, 1, 3)
                           || '8' || substr(n.digits, 4, 15))::uuid,
                       n.digits, ?::uuid,
                       ('00000000-0000-7000-8000-' || lpad(to_hex(n.number / 40 %% 500), 12, '0'))::uuid,
                       array['bench.turn' || n.number %% 4], array[1 + n.number %% 7], array[(1 + n.number %% 7) * 0.5],
                       array[null::text], array[null::numeric], array[null::numeric], array[null::numeric],
                       array[null::timestamptz], array[null::timestamptz], (1 + n.number %% 7) * 0.5, 0, 0,
                       'meeting', (n.number / 40)::text, 'model-' || n.number / 40 * 7 %% 12,
                       jsonb_build_object('INPUT', (n.number %% 2000)::text, 'OUTPUT', (n.number %% 500)::text),
                       (n.number %% 2000 + 4 * (n.number %% 500)) * 0.0000025, 'USD', 'GATE', n.at
                from (
                    select i as number, md5(i::text) as digits,
                           ?::timestamptz + (?::timestamptz - ?::timestamptz) * ((i - ?::bigint) / ?::double precision) as at
                    from generate_series(?::bigint, ?::bigint) i
                ) n
                returning id
            )
            insert into allotment.usage_arrivals (tenant_id, id, event_ids)
            select ?::uuid, (array_agg(id))[1], array_agg(id)
            from (select id, row_number() over () / 100 as part from made) m group by part
            """.replace("%%", "%");

    /** The same sums, as anybody would write them over the events. */
    private static final String RAW = """
            select (e.created_at at time zone ?)::date as day, e.model, count(*) filter (where l.number = 1), count(*),
                   sum(l.quantity), sum(l.credits), sum(e.uncovered_credits) filter (where l.number = 1),
                   sum(coalesce(l.above, 0)), sum(e.cost) filter (where l.number = 1), %s
            from allotment.usage_events e
            cross join lateral unnest(e.quantities, e.line_credits, e.quota_above) with ordinality
                as l(quantity, credits, above, number)
            where e.tenant_id = ? and e.created_at >= ? and e.created_at < ?
            group by 1, 2
            """.formatted(String.join(
            ", ",
            Arrays.stream(TokenClass.values())
                    .map(tokenClass -> "sum((e.tokens ->> '" + tokenClass + "')::numeric) filter (where l.number = 1)")
                    .toList()));

    private final Allotment allotment;
    private final DataSource owner;
    private final int events;
    private final boolean terminal;
    private final PrintWriter asides;
    private final TenantId tenant;
    private final SummaryRequest month;
    private long made;
    private long rolledUp;

    /**
     * What was measured of one contender.
     *
     * @param events in the month
     * @param eventsOutside in other months
     * @param rows of the answer
     * @param p50Millis half of the runs took no longer
     */
    record Figures(
            String workload,
            String contender,
            long events,
            long eventsOutside,
            int rows,
            int runs,
            BigDecimal p50Millis,
            BigDecimal minMillis,
            BigDecimal maxMillis) {}

    /** @param events so many in the month; a tenth of them, and then as many, outside of it */
    BenchUsage(Persistence persistence, DataSource owner, int events, boolean terminal, PrintWriter asides) {
        this.allotment = Allotment.with(persistence).build();
        this.owner = owner;
        this.events = events;
        this.terminal = terminal;
        this.asides = asides;
        this.tenant =
                allotment.tenants().create(TenantProfile.of("Usage", "usage")).id();
        allotment
                .tenants()
                .update(
                        tenant,
                        Optional.empty(),
                        profile -> new TenantProfile(
                                profile.name(),
                                profile.slug(),
                                profile.website(),
                                profile.description(),
                                ZONE,
                                profile.metadata()));
        var first = LocalDate.ofInstant(allotment.clock().instant(), ZONE).withDayOfMonth(1);
        this.month = new SummaryRequest(
                start(first),
                start(first.plusMonths(1)),
                Optional.of(UsageCalendar.Unit.DAY),
                Set.of(UsageDimension.MODEL),
                UsageGroup.ALL,
                Optional.empty());
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay(ZONE).toInstant();
    }

    /** @param each gets the figures of each contender as soon as it is measured */
    List<Figures> measure(Consumer<Figures> each) {
        var all = new ArrayList<Figures>();
        int outside = Math.max(1, events / 10);
        make("events", events, month.from(), month.to());
        makeOutside(outside);
        tidy();
        add(all, each, summarized("rollup", outside));
        add(all, each, raw(outside));
        makeOutside(outside * 9);
        tidy();
        add(all, each, summarized("rollup-more", outside * 10L));
        return all;
    }

    private static void add(List<Figures> all, Consumer<Figures> each, Figures figures) {
        all.add(figures);
        each.accept(figures);
    }

    private void makeOutside(int count) {
        var end = LocalDate.ofInstant(month.to(), ZONE).plusMonths(MONTHS_OUTSIDE);
        make("events outside", count, month.to(), start(end));
    }

    /** Makes events, and rolls up each portion while the next is made. */
    private void make(String what, int count, Instant from, Instant to) {
        int chunks = (count + CHUNK - 1) / CHUNK;
        var time = new Stopwatch();
        var roller = Executors.newSingleThreadExecutor();
        try (var progress =
                        new Progress(Workload.USAGE + ": " + what + " made and rolled up", chunks, terminal, asides);
                var connection = owner.getConnection();
                var statement = connection.prepareStatement(MAKE)) {
            var before = CompletableFuture.completedFuture(0);
            long first = made;
            for (int chunk = 0; chunk < chunks; chunk++) {
                long start = first + (long) chunk * CHUNK;
                long end = Math.min(first + count, start + CHUNK) - 1;
                bind(
                        statement,
                        tenant.value(),
                        tenant.value(),
                        time(from),
                        time(to),
                        time(from),
                        first,
                        count,
                        start,
                        end,
                        tenant.value());
                statement.executeUpdate();
                rolledUp += before.join();
                before = CompletableFuture.supplyAsync(
                        () -> allotment.usageRoller().rollUp(CHUNK), roller);
                progress.step();
            }
            rolledUp += before.join();
            made += count;
        } catch (SQLException failure) {
            throw new CommandFailed("The events could not be made: " + failure.getMessage(), failure);
        } finally {
            roller.shutdown();
        }
        if (rolledUp != made) {
            throw new CommandFailed("Of " + made + " events " + rolledUp + " were rolled up.");
        }
        asides.println(Workload.USAGE + ": " + Stopwatch.perSecond(count, time.elapsed())
                + " events made and rolled up a second");
    }

    /** What autovacuum would come to do some time, so that it does not do so while somebody is measured. */
    private void tidy() {
        try (var connection = owner.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "vacuum (analyze) allotment.usage_events, allotment.usage_rollups, allotment.usage_arrivals");
        } catch (SQLException failure) {
            throw new CommandFailed("The tables could not be tidied: " + failure.getMessage(), failure);
        }
    }

    private Figures summarized(String contender, long outside) {
        return figures(contender, outside, WARM_UPS, RUNS, () -> {
            var rows = allotment.usage().summarize(tenant, month).rows();
            long seen = rows.stream().mapToLong(row -> row.amounts().events()).sum();
            return new Answer(rows.size(), seen);
        });
    }

    private Figures raw(long outside) {
        try (var connection = owner.getConnection()) {
            return figures("raw", outside, 1, RAW_RUNS, () -> raw(connection));
        } catch (SQLException failure) {
            throw new CommandFailed("The events could not be summed: " + failure.getMessage(), failure);
        }
    }

    private Answer raw(Connection connection) {
        try (var statement = connection.prepareStatement(RAW)) {
            bind(statement, ZONE.getId(), tenant.value(), time(month.from()), time(month.to()));
            try (var result = statement.executeQuery()) {
                int rows = 0;
                long seen = 0;
                while (result.next()) {
                    rows++;
                    seen += result.getLong(3);
                }
                return new Answer(rows, seen);
            }
        } catch (SQLException failure) {
            throw new CommandFailed("The events could not be summed: " + failure.getMessage(), failure);
        }
    }

    private record Answer(int rows, long events) {}

    private Figures figures(String contender, long outside, int warmUps, int runs, Supplier<Answer> ask) {
        var millis = new ArrayList<BigDecimal>(runs);
        Answer answer = null;
        for (int run = -warmUps; run < runs; run++) {
            var time = new Stopwatch();
            answer = ask.get();
            if (run >= 0) {
                millis.add(BigDecimal.valueOf(time.elapsed().toNanos(), 6).setScale(3, RoundingMode.HALF_UP));
            }
            if (answer.events() != events) {
                throw new CommandFailed(contender + " tells of " + answer.events() + " events, of " + events + ".");
            }
        }
        millis.sort(null);
        return new Figures(
                Workload.USAGE.toString(),
                contender,
                events,
                outside,
                answer.rows(),
                runs,
                millis.get((runs - 1) / 2),
                millis.get(0),
                millis.get(runs - 1));
    }

    /** For people. */
    static void print(List<Figures> all, PrintWriter out) {
        var table = new TextTable()
                .words("contender")
                .figures("events in the month")
                .figures("outside")
                .figures("rows")
                .figures("milliseconds, half of the runs")
                .figures("all of them");
        all.forEach(one -> table.row(
                one.contender(), one.events(), one.eventsOutside(), one.rows(), one.p50Millis(), one.maxMillis()));
        table.row("raw / rollup", "", "", "", ratio(all.get(1), all.get(0)), "");
        table.row("rollup-more / rollup", "", "", "", ratio(all.get(2), all.get(0)), "");
        table.print(out, Workload.USAGE + ": " + Workload.USAGE.description());
    }

    private static BigDecimal ratio(Figures one, Figures other) {
        return one.p50Millis().divide(other.p50Millis(), 2, RoundingMode.HALF_UP);
    }

    private static Object time(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    private static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }
}

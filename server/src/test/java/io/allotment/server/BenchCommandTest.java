package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.allotment.Allotment;
import io.allotment.domain.Persistence;
import io.allotment.domain.gate.Invariants;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.persistence.memory.InMemoryPersistence;
import io.allotment.testkit.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class BenchCommandTest {

    /** The bench as it is, but for the length of its seconds and the size of its worlds; and it waits for no compiler. */
    private static CommandRun quickly(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var clock = new BenchClock(Duration.ofMillis(50), () -> 0);
        int exitCode = new CommandLine(new BenchCommand(new Surroundings(Map.of(), false), clock, new BenchSize(50)))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    private static List<JsonNode> lines(CommandRun run) throws JsonProcessingException {
        var lines = new ArrayList<JsonNode>();
        for (var line : run.out().lines().toList()) {
            lines.add(new JsonMapper().readTree(line));
        }
        return lines;
    }

    @Test
    void programs_get_one_line_for_each_cell_and_people_the_tables_beside_them() throws JsonProcessingException {
        var run = quickly("--workload", "hot,check", "--callers", "1,2", "--seconds", "2", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(lines(run))
                .extracting(line -> line.get("workload").asText() + " "
                        + line.get("contender").asText() + " "
                        + line.get("callers").asInt())
                .containsExactly(
                        "hot allotment 1",
                        "hot commit-per-update 1",
                        "hot select-for-update 1",
                        "hot memory 1",
                        "hot allotment 2",
                        "hot commit-per-update 2",
                        "hot select-for-update 2",
                        "hot memory 2",
                        "check allotment 1",
                        "check select 1",
                        "check memory 1",
                        "check allotment 2",
                        "check select 2",
                        "check memory 2");
        assertThat(lines(run)).allSatisfy(line -> {
            assertThat(line.properties())
                    .extracting(Map.Entry::getKey)
                    .containsExactly("workload", "contender", "callers", "opsPerSecond", "p50Millis", "p99Millis");
            assertThat(line.get("opsPerSecond").asLong()).isPositive();
            assertThat(line.get("p99Millis").decimalValue())
                    .isPositive()
                    .isGreaterThanOrEqualTo(line.get("p50Millis").decimalValue());
        });
        assertThat(run.err())
                .contains("fsync on, synchronous_commit on; 16 connections")
                .containsPattern("\\| contender +\\| +1 caller \\| +2 callers \\|")
                .containsPattern("\\| allotment +\\| +[0-9,]+ \\| +[0-9,]+ \\|")
                .containsPattern("\\| allotment / commit-per-update +\\| +[0-9.]+ \\| +[0-9.]+ \\|")
                .containsPattern("\\| allotment / select +\\| +[0-9.]+ \\| +[0-9.]+ \\|")
                .contains("hot: preparing: 100 % (1 of 1)")
                .contains("check: seconds measured: 100 % (12 of 12)")
                .doesNotContain("which stay");
    }

    @Test
    void a_permission_check_is_measured_without_a_database() throws JsonProcessingException {
        var run = quickly("--workload", "permission", "--callers", "1", "--seconds", "2", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(lines(run))
                .extracting(line -> line.get("contender").asText())
                .containsExactly("allotment", "hash-set");
        assertThat(lines(run)).allSatisfy(line -> {
            assertThat(line.get("workload").asText()).isEqualTo("permission");
            assertThat(line.get("opsPerSecond").asLong()).isPositive();
            assertThat(line.get("p99Millis").decimalValue())
                    .isPositive()
                    .isGreaterThanOrEqualTo(line.get("p50Millis").decimalValue());
        });
        assertThat(run.err()).contains("allotment / hash-set").doesNotContain("connections");
    }

    @Test
    void summaries_of_usage_are_measured_beside_the_events_they_sum_up() throws JsonProcessingException {
        var run = quickly("--workload", "usage", "--events", "300", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(lines(run))
                .extracting(line -> line.get("contender").asText() + " "
                        + line.get("events").asInt() + " "
                        + line.get("eventsOutside").asInt())
                .containsExactly("rollup 300 30", "raw 300 30", "rollup-more 300 300");
        assertThat(lines(run)).allSatisfy(line -> {
            assertThat(line.get("workload").asText()).isEqualTo("usage");
            assertThat(line.get("rows").asInt())
                    .isEqualTo(lines(run).get(0).get("rows").asInt());
            assertThat(line.get("p50Millis").decimalValue()).isPositive();
        });
        assertThat(run.err()).contains("raw / rollup").contains("usage: events made and rolled up: 100 %");
    }

    @Test
    void usage_is_not_made_up_in_a_database_of_somebodys_own() {
        var run = quickly("--workload", "usage", "--database-url", "jdbc:postgresql://127.0.0.1:1/none?user=nobody");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("gone afterwards");
    }

    @Test
    void those_who_are_asked_for_permissions_hold_them_as_the_set_says() {
        var steps = new AtomicInteger();

        var rights = BenchRights.make(10, 200, steps::incrementAndGet);

        assertThat(steps).hasValue(10);
        assertThat(rights.size()).isEqualTo(2_000);
        assertThat(rights.agree()).isTrue();
    }

    @Test
    void a_server_that_answers_before_the_disk_has_it_is_refused_and_nothing_is_written() throws SQLException {
        try (var database = TestDatabase.create()) {
            var run = CommandRun.on(database, "bench", "--database-url", database.jdbcUrl());

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("The server has fsync off").contains("no figure would mean anything");
            assertThat(run.out()).isEmpty();
            assertThat(count(database, "allotment.tenants")).isZero();
            assertThat(count(database, "pg_namespace where nspname = 'allotment_bench'"))
                    .isZero();
        }
    }

    @Test
    void more_connections_than_the_server_takes_are_refused() {
        var server = new DurableServer("18.6", "on", "on", 100);

        server.requireRoomFor(2, 42);

        assertThatThrownBy(() -> server.requireRoomFor(2, 43))
                .isInstanceOf(CommandFailed.class)
                .hasMessageContaining("2 pools of 43");
    }

    @Test
    void every_contender_does_its_work_and_the_tables_of_its_own_are_gone_when_closed() throws SQLException {
        try (var database = TestDatabase.create();
                var persistence = JooqPersistence.connect(new JooqPersistence.Settings(
                        database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2))) {
            var random = new SplittableRandom(1);
            try (var handWritten = HandWritten.on(database.owner(), 2)) {
                handWritten.open(1);
                var world = BenchWorld.make(persistence, Workload.HOT, BenchSize.WHOLE, "bench-test", () -> {});

                for (int i = 0; i < 10; i++) {
                    world.consume(random);
                    world.check(random);
                    handWritten.update(random);
                    handWritten.selectForUpdate(random);
                    handWritten.select(random);
                }

                assertThat(count(database, "allotment.decisions")).isEqualTo(10);
                assertThat(count(database, "allotment.usage_events where features <> '{null}'"))
                        .isEqualTo(10);
                assertThat(count(database, "allotment.credit_entries where amount = -1"))
                        .isEqualTo(10);
                assertThat(count(database, "allotment.quota_counters where used = 10"))
                        .isEqualTo(1);
                assertThat(count(database, "allotment_bench.accounts where balance = 100000000000000000 - 20"))
                        .isEqualTo(1);
                assertThat(count(database, "allotment_bench.entries")).isEqualTo(10);
            }
            assertThat(count(database, "pg_namespace where nspname = 'allotment_bench'"))
                    .isZero();
            // Another one finds the catalogue as this one left it.
            BenchWorld.make(persistence, Workload.HOT, BenchSize.WHOLE, "bench-again", () -> {})
                    .consume(random);
            assertThat(verified(persistence).violations()).isEmpty();
        }
    }

    @Test
    void a_world_of_tenants_has_as_many_as_its_workload_says() {
        var persistence = new InMemoryPersistence();
        var steps = new AtomicInteger();

        BenchWorld.make(persistence, Workload.TENANTS, BenchSize.WHOLE, "world", steps::incrementAndGet);

        assertThat(steps)
                .hasValue(BenchWorld.steps(Workload.TENANTS, BenchSize.WHOLE))
                .hasValue(1_000);
        assertThat(verified(persistence).tenants()).isEqualTo(1_000);
    }

    @Test
    void a_world_of_members_is_one_tenant_in_which_each_pays_by_an_account_of_their_own() {
        var persistence = new InMemoryPersistence();

        var world = BenchWorld.members(persistence, "world", 3, () -> {});

        for (int member = 0; member < 3; member++) {
            world.consume(member, new SplittableRandom(1));
        }
        var report = verified(persistence);
        assertThat(report.tenants()).isEqualTo(1);
        // Three grants and three draws; the tenant has an account as well.
        assertThat(report.entries()).isEqualTo(6);
        assertThat(report.accounts()).isEqualTo(4);
        assertThat(report.violations()).isEmpty();
    }

    @Test
    void an_aged_account_has_spent_its_grants_entry_by_entry() {
        var persistence = new InMemoryPersistence();

        var world = BenchWorld.aged(persistence, "world", 5, 2_000, () -> {});

        world.consume(0, new SplittableRandom(1));
        var report = verified(persistence);
        assertThat(report.violations()).isEmpty();
        assertThat(report.decisions()).isEqualTo(2_001);
    }

    private static Invariants.Report verified(Persistence persistence) {
        return Allotment.with(persistence).build().gate().verify();
    }

    private static long count(TestDatabase database, String from) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("select count(*) from " + from)) {
            result.next();
            return result.getLong(1);
        }
    }
}

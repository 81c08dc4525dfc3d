package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.allotment.Allotment;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.http.HttpApi;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {

    private static final String ROOT_KEY = "allot_root_" + "r".repeat(43);

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2));
    private final Allotment allotment = Allotment.with(persistence).build();

    @TempDir
    Path directory;

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    /** So many requests of 100 + 10 tokens and their number on top. */
    private Path trace(String name, int requests) throws IOException {
        var rows = IntStream.rangeClosed(1, requests)
                .mapToObj(i -> "2023-11-16 18:15:46.6805900," + (100 + i) + ",10\n")
                .collect(Collectors.joining());
        return Files.writeString(directory.resolve(name), Trace.HEADER + "\n" + rows);
    }

    private CommandRun replay(Path trace, String... more) {
        var arguments = new String[] {"replay", "--trace", trace.toString(), "--json"};
        return CommandRun.on(
                database, Stream.of(arguments, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private String query(String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private String balances() throws SQLException {
        return query(
                "select string_agg(tenant_id || '=' || balance, ' ' order by tenant_id) from allotment.credit_accounts");
    }

    @Test
    void every_request_is_decided_once_and_tells_what_it_drew() throws Exception {
        var run = replay(trace("a.csv", 50), "--tenants", "7");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("\"tenants\":7,\"operation\":\"replay.llm\",\"requests\":50,\"contextTokens\":6275,"
                        + "\"generatedTokens\":500,\"allowed\":50,\"denied\":0,\"deniedByReason\":{},\"replayed\":0,\"badRows\":0,"
                        + "\"creditsDrawn\":\"6.775\"");
        assertThat(run.out().lines()).hasSize(1);
        assertThat(query("select count(*) from allotment.usage_events")).isEqualTo("50");
        assertThat(query("select string_agg(n::text, ',' order by n) from"
                        + " (select count(*) n from allotment.usage_events group by tenant_id) t"))
                .isEqualTo("7,7,7,7,7,7,8");
        assertThat(query("select tokens from allotment.usage_events order by id limit 1"))
                .contains("INPUT", "OUTPUT");
    }

    @Test
    void summaries_over_http_add_up_to_what_was_drawn_and_used() throws Exception {
        var day = Instant.now().truncatedTo(ChronoUnit.DAYS);
        var prices = Files.writeString(directory.resolve("prices.json"), """
                [{"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [
                  {"id": "rocket", "match": {"equals": "rocket"}, "prices": [
                    {"prices": {"input_mtok": 2.5, "output_mtok": 10}},
                    {"constraint": {"start_date": "2026-07-01"}, "prices": {"input_mtok": 5, "output_mtok": 20}}]}]}]
                """);
        CommandRun.on(database, "prices", "import", prices.toString());
        String[] ofJune = {"--tenants", "7", "--provider", "acme", "--model", "rocket", "--at", "2026-06-01T00:00:00Z"};
        var result = replay(trace("a.csv", 50), ofJune).json();
        allotment.usageRoller().rollUp(20);

        var credits = Credits.ZERO;
        var input = BigDecimal.ZERO;
        var output = BigDecimal.ZERO;
        var cost = BigDecimal.ZERO;
        int events = 0;
        try (var server = HttpApi.of(allotment).rootKey(ROOT_KEY).start()) {
            for (var tenant : allotment.tenants().list(PageRequest.first(10)).items()) {
                var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/tenants/"
                                + tenant.id() + "/usage/summary?unit=HOUR&by=OPERATION,MODEL&from=" + day + "&to="
                                + day.plus(2, ChronoUnit.DAYS)))
                        .header("Authorization", "Bearer " + ROOT_KEY)
                        .build();
                var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                for (var item : new JsonMapper().readTree(answer.body()).get("items")) {
                    var amounts = item.get("amounts");
                    credits = credits.plus(Credits.of(amounts.get("credits").asText()));
                    input = input.add(new BigDecimal(amounts.at("/tokens/input").asText()));
                    output = output.add(
                            new BigDecimal(amounts.at("/tokens/output").asText()));
                    cost = cost.add(new BigDecimal(amounts.at("/costs/0/amount").asText()));
                    events += amounts.get("events").asInt();
                }
            }
        }

        assertThat(credits.toString()).isEqualTo(result.get("creditsDrawn").asText());
        // By hand: 6275 × 2.5 + 500 × 10 = 20687.5 millionths.
        assertThat(cost)
                .isEqualByComparingTo("0.0206875")
                .isEqualByComparingTo(result.get("costUsd").asText());
        assertThat(input).isEqualTo(result.get("contextTokens").decimalValue());
        assertThat(output).isEqualTo(result.get("generatedTokens").decimalValue());
        assertThat(events).isEqualTo(result.get("allowed").asInt());
    }

    @Test
    void what_had_no_price_is_priced_later_and_what_remains_is_told() throws Exception {
        replay(trace("a.csv", 5), "--tenants", "2", "--provider", "acme", "--model", "rocket");
        replay(trace("b.csv", 3), "--tenants", "2", "--provider", "acme", "--model", "other");
        var before = CommandRun.on(database, "prices", "backfill", "--json").json();
        var prices = Files.writeString(directory.resolve("prices.json"), """
                [{"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [
                  {"id": "rocket", "match": {"equals": "rocket"}, "prices": [
                    {"prices": {"input_mtok": 2.5, "output_mtok": 10}}]}]}]
                """);
        CommandRun.on(database, "prices", "import", prices.toString());

        var run = CommandRun.on(database, "prices", "backfill", "--json");
        var again = CommandRun.on(database, "prices", "backfill", "--json").json();

        assertThat(before.get("priced").intValue()).isZero();
        assertThat(before.get("unpriced").intValue()).isEqualTo(8);
        assertThat(run.exitCode()).isZero();
        assertThat(run.json().get("priced").intValue()).isEqualTo(5);
        // By hand: 515 × 2.5 + 50 × 10 = 1787.5 millionths.
        assertThat(run.json().at("/costs/0/amount").textValue()).isEqualTo("0.0017875");
        assertThat(run.json().get("unpriced").intValue()).isEqualTo(3);
        assertThat(run.json().at("/left/0/model").textValue()).isEqualTo("other");
        assertThat(run.json().at("/left/0/why").textValue()).isEqualTo("UNKNOWN_MODEL");
        assertThat(run.err()).contains("5 usage events got their cost: 0.0017875 USD.", "no model of this name");
        assertThat(again.get("priced").intValue()).isZero();
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void a_second_run_replays_everything_and_changes_nothing_and_says_so() throws Exception {
        var trace = trace("a.csv", 40);
        replay(trace, "--tenants", "3");
        var balances = balances();

        var again = replay(trace, "--tenants", "3", "--callers", "2");

        assertThat(again.exitCode()).isZero();
        assertThat(again.json().get("allowed").asInt()).isEqualTo(40);
        assertThat(again.json().get("replayed").asInt()).isEqualTo(40);
        assertThat(again.json().get("creditsDrawn").asText()).isEqualTo("0");
        assertThat(again.err()).contains("nothing changed");
        assertThat(balances()).isEqualTo(balances);
        assertThat(query("select count(*) from allotment.decisions")).isEqualTo("40");
    }

    @Test
    void a_run_that_was_cut_off_is_completed_by_the_next() throws Exception {
        var trace = trace("a.csv", 30);
        var world = new ReplayWorld(
                allotment, Trace.read(trace), new OperationKey(ReplayWorld.OPERATION), 2, ReplayWorld.Work.UNTOLD);
        world.prepare();
        Trace.read(trace).requests().subList(0, 12).forEach(world::consume);

        var run = replay(trace, "--tenants", "2");

        assertThat(run.json().get("replayed").asInt()).isEqualTo(12);
        assertThat(run.json().get("allowed").asInt()).isEqualTo(30);
    }

    @Test
    void another_file_another_number_of_tenants_and_another_operation_are_other_requests() throws Exception {
        assertThat(replay(trace("a.csv", 10), "--tenants", "2")
                        .json()
                        .get("replayed")
                        .asInt())
                .isZero();
        assertThat(replay(trace("b.csv", 11), "--tenants", "2")
                        .json()
                        .get("replayed")
                        .asInt())
                .isZero();
        assertThat(replay(trace("a.csv", 10), "--tenants", "3")
                        .json()
                        .get("replayed")
                        .asInt())
                .isZero();
        // The name of the file says nothing.
        assertThat(replay(trace("c.csv", 10), "--tenants", "2")
                        .json()
                        .get("replayed")
                        .asInt())
                .isEqualTo(10);
    }

    @Test
    void bad_rows_are_reported_by_line_and_the_others_decided() throws Exception {
        var trace = trace("a.csv", 3);
        Files.writeString(trace, Files.readString(trace) + "2023-11-16,1\n2023-11-16,-1,1\n2023-11-16,7,1\n");

        var run = replay(trace, "--tenants", "1");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err())
                .contains("line 5 has 2 columns instead of 3; left out.")
                .contains("line 6 has a negative ContextTokens: -1; left out.");
        assertThat(run.json().get("requests").asInt()).isEqualTo(4);
        assertThat(run.json().get("badRows").asInt()).isEqualTo(2);
        assertThat(run.json().get("allowed").asInt()).isEqualTo(4);
    }

    @Test
    void a_file_without_the_header_is_refused_and_nothing_is_written() throws Exception {
        var trace = Files.writeString(directory.resolve("a.csv"), "2023-11-16 18:15:46.6805900,374,44\n");

        var run = replay(trace, "--tenants", "1");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(Trace.HEADER);
        assertThat(run.out()).isEmpty();
        assertThat(query("select count(*) from allotment.tenants")).isEqualTo("0");
    }

    @Test
    void an_operation_nobody_made_is_refused_and_nothing_is_written() throws Exception {
        var run = replay(trace("a.csv", 3), "--tenants", "1", "--operation", "no.such");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("There is no operation no.such.");
        assertThat(query("select count(*) from allotment.tenants")).isEqualTo("0");
        assertThat(query("select count(*) from allotment.plans")).isEqualTo("0");
    }

    @Test
    void what_an_operation_of_somebodys_own_is_denied_is_counted() throws Exception {
        allotment.catalog().create(Feature.consumed("minutes", "Minutes", "minute"));
        allotment.catalog().create(Operation.of("mine", "mine", Credits.of(1)).drawing("minutes"));

        var run = replay(trace("a.csv", 5), "--tenants", "1", "--operation", "mine");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().get("denied").asInt()).isEqualTo(5);
        assertThat(run.json().get("allowed").asInt()).isZero();
    }

    @Test
    void a_header_alone_is_no_work() throws Exception {
        var run = replay(trace("a.csv", 0), "--tenants", "1");

        assertThat(run.exitCode()).isZero();
        assertThat(run.json().get("requests").asInt()).isZero();
        assertThat(run.json().get("decisionsPerSecond").asInt()).isZero();
    }

    @Test
    void a_model_that_is_named_is_priced_by_the_book_at_the_time_that_is_named() throws IOException {
        var prices = Files.writeString(directory.resolve("prices.json"), """
                [{"id": "acme", "name": "Acme", "api_pattern": "acme", "models": [
                  {"id": "rocket", "match": {"equals": "rocket"}, "prices": [
                    {"prices": {"input_mtok": 2.5, "output_mtok": 10}},
                    {"constraint": {"start_date": "2026-07-01"}, "prices": {"input_mtok": 5, "output_mtok": 20}}]}]}]
                """);
        CommandRun.on(database, "prices", "import", prices.toString());
        var trace = Files.writeString(directory.resolve("priced.csv"), Trace.HEADER + "\n1,1000,100\n2,2000,0\n");
        String[] command = {
            "replay",
            "--trace",
            trace.toString(),
            "--tenants",
            "2",
            "--provider",
            "acme",
            "--model",
            "rocket",
            "--json",
            "--at",
            "2026-06-01"
        };

        // By hand: 3000 × 2.5 + 100 × 10 = 8500 millionths; from July on twice as much.
        var first = CommandRun.on(database, command).json();
        var again = CommandRun.on(database, command).json();
        command[command.length - 1] = "2026-07-01";
        var later = CommandRun.on(database, command).json();

        assertThat(first.get("costUsd").textValue()).isEqualTo("0.0085");
        assertThat(first.get("unpriced").longValue()).isZero();
        assertThat(again.get("costUsd").textValue()).isEqualTo("0.0085");
        assertThat(again.get("replayed").longValue()).isEqualTo(2);
        assertThat(later.get("costUsd").textValue()).isEqualTo("0.017");
        assertThat(later.get("replayed").longValue()).isZero();
    }
}

package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PricesCommandTest {

    private static final String FILE = """
            [{"id": "acme", "name": "Acme", "api_pattern": "https://api\\\\.acme\\\\.example",
              "model_match": {"starts_with": "rocket"},
              "extractors": [{"root": "usage", "mappings": [
                {"path": "in", "dest": "input_tokens"}, {"path": "cached", "dest": "input_tokens", "required": false},
                {"path": "cached", "dest": "cache_read_tokens", "required": false},
                {"path": "out", "dest": "output_tokens"}]}],
              "models": [
                {"id": "rocket-1", "match": {"starts_with": "rocket-1"},
                 "prices": {"input_mtok": {"base": %s, "tiers": [{"start": 1000, "price": 6}]}, "cache_read_mtok": 0.3,
                            "output_mtok": 15}},
                {"id": "rocket-free", "match": {"equals": "rocket-free"}, "prices": {}}%s]}]
            """;

    private final TestDatabase database = TestDatabase.create();

    @TempDir
    Path directory;

    @BeforeEach
    void take() throws IOException {
        assertThat(taken("3", "").exitCode()).isZero();
    }

    @AfterEach
    void drop() {
        database.close();
    }

    private CommandRun taken(String price, String more) throws IOException {
        var file = Files.writeString(directory.resolve("prices.json"), FILE.formatted(price, more));
        return CommandRun.on(database, "prices", "import", file.toString(), "--json");
    }

    @Test
    void the_same_file_again_changes_nothing_and_another_price_is_a_new_row() throws IOException {
        var again = taken("3", "").json();
        assertThat(again.get("models").intValue()).isEqualTo(2);
        assertThat(again.get("unchanged").intValue()).isEqualTo(2);
        assertThat(again.get("priceRows").intValue()).isZero();
        assertThat(again.get("free").intValue()).isEqualTo(1);

        var dearer = taken("4", "").json();
        assertThat(dearer.get("changed").intValue()).isEqualTo(1);
        assertThat(dearer.get("priceRows").intValue()).isEqualTo(1);
        assertThat(dearer.get("changes").get(0).get("model").textValue()).isEqualTo("rocket-1");
        assertThat(cost("--at", "2026-01-01", "--usage", "{\"input_tokens\": 1000}"))
                .isEqualTo("0.003");
        assertThat(cost("--usage", "{\"input_tokens\": 1000}")).isEqualTo("0.004");
    }

    @Test
    void what_cannot_be_read_is_skipped_and_named_and_the_rest_taken() throws IOException {
        var run = taken("3", ", {\"id\": \"odd\", \"match\": {\"like\": \"odd\"}, \"prices\": {}}");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.json().get("skipped").intValue()).isEqualTo(1);
        assertThat(run.json().get("left").get(0).get("model").textValue()).isEqualTo("odd");
        assertThat(run.err()).contains("skipped: acme odd: match holds a clause of the unknown kind like");
    }

    @Test
    void a_cost_is_told_by_class_and_in_total() {
        var run = CommandRun.on(
                database,
                "prices",
                "cost",
                "--provider",
                "acme",
                "--model",
                "Rocket-1-latest",
                "--usage",
                "{\"input_tokens\": 1000, \"cache_read_tokens\": 400, \"output_tokens\": 10, \"odd_tokens\": 1}",
                "--json");

        // By hand: 600 × 3 + 400 × 0.3 + 10 × 15 = 2070 millionths.
        var json = run.json();
        assertThat(json.get("total").textValue()).isEqualTo("0.00207");
        assertThat(json.get("byClass").get("input_tokens").get("count").textValue())
                .isEqualTo("600");
        assertThat(json.get("byClass").get("cache_read_tokens").get("cost").textValue())
                .isEqualTo("0.00012");
        assertThat(json.get("priced").booleanValue()).isTrue();
        assertThat(json.get("ignored").get(0).textValue()).isEqualTo("odd_tokens");
    }

    @Test
    void a_file_of_usages_gets_a_line_for_each() throws IOException {
        var usages = Files.writeString(directory.resolve("usages.jsonl"), """
                {"provider": "acme", "model": "rocket-1", "at": "2026-06-01T00:00:00Z", "usage": {"input_tokens": 1001}}
                {"model": "rocket-free", "usage": {"input_tokens": 5, "output_tokens": null}}
                {"apiUrl": "https://api.acme.example/v1", "model": "rocket-1", "usage": {"output_tokens": 2.5}}

                {"provider": "acme", "model": "other", "usage": {}}
                {"provider": "acme", "model": "rocket-1", "usage": {"input_tokens": 1, "cache_read_tokens": 2}}
                {"provider": "acme", "model": "rocket-1", "at": "soon", "usage": {}}
                nonsense
                """);

        var run = CommandRun.on(database, "prices", "cost", "--usages", usages.toString(), "--json");

        assertThat(run.exitCode()).isZero();
        var lines = run.out().lines().toList();
        assertThat(lines).hasSize(7);
        // By hand: above 1000 tokens each costs 6 millionths.
        assertThat(lines.get(0)).contains("\"total\":\"0.006006\"").contains("\"model\":\"rocket-1\"");
        assertThat(lines.get(1)).contains("\"total\":\"0\"").contains("\"priced\":false");
        assertThat(lines.get(2)).contains("\"total\":\"0.0000375\"");
        assertThat(lines.subList(3, 7))
                .allSatisfy(line -> assertThat(line).contains("\"error\":").doesNotContain("\"total\""));
        assertThat(lines.get(3)).contains("There is no price for other of acme.");
    }

    @Test
    void a_raw_usage_is_read_as_its_provider_tells_it() {
        var run = CommandRun.on(
                database,
                "prices",
                "cost",
                "--provider",
                "acme",
                "--raw",
                "--usage",
                "{\"model\": \"rocket-1\", \"usage\": {\"in\": 100, \"cached\": 200, \"out\": 10}}",
                "--json");

        // By hand: 100 × 3 + 200 × 0.3 + 10 × 15 = 510 millionths.
        assertThat(run.json().get("total").textValue()).isEqualTo("0.00051");
        assertThat(run.json().get("tokens").get("CACHE_READ").textValue()).isEqualTo("200");
    }

    @Test
    void a_model_is_shown_with_the_price_that_holds() {
        var run = CommandRun.on(database, "prices", "show", "rocket-1", "--at", "2026-06-01", "--json");

        var json = run.json();
        assertThat(json.get("provider").textValue()).isEqualTo("acme");
        assertThat(json.get("prices").get("input_mtok").get("base").textValue()).isEqualTo("3");
        assertThat(json.get("prices").get("output_mtok").textValue()).isEqualTo("15");
        assertThat(CommandRun.on(database, "prices", "show", "nothing").exitCode())
                .isEqualTo(1);
    }

    private String cost(String... arguments) {
        var all = new String[arguments.length + 7];
        System.arraycopy(
                new String[] {"prices", "cost", "--provider", "acme", "--model", "rocket-1", "--json"}, 0, all, 0, 7);
        System.arraycopy(arguments, 0, all, 7, arguments.length);
        return CommandRun.on(database, all).json().get("total").textValue();
    }
}

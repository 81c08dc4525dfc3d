package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLinesTest {

    private static CommandRun run(String... arguments) {
        return CommandRun.of(Map.of(), arguments);
    }

    @Test
    void help_names_every_command() {
        assertThat(run("--help").out())
                .contains(
                        "serve", "demo", "replay", "bench", "prove", "verify", "migrate", "jobs", "completion", "help");
        assertThat(run("--help").exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"serve", "demo", "replay", "bench", "prove", "verify", "migrate", "jobs", "plans", "completion"})
    void every_command_tells_its_options(String command) {
        assertThat(run(command, "--help").out()).startsWith("Usage: allotment " + command);
        assertThat(run("help", command).out()).startsWith("Usage: allotment " + command);
    }

    @Test
    void the_version_is_told() {
        assertThat(run("--version").out()).startsWith("allotment ").contains("Java " + Runtime.version());
    }

    @Test
    void no_command_at_all_is_answered_with_the_usage() {
        var run = run();

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).startsWith("Usage: allotment");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void an_unknown_command_is_refused_with_the_nearest_one() {
        var run = run("sevre");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("'sevre'").contains("allotment serve");
    }

    @Test
    void an_unknown_option_is_refused_with_where_to_look() {
        var run = run("verify", "--dtaa", "x");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("'--dtaa'").contains("Try 'allotment verify --help'.");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve --port 65536",
                "serve --port x",
                "serve --connections 0",
                "serve --jobs sometimes",
                "serve --dunning soon",
                "serve --dunning now,3,3",
                "serve --dunning 91",
                "serve --root-key a --new-root-key",
                "serve --root-key häßlich",
                "demo --calls 0",
                "demo --calls 1000001",
                "replay --tenants 2",
                "replay --trace x",
                "replay --trace x --tenants 0",
                "replay --trace x --tenants 10001",
                "replay --trace x --tenants 1 --callers 0",
                "replay --trace x --tenants 1 --operation Not.A.Key",
                "bench --workload warm",
                "bench --workload hot,hot",
                "bench --callers 0",
                "bench --callers 1,1025",
                "bench --callers 4,4",
                "bench --callers many",
                "bench --seconds 0",
                "bench --seconds 601",
                "bench --connections 0",
                "verify --data x --database-url y",
            })
    void a_wrong_option_is_a_usage_error_that_names_it(String line) {
        var arguments = line.split(" ");
        var run = run(arguments);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).containsAnyOf("--", "root key").contains("Try 'allotment " + arguments[0] + " --help'.");
    }

    @Test
    void completion_prints_a_script_that_knows_commands_and_options() {
        var run = run("completion");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .startsWith("#!/usr/bin/env bash")
                .contains("_complete_allotment", "replay", "--database-url");
    }
}

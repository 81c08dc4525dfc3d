package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.server.prove.ProofReport;
import io.allotment.testkit.TestDatabase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProveCommandTest {

    private static final List<String> FAULTS = List.of(
            "cut-before-commit",
            "cut-during-commit",
            "cut-after-commit",
            "deadlock",
            "serialization-failure",
            "lock-timeout",
            "slow-statement",
            "read-only",
            "database-killed",
            "process-killed");

    /** The short form; its seed is chance's, and is told where something is found. */
    @Test
    void nothing_is_found_under_any_fault() {
        var run = CommandRun.of(Map.of(), "prove", "--seconds", "3", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        var result = run.json();
        assertThat(result.get("seconds").asInt()).isEqualTo(3);
        assertThat(result.get("operations").asLong()).isPositive();
        assertThat(result.get("lastCreditRounds").asLong()).isPositive();
        assertThat(result.get("faults").properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyElementsOf(FAULTS);
        assertThat(result.get("faults").properties())
                .allSatisfy(fault ->
                        assertThat(fault.getValue().asLong()).as(fault.getKey()).isPositive());
        for (var finding : List.of("divergences", "lost", "doubled", "violations")) {
            assertThat(result.get(finding).asLong()).as(finding).isZero();
        }
        assertThat(run.err()).contains("Seed ", "Proving faults ...", "Proving kill -9 ...");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--seconds 0", "--seconds 86401", "--seconds many", "--seed x"})
    void a_wrong_option_is_a_usage_error(String options) {
        var arguments = ("prove " + options).split(" ");
        var run = CommandRun.of(Map.of(), arguments);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--s").contains("Try 'allotment prove --help'.");
    }

    @Test
    void a_role_that_cannot_log_in_is_no_finding() {
        try (var database = TestDatabase.create()) {
            var environment = new HashMap<>(CommandRun.environment(database));
            environment.put("ALLOTMENT_APP_PASSWORD", "another");

            var run = CommandRun.of(environment, "prove", "--database-url", database.jdbcUrl());

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err())
                    .contains("The role allotment_app cannot log in")
                    .doesNotContain("Seed");
            assertThat(run.out()).isEmpty();
        }
    }

    @Test
    void one_finding_of_any_kind_is_enough_to_fail() {
        assertThat(report(0, 0, 0, 0).isClean()).isTrue();
        assertThat(report(1, 0, 0, 0).isClean()).isFalse();
        assertThat(report(0, 1, 0, 0).isClean()).isFalse();
        assertThat(report(0, 0, 1, 0).isClean()).isFalse();
        assertThat(report(0, 0, 0, 1).isClean()).isFalse();
    }

    private static ProofReport report(long divergences, long lost, long doubled, long violations) {
        return new ProofReport(
                1, 1, 1, Map.of(), 1, divergences, lost, doubled, violations, List.of(), List.of(), Map.of());
    }
}

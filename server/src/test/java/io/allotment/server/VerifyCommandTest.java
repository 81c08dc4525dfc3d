package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.testkit.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {

    private final TestDatabase database = TestDatabase.create();

    @TempDir
    Path directory;

    @BeforeEach
    void decideSomething() throws IOException {
        var trace = Files.writeString(directory.resolve("a.csv"), Trace.HEADER + "\n1,10,1\n2,20,2\n3,30,3\n");
        CommandRun.on(database, "replay", "--trace", trace.toString(), "--tenants", "2");
    }

    @AfterEach
    void drop() {
        database.close();
    }

    /** As only a superuser can, past every rule. */
    private void tamper(String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }

    @Test
    void what_the_gate_wrote_is_found_in_order() {
        var run = CommandRun.on(database, "verify");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("decisions +\\| +3").endsWith("violations 0" + System.lineSeparator());
    }

    @Test
    void programs_get_one_line_and_people_the_table_beside_it() {
        var run = CommandRun.on(database, "verify", "--json");

        assertThat(run.out().strip())
                .matches("\\{\"tenants\":2,\"accounts\":2,\"entries\":5,\"decisions\":3,\"events\":3,"
                        + "\"auditEntries\":[1-9][0-9]*,\"violations\":0,\"details\":\\[]}");
        assertThat(run.err()).contains("violations 0");
    }

    @Test
    void a_balance_that_was_changed_behind_the_gate_is_named() throws SQLException {
        tamper("update allotment.credit_accounts set balance = balance + 1"
                + " where tenant_id = (select min(tenant_id::text)::uuid from allotment.tenants)");

        var run = CommandRun.on(database, "verify", "--json");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.json().get("violations").asInt()).isPositive();
        var detail = run.json().get("details").get(0);
        assertThat(detail.get("invariant").asText()).isNotBlank();
        assertThat(detail.get("tenant").asText()).hasSize(36);
        assertThat(detail.get("subject").asText()).isNotBlank();
        assertThat(detail.get("detail").asText()).isNotBlank();
    }

    @Test
    void a_lost_usage_event_is_named_to_people_too() throws SQLException {
        tamper(
                "delete from allotment.usage_events where id = (select min(id::text)::uuid from allotment.usage_events)");

        var run = CommandRun.on(database, "verify");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).contains("What is not as it must be").doesNotContain("violations 0");
    }

    @Test
    void an_audit_entry_that_was_changed_by_hand_is_named_with_its_tenant_and_number() throws SQLException {
        tamper("update allotment.audit_entries set after = after || '{\"amount\": \"1000000\"}'"
                + " where tenant_id = (select min(tenant_id::text)::uuid from allotment.tenants) and sequence = 1");

        var run = CommandRun.on(database, "verify", "--json");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.json().get("violations").asInt()).isEqualTo(1);
        var detail = run.json().get("details").get(0);
        assertThat(detail.get("invariant").asText()).isEqualTo("audit-chain");
        assertThat(detail.get("tenant").asText()).hasSize(36);
        assertThat(detail.get("subject").asText()).isEqualTo("entry 1");
        assertThat(detail.get("detail").asText()).isEqualTo("its hash does not fit what it says");
    }

    @Test
    void the_platforms_log_is_followed_too() throws SQLException {
        tamper("update allotment.platform_audit_entries set action = 'nothing.happened' where sequence = 1");

        var run = CommandRun.on(database, "verify", "--json");

        assertThat(run.json().get("details").get(0).get("tenant").asText()).isEqualTo("platform");
    }
}

package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.TenantId;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobsCommandTest {

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2));
    private TenantId tenant;

    @BeforeEach
    void aDeadLetter() {
        var allotment = Allotment.with(persistence).build();
        tenant = Fixtures.in(allotment).tenant().id();
        var when = Instant.parse("2026-03-10T09:30:00Z");
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .failedWorks()
                        .save(new FailedWork(
                                tenant,
                                new JobName("lapse"),
                                5,
                                when,
                                when.plusSeconds(900),
                                Optional.empty(),
                                "a row makes no sense",
                                "ref-1")));
    }

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    @Test
    void before_any_server_has_run_jobs_there_are_none_and_dead_letters_are_shown() {
        var run = CommandRun.on(database, "jobs");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("No server has run jobs on this database yet.")
                .contains(tenant.toString(), "a row makes no sense", "ref-1");
    }

    @Test
    void a_job_is_run_now_and_shown_with_its_last_success() {
        var before = Instant.now();

        var run = CommandRun.on(database, "jobs", "run", "partitions", "--json");

        assertThat(run.err()).contains("The job partitions is done.");
        assertThat(run.exitCode()).isZero();
        assertThat(run.json().get("done").asBoolean()).isTrue();
        var listed =
                CommandRun.on(database, "jobs", "--json").json().get("jobs").get(0);
        assertThat(listed.get("job").asText()).isEqualTo("partitions");
        assertThat(Instant.parse(listed.get("lastSuccess").asText())).isAfterOrEqualTo(before.minusSeconds(1));
        assertThat(Instant.parse(listed.get("nextRun").asText())).isAfter(before);
        assertThat(listed.get("lastFailure").isNull()).isTrue();
        assertThat(listed.get("consecutiveFailures").asInt()).isZero();
        assertThat(listed.get("runningOn").isNull()).isTrue();
        assertThat(CommandRun.on(database, "jobs").out()).containsPattern("partitions +\\|");
        assertThat(listed.get("failing").asInt()).isZero();
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .failedWorks()
                        .save(FailedWork.first(tenant, new JobName("partitions"), before, "no room", "ref-2")));
        assertThat(CommandRun.on(database, "jobs", "--json")
                        .json()
                        .at("/jobs/0/failing")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void a_job_that_there_is_not_is_refused_by_name() {
        var run = CommandRun.on(database, "jobs", "run", "partition");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("There is no job partition.");
    }

    @Test
    void a_job_that_tells_a_gateway_is_not_done_where_there_is_none() {
        var run = CommandRun.on(database, "jobs", "run", "metering");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("The job metering has nothing to do without a gateway", "STRIPE_API_KEY");
    }

    @Test
    void a_dead_letter_is_tried_again_or_forgotten() {
        var retried = CommandRun.on(database, "jobs", "retry", "lapse", "--tenant", tenant.toString(), "--json");
        assertThat(retried.exitCode()).isZero();
        assertThat(retried.json().get("outcome").asText()).isEqualTo("retried");
        assertThat(CommandRun.on(database, "jobs", "--json").json().get("deadLetters"))
                .isEmpty();

        var forgotten = CommandRun.on(database, "jobs", "forget", "lapse", "--tenant", tenant.toString());

        assertThat(forgotten.exitCode()).isEqualTo(1);
        assertThat(forgotten.err()).contains("There is no dead letter lapse of " + tenant);
    }

    @Test
    void every_command_tells_its_options() {
        for (var command : new String[] {"run", "retry", "forget"}) {
            assertThat(CommandRun.on(database, "jobs", command, "--help").out())
                    .startsWith("Usage: allotment jobs " + command);
        }
    }
}

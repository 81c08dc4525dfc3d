package io.allotment.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import com.github.kagkarlsson.scheduler.testhelper.ManualScheduler;
import com.github.kagkarlsson.scheduler.testhelper.SettableClock;
import com.github.kagkarlsson.scheduler.testhelper.TestHelper;
import io.allotment.Allotment;
import io.allotment.application.job.Portion;
import io.allotment.application.job.Upkeep;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestClock;
import io.allotment.testkit.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Schedulers are driven by hand, on a clock that stands until it is told otherwise. */
@Timeout(120)
class JobsTest {

    private static final Instant START = Instant.parse("2026-03-10T09:30:00Z");
    private static final Duration LEASE = Duration.ofMinutes(10);

    private final TestDatabase database = TestDatabase.create();
    private final TestClock clock = TestClock.at(START);
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 4));
    private final Allotment allotment = Allotment.with(persistence).clock(clock).build();
    private final Fixtures given = Fixtures.in(allotment);
    private final DataSource connections = persistence.schedulingConnections();
    private OperationKey credit;

    @BeforeEach
    void anOperation() {
        credit = given.operation("1");
    }

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    @Test
    void of_two_schedulers_on_one_database_one_runs_a_job_that_is_due() throws Exception {
        var runs = new AtomicInteger();
        var one = scheduler(counting(runs));
        var other = scheduler(counting(runs));

        for (int round = 1; round <= 20; round++) {
            atOnce(one, other);
            assertThat(runs).hasValue(round);
            // The clock stands: whoever looks again finds nothing that is due.
            atOnce(one, other);
            assertThat(runs).hasValue(round);
            pass(Duration.ofMinutes(1), one, other);
        }
    }

    @Test
    void a_run_that_fails_is_repeated_and_counted_and_its_success_ends_the_count() {
        var fails = new AtomicInteger(2);
        var job = new Job("test-job", Duration.ofMinutes(1), () -> {
            if (fails.getAndDecrement() > 0) {
                throw new IllegalStateException("not yet");
            }
            return Portion.all(1);
        });
        var scheduler = scheduler(job);

        scheduler.runAnyDueExecutions();
        assertThat(status("test-job").consecutiveFailures()).isEqualTo(1);
        pass(Duration.ofMinutes(1), scheduler);
        scheduler.runAnyDueExecutions();
        assertThat(status("test-job").consecutiveFailures()).isEqualTo(2);
        assertThat(status("test-job").lastSuccess()).isEmpty();
        assertThat(status("test-job").lastFailure()).contains(START.plusSeconds(60));
        pass(Duration.ofMinutes(1), scheduler);
        scheduler.runAnyDueExecutions();

        assertThat(status("test-job").consecutiveFailures()).isZero();
        assertThat(status("test-job").lastSuccess()).contains(START.plusSeconds(120));
        assertThat(status("test-job").nextRun()).isEqualTo(START.plusSeconds(180));
        assertThat(status("test-job").runningOn()).isEmpty();
    }

    @Test
    void the_run_of_a_process_that_was_killed_is_done_by_another() throws SQLException {
        var runs = new AtomicInteger();
        var one = scheduler(counting(runs));
        execute(
                "update allotment.scheduled_tasks set picked = true, picked_by = 'killed', last_heartbeat = execution_time");

        one.runAnyDueExecutions();
        assertThat(runs).hasValue(0);
        assertThat(status("test-job").runningOn()).contains("killed");
        pass(Duration.ofHours(1), one);
        one.runDeadExecutionDetection();
        one.runAnyDueExecutions();

        assertThat(runs).hasValue(1);
    }

    @Test
    void a_job_goes_on_while_there_is_more_to_do_at_once_and_ends_when_it_is_stopped() {
        var left = new AtomicInteger(5);
        var job = new Job("test-job", Duration.ofMinutes(1), () -> new Portion(1, 0, left.decrementAndGet() > 0));

        job.run(new JobMetrics(allotment), () -> false);
        assertThat(left).hasValue(0);

        left.set(5);
        job.run(new JobMetrics(allotment), () -> left.get() == 3);
        assertThat(left).hasValue(3);
    }

    @Test
    void a_tenant_whose_work_fails_becomes_a_dead_letter_and_the_others_are_done() throws SQLException {
        var broken = given.tenantWith(100);
        var fine = List.of(given.tenantWith(100), given.tenantWith(100));
        reserve(broken);
        fine.forEach(this::reserve);
        execute("update allotment.reservations set operations = '{NO KEY}' where tenant_id = '" + broken.id() + "'");
        clock.advance(LEASE);
        var jobs = Jobs.over(connections, allotment).build();
        var scheduler = scheduler(jobs.tasks());

        scheduler.runAnyDueExecutions();

        assertThat(fine).allSatisfy(tenant -> assertThat(held(tenant)).isEqualTo(Credits.ZERO));
        assertThat(held(broken)).isEqualTo(Credits.of(40));
        for (int attempt = 1; attempt < FailedWork.MAX_ATTEMPTS; attempt++) {
            assertThat(deadLetters()).isEmpty();
            pass(FailedWork.FIRST_PAUSE.multipliedBy(1L << (attempt - 1)), scheduler);
            scheduler.runAnyDueExecutions();
        }
        assertThat(deadLetters()).singleElement().satisfies(dead -> {
            assertThat(dead.tenantId()).isEqualTo(broken.id());
            assertThat(dead.job()).isEqualTo(Upkeep.LAPSE);
            assertThat(dead.reason()).contains("InvalidValue");
        });
        assertThat(status("lapse").consecutiveFailures()).isZero();

        execute("update allotment.reservations set operations = array['" + credit + "'] where tenant_id = '"
                + broken.id() + "'");
        allotment.deadLetters().retry(broken.id(), Upkeep.LAPSE);
        pass(Duration.ofMinutes(1), scheduler);
        scheduler.runAnyDueExecutions();

        assertThat(held(broken)).isEqualTo(Credits.ZERO);
        assertThat(deadLetters()).isEmpty();
        assertThat(allotment.gate().verify().violations()).isEmpty();
    }

    @Test
    void partitions_are_made_ahead_by_the_platforms_role_which_can_make_none_by_itself() throws SQLException {
        // The migrations made those of the real present.
        clock.set(Instant.parse("2044-03-10T09:30:00Z"));
        int before = partitions();
        var scheduler = scheduler(Jobs.over(connections, allotment).build().tasks());

        scheduler.runAnyDueExecutions();
        assertThat(partitions()).isEqualTo(before + 13);
        pass(Duration.ofDays(31), scheduler);
        scheduler.runAnyDueExecutions();

        assertThat(partitions()).isEqualTo(before + 14);
        assertThat(status("partitions").consecutiveFailures()).isZero();
        try (var connection = connections.getConnection();
                var statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.execute("create table allotment.more (id uuid)"))
                    .isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> statement.execute("drop table allotment.usage_events_default"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void who_has_not_paid_is_told_of_it_once() {
        var tenant = given.tenantOn(PlanVersionTerms.empty().withGrace(7));
        allotment.subscriptions().markPastDue(tenant.id(), Fixtures.accountOf(tenant));
        var scheduler = scheduler(Jobs.over(connections, allotment).build().tasks());

        scheduler.runAnyDueExecutions();
        pass(Duration.ofMinutes(1), scheduler);
        scheduler.runAnyDueExecutions();

        assertThat(allotment.outbox().list(tenant.id(), PageRequest.first(10)).items())
                .extracting(Notice::kind)
                .containsExactly(Notice.Kind.PAYMENT_MISSING);
        assertThat(status("dun").lastSuccess()).contains(START.plusSeconds(60));
    }

    @Test
    void a_job_is_run_at_once_when_somebody_asks_for_it() throws InterruptedException {
        var tenant = given.tenantWith(100);
        reserve(tenant);
        var jobs = Jobs.over(connections, allotment).name("by-hand").build();
        scheduler(jobs.tasks()).runAnyDueExecutions();
        clock.advance(LEASE);
        clock.advance(Duration.ofSeconds(-1));
        reserve(tenant);
        clock.advance(Duration.ofSeconds(1));

        assertThat(jobs.runNow("lapse")).isEmpty();

        assertThat(held(tenant)).isEqualTo(Credits.of(40));
        assertThat(status("lapse").lastSuccess()).contains(clock.instant());
        assertThatThrownBy(() -> jobs.runNow("laps")).isInstanceOf(NotFound.class);
    }

    @Test
    void runs_are_counted_and_timed() throws InterruptedException {
        given.tenantWith(100);
        var jobs = Jobs.over(connections, allotment).build();
        var registry = new SimpleMeterRegistry();
        jobs.meters().bindTo(registry);
        var tenant = given.tenantWith(100);
        reserve(tenant);
        clock.advance(LEASE);

        jobs.runNow("lapse");

        assertThat(registry.get("allotment.jobs.runs")
                        .tags("job", "lapse", "outcome", "done")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("allotment.jobs.items")
                        .tags("job", "lapse", "outcome", "done")
                        .counter()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("allotment.jobs.dead.letters").gauge().value()).isZero();
        var failed = FailedWork.first(tenant.id(), Upkeep.LAPSE, clock.instant(), "it broke", "r-1");
        persistence.unitOfWork().forPlatform(() -> persistence.failedWorks().save(failed));
        assertThat(registry.get("allotment.jobs.failing")
                        .tag("job", "lapse")
                        .gauge()
                        .value())
                .isEqualTo(1);
        assertThat(registry.get("allotment.jobs.failing")
                        .tag("job", "payments")
                        .gauge()
                        .value())
                .isZero();
    }

    @Test
    void without_any_scheduler_the_gate_decides_by_time_all_the_same() {
        var tenant = given.tenantWith(40);
        reserve(tenant);
        assertThat(consume(tenant, 1)).isFalse();

        clock.advance(LEASE);

        assertThat(consume(tenant, 40)).isTrue();
    }

    @Test
    void what_was_started_runs_until_it_is_closed() {
        try (var jobs = Jobs.over(connections, allotment).start()) {
            assertThatThrownBy(jobs::start).isInstanceOf(IllegalStateException.class);
            assertThat(jobs.list())
                    .extracting(Jobs.Status::job)
                    .contains("lapse", "expire-credits", "partitions")
                    .doesNotContain("mail");
        }
    }

    // ---- helpers

    private static Job counting(AtomicInteger runs) {
        return new Job("test-job", Duration.ofMinutes(1), () -> {
            runs.incrementAndGet();
            return Portion.all(1);
        });
    }

    private ManualScheduler scheduler(Job job) {
        return scheduler(List.of(job.task(new JobMetrics(allotment), clock)));
    }

    private ManualScheduler scheduler(List<RecurringTask<Void>> tasks) {
        var present = new SettableClock();
        present.set(clock.instant());
        var scheduler = TestHelper.createManualScheduler(connections, List.<Task<?>>of())
                .clock(present)
                .startTasks(tasks)
                .tableName("allotment.scheduled_tasks")
                .build();
        scheduler.start();
        return scheduler;
    }

    private void pass(Duration time, ManualScheduler... schedulers) {
        clock.advance(time);
        for (var scheduler : schedulers) {
            scheduler.setTime(clock.instant());
        }
    }

    private static void atOnce(ManualScheduler... schedulers) throws Exception {
        var barrier = new CyclicBarrier(schedulers.length);
        var threads = Executors.newFixedThreadPool(schedulers.length);
        try {
            var all = List.of(schedulers).stream()
                    .map(scheduler -> threads.submit(() -> {
                        barrier.await();
                        scheduler.runAnyDueExecutions();
                        return null;
                    }))
                    .toList();
            for (var one : all) {
                one.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private Jobs.Status status(String job) {
        return Jobs.over(connections, allotment).build().list().stream()
                .filter(status -> status.job().equals(job))
                .findFirst()
                .orElseThrow();
    }

    private void reserve(Tenant tenant) {
        assertThat(allotment
                        .gate()
                        .reserve(tenant.id(), Fixtures.key(), Charge.of(credit, Quantity.of(40)), LEASE)
                        .allowed())
                .isTrue();
    }

    private boolean consume(Tenant tenant, long quantity) {
        return allotment
                .gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(credit, Quantity.of(quantity)))
                .allowed();
    }

    private Credits held(Tenant tenant) {
        return persistence
                .unitOfWork()
                .forTenant(
                        tenant.id(),
                        () -> persistence
                                .credits()
                                .find(tenant.id(), Fixtures.accountOf(tenant))
                                .orElseThrow()
                                .held());
    }

    private List<FailedWork> deadLetters() {
        return allotment.deadLetters().list(PageRequest.first(200)).items();
    }

    private int partitions() throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery(
                        "select count(*) from pg_inherits" + " where inhparent = 'allotment.usage_events'::regclass")) {
            result.next();
            return result.getInt(1);
        }
    }

    /** As only a superuser can, past every rule. */
    private void execute(String sql) throws SQLException {
        try (var connection = database.owner().getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }
}

package io.allotment.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService.Choice;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.persistence.jooq.JooqPersistence;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestDatabase;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlansCommandTest {

    private final TestDatabase database = TestDatabase.create();
    private final JooqPersistence persistence = JooqPersistence.connect(
            new JooqPersistence.Settings(database.jdbcUrl(), database.appPassword(), database.platformPassword(), 2));
    private Allotment allotment;
    private String plan;
    private Tenant tenant;
    private Tenant paused;

    @BeforeEach
    void two_subscribers_and_a_new_version() {
        allotment = Allotment.with(persistence).build();
        var given = Fixtures.in(allotment);
        var first = given.plan(PlanVersionTerms.empty().including(Credits.of(10)));
        plan = first.plan().value();
        tenant = given.tenant();
        paused = given.tenant();
        for (var one : new Tenant[] {tenant, paused}) {
            allotment.subscriptions().subscribe(one.id(), Fixtures.accountOf(one), Choice.of(plan));
        }
        allotment.subscriptions().pause(paused.id(), Fixtures.accountOf(paused), Optional.empty());
        allotment.catalog().addVersion(first.plan(), PlanVersionTerms.empty().including(Credits.of(25)));
    }

    @AfterEach
    void drop() {
        persistence.close();
        database.close();
    }

    private Credits available() {
        return allotment
                .credits()
                .balance(tenant.id(), Fixtures.accountOf(tenant))
                .available();
    }

    @Test
    void a_dry_run_says_what_the_migration_then_does() {
        var wish = new String[] {"plans", "migrate", plan, "--to", "2", "--at", "now", "--credits", "CLAW_BACK_UNUSED"};

        var dry = CommandRun.on(database, with(wish, "--dry-run", "--json"));
        assertThat(dry.exitCode()).isEqualTo(1);
        assertThat(available()).isEqualTo(Credits.of(10));
        var done = CommandRun.on(database, with(wish, "--json"));

        assertThat(done.exitCode()).isEqualTo(1);
        assertThat(available()).isEqualTo(Credits.of(25));
        for (var run : new CommandRun[] {dry, done}) {
            assertThat(run.json().get("subscribers").asInt()).isEqualTo(2);
            assertThat(run.json().get("changed").asInt()).isEqualTo(1);
            assertThat(run.json().get("granted").asText()).isEqualTo("15");
            assertThat(run.json().at("/refused/0/tenant").asText())
                    .isEqualTo(paused.id().toString());
            assertThat(run.json().at("/refused/0/code").asText()).isEqualTo("transition-refused");
        }
        assertThat(dry.json().get("dryRun").asBoolean()).isTrue();
        assertThat(CommandRun.on(database, with(wish, "--json"))
                        .json()
                        .get("changed")
                        .asInt())
                .isZero();
    }

    @Test
    void the_table_names_whoever_stays() {
        allotment.subscriptions().resume(paused.id(), Fixtures.accountOf(paused));

        var run = CommandRun.on(database, "plans", "migrate", plan, "--from", "1", "--to", "2");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).containsPattern("taken along +\\| +2 ").containsPattern("refused +\\| +0 ");
        assertThat(available()).isEqualTo(Credits.of(10));
    }

    @Test
    void what_makes_no_sense_is_refused_before_anything_happens() {
        assertThat(CommandRun.on(database, "plans", "migrate", plan, "--to", "2", "--at", "now")
                        .err())
                .contains("creditPolicy is needed for a change now");
        assertThat(CommandRun.on(database, "plans", "migrate", plan, "--to", "2", "--at", "soon")
                        .err())
                .contains("must be now or period-end");
        assertThat(CommandRun.on(database, "plans", "migrate", plan, "--to", "9")
                        .err())
                .contains("There is no plan version 9");
        assertThat(CommandRun.on(database, "plans", "migrate", "--help").out())
                .startsWith("Usage: allotment plans migrate");
    }

    private static String[] with(String[] arguments, String... more) {
        var all = Arrays.copyOf(arguments, arguments.length + more.length);
        System.arraycopy(more, 0, all, arguments.length, more.length);
        return all;
    }
}

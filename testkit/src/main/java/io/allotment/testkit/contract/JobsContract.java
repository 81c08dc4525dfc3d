package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.job.Portion;
import io.allotment.application.job.TenantWork;
import io.allotment.application.job.Upkeep;
import io.allotment.application.shared.Moments;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.credit.CreditAccount;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.credit.GrantTerms;
import io.allotment.domain.gate.Reservation;
import io.allotment.domain.job.DueWork;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.job.Room;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.Unknown;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What time makes due is found and done, tenant by tenant; what fails for one is noted and left alone for a while. */
public abstract class JobsContract extends GateContract {

    private static final JobName JOB = new JobName("test-job");
    private static final JobName OTHER_JOB = new JobName("other-job");
    private static final int ALL = 10_000;

    // ---- lapse, expire-credits

    @Test
    void a_lease_that_has_ended_is_given_back_without_anybody_touching_the_account() {
        var id = reserved(of(credit, "40"));
        assertThat(stored().held()).isEqualTo(Credits.of(40));
        clock.advance(LEASE);

        untilDone(allotment.upkeep()::lapse);

        assertThat(stored().held()).isEqualTo(Credits.ZERO);
        assertThat(inTenant(tenant.id(), () -> persistence.reservations().find(tenant.id(), id)))
                .map(Reservation::status)
                .contains(Reservation.Status.LAPSED);
        assertThat(due(job -> persistence.dueWork().lapsedLeases(job, clock.instant(), ALL)))
                .doesNotContain(new DueWork.Account(tenant.id(), account));
    }

    @Test
    void a_lease_that_goes_on_is_not_due_and_one_is_due_at_its_very_end() {
        reserved(of(credit, "40"));
        var mine = new DueWork.Account(tenant.id(), account);

        clock.advance(LEASE.minusMillis(1));
        assertThat(due(job -> persistence.dueWork().lapsedLeases(job, clock.instant(), ALL)))
                .doesNotContain(mine);
        clock.advance(Duration.ofMillis(1));

        assertThat(due(job -> persistence.dueWork().lapsedLeases(job, clock.instant(), ALL)))
                .containsOnlyOnce(mine);
    }

    @Test
    void what_is_left_of_a_grant_that_has_ended_is_written_off() {
        expiring(30, START.plusSeconds(60));
        clock.advance(Duration.ofSeconds(60));

        untilDone(allotment.upkeep()::expireCredits);

        assertThat(stored().balance()).isEqualTo(Credits.of(100));
        assertThat(inTenant(
                                tenant.id(),
                                () -> persistence.credits().listEntries(tenant.id(), account, EntryFilter.ALL, FIRST))
                        .items()
                        .get(0))
                .satisfies(entry -> {
                    assertThat(entry.type()).isEqualTo(CreditEntry.Type.EXPIRED);
                    assertThat(entry.amount()).isEqualTo(Credits.of(-30));
                });
        assertThat(due(job -> persistence.dueWork().endedGrants(job, clock.instant(), ALL)))
                .doesNotContain(new DueWork.Account(tenant.id(), account));
    }

    @Test
    void a_grant_is_due_at_its_very_end_and_not_before() {
        expiring(30, START.plusSeconds(60));
        var mine = new DueWork.Account(tenant.id(), account);

        clock.advance(Duration.ofSeconds(60).minusMillis(1));
        assertThat(due(job -> persistence.dueWork().endedGrants(job, clock.instant(), ALL)))
                .doesNotContain(mine);
        clock.advance(Duration.ofMillis(1));

        assertThat(due(job -> persistence.dueWork().endedGrants(job, clock.instant(), ALL)))
                .containsOnlyOnce(mine);
    }

    @Test
    void a_subscription_is_due_when_its_period_ends_and_moved_on_it_is_not() {
        var subscribed = given.tenantOn(PlanVersionTerms.empty().including(Credits.of(7)));
        var mine = new DueWork.Account(subscribed.id(), Fixtures.accountOf(subscribed));
        var end = allotment
                .subscriptions()
                .get(mine.tenantId(), mine.accountId())
                .currentPeriod()
                .end()
                .orElseThrow();

        clock.set(end.minusNanos(1_000));
        assertThat(due(job -> persistence.dueWork().changedSubscriptions(job, clock.instant(), ALL)))
                .doesNotContain(mine);
        clock.set(end);
        assertThat(due(job -> persistence.dueWork().changedSubscriptions(job, clock.instant(), ALL)))
                .containsOnlyOnce(mine);
        untilDone(allotment.upkeep()::moveSubscriptionsOn);

        assertThat(due(job -> persistence.dueWork().changedSubscriptions(job, clock.instant(), ALL)))
                .doesNotContain(mine);
        assertThat(inTenant(
                                mine.tenantId(),
                                () -> persistence.subscriptions().findCurrent(mine.tenantId(), mine.accountId()))
                        .orElseThrow()
                        .currentPeriod()
                        .start())
                .isEqualTo(end);
        assertThat(inTenant(
                        mine.tenantId(),
                        () -> persistence
                                .credits()
                                .find(mine.tenantId(), mine.accountId())
                                .orElseThrow()
                                .balance()))
                .isEqualTo(Credits.of(7));
    }

    @Test
    void what_work_under_way_has_pinned_of_an_ended_grant_waits_for_its_end_and_is_not_due() {
        expiring(30, START.plusSeconds(60));
        reserved(of(credit, "10"));
        clock.advance(Duration.ofSeconds(60));

        untilDone(allotment.upkeep()::expireCredits);

        assertThat(due(job -> persistence.dueWork().endedGrants(job, clock.instant(), ALL)))
                .doesNotContain(new DueWork.Account(tenant.id(), account));
        assertThat(allotment.gate().verify().violations())
                .noneMatch(violation -> violation.tenantId().equals(Optional.of(tenant.id())));
    }

    @Test
    void no_more_is_found_due_than_was_asked_for_and_what_is_longest_overdue_comes_first() {
        // Long before all that other tests leave behind.
        var longAgo = Instant.parse("2020-01-01T00:00:00Z");
        clock.set(longAgo);
        reserve(of(credit, "1"), Duration.ofMinutes(20));
        var later = given.tenantWith(10);
        allotment.gate().reserve(later.id(), Fixtures.key(), of(credit, "1"), Duration.ofMinutes(30));
        clock.advance(Duration.ofHours(1));

        assertThat(due(job -> persistence.dueWork().lapsedLeases(job, clock.instant(), 1)))
                .containsExactly(new DueWork.Account(tenant.id(), account));
        assertThat(due(job -> persistence.dueWork().lapsedLeases(job, clock.instant(), 2)))
                .containsExactly(
                        new DueWork.Account(tenant.id(), account),
                        new DueWork.Account(later.id(), Fixtures.accountOf(later)));
        untilDone(allotment.upkeep()::lapse);
    }

    @Test
    void a_tenant_whose_work_is_to_be_left_alone_is_not_found_due_by_that_job() {
        reserved(of(credit, "40"));
        clock.advance(LEASE);
        var now = clock.instant();
        var mine = new DueWork.Account(tenant.id(), account);
        save(FailedWork.first(tenant.id(), Upkeep.LAPSE, now, "broken", "r"));

        assertThat(inPlatform(() -> persistence.dueWork().lapsedLeases(Upkeep.LAPSE, now, ALL)))
                .doesNotContain(mine);
        assertThat(inPlatform(() -> persistence.dueWork().lapsedLeases(JOB, now, ALL)))
                .contains(mine);
        assertThat(inPlatform(
                        () -> persistence.dueWork().lapsedLeases(Upkeep.LAPSE, now.plus(FailedWork.FIRST_PAUSE), ALL)))
                .contains(mine);
        save(dead(tenant.id(), Upkeep.LAPSE));
        assertThat(inPlatform(
                        () -> persistence.dueWork().lapsedLeases(Upkeep.LAPSE, now.plus(Duration.ofDays(400)), ALL)))
                .doesNotContain(mine);
    }

    @Test
    void room_for_usage_events_is_made_once() {
        var now = Instant.parse("2041-05-17T12:00:00Z");

        int made = inPlatform(() -> persistence.room().make(now));

        assertThat(made).isIn(0, Room.MONTHS_AHEAD + 1);
        assertThat(inPlatform(() -> persistence.room().make(now))).isZero();
    }

    // ---- what fails for one tenant

    @Test
    void what_fails_for_one_tenant_stops_no_other_and_is_noted() {
        var broken = given.tenant().id();
        var others = List.of(tenant.id(), broken, given.tenant().id(), broken);
        var done = new ArrayList<TenantId>();

        var portion = work(others, one -> {
            if (one.equals(broken)) {
                throw new IllegalStateException("a row makes no sense");
            }
            done.add(one);
        });

        assertThat(portion).isEqualTo(new Portion(2, 1, false));
        assertThat(done).containsExactly(tenant.id(), others.get(2));
        assertThat(failed(broken)).hasValueSatisfying(work -> {
            assertThat(work.attempts()).isEqualTo(1);
            assertThat(work.reason()).contains("a row makes no sense");
            assertThat(work.nextAttemptAt()).contains(START.plus(FailedWork.FIRST_PAUSE));
        });
        assertThat(failed(tenant.id())).isEmpty();
    }

    @Test
    void after_five_attempts_it_is_a_dead_letter() {
        for (int attempt = 1; attempt < FailedWork.MAX_ATTEMPTS; attempt++) {
            breakDown();
            assertThat(failed(tenant.id()))
                    .hasValueSatisfying(work -> assertThat(work.nextAttemptAt())
                            .contains(START.plus(FailedWork.FIRST_PAUSE.multipliedBy(1L << (work.attempts() - 1)))));
        }
        assertThat(deadLetters()).isEmpty();

        breakDown();

        assertThat(deadLetters()).singleElement().satisfies(work -> {
            assertThat(work.attempts()).isEqualTo(FailedWork.MAX_ATTEMPTS);
            assertThat(work.job()).isEqualTo(JOB);
            assertThat(work.firstFailedAt()).isEqualTo(START);
        });
    }

    @Test
    void what_works_again_is_forgotten() {
        breakDown();

        work(List.of(tenant.id()), one -> {});

        assertThat(failed(tenant.id())).isEmpty();
    }

    @Test
    void a_tenant_whose_rows_somebody_else_holds_for_too_long_stops_no_other_either() {
        var held = given.tenant().id();

        var portion = work(List.of(held, tenant.id()), one -> {
            if (one.equals(held)) {
                throw new Unavailable("a lock was not to be had", Duration.ofSeconds(1), null);
            }
        });

        assertThat(portion).isEqualTo(new Portion(1, 1, false));
        assertThat(failed(held)).isPresent();
    }

    @Test
    void a_tenant_that_was_deleted_meanwhile_has_nothing_that_failed() {
        var gone = new TenantId(ids.next());

        var portion = work(List.of(gone), one -> {
            throw new NotFound("tenant", one);
        });

        assertThat(portion.failed()).isEqualTo(1);
        assertThat(failed(gone)).isEmpty();
    }

    @Test
    void there_is_more_to_do_where_as_much_was_found_as_was_asked_for_and_something_could_be_done() {
        var two = List.of(tenant.id(), given.tenant().id());
        var works = new TenantWork(persistence, ids, new Moments(clock));

        assertThat(works.each(JOB, two, 2, Function.identity(), one -> {}).more())
                .isTrue();
        assertThat(works.each(JOB, two, 3, Function.identity(), one -> {}).more())
                .isFalse();
        assertThat(works.each(JOB, two, 2, Function.identity(), JobsContract::refuse)
                        .more())
                .isFalse();
    }

    // ---- the port

    @Test
    void what_failed_comes_back_as_it_was_kept() {
        var work = new FailedWork(
                tenant.id(),
                JOB,
                3,
                START,
                START.plusSeconds(180),
                Optional.of(START.plusSeconds(420)),
                "java.lang.IllegalStateException: \"世界\"",
                "0190-reference");
        save(work);
        assertThat(failed(tenant.id())).contains(work);

        var dead = dead(tenant.id(), JOB);
        save(dead);

        assertThat(failed(tenant.id())).contains(dead);
        assertThat(inPlatform(() -> persistence.failedWorks().find(tenant.id(), OTHER_JOB)))
                .isEmpty();
    }

    @Test
    void dead_letters_are_listed_by_tenant_and_job_and_counted() {
        long before = inPlatform(() -> persistence.failedWorks().countDead());
        var expected = new ArrayList<FailedWork>();
        for (int i = 0; i < 3; i++) {
            var one = given.tenant().id();
            expected.add(dead(one, OTHER_JOB));
            expected.add(dead(one, JOB));
        }
        expected.forEach(this::save);
        save(FailedWork.first(given.tenant().id(), JOB, START, "not dead yet", "r"));

        assertListingHolds(
                expected, page -> inPlatform(() -> persistence.failedWorks().listDead(page)));
        assertThat(inPlatform(() -> persistence.failedWorks().countDead())).isEqualTo(before + 6);
    }

    @Test
    void what_succeeded_is_of_the_job_and_the_tenants_alone() {
        var other = given.tenant().id();
        List.of(dead(tenant.id(), JOB), dead(tenant.id(), OTHER_JOB), dead(other, JOB))
                .forEach(this::save);

        inPlatform(() -> persistence.failedWorks().succeeded(JOB, Set.of(tenant.id())));

        assertThat(failed(tenant.id())).isEmpty();
        assertThat(failed(other)).isPresent();
        assertThat(inPlatform(() -> persistence.failedWorks().find(tenant.id(), OTHER_JOB)))
                .isPresent();
    }

    @Test
    void what_is_not_as_it_was_read_any_more_is_not_replaced() {
        var read = FailedWork.first(tenant.id(), JOB, START, "first", "r-1");
        var dead = dead(tenant.id(), JOB);
        save(read);
        for (var other : List.of(
                read.retried(START),
                read.again(START, "first", "r-1"),
                FailedWork.first(tenant.id(), JOB, START, "first", "r-2"))) {
            assertThat(replaced(other, Optional.empty())).isFalse();
            assertThat(replaced(other, Optional.of(dead))).isFalse();
        }
        assertThat(failed(tenant.id())).contains(read);

        assertThat(replaced(read, Optional.of(dead))).isTrue();
        assertThat(failed(tenant.id())).contains(dead);
        assertThat(replaced(read, Optional.empty())).isFalse();
        assertThat(replaced(dead, Optional.empty())).isTrue();
        assertThat(failed(tenant.id())).isEmpty();
        assertThat(replaced(dead, Optional.of(read))).as("it is gone").isFalse();
        assertThat(failed(tenant.id())).isEmpty();
    }

    private boolean replaced(FailedWork read, Optional<FailedWork> now) {
        return inPlatform(() -> persistence.failedWorks().replace(read, now));
    }

    @Test
    void a_tenant_that_there_is_not_has_nothing_that_failed() {
        assertThatThrownBy(() -> save(dead(new TenantId(ids.next()), JOB))).isInstanceOf(Unknown.class);
    }

    @Test
    void what_is_undone_leaves_nothing() {
        inPlatformThenUndone(() -> persistence.failedWorks().save(dead(tenant.id(), JOB)));
        assertThat(failed(tenant.id())).isEmpty();

        save(dead(tenant.id(), JOB));
        inPlatformThenUndone(() -> persistence.failedWorks().delete(tenant.id(), JOB));

        assertThat(failed(tenant.id())).isPresent();
    }

    @Test
    void a_tenants_unit_neither_sees_nor_finds_any_of_it() {
        save(dead(tenant.id(), JOB));

        assertImpossible(() ->
                inTenant(tenant.id(), () -> persistence.failedWorks().find(tenant.id(), JOB)));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.failedWorks().listDead(FIRST)));
        assertImpossible(() ->
                inTenant(tenant.id(), () -> persistence.failedWorks().save(dead(tenant.id(), JOB))));
        assertImpossible(() -> inTenant(tenant.id(), () -> persistence.dueWork().lapsedLeases(JOB, START, 1)));
        assertImpossible(() -> inTenant(tenant.id(), () -> persistence.dueWork().endedGrants(JOB, START, 1)));
        assertImpossible(() -> inTenant(tenant.id(), () -> persistence.dueWork().changedSubscriptions(JOB, START, 1)));
        assertImpossible(() -> inTenant(tenant.id(), () -> persistence.room().make(START)));
    }

    @Test
    void a_deleted_tenants_dead_letters_are_gone() {
        save(dead(tenant.id(), JOB));

        allotment.tenants().delete(tenant.id());

        assertThat(failed(tenant.id())).isEmpty();
    }

    // ---- dead letters, for people

    @Test
    void the_operator_has_a_dead_letter_tried_again() {
        save(dead(tenant.id(), JOB));

        allotment.deadLetters().retry(tenant.id(), JOB);

        assertThat(deadLetters()).isEmpty();
        assertThat(failed(tenant.id())).hasValueSatisfying(work -> {
            assertThat(work.isWaiting(clock.instant())).isFalse();
            assertThat(work.attempts()).isEqualTo(1);
        });
    }

    @Test
    void the_operator_forgets_a_dead_letter() {
        save(dead(tenant.id(), JOB));

        allotment.deadLetters().forget(tenant.id(), JOB);

        assertThat(failed(tenant.id())).isEmpty();
    }

    @Test
    void what_is_no_dead_letter_is_neither_tried_again_nor_forgotten() {
        save(FailedWork.first(tenant.id(), JOB, START, "not dead yet", "r"));

        assertThatThrownBy(() -> allotment.deadLetters().retry(tenant.id(), JOB))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.deadLetters().forget(tenant.id(), JOB))
                .isInstanceOf(NotFound.class);
        assertThat(failed(tenant.id())).isPresent();
    }

    @Test
    void nobody_but_the_operator_may() {
        save(dead(tenant.id(), JOB));
        var member = allotment.as(Caller.user(given.member(tenant), Origin.HERE));

        assertThatThrownBy(() -> member.deadLetters().list(FIRST)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> member.deadLetters().count()).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> member.deadLetters().retry(tenant.id(), JOB)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> member.deadLetters().forget(tenant.id(), JOB)).isInstanceOf(Forbidden.class);
        assertThat(deadLetters()).hasSize(1);
    }

    // ---- helpers

    private static void refuse(TenantId tenant) {
        throw new IllegalStateException("always");
    }

    private void breakDown() {
        work(List.of(tenant.id()), JobsContract::refuse);
    }

    private Portion work(List<TenantId> tenants, Consumer<TenantId> work) {
        return new TenantWork(persistence, ids, new Moments(clock)).each(JOB, tenants, ALL, Function.identity(), work);
    }

    /** Others' tests have left things to do, too. */
    private static void untilDone(Supplier<Portion> job) {
        for (int i = 0; job.get().more(); i++) {
            assertThat(i).as("a job that does not end").isLessThan(1_000);
        }
    }

    private List<DueWork.Account> due(Function<JobName, List<DueWork.Account>> query) {
        return inPlatform(() -> query.apply(JOB));
    }

    private CreditAccount stored() {
        return inTenant(tenant.id(), () -> persistence.credits().find(tenant.id(), account))
                .orElseThrow();
    }

    private void expiring(long credits, Instant end) {
        given.grant(
                tenant,
                GrantTerms.of(Credits.of(credits), GrantSource.GIFT)
                        .expiring(end)
                        .withPriority(1));
    }

    private void save(FailedWork work) {
        inPlatform(() -> persistence.failedWorks().save(work));
    }

    private Optional<FailedWork> failed(TenantId id) {
        return inPlatform(() -> persistence.failedWorks().find(id, JOB));
    }

    private List<FailedWork> deadLetters() {
        return allPages(200, allotment.deadLetters()::list).stream()
                .filter(work -> work.tenantId().equals(tenant.id()))
                .toList();
    }

    private static FailedWork dead(TenantId id, JobName job) {
        return new FailedWork(
                id, job, FailedWork.MAX_ATTEMPTS, START, START.plusSeconds(900), Optional.empty(), "broken", "r");
    }
}

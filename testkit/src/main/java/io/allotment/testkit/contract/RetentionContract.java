package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.job.Upkeep;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.job.FailedWork;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.retention.Retention;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was kept long enough goes, behind a checkpoint where verification starts; what is wrong after it is still found. */
public abstract class RetentionContract extends GateContract {

    private static final RetentionTerms SHORT = new RetentionTerms(400, 400, 30);
    private static final RetentionTerms LONGER_USAGE = new RetentionTerms(800, 400, 30);

    /** Counted for ever, so that removed events go on counting. */
    private OperationKey counted;

    @BeforeEach
    void aQuotaThatIsNeverReset() {
        var storage = given.feature();
        counted = given.operation("1", storage);
        on(given.tenantOn(
                PlanVersionTerms.empty().with(storage.value(), never(1_000)).with(feature.value(), daily(50))));
        given.grant(tenant, 1_000);
        feature = storage;
    }

    // ---- the setting

    @Test
    void who_has_said_nothing_keeps_usage_for_ten_years_and_keys_as_long_as_the_gate_promises() {
        assertThat(allotment.retention().get(tenant.id()).terms()).isEqualTo(new RetentionTerms(3_653, 400, 90));
    }

    @Test
    void terms_have_bounds_and_keys_are_not_kept_longer_than_what_answers_them() {
        for (var wrong : List.<Runnable>of(
                () -> new RetentionTerms(399, 400, 90),
                () -> new RetentionTerms(3_654, 400, 90),
                () -> new RetentionTerms(400, 399, 90),
                () -> new RetentionTerms(400, 401, 90),
                () -> new RetentionTerms(400, 400, 6),
                () -> new RetentionTerms(400, 400, 3_654))) {
            assertThatThrownBy(wrong::run).isInstanceOf(InvalidValue.class);
        }
    }

    @Test
    void a_tenants_terms_are_its_own_and_the_audit_log_names_who_changed_them() {
        var other = given.tenant().id();
        var owner = given.member(tenant, SystemRole.OWNER);

        allotment.as(Caller.user(owner, Origin.HERE)).retention().set(tenant.id(), SHORT);

        assertThat(allotment.retention().get(tenant.id()).terms()).isEqualTo(SHORT);
        assertThat(allotment.retention().get(other).terms()).isEqualTo(RetentionTerms.DEFAULT);
        assertThat(allotment
                        .audit()
                        .list(tenant.id(), AuditFilter.ALL, FIRST)
                        .items()
                        .get(0))
                .satisfies(entry -> {
                    assertThat(entry.event().action()).isEqualTo("tenant.retention-changed");
                    assertThat(entry.actor().member()).contains(owner);
                });
    }

    @Test
    void who_may_not_change_the_tenant_may_not_change_its_terms_and_strangers_see_no_tenant() {
        var member = allotment.as(Caller.user(given.member(tenant), Origin.HERE));
        var stranger = allotment.as(Caller.user(given.member(given.tenant()), Origin.HERE));

        assertThatThrownBy(() -> member.retention().set(tenant.id(), SHORT)).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> stranger.retention().set(tenant.id(), SHORT)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> stranger.retention().get(tenant.id())).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> allotment.retention().get(new TenantId(ids.next())))
                .isInstanceOf(NotFound.class);
        assertThat(allotment.retention().get(tenant.id()).terms()).isEqualTo(RetentionTerms.DEFAULT);
    }

    @Test
    void a_tenants_unit_sees_its_own_terms_alone_and_removes_nothing() {
        var other = given.tenant().id();
        var retention = allotment.retention().get(tenant.id());

        inTenant(other, () -> {
            assertThat(persistence.retentions().find(tenant.id())).isEmpty();
            assertThat(persistence.retentions().lock(tenant.id())).isEmpty();
        });
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.retentions().removeUsage(retention)));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.retentions().removeDecisions(retention, retention)));
        assertImpossible(() ->
                inTenant(tenant.id(), () -> persistence.retentions().removeNotices(tenant.id(), START, 1)));
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.retentions().removeSessions(START, 1)));
    }

    @Test
    void a_change_that_is_undone_changes_nothing() {
        inTenantThenUndone(tenant.id(), () -> allotment.retention().set(tenant.id(), SHORT));

        assertThat(allotment.retention().get(tenant.id()).terms()).isEqualTo(RetentionTerms.DEFAULT);
    }

    // ---- what goes

    @Test
    void keys_and_usage_go_when_they_were_kept_as_long_as_the_terms_say_and_verification_finds_nothing_wrong() {
        allotment.retention().set(tenant.id(), SHORT);
        var old = new IdempotencyKey("old");
        allotment.gate().consume(tenant.id(), old, of(counted, "7"));
        consume(of(counted, "2000"));
        settle(reserved(of(counted, "9")), counted, "5");
        release(reserved(of(counted, "1")));
        clock.advance(Duration.ofDays(1));
        consumed(of(counted, "3"));

        pass(Duration.ofDays(399));
        assertThat(eventCount()).isEqualTo(3);
        assertThat(allotment.gate().consume(tenant.id(), old, of(counted, "7")).replayed())
                .isTrue();
        pass(Duration.ofDays(1));

        assertThat(eventCount()).isEqualTo(1);
        assertThat(violations()).isEmpty();
        assertThat(quota().used()).isEqualTo(Quantity.of(15));
        assertThat(allotment.retention().get(tenant.id()))
                .satisfies(kept -> assertThat(kept.usageFrom())
                        .contains(clock.instant().truncatedTo(ChronoUnit.MILLIS).minus(Duration.ofDays(400))));
        // Nothing is known of the key any more.
        assertThat(allotment.gate().consume(tenant.id(), old, of(counted, "7")).replayed())
                .isFalse();
        assertThat(violations()).isEmpty();
    }

    @Test
    void usage_is_kept_longer_than_keys_where_the_tenant_says_so() {
        allotment.retention().set(tenant.id(), LONGER_USAGE);
        consumed(of(counted, "7"));

        pass(Duration.ofDays(500));
        assertThat(eventCount()).isEqualTo(1);
        assertThat(violations()).isEmpty();
        pass(Duration.ofDays(301));

        assertThat(eventCount()).isZero();
        assertThat(violations()).isEmpty();
        assertThat(quota().used()).isEqualTo(Quantity.of(7));
    }

    @Test
    void a_tenant_that_has_said_nothing_keeps_its_usage() {
        consumed(of(counted, "7"));

        pass(Duration.ofDays(2_000));

        assertThat(eventCount()).isEqualTo(1);
        assertThat(violations()).isEmpty();
    }

    @Test
    void what_is_wrong_after_the_checkpoint_is_still_found_and_what_counted_before_it_too() {
        allotment.retention().set(tenant.id(), SHORT);
        consumed(of(counted, "7"));
        pass(Duration.ofDays(401));
        consumed(of(counted, "3"));
        assertThat(violations()).isEmpty();
        var right = inTenant(tenant.id(), () -> persistence.quotas().list(tenant.id(), account)).stream()
                .filter(counter -> counter.feature().equals(feature))
                .findFirst()
                .orElseThrow();

        save(right.plus(Quantity.of(1), Quantity.ZERO));

        assertThat(violations()).extracting(Violation::invariant).containsExactly("quota-used-is-sum-of-events");
        save(right);
        assertThat(violations()).isEmpty();
    }

    @Test
    void a_charge_after_the_checkpoint_that_lost_its_decision_or_its_event_is_found() {
        allotment.retention().set(tenant.id(), SHORT);
        consumed(of(counted, "7"));
        pass(Duration.ofDays(401));
        consumed(of(counted, "3"));
        var kept = allotment.retention().get(tenant.id());

        var ahead = new Retention(
                tenant.id(),
                SHORT,
                Optional.of(clock.instant().plusSeconds(1).truncatedTo(ChronoUnit.MILLIS)),
                kept.usageFrom(),
                kept.dueAt());
        inPlatform(() -> persistence.retentions().removeDecisions(kept, ahead));
        assertThat(violations()).extracting(Violation::invariant).contains("one-event-per-allowed-decision");
        inPlatform(() -> persistence
                .retentions()
                .removeUsage(new Retention(tenant.id(), SHORT, ahead.keysFrom(), ahead.keysFrom(), kept.dueAt())));

        assertThat(violations()).extracting(Violation::invariant).contains("event-matches-ledger");
        // What the checkpoint does not say is wrong, and right as soon as it says so.
        inPlatform(() -> persistence
                .retentions()
                .save(new Retention(tenant.id(), SHORT, ahead.keysFrom(), ahead.keysFrom(), kept.dueAt())));
        assertThat(violations()).isEmpty();
    }

    @Test
    void what_is_still_allocated_keeps_its_event() {
        allotment.retention().set(tenant.id(), SHORT);
        var seats = given.seats();
        var seat = given.operation("0", seats);
        on(given.tenantOn(PlanVersionTerms.empty().with(seats.value(), never(10))));
        allotment.retention().set(tenant.id(), SHORT);
        consumed(of(seat, "1").relatedTo("person", "ada"));
        consumed(of(seat, "1").relatedTo("person", "grace"));
        allotment.gate().release(tenant.id(), Fixtures.key(), deallocate(seats, "person", "grace"));

        pass(Duration.ofDays(401));
        assertThat(violations()).isEmpty();
        assertThat(eventCount()).isEqualTo(1);
        allotment.gate().release(tenant.id(), Fixtures.key(), deallocate(seats, "person", "ada"));
        pass(Duration.ofDays(1));

        assertThat(eventCount()).isZero();
        assertThat(violations()).isEmpty();
    }

    @Test
    void a_charge_is_not_undone_twice_however_long_ago_it_was_undone() {
        allotment.retention().set(tenant.id(), LONGER_USAGE);
        var charge = consumed(of(counted, "7"));
        clock.advance(Duration.ofDays(1));
        var undone = refund(charge);

        pass(Duration.ofDays(500));

        assertThat(violations()).isEmpty();
        assertThat(refund(charge).id()).isEqualTo(undone.id());
        assertThat(allotment.credits().balance(tenant.id(), account).balance()).isEqualTo(Credits.of(1_000));
        assertThat(violations()).isEmpty();
        pass(Duration.ofDays(800));
        assertThat(eventCount()).isZero();
        assertThat(violations()).isEmpty();
    }

    @Test
    void a_charge_whose_undoing_is_younger_stays_until_that_was_kept_long_enough() {
        allotment.retention().set(tenant.id(), SHORT);
        var charge = consumed(of(counted, "7"));
        clock.advance(Duration.ofDays(300));
        refund(charge);

        pass(Duration.ofDays(200));
        assertThat(eventCount()).isEqualTo(1);
        assertThat(violations()).isEmpty();
        pass(Duration.ofDays(201));

        assertThat(eventCount()).isZero();
        assertThat(violations()).isEmpty();
    }

    @Test
    void a_spend_limit_whose_period_began_before_the_checkpoint_is_no_violation() {
        allotment.retention().set(tenant.id(), SHORT);
        var member = given.member(tenant);
        given.spendLimit(tenant, member, 100);
        allotment
                .gate()
                .consume(
                        tenant.id(),
                        Fixtures.key(),
                        Charge.of(counted, Quantity.of(7)).by(Actor.user(member)));

        pass(Duration.ofDays(500));

        assertThat(eventCount()).isZero();
        assertThat(violations()).isEmpty();
    }

    @Test
    void reports_of_metered_usage_go_with_all_of_their_period_and_not_one_by_one() {
        allotment.retention().set(tenant.id(), SHORT);
        var old = clock.instant();
        reported(old, "0.4", MeteredReport.Status.SENT);
        reported(old, "0.4", MeteredReport.Status.SENT);
        var open = old.plusSeconds(1);
        reported(open, "0.4", MeteredReport.Status.SENT);
        reported(open, "0.4", MeteredReport.Status.UNCLEAR);
        var young = old.plusSeconds(2);
        reported(young, "0.4", MeteredReport.Status.SENT);
        clock.advance(Duration.ofDays(2));
        reported(young, "0.4", MeteredReport.Status.SENT);

        pass(Duration.ofDays(400));
        assertThat(reportedPeriods()).containsExactlyInAnyOrder(open, open, young, young);
        assertThat(violations()).isEmpty();

        pass(Duration.ofDays(400));
        assertThat(reportedPeriods()).containsExactly(open, open);
        assertThat(violations()).isEmpty();
    }

    @Test
    void so_many_periods_of_reports_go_at_a_time_the_oldest_first() {
        var old = clock.instant();
        for (int second = 0; second < 3; second++) {
            reported(old.plusSeconds(second), "0.4", MeteredReport.Status.SENT);
            reported(old.plusSeconds(second), "0.4", MeteredReport.Status.SENT);
        }
        clock.advance(Duration.ofSeconds(10));
        var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        var checkpoint = Retention.initial(tenant.id()).keysFrom(now).usageFrom(now);
        clock.advance(Duration.ofSeconds(1));
        reported(old.plusSeconds(2), "0.4", MeteredReport.Status.SENT);

        for (int removed : new int[] {1, 1, 0}) {
            assertThat(inPlatform(() -> persistence.retentions().removeReports(checkpoint, 1)))
                    .isEqualTo(removed);
            assertThat(reportedPeriods()).doesNotContain(old);
        }
        assertThat(reportedPeriods()).containsOnly(old.plusSeconds(2)).hasSize(3);
        assertThat(violations()).isEmpty();
        assertImpossible(
                () -> inTenant(tenant.id(), () -> persistence.retentions().removeReports(checkpoint, 1)));
    }

    /** Its id tells nothing of its time, such as of one that a migration made. */
    private void reported(Instant period, String quantity, MeteredReport.Status status) {
        var part = new MeteredReport.Part(
                tenant.id(),
                account,
                "test",
                new FeatureKey("minutes"),
                period,
                period,
                new BigDecimal(quantity),
                clock.instant());
        inTenant(tenant.id(), () -> {
            var reports = persistence.meteredReports();
            var made = MeteredReport.of(
                    part,
                    reports.total(tenant.id(), part.subject()),
                    new MeteredReportId(UUID.randomUUID()),
                    clock.instant());
            reports.insert(
                    status == MeteredReport.Status.UNCLEAR ? made.unclear("No answer.") : made.sent(clock.instant()));
        });
    }

    private List<Instant> reportedPeriods() {
        return allPages(
                        200,
                        page -> inPlatform(() -> persistence.meteredReports().list(Optional.empty(), page)))
                .stream()
                .filter(report -> report.tenantId().equals(tenant.id()))
                .map(MeteredReport::billingPeriodStart)
                .toList();
    }

    @Test
    void work_under_way_is_not_removed() {
        allotment.retention().set(tenant.id(), SHORT);
        var id = reserve(of(counted, "5"), Duration.ofHours(1)).reservation().orElseThrow();

        pass(Duration.ofDays(500));

        assertThat(inTenant(tenant.id(), () -> persistence.reservations().find(tenant.id(), id)))
                .isPresent();
        assertThat(violations()).isEmpty();
    }

    @Test
    void answers_to_other_requests_go_with_the_keys_and_notices_by_their_own_term() {
        allotment.retention().set(tenant.id(), new RetentionTerms(800, 450, 30));
        var key = Fixtures.key();
        var first = allotment.requests().once(Optional.of(tenant.id()), key, "same", () -> "first");
        assertThat(first.replayed()).isFalse();
        on(tenant);
        consumed(of(counted, "500"));
        assertThat(notices()).isNotEmpty();

        pass(Duration.ofDays(30));
        assertThat(notices()).isNotEmpty();
        pass(Duration.ofDays(2));
        assertThat(notices()).isEmpty();
        pass(Duration.ofDays(417));
        assertThat(allotment
                        .requests()
                        .once(Optional.of(tenant.id()), key, "same", () -> "second")
                        .replayed())
                .isTrue();
        pass(Duration.ofDays(2));

        assertThat(allotment
                        .requests()
                        .once(Optional.of(tenant.id()), key, "same", () -> "third")
                        .text())
                .isEqualTo("third");
    }

    @Test
    void the_platforms_own_answers_go_after_four_hundred_days() {
        var key = Fixtures.key();
        allotment.requests().once(Optional.empty(), key, "same", () -> "first");

        pass(Duration.ofDays(400));
        assertThat(allotment
                        .requests()
                        .once(Optional.empty(), key, "same", () -> "second")
                        .replayed())
                .isTrue();
        pass(Duration.ofMillis(1));

        assertThat(allotment
                        .requests()
                        .once(Optional.empty(), key, "same", () -> "third")
                        .replayed())
                .isFalse();
    }

    @Test
    void what_is_kept_for_longer_from_now_on_does_not_bring_back_what_is_gone() {
        allotment.retention().set(tenant.id(), SHORT);
        consumed(of(counted, "7"));
        pass(Duration.ofDays(500));
        var checkpoint = allotment.retention().get(tenant.id()).usageFrom();

        allotment.retention().set(tenant.id(), RetentionTerms.DEFAULT);
        pass(Duration.ofDays(1));

        assertThat(allotment.retention().get(tenant.id()).usageFrom()).isEqualTo(checkpoint);
        assertThat(violations()).isEmpty();
    }

    @Test
    void many_rows_go_in_bounded_portions_each_of_which_leaves_everything_right() {
        allotment.retention().set(tenant.id(), SHORT);
        for (int i = 0; i < 10; i++) {
            consumed(of(counted, "1"));
            if (i % 3 == 2) {
                clock.advance(Duration.ofMillis(1));
            }
        }
        clock.advance(Duration.ofDays(401));
        int left = 10;
        int units = 0;
        while (left > 0) {
            inPlatform(() -> {
                var rows = persistence.retentions();
                var before = rows.lock(tenant.id()).orElseThrow();
                var keys = before.keysFrom(rows.keysUpTo(before, before.keysWanted(clock.instant()), 2));
                rows.save(keys);
                rows.removeDecisions(before, keys);
                var wanted = before.usageWanted(clock.instant());
                var usage = keys.keysFrom().orElseThrow().isBefore(wanted)
                        ? keys.usageFrom(rows.usageUpTo(keys, keys.keysFrom().orElseThrow(), 2))
                        : keys.usageFrom(rows.usageUpTo(keys, wanted, 2));
                rows.save(usage);
                rows.removeUsage(usage);
            });
            assertThat(violations()).isEmpty();
            left = eventCount();
            assertThat(++units).isLessThan(30);
        }
        assertThat(units).isGreaterThan(2);
        assertThat(quota().used()).isEqualTo(Quantity.of(10));
    }

    @Test
    void a_tenant_is_due_when_something_was_kept_long_enough_and_not_before() {
        allotment.retention().set(tenant.id(), new RetentionTerms(400, 400, 400));
        consumed(of(counted, "7"));
        pass(Duration.ZERO);
        assertThat(due()).isFalse();

        clock.advance(Duration.ofDays(399));
        assertThat(due()).isFalse();
        clock.advance(Duration.ofDays(1));
        assertThat(due()).isTrue();

        inPlatform(() -> persistence
                .failedWorks()
                .save(FailedWork.first(tenant.id(), Upkeep.RETENTION, clock.instant(), "broken", "r")));
        assertThat(due()).isFalse();
    }

    @Test
    void the_ledger_is_kept_for_ever() {
        allotment.retention().set(tenant.id(), SHORT);
        consumed(of(counted, "7"));

        pass(Duration.ofDays(5_000));

        assertThat(allotment.credits().balance(tenant.id(), account).balance()).isEqualTo(Credits.of(993));
        assertThat(violations()).isEmpty();
    }

    // ---- helpers

    private static Quota never(long limit) {
        return new Quota(Optional.of(Quantity.of(limit)), Quota.Reset.NEVER, Optional.empty(), Quota.Overage.BLOCK, 0);
    }

    /** Time passes, and what is due is done; what other tests have left as well. */
    private void pass(Duration time) {
        clock.advance(time);
        for (int i = 0; allotment.upkeep().retain().more(); i++) {
            assertThat(i).as("a job that does not end").isLessThan(1_000);
        }
    }

    private boolean due() {
        return inPlatform(() -> persistence.retentions().due(Upkeep.RETENTION, clock.instant(), 10_000))
                .contains(tenant.id());
    }

    private int eventCount() {
        return allPages(200, page -> allotment.usage().list(tenant.id(), UsageFilter.ALL, page))
                .size();
    }

    private void save(QuotaCounter counter) {
        inTenant(tenant.id(), () -> persistence.quotas().save(counter, List.of()));
    }

    private List<Violation> violations() {
        return allotment.gate().verify().violations().stream()
                .filter(violation -> violation.tenantId().equals(Optional.of(tenant.id())))
                .toList();
    }
}

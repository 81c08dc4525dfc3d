package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.billing.BillingService.Choice;
import io.allotment.application.billing.BillingService.Way;
import io.allotment.application.quota.QuotaService;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.billing.BillingGateway.MeteredUsage;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.MeteredReport;
import io.allotment.domain.billing.MeteredReport.Status;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.ReportStands;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Violation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.retention.RetentionTerms;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import io.allotment.testkit.Fixtures;
import io.allotment.testkit.TestGateway;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is used above quotas is told to the gateway that bills: all of it, once, whatever happens to the gateway meanwhile. */
public abstract class MeteringContract extends PersistenceContract {

    private static final PageRequest ALL = PageRequest.first(200);

    private TestGateway gateway;
    private Allotment billed;
    private Tenant tenant;
    private AccountId account;
    private FeatureKey feature;
    private OperationKey operation;
    private boolean adjusted;
    private String price;

    @BeforeEach
    void an_account_that_a_gateway_bills() {
        gateway = new TestGateway("g" + Fixtures.word().toLowerCase(Locale.ROOT), clock);
        billed = Allotment.with(persistence)
                .clock(clock)
                .ids(ids)
                .payments(gateway)
                .build();
        feature = given.feature();
        operation = given.operation("0", feature);
        subscribed(quota(Quota.Reset.BILLING_CYCLE));
    }

    /** Whatever a test did, what is counted and what is told come to the same. */
    @AfterEach
    void everything_adds_up() {
        if (!adjusted) {
            assertThat(violations()).isEmpty();
        }
    }

    private static Quota quota(Quota.Reset reset) {
        return new Quota(Optional.of(Quantity.of(10)), reset, Optional.empty(), Quota.Overage.BILL, 0);
    }

    private void subscribed(Quota quota) {
        tenant = given.tenant();
        account = Fixtures.accountOf(tenant);
        var plan = given.plan(
                PlanVersionTerms.empty().with(feature.value(), quota).at(Price.monthly("monthly", 1_000, "EUR")));
        begun(plan);
    }

    private void begun(PlanVersion plan) {
        var choice = Choice.of(plan.plan().value());
        billed.billing()
                .checkout(id(), account, billed.billing().order(id(), account, choice, Way.PLAIN), choice, Way.PLAIN);
        price = plan.id() + "/monthly";
        runs();
    }

    private void renewed() {
        clock.advance(Duration.ofDays(31));
        runs();
    }

    /** A month from now on. */
    private void runs() {
        var start = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        var state = new GatewaySubscription(
                "sub-" + account,
                Optional.of(customer()),
                GatewaySubscription.Status.ACTIVE,
                price,
                1,
                Period.between(start, start.plus(Duration.ofDays(31))),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                start);
        gateway.is(state);
        told(new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", start, state));
    }

    private StoredEvent told(PaymentEvent event) {
        billed.paymentEvents().receive(gateway.name(), gateway.telling(event), TestGateway.SIGNED);
        return inPlatform(() -> persistence.paymentEvents().find(gateway.name(), event.id()))
                .orElseThrow();
    }

    private TenantId id() {
        return tenant.id();
    }

    private String customer() {
        return "customer-" + account;
    }

    private Decision used(String quantity) {
        return used(operation, quantity, Optional.empty());
    }

    private Decision used(OperationKey what, String quantity, Optional<RelatedEntity> relatedTo) {
        var charge = Charge.of(what, Quantity.of(quantity));
        var answer = billed.gate()
                .consume(
                        id(),
                        Fixtures.key(),
                        relatedTo
                                .map(to -> charge.relatedTo(to.type(), to.id()))
                                .orElse(charge));
        assertThat(answer.decision().denial()).isEmpty();
        return answer.decision();
    }

    private void refund(Decision charged) {
        billed.gate().refund(id(), Fixtures.key(), charged.id(), Actor.system(), "by mistake");
    }

    private void report() {
        billed.metering().report();
    }

    private List<String> counted() {
        return gateway.counted().stream()
                .filter(usage -> usage.customerId().equals(customer()))
                .map(usage -> usage.units().toPlainString())
                .toList();
    }

    private List<MeteredReport> reports() {
        var all = new ArrayList<MeteredReport>();
        Optional<String> after = Optional.empty();
        do {
            var page = billed.metering().list(Optional.empty(), new PageRequest(200, after));
            page.items().stream()
                    .filter(report -> report.tenantId().equals(id()))
                    .forEach(all::add);
            after = page.next();
        } while (after.isPresent());
        return all;
    }

    private MeteredReport only() {
        assertThat(reports()).hasSize(1);
        return reports().get(0);
    }

    private List<Violation> violations() {
        return inPlatform(() -> persistence.invariants().check()).violations().stream()
                .filter(violation -> violation.tenantId().equals(Optional.of(id())))
                .toList();
    }

    // What is told

    @Test
    void overage_is_told_once_by_the_features_meter() {
        used("8");
        clock.advance(Duration.ofMinutes(5));
        used("5");

        report();
        report();

        var report = only();
        assertThat(gateway.counted())
                .containsExactly(new MeteredUsage(
                        feature.value(), customer(), BigDecimal.valueOf(3), report.identifier(), clock.instant()));
        assertThat(report.status()).isEqualTo(Status.SENT);
        assertThat(report.quantity()).isEqualByComparingTo("3");
        assertThat(report.attempts()).isEqualTo(1);
        assertThat(report.sentAt()).contains(clock.instant());
        assertThat(report.customerId()).contains(customer());
    }

    @Test
    void what_is_used_between_two_reports_is_told_as_one() {
        used("10");
        for (int i = 0; i < 5; i++) {
            used("2");
        }
        report();
        used("1");
        report();

        assertThat(counted()).containsExactly("10", "1");
    }

    @Test
    void what_is_within_the_quota_is_not_told_nor_what_no_gateway_bills() {
        used("10");
        tenant = given.tenantOn(PlanVersionTerms.empty().with(feature.value(), quota(Quota.Reset.BILLING_CYCLE)));
        account = Fixtures.accountOf(tenant);
        used("25");

        report();

        assertThat(gateway.counted()).isEmpty();
        assertThat(reports()).isEmpty();
    }

    @Test
    void fractions_add_up_to_whole_units() {
        used("10");
        for (int i = 0; i < 6; i++) {
            used("0.4");
            report();
        }

        // 0.4, 0.8, 1.2, 1.6, 2 and 2.4, each rounded.
        assertThat(counted()).containsExactly("1", "1");
        assertThat(reports()).hasSize(6).allMatch(report -> report.status() == Status.SENT);
    }

    @Test
    void what_is_held_is_not_metered() {
        var seats = given.seats();
        var taking = given.operation("0", seats);
        tenant = given.tenant();
        account = Fixtures.accountOf(tenant);
        begun(given.plan(PlanVersionTerms.empty()
                .with(seats.value(), quota(Quota.Reset.NEVER))
                .at(Price.monthly("monthly", 1_000, "EUR"))));
        used(taking, "12", Optional.of(new RelatedEntity("team", "one")));

        report();

        assertThat(counted()).isEmpty();
    }

    @Test
    void what_is_undone_with_its_unit_of_work_is_not_told() {
        inTenantThenUndone(id(), () -> used("15"));

        report();

        assertThat(reports()).isEmpty();
    }

    @Test
    void many_at_once_tell_each_use_once() {
        used("10");
        for (int i = 0; i < 20; i++) {
            used("1");
        }

        Together.values(Together.run(4, thread -> billed.metering().report()));
        report();

        assertThat(gateway.counted().stream().map(MeteredUsage::units).reduce(BigDecimal.ZERO, BigDecimal::add))
                .isEqualByComparingTo("20");
        assertThat(reports()).allMatch(report -> report.status() == Status.SENT);
    }

    // What is taken back

    @Test
    void what_is_refunded_before_it_was_told_is_not_told() {
        used("10");
        var wrong = used("5");
        refund(wrong);

        report();

        assertThat(reports()).isEmpty();
    }

    @Test
    void what_is_refunded_after_it_was_told_is_told_as_less() {
        used("10");
        var wrong = used("5");
        used("1");
        report();
        refund(wrong);
        report();

        assertThat(counted()).containsExactly("6", "-5");
    }

    @Test
    void a_refund_counts_though_the_quotas_day_is_over_but_not_once_the_bill_is_made() {
        subscribed(quota(Quota.Reset.CALENDAR_DAY));
        used("10");
        var first = used("5");
        var second = used("3");
        report();

        clock.advance(Duration.ofDays(2));
        refund(first);
        report();
        clock.advance(Duration.ofDays(35));
        refund(second);
        report();

        assertThat(counted()).containsExactly("8", "-5");
    }

    @Test
    void a_reservation_that_is_settled_above_the_quota_is_told() {
        used("9");
        var reserved = billed.gate()
                .reserve(id(), Fixtures.key(), Charge.of(operation, Quantity.of("1")), Duration.ofMinutes(5));
        report();
        assertThat(reports()).isEmpty();

        billed.gate()
                .settle(
                        id(),
                        Fixtures.key(),
                        reserved.decision().reservation().orElseThrow(),
                        List.of(new Charge.Line(operation, Quantity.of("4"))));
        report();

        assertThat(counted()).containsExactly("3");
    }

    @Test
    void a_quota_that_is_corrected_by_hand_is_told_as_less() {
        used("16");
        report();

        corrected("4");
        report();

        assertThat(counted()).containsExactly("6", "-4");
    }

    @Test
    void a_report_is_taken_back_within_a_day_and_can_be_told_again() {
        used("12");
        report();
        var first = only();

        var taken = billed.metering().takeBack(id(), first.id());
        assertThat(taken.status()).isEqualTo(Status.TAKEN_BACK);
        assertThat(counted()).isEmpty();
        assertThat(billed.metering().takeBack(id(), first.id())).isEqualTo(taken);

        billed.metering().retry(id(), first.id());
        report();
        assertThat(counted()).containsExactly("2");
        assertThat(only().identifier()).isEqualTo(first.id() + ".2");

        clock.advance(Duration.ofHours(25));
        assertThatThrownBy(() -> billed.metering().takeBack(id(), first.id()))
                .isInstanceOf(ReportStands.class)
                .hasMessageContaining("by hand");
        assertThat(only().status()).isEqualTo(Status.SENT);
    }

    @Test
    void what_was_taken_back_is_not_told_as_less_when_it_is_corrected_too() {
        used("16");
        report();
        var taken = billed.metering().takeBack(id(), only().id());
        corrected("4");
        report();

        assertThat(counted()).isEmpty();
        assertThat(reports()).hasSize(2);
        var correction = reports().get(1);
        assertThat(correction.status()).isEqualTo(Status.SENT);
        assertThat(correction.quantity()).isEqualByComparingTo("-4");
        assertThat(correction.units()).isZero();
        assertThat(correction.withheldUnits()).isEqualByComparingTo("4");
        // What is used after it is billed whole; and what is told anew leaves the correction out.
        used("3");
        report();
        assertThat(counted()).containsExactly("3");
        billed.metering().retry(id(), taken.id());
        report();
        assertThat(counted()).containsExactly("3", "2");
        assertThat(violations()).isEmpty();

        corrected("5");
        report();
        assertThat(counted()).containsExactly("3", "2", "-5");
    }

    @Test
    void what_was_corrected_is_not_taken_back_too() {
        used("16");
        report();
        corrected("4");
        report();

        assertThatThrownBy(
                        () -> billed.metering().takeBack(id(), reports().get(0).id()))
                .isInstanceOf(ReportStands.class)
                .hasMessageContaining("counts 2");
        assertThat(counted()).containsExactly("6", "-4");
    }

    @Test
    void what_was_rejected_is_not_told_as_less_when_it_is_refunded() {
        used("10");
        gateway.refusesUsage(Optional.of("The meter is archived."));
        var wrong = used("5");
        report();
        gateway.refusesUsage(Optional.empty());
        used("2");
        report();
        refund(wrong);
        report();

        assertThat(counted()).containsExactly("2", "-2");
        assertThat(reports().get(2).withheldUnits()).isEqualByComparingTo("3");
        // All was taken from one that counts and from one that does not: of that the rest is left.
        billed.metering().retry(id(), reports().get(0).id());
        report();
        assertThat(counted()).containsExactly("2", "-2", "2");
        assertThat(reports().get(0).units()).isEqualByComparingTo("2");
    }

    @Test
    void what_was_rejected_and_all_refunded_is_not_sent_anew() {
        gateway.refusesUsage(Optional.of("The meter is archived."));
        var wrong = used("15");
        report();
        gateway.refusesUsage(Optional.empty());
        refund(wrong);
        report();

        assertThat(counted()).isEmpty();
        assertThatThrownBy(() -> billed.metering().retry(id(), reports().get(0).id()))
                .isInstanceOf(ReportStands.class)
                .hasMessageContaining("Nothing");
    }

    @Test
    void what_was_used_under_a_subscription_of_our_own_is_not_told_as_less_when_it_is_refunded() {
        tenant = given.tenantOn(PlanVersionTerms.empty().with(feature.value(), quota(Quota.Reset.NEVER)));
        account = Fixtures.accountOf(tenant);
        var wrong = used("15");
        clock.advance(Duration.ofHours(1));
        billed.subscriptions().cancel(id(), account, false, Optional.empty());
        begun(given.plan(PlanVersionTerms.empty()
                .with(feature.value(), quota(Quota.Reset.NEVER))
                .at(Price.monthly("monthly", 1_000, "EUR"))));

        refund(wrong);
        report();
        used("13");
        report();

        assertThat(counted()).containsExactly("3");
        assertThat(reports().get(0).withheldUnits()).isEqualByComparingTo("5");
    }

    @Test
    void what_was_billed_in_the_period_before_is_told_as_less_while_its_quota_goes_on() {
        subscribed(quota(Quota.Reset.NEVER));
        used("15");
        report();
        renewed();
        corrected("4");
        report();

        assertThat(counted()).containsExactly("5", "-4");
    }

    private void corrected(String less) {
        billed.quotas()
                .correct(
                        id(),
                        account,
                        feature,
                        Fixtures.key(),
                        new QuotaService.Correction(
                                QuotaChange.Operation.DECREMENT,
                                Optional.of(Quantity.of(less)),
                                "a mistake",
                                Optional.empty(),
                                Actor.system()));
    }

    // While the gateway is away

    @Test
    void nothing_is_lost_while_the_gateway_is_away_for_days() {
        used("10");
        gateway.isAway(true);
        for (int day = 0; day < 5; day++) {
            used("2");
            for (int i = 0; i < 3; i++) {
                report();
                clock.advance(Duration.ofHours(8));
            }
        }
        assertThat(reports()).hasSize(5).allMatch(report -> report.status() == Status.WAITING);
        // What was begun cannot be repeated for ever: only one was.
        assertThat(reports()).filteredOn(report -> report.triedAt().isPresent()).hasSize(1);

        gateway.isAway(false);
        report();
        report();

        assertThat(counted()).containsExactlyInAnyOrder("2", "2", "2", "2", "2");
        assertThat(gateway.counted().stream().map(MeteredUsage::at).distinct()).hasSize(5);
        assertThat(reports()).allMatch(report -> report.status() == Status.SENT);
    }

    @Test
    void a_report_whose_answer_was_lost_is_told_again_and_counts_once() {
        used("13");
        gateway.losesAnswers(true);
        report();
        assertThat(only().status()).isEqualTo(Status.WAITING);
        assertThat(only().problem()).isPresent();

        clock.advance(Duration.ofHours(5));
        gateway.losesAnswers(false);
        report();

        assertThat(only().status()).isEqualTo(Status.SENT);
        assertThat(only().problem()).isEmpty();
        assertThat(only().attempts()).isEqualTo(2);
        assertThat(counted()).containsExactly("3");
    }

    @Test
    void after_a_day_the_gateway_says_whether_it_counts_what_it_never_answered() {
        used("13");
        gateway.losesAnswers(true);
        report();
        gateway.losesAnswers(false).isAway(true);
        clock.advance(Duration.ofDays(3));
        report();
        gateway.isAway(false);
        report();

        assertThat(only().status()).isEqualTo(Status.SENT);
        assertThat(counted()).containsExactly("3");
    }

    @Test
    void what_cannot_be_told_after_a_day_is_for_somebody_to_look_at() {
        gateway.tellsCounts(false).losesAnswers(true);
        used("13");
        report();
        gateway.losesAnswers(false).isAway(true);
        clock.advance(Duration.ofDays(2));
        gateway.isAway(false);
        report();
        report();

        assertThat(only().status()).isEqualTo(Status.UNCLEAR);
        assertThat(only().problem().orElseThrow()).contains(only().identifier());
        assertThat(recorded()).isEqualTo("metered-report.unclear " + only().id());
        assertThat(counted()).containsExactly("3");

        var seen = billed.metering().counted(id(), only().id());
        assertThat(seen.status()).isEqualTo(Status.SENT);
        assertThat(only()).isEqualTo(seen);
        assertThatThrownBy(() -> billed.metering().counted(id(), seen.id())).isInstanceOf(ReportStands.class);
        assertThatThrownBy(() -> billed.metering().retry(id(), seen.id())).isInstanceOf(ReportStands.class);
    }

    @Test
    void what_the_gateway_counts_otherwise_is_for_somebody_to_look_at() {
        used("10");
        used("3");
        gateway.losesAnswers(true);
        report();
        gateway.losesAnswers(false);
        // Somebody else reports to the same meter.
        gateway.report(
                new MeteredUsage(feature.value(), customer(), BigDecimal.ONE, "by-hand-" + account, clock.instant()));
        clock.advance(Duration.ofDays(2));
        report();

        assertThat(only().status()).isEqualTo(Status.UNCLEAR);
        assertThat(only().problem().orElseThrow()).contains("counts 4");
    }

    // What is rejected

    @Test
    void what_the_gateway_does_not_take_is_told_and_sent_anew_when_it_was_mended() {
        gateway.refusesUsage(Optional.of("The meter is archived."));
        used("12");
        report();
        report();
        var rejected = only();
        assertThat(rejected.status()).isEqualTo(Status.REJECTED);
        assertThat(rejected.problem()).contains("The meter is archived.");
        assertThat(recorded()).isEqualTo("metered-report.rejected " + rejected.id());
        assertThat(rejected.attempts()).isEqualTo(1);

        gateway.refusesUsage(Optional.empty());
        billed.metering().retry(id(), rejected.id());
        report();

        assertThat(only().status()).isEqualTo(Status.SENT);
        assertThat(only().identifier()).isNotEqualTo(rejected.identifier());
        assertThat(counted()).containsExactly("2");
    }

    @Test
    void what_is_told_too_late_is_rejected() {
        used("12");
        clock.advance(Duration.ofDays(36));
        report();

        assertThat(only().status()).isEqualTo(Status.REJECTED);
        assertThat(only().problem().orElseThrow()).contains("too long ago");
    }

    @Test
    void who_is_no_customer_any_more_is_told_nothing_of() {
        used("12");
        told(new PaymentEvent.CustomerDeleted("evt-" + Fixtures.word(), "gone", clock.instant(), customer()));
        report();

        assertThat(only().status()).isEqualTo(Status.REJECTED);
        assertThat(only().problem().orElseThrow()).contains("no customer");
        assertThat(recorded()).isEqualTo("metered-report.rejected " + only().id());
    }

    @Test
    void what_the_gateway_rejects_later_is_told_too() {
        used("12");
        report();
        used("1");
        report();
        var first = reports().get(0);
        var second = reports().get(1);

        var event = rejection(List.of(first.identifier()), 1);
        assertThat(told(event).status()).isEqualTo(StoredEvent.Status.APPLIED);
        assertThat(billed.metering().get(id(), first.id()).status()).isEqualTo(Status.REJECTED);
        assertThat(billed.metering().get(id(), first.id()).problem()).contains("no such customer");
        assertThat(recorded()).isEqualTo("metered-report.rejected " + first.id());
        assertThat(billed.metering().get(id(), second.id())).isEqualTo(second);

        // Under another identifier it stands by itself, whatever is told of the one before.
        billed.metering().retry(id(), first.id());
        report();
        told(rejection(List.of(first.identifier()), 1));
        assertThat(billed.metering().get(id(), first.id()).status()).isEqualTo(Status.SENT);
    }

    @Test
    void reports_that_a_rejection_does_not_name_are_for_somebody_to_look_at() {
        used("12");
        report();

        var stored = told(rejection(List.of(only().identifier(), "not-ours"), 3));

        assertThat(stored.status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored.problem().orElseThrow()).contains("Of 3 reports 1");
        assertThat(only().status()).isEqualTo(Status.REJECTED);
    }

    /** What the audit log says last, in the product's own name. */
    private String recorded() {
        var entry = billed.audit().list(id(), AuditFilter.ALL, ALL).items().get(0);
        assertThat(entry.actor()).isEqualTo(Actor.system());
        return entry.event().action() + " " + entry.event().entityId();
    }

    private PaymentEvent rejection(List<String> identifiers, long count) {
        return new PaymentEvent.UsageRejected(
                "evt-" + Fixtures.word(),
                "meter.error",
                clock.instant(),
                Optional.of(feature.value()),
                identifiers,
                count,
                "no such customer");
    }

    // The ledger

    @Test
    void reports_are_listed_page_by_page_by_how_they_stand() {
        used("12");
        report();
        gateway.refusesUsage(Optional.of("No."));
        for (int i = 0; i < 3; i++) {
            used("1");
            report();
        }

        var rejected = inPlatform(() -> persistence.meteredReports().list(Optional.of(Status.REJECTED), ALL))
                .items();
        assertThat(rejected)
                .filteredOn(report -> report.tenantId().equals(id()))
                .hasSize(3);
        assertListing(
                rejected,
                page -> inPlatform(() -> persistence.meteredReports().list(Optional.of(Status.REJECTED), page)));
    }

    @Test
    void another_tenant_sees_and_changes_nothing_of_it() {
        used("12");
        report();
        used("1");
        var report = only();
        var other = given.tenant().id();

        inTenant(other, () -> {
            assertThat(persistence.meteredReports().find(id(), report.id())).isEmpty();
            assertThat(persistence.meteredReports().lock(id(), report.id())).isEmpty();
            assertThat(persistence.meteredReports().findIdentified(gateway.name(), report.identifier()))
                    .isEmpty();
            assertImpossible(() -> persistence.meteredReports().list(Optional.empty(), ALL));
            assertImpossible(() -> persistence.meteredUses().take(10));
        });
        assertImpossible(
                () -> inTenant(other, () -> persistence.meteredReports().update(report.rejected("theirs"))));
        assertImpossible(() -> inTenant(other, () -> persistence.meteredUses().append(use(1))));
        assertThatThrownBy(() -> billed.metering().get(other, report.id())).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> billed.metering().retry(other, report.id())).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> billed.metering().get(id(), new MeteredReportId(ids.next())))
                .isInstanceOf(NotFound.class);
        assertThat(only()).isEqualTo(report);
        report();
        assertThat(counted()).containsExactly("2", "1");
    }

    @Test
    void reports_of_a_period_go_together_with_its_usage_so_that_the_rest_still_comes_to_whole_units() {
        used("10");
        used("0.4");
        report();
        clock.advance(Duration.ofDays(1));
        used("0.4");
        report();
        assertThat(reports()).extracting(report -> report.units().intValue()).containsExactlyInAnyOrder(0, 1);

        pass(Duration.ofDays(399).plusHours(12));
        assertThat(reports()).hasSize(2);
        assertThat(violations()).isEmpty();

        pass(Duration.ofDays(1));
        assertThat(reports()).isEmpty();
    }

    @Test
    void a_report_that_waits_or_is_unclear_stays_with_its_period_however_old_it_is() {
        used("12");
        report();
        gateway.tellsCounts(false).losesAnswers(true);
        used("1");
        report();
        gateway.losesAnswers(false).isAway(true);
        pass(Duration.ofDays(401));
        assertThat(reports()).extracting(MeteredReport::status).containsExactlyInAnyOrder(Status.SENT, Status.WAITING);

        gateway.isAway(false);
        report();
        report();
        pass(Duration.ofDays(1));
        assertThat(reports()).extracting(MeteredReport::status).containsExactlyInAnyOrder(Status.SENT, Status.UNCLEAR);
        var unclear = reports().stream()
                .filter(report -> report.status() == Status.UNCLEAR)
                .findFirst()
                .orElseThrow();

        billed.metering().counted(id(), unclear.id());
        pass(Duration.ofDays(1));
        assertThat(reports()).isEmpty();
    }

    @Test
    void reports_stay_as_long_as_what_they_tell_is_counted() {
        subscribed(quota(Quota.Reset.NEVER));
        used("12");
        report();

        pass(Duration.ofDays(401));

        assertThat(reports()).hasSize(1);
    }

    /** Time passes and the quota's period with it, and what was kept for 400 days goes. */
    private void pass(Duration time) {
        clock.advance(time);
        used("0.000001");
        // Whose terms change is seen to.
        var before = billed.retention().get(id()).terms();
        billed.retention().set(id(), new RetentionTerms(400, 400, before.noticeDays() == 30 ? 31 : 30));
        for (int i = 0; billed.upkeep().retain().more(); i++) {
            assertThat(i).as("a job that does not end").isLessThan(1_000);
        }
    }

    @Test
    void uses_that_are_taken_in_a_unit_that_fails_are_still_there() {
        used("12");

        inPlatformThenUndone(() -> assertThat(persistence.meteredUses().take(1_000))
                .anyMatch(use -> use.tenantId().equals(id())));
        report();

        assertThat(counted()).containsExactly("2");
    }

    @Test
    void what_is_counted_and_not_told_is_found_and_what_is_told_and_not_counted() {
        used("12");
        assertThat(violations()).isEmpty();

        adjusted = true;
        inTenant(id(), () -> persistence.meteredUses().append(use(7)));
        assertThat(violations()).extracting(Violation::invariant).containsExactly("billable-overage-is-reported");
        report();
        assertThat(violations()).extracting(Violation::invariant).containsExactly("billable-overage-is-reported");
        assertThat(violations().get(0).detail()).contains("counted are 2", "9");

        inTenant(id(), () -> {
            var back = MeteredReport.parts(List.of(use(-7))).get(0);
            var wrong = new MeteredReport.Total(BigDecimal.ZERO, BigDecimal.TEN, BigDecimal.valueOf(100));
            persistence
                    .meteredReports()
                    .insert(MeteredReport.of(back, wrong, new MeteredReportId(ids.next()), clock.instant()));
        });
        assertThat(violations())
                .extracting(Violation::invariant)
                .containsExactly("metered-reports-come-to-whole-units");
    }

    private MeteredUse use(int quantity) {
        var subscription = billed.subscriptions().get(id(), account);
        Instant start = subscription.currentPeriod().start();
        return MeteredUse.of(
                        subscription,
                        new DecisionId(ids.next()),
                        0,
                        feature,
                        BigDecimal.valueOf(quantity),
                        start,
                        clock.instant())
                .orElseThrow();
    }
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Outcome;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.testkit.Fixtures;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What others must hear of: written with the decision that brought it about, once, and read in the decisions' order. */
public abstract class OutboxContract extends GateContract {

    @Test
    void a_threshold_is_told_with_everything_it_says() {
        var decision = consumed(of(minute, "25"));

        assertThat(notices())
                .containsExactly(new Notice(
                        tenant.id(),
                        decision.id(),
                        0,
                        Notice.Kind.QUOTA_THRESHOLD,
                        account,
                        Optional.of(feature),
                        Optional.of(50),
                        new BigDecimal("25"),
                        Optional.of(new BigDecimal("50")),
                        Optional.of(quota().period()),
                        START));
    }

    @Test
    void each_threshold_is_told_once_in_its_period_and_again_in_the_next() {
        for (int i = 0; i < 50; i++) {
            consumed(of(free, "1"));
        }
        assertThat(told()).containsExactly("QUOTA_THRESHOLD 50", "QUOTA_THRESHOLD 80", "QUOTA_THRESHOLD 100");
        clock.advance(Duration.ofDays(1));

        consumed(of(free, "45"));

        assertThat(notices().subList(3, 5))
                .extracting(notice -> notice.number() + ": " + notice.percent().orElseThrow())
                .containsExactly("0: 50", "1: 80");
    }

    @Test
    void what_is_only_held_passes_no_threshold_before_it_is_settled() {
        var id = reserved(of(minute, "50"));
        assertThat(notices()).isEmpty();

        settle(id, minute, "26");

        assertThat(told()).containsExactly("QUOTA_THRESHOLD 50");
    }

    @Test
    void the_thresholds_are_the_tenants_own() {
        allotment
                .tenants()
                .setThresholds(tenant.id(), Optional.empty(), new Thresholds(List.of(10, 98), Optional.empty()));

        consumed(of(free, "5"));
        consumed(of(free, "43.5"));
        consumed(of(free, "0.5"));

        assertThat(told()).containsExactly("QUOTA_THRESHOLD 10", "QUOTA_THRESHOLD 98");
    }

    @Test
    void billable_overage_is_told_each_time() {
        on(given.tenantOn(PlanVersionTerms.empty().with(feature.value(), monthly(10, Quota.Overage.BILL))));
        allotment.tenants().setThresholds(tenant.id(), Optional.empty(), new Thresholds(List.of(), Optional.empty()));

        consumed(of(free, "8"));
        consumed(of(free, "5"));
        consumed(of(free, "1.5"));

        assertThat(notices())
                .extracting(notice -> notice.kind() + " " + notice.amount())
                .containsExactly("OVERAGE 3", "OVERAGE 1.5");
    }

    @Test
    void low_credits_are_told_once_until_they_were_above_the_threshold() {
        lowBelow(20);
        consumed(of(credit, "80"));
        assertThat(notices()).isEmpty();

        var low = consumed(of(credit, "0.5"));
        consumed(of(credit, "1"));
        given.grant(tenant, 1);
        consumed(of(credit, "1"));
        assertThat(notices())
                .containsExactly(new Notice(
                        tenant.id(),
                        low.id(),
                        0,
                        Notice.Kind.LOW_CREDITS,
                        account,
                        Optional.empty(),
                        Optional.empty(),
                        new BigDecimal("19.5"),
                        Optional.of(new BigDecimal("20")),
                        Optional.empty(),
                        START));

        given.grant(tenant, 100);
        consumed(of(credit, "1"));
        assertThat(notices()).hasSize(1);
        consumed(of(credit, "100"));
        assertThat(notices()).hasSize(2);
    }

    @Test
    void a_denial_and_a_replay_tell_nothing() {
        var key = Fixtures.key();
        var charge = of(minute, "25");
        allotment.gate().consume(tenant.id(), key, charge);
        assertThat(notices()).hasSize(1);

        allotment.gate().consume(tenant.id(), key, charge);
        consume(of(minute, "26"));
        allotment.gate().check(tenant.id(), of(minute, "25"));

        assertThat(notices()).hasSize(1);
    }

    @Test
    void notices_are_listed_in_the_order_of_decisions_oldest_first() {
        lowBelow(60);
        consumed(of(minute, "25"));
        consumed(of(minute, "20"));
        consumed(of(minute, "5"));

        assertThat(told())
                .containsExactly("QUOTA_THRESHOLD 50", "QUOTA_THRESHOLD 80", "LOW_CREDITS", "QUOTA_THRESHOLD 100");
        assertListing(notices(), page -> inTenant(() -> persistence.outbox().list(tenant.id(), page)));
    }

    @Test
    void under_concurrency_each_threshold_and_low_credits_are_told_exactly_once() {
        lowBelow(60);

        var results =
                Together.run(16, thread -> allotment.gate().consume(tenant.id(), Fixtures.key(), of(minute, "3.125")));

        assertThat(Together.values(results)).allMatch(Outcome.Answer::allowed);
        assertThat(told())
                .containsExactlyInAnyOrder(
                        "QUOTA_THRESHOLD 50", "QUOTA_THRESHOLD 80", "QUOTA_THRESHOLD 100", "LOW_CREDITS");
    }

    @Test
    void what_is_undone_is_never_told() {
        inTenantThenUndone(tenant.id(), () -> {
            consumed(of(minute, "50"));
            assertThat(persistence.outbox().list(tenant.id(), FIRST).items()).hasSize(3);
        });

        assertThat(notices()).isEmpty();
        consumed(of(minute, "25"));
        assertThat(told()).containsExactly("QUOTA_THRESHOLD 50");
    }

    @Test
    void another_tenant_hears_nothing_of_it() {
        var other = given.tenant().id();
        consumed(of(minute, "50"));

        inTenant(other, () -> {
            assertThat(persistence.outbox().list(tenant.id(), FIRST).items()).isEmpty();
            assertThat(persistence.outbox().list(other, FIRST).items()).isEmpty();
        });
        assertThat(inPlatform(() -> persistence.outbox().list(tenant.id(), FIRST))
                        .items())
                .hasSize(3);
        assertThatThrownBy(() -> allotment.outbox().list(new TenantId(ids.next()), FIRST))
                .isInstanceOf(NotFound.class);
    }

    @Test
    void a_deleted_tenants_notices_are_gone() {
        consumed(of(minute, "50"));

        allotment.tenants().delete(tenant.id());

        assertThat(inPlatform(() -> persistence.outbox().list(tenant.id(), FIRST))
                        .items())
                .isEmpty();
    }

    private void lowBelow(long credits) {
        allotment
                .tenants()
                .setThresholds(
                        tenant.id(),
                        Optional.empty(),
                        new Thresholds(List.of(50, 80, 100), Optional.of(Credits.of(credits))));
    }

    private List<String> told() {
        return notices().stream()
                .map(notice -> notice.kind()
                        + notice.percent().map(percent -> " " + percent).orElse(""))
                .toList();
    }
}

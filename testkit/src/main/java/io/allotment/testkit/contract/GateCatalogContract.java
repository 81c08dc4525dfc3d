package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Unknown;
import io.allotment.testkit.Fixtures;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the catalogue says now counts at the very next decision, in this process and in another. */
public abstract class GateCatalogContract extends GateContract {

    private Allotment another;

    @BeforeEach
    void another_process_that_has_decided_before() {
        another = Allotment.with(persistence).clock(clock).ids(ids).build();
        consumed(of(minute, "1"));
        assertThat(elsewhere(of(minute, "1")).allowed()).isTrue();
    }

    @Test
    void an_operation_that_is_switched_off_is_denied_at_once() {
        allotment.catalog().updateOperation(minute, operation -> operation.active(false));

        assertThat(elsewhere(of(minute, "1")).denial()).map(Denial::reason).contains(Denial.Reason.OPERATION_INACTIVE);
        assertThat(consume(of(minute, "1")).allowed()).isFalse();
        assertThat(another.gate().check(tenant.id(), of(minute, "1")).allowed()).isFalse();
        another.catalog().updateOperation(minute, operation -> operation.active(true));
        assertThat(consume(of(minute, "1")).allowed()).isTrue();
    }

    @Test
    void another_rate_counts_at_once() {
        another.catalog()
                .updateOperation(
                        credit, operation -> Operation.of(credit.value(), operation.category(), Credits.of(3)));

        assertThat(consumed(of(credit, "2")).credits()).isEqualTo(Credits.of(6));
        assertThat(elsewhere(of(credit, "2")).credits()).isEqualTo(Credits.of(6));
    }

    @Test
    void a_new_operation_is_known_at_once_though_it_was_asked_for_before() {
        var key = new OperationKey(Fixtures.word());
        assertThatThrownBy(() -> elsewhere(of(key, "1"))).isInstanceOf(Unknown.class);

        given.operation(Operation.of(key.value(), "test", Credits.of(1)));

        assertThat(elsewhere(of(key, "1")).allowed()).isTrue();
    }

    @Test
    void another_plan_counts_at_once() {
        allotment.subscriptions().cancel(tenant.id(), account, false, Optional.empty());
        given.subscribe(tenant, account, PlanVersionTerms.empty().with(feature.value(), daily(3)));

        assertThat(elsewhere(of(minute, "2")).denial()).map(Denial::reason).contains(Denial.Reason.QUOTA_EXCEEDED);
        assertThat(elsewhere(of(minute, "1")).allowed()).isTrue();
    }

    @Test
    void a_change_that_is_undone_is_seen_inside_alone() {
        inPlatformThenUndone(() -> allotment.catalog().updateOperation(minute, operation -> operation.active(false)));

        assertThat(consume(of(minute, "1")).allowed()).isTrue();
        assertThat(elsewhere(of(minute, "1")).allowed()).isTrue();
    }

    @Test
    void while_the_catalogue_changes_each_decision_is_made_on_what_it_says_before_or_after() {
        var free = given.operation("0");

        var results = Together.run(6, thread -> {
            for (int i = 0; i < 10; i++) {
                int rate = i % 2;
                if (thread == 0) {
                    allotment
                            .catalog()
                            .updateOperation(free, operation -> Operation.of(free.value(), "test", Credits.of(rate)));
                } else {
                    elsewhere(of(free, "1"));
                }
            }
            return thread;
        });

        assertThat(Together.values(results)).hasSize(6);
        assertThat(events()).allSatisfy(event -> assertThat(event.credits()).isIn(Credits.ZERO, Credits.of(1)));
        assertThat(consumed(of(free, "1")).credits()).isEqualTo(Credits.of(1));
        assertSound();
    }

    private Decision elsewhere(Charge charge) {
        return another.gate().consume(tenant.id(), Fixtures.key(), charge).decision();
    }
}

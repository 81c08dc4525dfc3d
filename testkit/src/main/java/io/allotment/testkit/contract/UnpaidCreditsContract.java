package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.shared.Credits;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Credits of an invoice that the gateway says is void go when all is compared; what may be paid yet stands. */
public abstract class UnpaidCreditsContract extends BilledContract {

    @BeforeEach
    void a_period_that_was_paid() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    private List<String> drifts(boolean apply) {
        var found = billed.paymentEvents().reconcile(apply);
        assertThat(found.failed()).isEmpty();
        return found.drifted().stream()
                .map(drift -> drift.what() + ": " + drift.here() + " -> " + drift.there()
                        + (drift.stands() ? ", and stands" : ""))
                .toList();
    }

    private Invoice known(String id) {
        return inTenant(id(), () -> persistence.invoices().findNamed(id(), gateway.name(), id))
                .orElseThrow();
    }

    @Test
    void what_nobody_spent_goes_and_what_was_spent_is_owed_once() {
        spend(30);
        gateway.is(invoice("in-1", GatewayInvoice.Status.VOID, period, at(5)));

        for (int i = 0; i < 2; i++) {
            assertThat(drifts(false)).contains("credits: 70 -> -30", "granted: 100 -> ", "status: PAID -> VOID");
            assertThat(balance()).as("nothing changes before that is asked for").isEqualTo(Credits.of(70));
        }
        assertThat(drifts(true)).contains("credits: 70 -> -30", "granted: 100 -> ");

        assertThat(overdraft()).isEqualTo(Credits.of(30));
        assertThat(known("in-1").grant()).isEmpty();
        assertThat(drifts(true)).isEmpty();
        assertThat(audited("credits.taken-back")).hasSize(1);
        assertThat(overdraft()).isEqualTo(Credits.of(30));
        assertThatAllAddsUp();
    }

    @Test
    void credits_of_a_period_that_another_invoice_paid_for_stay_and_hang_on_that_one() {
        told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(1)));
        var grant = known("in-1").grant();
        var first = grant.isPresent() ? "in-1" : "in-2";
        var other = grant.isPresent() ? "in-2" : "in-1";
        gateway.is(invoice(first, GatewayInvoice.Status.VOID, period, at(5)));

        assertThat(drifts(true)).noneMatch(drift -> drift.startsWith("credits"));

        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(known(first).grant()).isEmpty();
        assertThat(known(other).grant()).isPresent();
        assertThat(drifts(true)).isEmpty();
        assertThat(audited("credits.taken-back")).isEmpty();
        assertThatAllAddsUp();
    }

    @Test
    void an_invoice_that_may_be_paid_yet_and_one_that_is_not_listed_take_nothing() {
        for (var status : List.of(GatewayInvoice.Status.OPEN, GatewayInvoice.Status.UNCOLLECTIBLE)) {
            gateway.is(invoice("in-1", status, period, at(5)));
            assertThat(drifts(true)).contains("granted: 100 -> 0, and stands");
        }
        gateway.forgets(GatewayObject.Kind.INVOICE, "in-1");
        assertThat(drifts(true)).isEmpty();

        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(audited("credits.taken-back")).isEmpty();
        assertThatAllAddsUp();
    }
}

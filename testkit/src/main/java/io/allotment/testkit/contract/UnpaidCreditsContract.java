package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.shared.Credits;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
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

    private GatewayInvoice voidPurchase(String id, Instant asOf) {
        return new GatewayInvoice(
                id,
                Optional.of(customer()),
                Optional.empty(),
                Optional.of("N-" + id),
                GatewayInvoice.Status.VOID,
                GatewayInvoice.Reason.PURCHASE,
                Optional.empty(),
                "EUR",
                1_900,
                0,
                0,
                Optional.empty(),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(new GatewayInvoice.Line("A hundred", 1, 1_900, Optional.empty(), Optional.empty())),
                start,
                Optional.empty(),
                asOf);
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
    void credits_that_were_taken_come_again_once_with_a_later_payment_for_the_period() {
        spend(80);
        gateway.is(invoice("in-1", GatewayInvoice.Status.VOID, period, at(5)));
        assertThat(drifts(true)).isNotEmpty();
        assertThat(overdraft()).isEqualTo(Credits.of(80));

        told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(6)));
        told(invoice("in-3", GatewayInvoice.Status.PAID, period, at(7)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThat(known("in-2").grant()).isPresent();
        assertThat(audited("credits.restored")).hasSize(1);
        assertThat(drifts(true)).isEmpty();
        assertThatAllAddsUp();

        gateway.is(invoice("in-3", GatewayInvoice.Status.VOID, period, at(8)));
        gateway.is(invoice("in-2", GatewayInvoice.Status.VOID, period, at(8)));
        for (int i = 0; i < 2; i++) {
            drifts(true);
            assertThat(overdraft()).isEqualTo(Credits.of(80));
        }
        told(invoice("in-4", GatewayInvoice.Status.PAID, period, at(9)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(drifts(true)).isEmpty();
        assertThatAllAddsUp();
    }

    @Test
    void credits_that_were_taken_come_again_where_the_operator_is_paid_for_the_period() {
        spend(80);
        gateway.is(invoice("in-1", GatewayInvoice.Status.VOID, period, at(5)));
        told(state(GatewaySubscription.Status.CANCELED, at(5)));
        drifts(true);
        assertThat(overdraft()).isEqualTo(Credits.of(80));

        var line = new GatewayInvoice.Line("Studio", 1, 1_000, Optional.empty(), Optional.empty());
        var wanted = new ManualInvoice(Optional.empty(), "EUR", List.of(line), 0, Optional.empty());
        var transfer = new ManualInvoiceService.Payment(Optional.of("bank 17"), Optional.empty());
        var paid = billed.manualInvoices().create(id(), account, wanted, true, Optional.of(transfer));

        assertThat(paid.grant()).isPresent();
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThat(audited("credits.restored")).hasSize(1);
        assertThatAllAddsUp();
    }

    @Test
    void credits_of_a_purchase_whose_invoice_is_void_go_once_though_its_checkout_was_paid() {
        var checkout = bought(product());
        var paid = new GatewayCheckout(
                checkout,
                Optional.of(customer()),
                GatewayCheckout.Status.PAID,
                Optional.empty(),
                Optional.of("in-2"),
                Optional.of("pay-2"),
                at(1));
        told(paid);
        assertThat(balance()).isEqualTo(Credits.of(200));
        spend(130);
        gateway.is(paid).is(voidPurchase("in-2", at(5)));

        assertThat(drifts(true)).contains("granted: 100 -> ");
        var left = List.of(balance(), overdraft());
        assertThat(drifts(true)).isEmpty();
        assertThat(drifts(true)).isEmpty();

        assertThat(List.of(balance(), overdraft())).isEqualTo(left);
        assertThat(balance()).isEqualTo(Credits.of(-30));
        assertThat(known("in-2").grant()).isEmpty();
        assertThat(audited("credits.taken-back")).hasSize(1);
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

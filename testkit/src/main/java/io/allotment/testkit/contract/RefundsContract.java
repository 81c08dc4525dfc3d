package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.NotRefundablePayment;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.billing.StoredEvent;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Money;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Money that goes back, and disputes, take their share of the credits that it paid for. */
public abstract class RefundsContract extends BilledContract {

    private List<Invoice> history() {
        return billed.billing().listInvoices(id(), Invoices.Filter.ALL, ALL).items();
    }

    @Test
    void a_purchase_that_is_paid_brings_its_credits_once_and_stands_in_the_history() {
        paid();

        assertThat(balance()).isEqualTo(Credits.of(100));
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);
        assertThat(invoice.told().reason()).isEqualTo(GatewayInvoice.Reason.PURCHASE);
        assertThat(invoice.told().paidMinor()).isEqualTo(1_900);
        assertThat(invoice.purchase()).isPresent();
    }

    @Test
    void a_purchase_that_was_paid_by_hand_already_is_told_of_and_not_tried_for_ever() {
        var checkout = bought(product());
        var purchase =
                billed.creditPurchases().list(id(), account, ALL).items().get(0).id();
        billed.creditPurchases().paid(id(), account, purchase, "bank 17");
        var state = checkout(checkout, GatewayCheckout.Status.PAID, "pay-" + Fixtures.word(), at(1));
        gateway.is(state);
        var again = new PaymentEvent.Told("evt-" + Fixtures.word(), "changed", at(1), state);
        told(again);

        assertThat(stored(again).status()).isEqualTo(StoredEvent.Status.IGNORED);
        assertThat(stored(again).problem()).contains("The purchase " + purchase + " was paid by bank 17 already.");
        assertThat(stored(again).nextAt()).isEmpty();
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void what_goes_back_takes_its_part_of_the_credits_and_what_was_spent_of_them_is_owed() {
        var payment = paid();
        spend(80);

        told(refund("re-1", payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));
        told(refund("re-1", payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));
        assertThat(balance()).isEqualTo(Credits.of(-30));
        assertThat(overdraft()).isEqualTo(Credits.of(30));

        assertThat(history()).extracting(Invoice::refundedMinor).containsExactly(950L);
        assertThat(billed.credits()
                        .listEntries(id(), account, EntryFilter.ALL, ALL)
                        .items())
                .filteredOn(entry -> entry.type() == CreditEntry.Type.TAKEN_BACK)
                .singleElement()
                .satisfies(
                        entry -> assertThat(entry.reason().paymentReference()).contains(payment));

        told(refund("re-1", payment, 950, GatewayRefund.Status.FAILED, at(4)));
        assertThat(history()).extracting(Invoice::refundedMinor).containsExactly(0L);
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThat(billed.billing()
                        .listRefunds(id(), Refunds.Filter.of(account), ALL)
                        .items())
                .singleElement()
                .satisfies(refund -> {
                    assertThat(refund.status()).isEqualTo(Refund.Status.FAILED);
                    assertThat(refund.taken()).isEmpty();
                });
        assertThatAllAddsUp();
    }

    @Test
    void a_refund_that_is_told_before_the_payment_takes_back_what_comes() {
        var checkout = bought(product());
        var refund = new PaymentEvent.Told(
                "evt-" + Fixtures.word(),
                "refunded",
                at(5),
                new GatewayRefund(
                        "re-1",
                        Optional.of(customer()),
                        "pay-early",
                        new Money(1_900, "EUR"),
                        GatewayRefund.Status.SUCCEEDED,
                        Optional.empty(),
                        at(5)));
        told(refund);
        told(checkout(checkout, GatewayCheckout.Status.PAID, "pay-early", at(1)));

        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void a_dispute_takes_the_credits_until_it_is_won() {
        var payment = paid();
        var disputed = dispute(payment, GatewayDispute.Status.OPEN, at(3));
        told(disputed);
        assertThat(balance()).isEqualTo(Credits.ZERO);

        told(dispute(payment, GatewayDispute.Status.WON, at(4)));
        told(disputed);
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void of_what_a_bank_took_whole_after_a_part_went_back_nothing_is_left() {
        var payment = paid();
        told(refund("re-1", payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));
        told(dispute(payment, GatewayDispute.Status.OPEN, at(4)));
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);

        assertThat(invoice.refundedMinor()).isEqualTo(950 + 1_900);
        assertThatThrownBy(() -> billed.billing().orderRefund(id(), account, invoice.id(), Optional.empty()))
                .isInstanceOf(NotRefundablePayment.class)
                .hasMessage("Of this invoice nothing can go back any more.");
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void what_ended_unspent_before_the_money_went_back_is_not_owed() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(0)));
        spend(30);
        clock.advance(Duration.ofDays(40));

        told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.SUCCEEDED, at(60 * 24 * 40)));

        assertThat(balance()).isEqualTo(Credits.of(-30));
        assertThatAllAddsUp();
    }

    private interface Telling {
        void tell();
    }

    /** In how many orders things are told where all are the same; a store that is slow can take fewer, spread over all. */
    protected int orders() {
        return Integer.MAX_VALUE;
    }

    /** The same world for each order of what is told in it. */
    private void inAllOrders(List<Telling> told, Runnable world, Runnable end) {
        var all = new ArrayList<List<Telling>>();
        permute(told, List.of(), all);
        int step = Math.max(1, all.size() / orders());
        for (int i = 0; i < all.size(); i += step) {
            a_gateway_a_plan_and_a_customer();
            world.run();
            all.get(i).forEach(Telling::tell);
            end.run();
        }
    }

    private static void permute(List<Telling> left, List<Telling> told, List<List<Telling>> all) {
        if (left.isEmpty()) {
            all.add(told);
        }
        for (int i = 0; i < left.size(); i++) {
            var rest = new ArrayList<>(left);
            var order = new ArrayList<>(told);
            order.add(rest.remove(i));
            permute(rest, order, all);
        }
    }

    private GatewayInvoice purchaseInvoice(GatewayInvoice.Status status, Instant asOf) {
        boolean paid = status == GatewayInvoice.Status.PAID;
        return new GatewayInvoice(
                "in-late",
                Optional.of(customer()),
                Optional.empty(),
                Optional.of("N-1"),
                status,
                GatewayInvoice.Reason.MANUAL,
                Optional.empty(),
                "EUR",
                1_900,
                paid ? 1_900 : 0,
                0,
                paid ? Optional.of("pay-late") : Optional.empty(),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                start,
                paid ? Optional.of(asOf) : Optional.empty(),
                asOf);
    }

    @Test
    void a_purchase_stands_once_in_the_history_whenever_its_invoice_is_told_of() {
        var checkout = new AtomicReference<String>();
        inAllOrders(
                List.of(
                        () -> told(checkout(checkout.get(), GatewayCheckout.Status.PAID, "pay-late", at(1))),
                        () -> told(purchaseInvoice(GatewayInvoice.Status.OPEN, at(2))),
                        () -> told(purchaseInvoice(GatewayInvoice.Status.PAID, at(3))),
                        () -> told(new GatewayCheckout(
                                checkout.get(),
                                Optional.of(customer()),
                                GatewayCheckout.Status.PAID,
                                Optional.empty(),
                                Optional.of("in-late"),
                                Optional.of("pay-late"),
                                at(4))),
                        () -> told(refund("re-1", "pay-late", 950, GatewayRefund.Status.SUCCEEDED, at(5)))),
                () -> checkout.set(bought(product())),
                () -> {
                    // What named nothing of ours at first is looked at again.
                    clock.advance(Duration.ofMinutes(1));
                    billed.paymentEvents().applyDue();
                    assertThat(billed.billing()
                                    .listInvoices(id(), Invoices.Filter.ALL, ALL)
                                    .items())
                            .singleElement()
                            .satisfies(invoice -> {
                                assertThat(invoice.told().id()).isEqualTo("in-late");
                                assertThat(invoice.told().number()).contains("N-1");
                                assertThat(invoice.told().status()).isEqualTo(GatewayInvoice.Status.PAID);
                                assertThat(invoice.purchase()).isPresent();
                                assertThat(invoice.grant()).isPresent();
                                assertThat(invoice.refundedMinor()).isEqualTo(950);
                                assertThat(invoice.paymentReference()).contains("pay-late");
                                assertThat(billed.billing()
                                                .listRefunds(id(), Refunds.Filter.ALL, ALL)
                                                .items())
                                        .extracting(Refund::invoice)
                                        .containsExactly(Optional.of(invoice.id()));
                            });
                    assertThat(balance()).isEqualTo(Credits.of(50));
                });
    }

    @Test
    void credits_of_a_period_stay_while_a_payment_for_it_stands_whichever_is_told_of_first() {
        inAllOrders(
                List.of(
                        () -> told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(1))),
                        () -> told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(2))),
                        () -> told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.SUCCEEDED, at(3))),
                        () -> told(refund("re-2", "pay-in-2", 250, GatewayRefund.Status.SUCCEEDED, at(4)))),
                () -> {
                    known();
                    told(state(GatewaySubscription.Status.ACTIVE, at(0)));
                },
                () -> {
                    clock.advance(Duration.ofMinutes(1));
                    billed.paymentEvents().applyDue();
                    assertThat(balance()).isEqualTo(Credits.of(75));
                    assertThat(billed.billing()
                                    .listRefunds(id(), Refunds.Filter.of(account), ALL)
                                    .items())
                            .extracting(refund -> refund.gatewayId() + " " + refund.taken())
                            .containsExactlyInAnyOrder("re-1 Optional.empty", "re-2 Optional[25]");
                    assertThat(billed.billing()
                                    .listInvoices(id(), Invoices.Filter.ALL, ALL)
                                    .items())
                            .filteredOn(invoice -> invoice.grant().isPresent())
                            .extracting(invoice -> invoice.told().id())
                            .containsExactly("in-2");
                });
    }

    @Test
    void what_was_spent_of_a_period_is_owed_once_its_last_payment_goes_back_and_comes_back_with_any() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.PAID, period, at(1)));
        told(invoice("in-2", GatewayInvoice.Status.PAID, period, at(2)));
        spend(80);

        told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.SUCCEEDED, at(3)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        told(refund("re-2", "pay-in-2", 1_000, GatewayRefund.Status.SUCCEEDED, at(4)));
        assertThat(balance()).isEqualTo(Credits.of(-80));
        told(refund("re-1", "pay-in-1", 1_000, GatewayRefund.Status.FAILED, at(5)));
        assertThat(balance()).isEqualTo(Credits.of(20));
        assertThat(overdraft()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void the_operator_pays_back_once_for_the_name_and_no_more_than_was_paid() {
        paid();
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0)
                .id();
        var half = Optional.of(950L);

        var order = billed.billing().orderRefund(id(), account, invoice, half);
        var refund = billed.billing().refund(id(), account, invoice, order, Optional.of("sorry"));
        assertThat(refund.taken()).contains(Credits.of(50));
        assertThat(refund.id()).isEqualTo(order.id());
        assertThat(billed.billing().refund(id(), account, invoice, order, Optional.of("sorry")))
                .isEqualTo(refund);
        assertThat(balance()).isEqualTo(Credits.of(50));

        assertThatThrownBy(() -> billed.billing().orderRefund(id(), account, invoice, Optional.of(951L)))
                .isInstanceOf(NotRefundablePayment.class)
                .hasMessage("Of this invoice 950 minor units can still go back.");
        var rest = billed.billing().orderRefund(id(), account, invoice, Optional.empty());
        billed.billing().refund(id(), account, invoice, rest, Optional.empty());
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void a_refund_that_was_heard_of_before_its_answer_is_one_and_the_audit_log_joins_both() {
        var payment = paid();
        var invoice = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0)
                .id();
        var order = billed.billing().orderRefund(id(), account, invoice, Optional.of(950L));
        told(refund("refund-" + order.id(), payment, 950, GatewayRefund.Status.SUCCEEDED, at(3)));

        var refund = billed.billing().refund(id(), account, invoice, order, Optional.empty());

        assertThat(refund.id()).isNotEqualTo(order.id());
        assertThat(billed.billing()
                        .listRefunds(id(), Refunds.Filter.of(account), ALL)
                        .items())
                .containsExactly(refund);
        assertThat(balance()).isEqualTo(Credits.of(50));
        assertThat(audited("refund.heard-of")).singleElement().satisfies(event -> {
            assertThat(event.entityId()).isEqualTo(refund.id().toString());
            assertThat(event.after().fields())
                    .containsEntry("ordered", order.id().toString());
        });
    }

    @Test
    void what_the_operator_took_by_hand_goes_back_by_hand() {
        var buyer = given.tenant();
        var product =
                allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
        var own = Fixtures.accountOf(buyer);
        var purchase = allotment.creditPurchases().buy(buyer.id(), own, product.key());
        allotment.creditPurchases().paid(buyer.id(), own, purchase.id(), "bank 17");
        allotment.creditPurchases().paid(buyer.id(), own, purchase.id(), "bank 17");
        var invoice = allotment
                .billing()
                .listInvoices(buyer.id(), Invoices.Filter.ALL, ALL)
                .items();
        assertThat(invoice).hasSize(1);

        var order =
                allotment.billing().orderRefund(buyer.id(), own, invoice.get(0).id(), Optional.empty());
        for (int i = 0; i < 2; i++) {
            allotment.billing().refund(buyer.id(), own, invoice.get(0).id(), order, Optional.empty());
        }

        assertThat(allotment.credits().balance(buyer.id(), own).balance()).isEqualTo(Credits.ZERO);
        assertThat(allotment
                        .billing()
                        .listRefunds(buyer.id(), Refunds.Filter.of(own), ALL)
                        .items())
                .hasSize(1);
    }

    @Test
    void of_two_refunds_that_were_ordered_before_either_was_made_only_what_was_paid_goes_back() {
        var buyer = given.tenant();
        var product =
                allotment.creditProducts().create(CreditProduct.of(Fixtures.word(), "A hundred", 100, 1_900, "EUR"));
        var own = Fixtures.accountOf(buyer);
        var purchase = allotment.creditPurchases().buy(buyer.id(), own, product.key());
        allotment.creditPurchases().paid(buyer.id(), own, purchase.id(), "bank 17");
        var invoice = allotment
                .billing()
                .listInvoices(buyer.id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0)
                .id();
        var first = allotment.billing().orderRefund(buyer.id(), own, invoice, Optional.empty());
        var second = allotment.billing().orderRefund(buyer.id(), own, invoice, Optional.of(1L));

        allotment.billing().refund(buyer.id(), own, invoice, first, Optional.empty());
        assertThatThrownBy(() -> allotment.billing().refund(buyer.id(), own, invoice, second, Optional.empty()))
                .isInstanceOf(NotRefundablePayment.class);

        assertThat(allotment
                        .billing()
                        .listRefunds(buyer.id(), Refunds.Filter.of(own), ALL)
                        .items())
                .singleElement()
                .satisfies(refund -> assertThat(refund.id()).isEqualTo(first.id()));
    }
}

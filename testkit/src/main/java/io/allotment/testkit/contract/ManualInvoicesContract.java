package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.billing.ManualInvoiceService;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.InvoiceNotOpen;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.ManualInvoice;
import io.allotment.domain.billing.NotRefundablePayment;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.subscription.BilledByGateway;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.subscription.SubscriptionStatus;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What the operator writes and takes by hand has the effects of what a gateway does. */
public abstract class ManualInvoicesContract extends BilledContract {

    private static ManualInvoice written(long... amountsMinor) {
        return numbered(Fixtures.word(), amountsMinor);
    }

    private static ManualInvoice numbered(String number, long... amountsMinor) {
        return new ManualInvoice(
                Optional.of(number),
                "EUR",
                LongStream.of(amountsMinor)
                        .mapToObj(minor ->
                                new GatewayInvoice.Line("Studio", 1, minor, Optional.empty(), Optional.empty()))
                        .toList(),
                190,
                Optional.empty());
    }

    private static Optional<ManualInvoiceService.Payment> transfer(String reference) {
        return Optional.of(new ManualInvoiceService.Payment(Optional.of(reference), Optional.empty()));
    }

    private Subscription subscribedByHand() {
        return billed.subscriptions()
                .subscribe(
                        id(), account, SubscriptionService.Choice.of(plan.plan().value()));
    }

    private void payBack(Invoice invoice, long minor) {
        var order = billed.billing().orderRefund(id(), account, invoice.id(), Optional.of(minor));
        billed.billing().refund(id(), account, invoice.id(), order, Optional.empty());
    }

    @Test
    void what_is_written_and_paid_by_hand_stands_in_the_history_and_goes_back_by_hand() {
        var open = billed.manualInvoices().create(id(), account, written(2_000, -100), false, Optional.empty());
        assertThat(open.told().status()).isEqualTo(GatewayInvoice.Status.OPEN);
        assertThat(open.told().totalMinor()).isEqualTo(2_090);
        assertThat(audited("invoice.created")).hasSize(1);

        var seen = transfer("bank 17").orElseThrow();
        var paid = billed.manualInvoices().paid(id(), account, open.id(), seen);
        assertThat(billed.manualInvoices().paid(id(), account, open.id(), seen)).isEqualTo(paid);
        assertThat(paid.told().paidMinor()).isEqualTo(2_090);
        assertThat(paid.told().paidAt()).contains(clock.instant());
        assertThat(paid.paymentReference()).contains("bank 17");
        assertThat(audited("invoice.paid")).hasSize(1);
        assertThat(billed.billing().getInvoice(id(), account, open.id())).isEqualTo(paid);
        assertThatThrownBy(() -> billed.manualInvoices()
                        .paid(id(), account, open.id(), transfer("bank 18").orElseThrow()))
                .isInstanceOf(InvoiceNotOpen.class);
        assertThatThrownBy(() -> billed.manualInvoices().makeVoid(id(), account, open.id()))
                .isInstanceOf(InvoiceNotOpen.class);

        payBack(paid, 90);
        assertThat(billed.billing().getInvoice(id(), account, open.id()).refundedMinor())
                .isEqualTo(90);
        assertThat(billed.manualInvoices().paid(id(), account, open.id(), seen).refundedMinor())
                .isEqualTo(90);
        assertThatThrownBy(() -> payBack(paid, 2_001)).isInstanceOf(NotRefundablePayment.class);
        assertThat(billed.billing()
                        .listRefunds(id(), Refunds.Filter.of(account), ALL)
                        .items())
                .singleElement()
                .satisfies(refund -> assertThat(refund.invoice()).contains(paid.id()));
        assertThat(balance()).isEqualTo(Credits.ZERO);
        assertThatAllAddsUp();
    }

    @Test
    void of_two_invoices_written_at_once_under_one_number_one_stands_also_when_it_is_void() {
        var both = Together.run(
                2,
                one -> billed.manualInvoices()
                        .create(id(), account, numbered("2026-117", 100), false, Optional.empty()));

        assertThat(both).filteredOn(one -> one.value().isPresent()).hasSize(1);
        assertThat(both)
                .flatExtracting(one -> one.failure().stream().toList())
                .singleElement()
                .isInstanceOfSatisfying(
                        AlreadyExists.class,
                        refusal -> assertThat(refusal.field()).contains("number"));
        var open = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);
        billed.manualInvoices().makeVoid(id(), account, open.id());
        assertThatThrownBy(() -> billed.manualInvoices()
                        .create(id(), account, numbered("2026-117", 100), false, Optional.empty()))
                .isInstanceOf(AlreadyExists.class);
        assertThat(audited("invoice.created")).hasSize(1);
    }

    @Test
    void what_nobody_is_to_pay_is_void_for_good() {
        var open = billed.manualInvoices().create(id(), account, written(100), false, Optional.empty());

        billed.manualInvoices().makeVoid(id(), account, open.id());
        var voided = billed.manualInvoices().makeVoid(id(), account, open.id());

        assertThat(voided.told().status()).isEqualTo(GatewayInvoice.Status.VOID);
        assertThat(audited("invoice.voided")).hasSize(1);
        assertThatThrownBy(() -> billed.manualInvoices()
                        .paid(id(), account, open.id(), transfer("bank 17").orElseThrow()))
                .isInstanceOf(InvoiceNotOpen.class);
        assertInvalid("lines", () -> written());
        assertInvalid("lines", () -> written(5, -6));
        assertInvalid("lines", () -> written(ManualInvoice.MAX_AMOUNT_MINOR + 1));
        assertThatThrownBy(() -> billed.as(Caller.user(given.member(tenant, SystemRole.OWNER), Origin.HERE))
                        .manualInvoices()
                        .create(id(), account, written(1), false, Optional.empty()))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void a_transfer_for_a_missing_payment_brings_the_credits_of_the_period_once() {
        subscribedByHand();
        clock.advance(Duration.ofDays(1));
        billed.subscriptions().markPastDue(id(), account);
        clock.advance(Duration.ofDays(1));
        var open = billed.manualInvoices().create(id(), account, written(810), true, Optional.empty());
        assertThat(open.told().period()).contains(live().currentPeriod());

        var paid = billed.manualInvoices()
                .paid(id(), account, open.id(), transfer("bank 17").orElseThrow());

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(balance()).isEqualTo(Credits.of(100));
        assertThat(paid.grant()).isPresent();
        var again = billed.manualInvoices().create(id(), account, written(810), true, transfer("bank 18"));
        assertThat(balance()).isEqualTo(Credits.of(100));

        payBack(paid, 1_000);
        assertThat(balance()).as("the other transfer stands").isEqualTo(Credits.of(100));
        payBack(again, 500);
        assertThat(balance()).isEqualTo(Credits.of(50));
        assertThatAllAddsUp();
    }

    @Test
    void a_transfer_that_comes_after_the_grace_begins_the_subscription_anew() {
        var first = subscribedByHand();
        billed.subscriptions().markPastDue(id(), account);
        var open = billed.manualInvoices().create(id(), account, written(810), true, Optional.empty());
        clock.advance(Duration.ofDays(40));
        assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);

        var paid = billed.manualInvoices()
                .paid(id(), account, open.id(), transfer("bank 17").orElseThrow());

        assertThat(live().status()).isEqualTo(SubscriptionStatus.ACTIVE);
        assertThat(live().id()).isNotEqualTo(first.id());
        assertThat(paid.told().subscriptionId()).contains(live().id().toString());
        assertThat(paid.told().period()).contains(live().currentPeriod());
        assertThat(paid.grant()).isPresent();
        assertThat(balance()).isEqualTo(Credits.of(100));
    }

    @Test
    void a_transfer_for_what_was_not_to_go_on_or_was_ended_by_somebody_begins_nothing_anew() {
        List<Runnable> ends = List.of(
                () -> billed.subscriptions().setAutoRenew(id(), account, false),
                () -> billed.subscriptions().expire(id(), account),
                () -> {
                    billed.subscriptions().setAutoRenew(id(), account, false);
                    billed.subscriptions().markPastDue(id(), account);
                },
                () -> {
                    billed.subscriptions().markPastDue(id(), account);
                    billed.subscriptions().cancel(id(), account, true, Optional.empty());
                });
        for (var end : ends) {
            var last = subscribedByHand();
            var open = billed.manualInvoices().create(id(), account, written(810), true, Optional.empty());
            end.run();
            clock.advance(Duration.ofDays(40));
            assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);

            var paid = billed.manualInvoices()
                    .paid(id(), account, open.id(), transfer("bank 17").orElseThrow());

            assertThat(live().id()).isEqualTo(last.id());
            assertThat(live().status()).isEqualTo(SubscriptionStatus.EXPIRED);
            assertThat(paid.told().status()).isEqualTo(GatewayInvoice.Status.PAID);
            assertThat(paid.told().subscriptionId()).contains(last.id().toString());
            assertThat(paid.told().period()).isEqualTo(open.told().period());
        }
        assertThatAllAddsUp();
    }

    @Test
    void what_a_gateway_bills_is_not_paid_by_hand() {
        known();
        told(state(GatewaySubscription.Status.ACTIVE, at(0)));
        told(invoice("in-1", GatewayInvoice.Status.OPEN, period, at(1)));
        var theirs = billed.billing()
                .listInvoices(id(), Invoices.Filter.ALL, ALL)
                .items()
                .get(0);

        assertThatThrownBy(() -> billed.manualInvoices().create(id(), account, written(810), true, transfer("bank 17")))
                .isInstanceOf(BilledByGateway.class);
        assertThatThrownBy(() -> billed.manualInvoices()
                        .paid(id(), account, theirs.id(), transfer("bank 17").orElseThrow()))
                .isInstanceOf(InvoiceNotOpen.class);
        assertThatThrownBy(() -> billed.manualInvoices().makeVoid(id(), account, theirs.id()))
                .isInstanceOf(InvoiceNotOpen.class);
    }
}

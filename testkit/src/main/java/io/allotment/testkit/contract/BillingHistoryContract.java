package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.billing.BillingTotal;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewayReversal;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.billing.Refunds;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import java.math.BigInteger;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Invoices and what went back, as they are kept, listed, exported and summed by months. */
public abstract class BillingHistoryContract extends BilledContract {

    @Test
    void invoices_and_refunds_are_kept_as_they_are_and_another_tenant_sees_none() {
        var told = invoice("in-" + Fixtures.word(), GatewayInvoice.Status.PAID, period, at(1));
        var invoice = new Invoice(
                id(),
                new InvoiceId(ids.next()),
                account,
                gateway.name(),
                told,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                7,
                clock.instant());
        assertThat(invoice.paymentReference()).isEqualTo(told.paymentId());
        var byHand = manual(told, Optional.of("bank 17"));
        assertThat(byHand.paymentReference()).contains("bank 17");
        var refund = Refund.of(
                        refund("re-1", told.paymentId().orElseThrow(), 7, GatewayRefund.Status.PENDING, at(1)),
                        id(),
                        new RefundId(ids.next()),
                        account,
                        gateway.name(),
                        clock.instant())
                .of(invoice.id());
        inTenant(id(), () -> {
            persistence.invoices().insert(invoice);
            persistence.invoices().insert(byHand);
            persistence.refunds().insert(refund);
            persistence.refunds().update(refund.taking(Credits.of("1.5")));
        });
        var other = given.tenant().id();

        assertThat(inTenant(id(), () -> persistence.invoices().find(id(), invoice.id())))
                .contains(invoice);
        assertThat(inTenant(id(), () -> persistence.invoices().find(id(), byHand.id())))
                .contains(byHand);
        inTenant(id(), () -> persistence.invoices().withdraw(byHand));
        assertThat(inTenant(
                        id(),
                        () -> persistence
                                .invoices()
                                .findPaidBy(
                                        id(), gateway.name(), told.paymentId().orElseThrow())))
                .contains(invoice);
        assertThat(inTenant(
                        id(),
                        () -> persistence
                                .refunds()
                                .listOf(id(), gateway.name(), told.paymentId().orElseThrow())))
                .containsExactly(refund.taking(Credits.of("1.5")));
        assertThat(inTenant(other, () -> persistence.invoices().find(id(), invoice.id())))
                .isEmpty();
        assertThat(inTenant(
                        other,
                        () -> persistence
                                .refunds()
                                .listOf(id(), gateway.name(), told.paymentId().orElseThrow())))
                .isEmpty();
        assertThatThrownBy(() -> inTenant(id(), () -> persistence.invoices().insert(invoice)))
                .isInstanceOf(RuntimeException.class);
        inTenantThenUndone(id(), () -> persistence.refunds().update(refund));
        assertThat(inTenant(id(), () -> persistence.refunds().findNamed(id(), gateway.name(), "re-1")))
                .contains(refund.taking(Credits.of("1.5")));
        // Nothing was taken: verification would say so.
        inTenant(id(), () -> persistence.refunds().update(refund));
        var filter = new Invoices.Filter(
                Optional.of(account),
                Optional.of(GatewayInvoice.Status.PAID),
                Optional.of(GatewayInvoice.Reason.SUBSCRIPTION_CYCLE),
                Optional.of(subscription),
                new TimeRange(Optional.of(start), Optional.of(start.plusSeconds(1))));
        assertThat(inTenant(id(), () -> persistence.invoices().list(id(), filter, ALL))
                        .items())
                .containsExactly(invoice);
        for (var none : List.of(
                where(Optional.empty(), Optional.empty(), Optional.of(start.plusSeconds(1))),
                where(Optional.of(GatewayInvoice.Reason.PURCHASE), Optional.empty(), Optional.empty()),
                where(Optional.empty(), Optional.of("sub-other"), Optional.empty()))) {
            assertThat(inTenant(id(), () -> persistence.invoices().list(id(), none, ALL))
                            .items())
                    .isEmpty();
        }
    }

    private Invoice manual(GatewayInvoice told, Optional<String> reference) {
        return new Invoice(
                id(),
                new InvoiceId(ids.next()),
                account,
                Invoice.MANUAL,
                told,
                Optional.empty(),
                Optional.empty(),
                reference,
                0,
                clock.instant());
    }

    @Test
    void what_the_operator_wrote_of_a_payment_is_of_their_own_invoices() {
        var told = invoice("in-1", GatewayInvoice.Status.PAID, period, at(1));
        assertInvalid(
                "paymentReference",
                () -> new Invoice(
                        id(),
                        new InvoiceId(ids.next()),
                        account,
                        gateway.name(),
                        told,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of("bank 17"),
                        0,
                        clock.instant()));
        assertThat(manual(told, Optional.empty()).paymentReference()).isEmpty();
    }

    @Test
    void a_number_of_the_operators_own_is_one_invoices_of_the_tenant_and_gateways_count_by_themselves() {
        var first = numbered(tenant, Invoice.MANUAL);
        inTenant(id(), () -> persistence.invoices().insert(first));

        assertThatThrownBy(() -> inTenant(id(), () -> persistence.invoices().insert(numbered(tenant, Invoice.MANUAL))))
                .isInstanceOfSatisfying(
                        AlreadyExists.class,
                        refusal -> assertThat(refusal.field()).contains("number"));
        var other = given.tenant();
        inTenant(other.id(), () -> persistence.invoices().insert(numbered(other, Invoice.MANUAL)));
        for (int i = 0; i < 2; i++) {
            inTenant(id(), () -> persistence.invoices().insert(numbered(tenant, gateway.name())));
        }
        assertThat(inTenant(id(), () -> persistence.invoices().list(id(), Invoices.Filter.ALL, ALL))
                        .items())
                .hasSize(3);
    }

    private Invoice numbered(Tenant whose, String by) {
        var told = invoice("in-" + Fixtures.word(), GatewayInvoice.Status.OPEN, period, at(1));
        return new Invoice(
                whose.id(),
                new InvoiceId(ids.next()),
                Fixtures.accountOf(whose),
                by,
                new GatewayInvoice(
                        told.id(),
                        told.customerId(),
                        Optional.empty(),
                        Optional.of("2026-117"),
                        told.status(),
                        told.reason(),
                        told.period(),
                        told.currency(),
                        told.totalMinor(),
                        0,
                        0,
                        Optional.empty(),
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        told.lines(),
                        told.createdAt(),
                        Optional.empty(),
                        told.asOf()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                clock.instant());
    }

    @Test
    void an_invoice_that_tells_other_than_its_refunds_come_to_and_credits_of_what_is_not_paid_are_named() {
        var damaged = billedAs(account, GatewayInvoice.Status.OPEN, "EUR", 700, start, null)
                .refunded(5)
                .bringing(new GrantId(ids.next()));
        inTenant(id(), () -> persistence.invoices().insert(damaged));

        assertThat(billed.gate().verify().violations())
                .filteredOn(violation -> violation.tenantId().equals(Optional.of(id())))
                .extracting(violation -> violation.invariant() + ": " + violation.subject() + " " + violation.detail())
                .containsExactlyInAnyOrder(
                        "invoices-know-what-went-back: invoice " + damaged.id()
                                + " tells of 5 minor units that went back; its refunds and disputes come to 0",
                        "paid-invoices-have-their-credits: invoice " + damaged.id() + " brought the grant "
                                + damaged.grant().orElseThrow() + ", and is not paid but OPEN");
        inTenant(id(), () -> persistence.invoices().withdraw(damaged));
    }

    private static Invoices.Filter where(
            Optional<GatewayInvoice.Reason> reason, Optional<String> subscription, Optional<Instant> from) {
        return new Invoices.Filter(
                Optional.empty(), Optional.empty(), reason, subscription, new TimeRange(from, Optional.empty()));
    }

    private Invoice billedAs(
            AccountId whose, GatewayInvoice.Status status, String currency, long total, Instant made, Instant paidAt) {
        boolean paid = status == GatewayInvoice.Status.PAID;
        var told = new GatewayInvoice(
                "in-" + Fixtures.word(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                status,
                GatewayInvoice.Reason.MANUAL,
                Optional.empty(),
                currency,
                total,
                paid ? total : 0,
                0,
                paid ? Optional.of("pay-" + Fixtures.word()) : Optional.empty(),
                1,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                made,
                Optional.ofNullable(paidAt),
                made);
        return new Invoice(
                id(),
                new InvoiceId(ids.next()),
                whose,
                gateway.name(),
                told,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                clock.instant());
    }

    @Test
    void each_amount_counts_in_the_month_in_which_it_happened_as_the_tenant_counts_months() {
        var word = Fixtures.word();
        tenant = allotment
                .tenants()
                .create(new TenantProfile(
                        word,
                        new Slug(word),
                        Optional.empty(),
                        Optional.empty(),
                        ZoneId.of("Pacific/Auckland"),
                        Document.EMPTY));
        account = Fixtures.accountOf(tenant);
        var member = billed.subscriptions()
                .openMemberAccount(id(), given.member(tenant))
                .id();
        // Thirteen hours ahead of UTC in January, twelve in July.
        var january = Instant.parse("2026-01-01T00:00:00Z");
        var lastOfMarch = Instant.parse("2026-03-31T10:59:59Z");
        var firstOfApril = Instant.parse("2026-03-31T11:00:00Z");
        var late = billedAs(account, GatewayInvoice.Status.PAID, "EUR", 700, january, firstOfApril);
        var refund = Refund.of(
                        refund(
                                "re-" + Fixtures.word(),
                                late.told().paymentId().orElseThrow(),
                                50,
                                GatewayRefund.Status.SUCCEEDED,
                                january),
                        id(),
                        new RefundId(ids.next()),
                        account,
                        gateway.name(),
                        lastOfMarch)
                .of(late.id());
        inTenant(id(), () -> {
            persistence.invoices().insert(late.refunded(50));
            for (var one : List.of(
                    billedAs(member, GatewayInvoice.Status.PAID, "EUR", 30, january, null),
                    billedAs(account, GatewayInvoice.Status.OPEN, "EUR", 5, january, null),
                    billedAs(account, GatewayInvoice.Status.UNCOLLECTIBLE, "EUR", 3, january, null),
                    billedAs(account, GatewayInvoice.Status.DRAFT, "EUR", 1_000, january, null),
                    billedAs(account, GatewayInvoice.Status.VOID, "EUR", 1_000, january, null),
                    billedAs(account, GatewayInvoice.Status.PAID, "USD", 11, lastOfMarch, lastOfMarch),
                    billedAs(
                            account,
                            GatewayInvoice.Status.PAID,
                            "EUR",
                            9_000,
                            Instant.parse("2025-12-31T10:59:59Z"),
                            null),
                    billedAs(
                            account,
                            GatewayInvoice.Status.PAID,
                            "EUR",
                            9_000,
                            Instant.parse("2026-04-30T12:00:00Z"),
                            null))) {
                persistence.invoices().insert(one);
            }
            persistence.refunds().insert(refund);
            persistence
                    .refunds()
                    .insert(Refund.of(
                            refund("re-" + Fixtures.word(), "pay-other", 999, GatewayRefund.Status.FAILED, january),
                            id(),
                            new RefundId(ids.next()),
                            account,
                            gateway.name(),
                            lastOfMarch));
        });
        var first = Optional.of(YearMonth.of(2026, 1));
        var last = Optional.of(YearMonth.of(2026, 4));

        var totals = billed.billing().totals(id(), Optional.empty(), first, last);

        assertThat(totals.months().zone()).isEqualTo(ZoneId.of("Pacific/Auckland"));
        assertThat(totals.totals())
                .containsExactly(
                        BillingTotal.of(YearMonth.of(2026, 1), "EUR", 738, 30, 0, 5),
                        BillingTotal.of(YearMonth.of(2026, 3), "EUR", 0, 0, 50, 0),
                        BillingTotal.of(YearMonth.of(2026, 3), "USD", 11, 11, 0, 0),
                        BillingTotal.of(YearMonth.of(2026, 4), "EUR", 0, 700, 0, 0));
        assertThat(billed.billing()
                        .totals(id(), Optional.of(member), first, last)
                        .totals())
                .containsExactly(BillingTotal.of(YearMonth.of(2026, 1), "EUR", 30, 30, 0, 0));
        var other = given.tenant().id();
        assertThat(billed.billing().totals(other, Optional.empty(), first, last).totals())
                .isEmpty();
        assertThat(billed.billing().totalsOfAll(first, first).totals())
                .filteredOn(total -> total.currency().equals("EUR"))
                .singleElement()
                .satisfies(total -> assertThat(total.invoicedMinor()).isGreaterThanOrEqualTo(BigInteger.valueOf(738)));
        assertThatThrownBy(() -> inTenant(id(), () -> persistence.invoices().totalsOfAll(totals.months())))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void totals_are_told_however_much_they_come_to() {
        var february = Instant.parse("2026-02-10T10:00:00Z");
        inTenant(id(), () -> {
            for (int i = 0; i < 3; i++) {
                persistence
                        .invoices()
                        .insert(billedAs(
                                account, GatewayInvoice.Status.OPEN, "CHF", Long.MAX_VALUE, february, february));
            }
        });
        var month = Optional.of(YearMonth.of(2026, 2));

        assertThat(billed.billing().totals(id(), Optional.empty(), month, month).totals())
                .singleElement()
                .satisfies(total -> assertThat(total.invoicedMinor())
                        .isEqualTo(BigInteger.valueOf(Long.MAX_VALUE).multiply(BigInteger.valueOf(3))));
    }

    @Test
    void all_invoices_that_are_wanted_are_exported_whatever_the_pages() {
        inTenant(id(), () -> {
            for (int i = 0; i < 201; i++) {
                persistence.invoices().insert(billedAs(account, GatewayInvoice.Status.OPEN, "EUR", i, start, null));
            }
        });

        assertThat(billed.billing()
                        .exportInvoices(id(), Invoices.Filter.ALL)
                        .map(one -> one.told().totalMinor()))
                .startsWith(200L)
                .endsWith(0L)
                .hasSize(201);
    }

    @Test
    void what_went_back_is_listed_and_exported_by_what_is_wanted_of_it() {
        known();
        var member = billed.subscriptions()
                .openMemberAccount(id(), given.member(tenant))
                .id();
        var invoice = billedAs(account, GatewayInvoice.Status.PAID, "EUR", 700, start, start);
        var payment = invoice.told().paymentId().orElseThrow();
        var partly = heardOf(account, refund("re-1", payment, 50, GatewayRefund.Status.FAILED, at(1)), at(1))
                .of(invoice.id());
        var theirs = heardOf(member, refund("re-2", "pay-2", 50, GatewayRefund.Status.CANCELED, at(2)), at(2));
        var asked = heardOf(
                        account,
                        new GatewayDispute(
                                "dp-1",
                                Optional.empty(),
                                payment,
                                new Money(700, "EUR"),
                                GatewayDispute.Status.INQUIRY,
                                Optional.empty(),
                                at(3)),
                        at(3))
                .of(invoice.id());
        var other = given.tenant().id();
        inTenant(id(), () -> {
            persistence.invoices().insert(invoice);
            List.of(partly, theirs, asked).forEach(persistence.refunds()::insert);
        });

        assertThat(refunds(Refunds.Filter.ALL)).containsExactly(asked, theirs, partly);
        assertThat(refunds(Refunds.Filter.of(member))).containsExactly(theirs);
        assertThat(refunds(wanted(Refund.Status.FAILED, null, null, null, null)))
                .containsExactly(partly);
        assertThat(refunds(wanted(null, Refund.Kind.DISPUTE, null, null, null))).containsExactly(asked);
        assertThat(refunds(wanted(null, Refund.Kind.REFUND, null, null, null))).containsExactly(theirs, partly);
        assertThat(refunds(wanted(null, null, invoice.id(), null, null))).containsExactly(asked, partly);
        assertThat(refunds(wanted(null, null, null, at(2), at(3)))).containsExactly(theirs);
        assertThat(refunds(wanted(Refund.Status.WON, null, null, null, null))).isEmpty();
        assertListing(
                List.of(asked, theirs, partly), page -> billed.billing().listRefunds(id(), Refunds.Filter.ALL, page));
        assertThat(inTenant(other, () -> persistence.refunds().list(id(), Refunds.Filter.ALL, ALL))
                        .items())
                .isEmpty();
        var nobodys = wanted(null, null, new InvoiceId(ids.next()), null, null);
        assertThatThrownBy(() -> billed.billing().exportRefunds(id(), nobodys)).isInstanceOf(NotFound.class);
    }

    private Refund heardOf(AccountId whose, GatewayReversal told, Instant now) {
        return Refund.of(told, id(), new RefundId(ids.next()), whose, gateway.name(), now);
    }

    private List<Refund> refunds(Refunds.Filter filter) {
        return billed.billing().exportRefunds(id(), filter).toList();
    }

    private static Refunds.Filter wanted(
            Refund.Status status, Refund.Kind kind, InvoiceId invoice, Instant from, Instant to) {
        return new Refunds.Filter(
                Optional.empty(),
                Optional.ofNullable(status),
                Optional.ofNullable(kind),
                Optional.ofNullable(invoice),
                new TimeRange(Optional.ofNullable(from), Optional.ofNullable(to)));
    }
}

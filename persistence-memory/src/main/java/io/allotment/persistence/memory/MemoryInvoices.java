package io.allotment.persistence.memory;

import io.allotment.domain.billing.BillingMonths;
import io.allotment.domain.billing.BillingTotal;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.Invoices;
import io.allotment.domain.billing.Refund;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

final class MemoryInvoices implements Invoices {

    private final Tables tables;

    MemoryInvoices(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void insert(Invoice invoice) {
        tables.invoices.requireToWrite(invoice);
        if (!tables.accounts.holds(Key.of(invoice.tenantId(), invoice.accountId()))) {
            throw new Unknown("account", "accountId", invoice.accountId());
        }
        if (findNamed(invoice.tenantId(), invoice.gateway(), invoice.told().id())
                .isPresent()) {
            throw new AlreadyExists("invoice", "id", invoice.told().id());
        }
        invoice.told().number().filter(number -> isTaken(invoice, number)).ifPresent(number -> {
            throw new AlreadyExists("invoice", "number", number);
        });
        tables.invoices.put(key(invoice), invoice);
    }

    /** Of the operator's own; gateways count theirs by themselves. */
    private boolean isTaken(Invoice invoice, String number) {
        return invoice.gateway().equals(Invoice.MANUAL)
                && of(invoice.tenantId(), Invoice.MANUAL)
                        .anyMatch(other ->
                                other.told().number().filter(number::equals).isPresent());
    }

    @Override
    public void update(Invoice invoice) {
        tables.invoices.requireToWrite(invoice);
        if (!tables.invoices.holds(key(invoice))) {
            throw new IllegalStateException("There is no invoice " + invoice.id() + " to update");
        }
        findNamed(invoice.tenantId(), invoice.gateway(), invoice.told().id())
                .filter(other -> !other.id().equals(invoice.id()))
                .ifPresent(other -> {
                    throw new AlreadyExists("invoice", "id", invoice.told().id());
                });
        tables.invoices.put(key(invoice), invoice);
    }

    @Override
    public void withdraw(Invoice invoice) {
        tables.invoices.requireToWrite(invoice);
        tables.invoices.remove(key(invoice));
    }

    @Override
    public Optional<Invoice> find(TenantId tenant, InvoiceId id) {
        return tables.invoices.find(Key.of(tenant, id));
    }

    @Override
    public Optional<Invoice> findNamed(TenantId tenant, String gateway, String gatewayId) {
        return of(tenant, gateway)
                .filter(invoice -> invoice.told().id().equals(gatewayId))
                .findFirst();
    }

    @Override
    public Optional<Invoice> findPaidBy(TenantId tenant, String gateway, String paymentId) {
        return of(tenant, gateway)
                .filter(invoice ->
                        invoice.told().paymentId().filter(paymentId::equals).isPresent())
                .findFirst();
    }

    @Override
    public List<Invoice> listPaidFor(TenantId tenant, String gateway, String subscriptionId, Instant periodStart) {
        return of(tenant, gateway)
                .filter(invoice -> invoice.told().status() == GatewayInvoice.Status.PAID
                        && invoice.told()
                                .subscriptionId()
                                .filter(subscriptionId::equals)
                                .isPresent()
                        && invoice.told()
                                .period()
                                .filter(period -> period.start().equals(periodStart))
                                .isPresent())
                .toList();
    }

    @Override
    public List<Invoice> listWithoutCredits(TenantId tenant, String gateway, String subscriptionId) {
        return of(tenant, gateway)
                .filter(invoice -> invoice.grant().isEmpty()
                        && invoice.told().status() == GatewayInvoice.Status.PAID
                        && invoice.told()
                                .subscriptionId()
                                .filter(subscriptionId::equals)
                                .isPresent())
                .toList();
    }

    @Override
    public Page<Invoice> list(TenantId tenant, Filter filter, PageRequest page) {
        return tables.invoices.pageBackwards(Key.of(tenant), Position.ID, page, filter::matches);
    }

    @Override
    public List<BillingTotal> totals(TenantId tenant, Optional<AccountId> account, BillingMonths months) {
        return totals(
                tables.invoices
                        .under(Key.of(tenant))
                        .filter(invoice -> account.filter(one -> !one.equals(invoice.accountId()))
                                .isEmpty()),
                tables.moneyBack
                        .under(Key.of(tenant))
                        .filter(refund -> account.filter(one -> !one.equals(refund.accountId()))
                                .isEmpty()),
                months);
    }

    @Override
    public List<BillingTotal> totalsOfAll(BillingMonths months) {
        tables.requirePlatform("billing of all tenants");
        return totals(tables.invoices.all(), tables.moneyBack.all(), months);
    }

    private static List<BillingTotal> totals(Stream<Invoice> invoices, Stream<Refund> refunds, BillingMonths months) {
        var billed = invoices.flatMap(invoice -> {
            var told = invoice.told();
            boolean counts =
                    told.status() != GatewayInvoice.Status.DRAFT && told.status() != GatewayInvoice.Status.VOID;
            long open = told.status() == GatewayInvoice.Status.OPEN ? told.totalMinor() - told.paidMinor() : 0;
            var invoiced = months.holding(told.createdAt())
                    .filter(month -> counts)
                    .map(month -> BillingTotal.of(month, told.currency(), told.totalMinor(), 0, 0, open));
            var paid = months.holding(told.paidAt().orElse(told.createdAt()))
                    .filter(month -> told.paidMinor() != 0)
                    .map(month -> BillingTotal.of(month, told.currency(), 0, told.paidMinor(), 0, 0));
            return Stream.concat(invoiced.stream(), paid.stream());
        });
        var refunded = refunds.filter(refund -> refund.status().takes())
                .flatMap(refund -> months
                        .holding(refund.createdAt())
                        .map(month -> BillingTotal.of(
                                month,
                                refund.amount().currency(),
                                0,
                                0,
                                refund.amount().amountMinor(),
                                0))
                        .stream());
        return Stream.concat(billed, refunded)
                .collect(Collectors.groupingBy(
                        total -> List.of(total.month(), total.currency()), Collectors.reducing(BillingTotal::plus)))
                .values()
                .stream()
                .flatMap(Optional::stream)
                .sorted(BillingTotal.ORDER)
                .toList();
    }

    private Stream<Invoice> of(TenantId tenant, String gateway) {
        return tables.invoices
                .under(Key.of(tenant))
                .filter(invoice -> invoice.gateway().equals(gateway));
    }

    private static Key key(Invoice invoice) {
        return Key.of(invoice.tenantId(), invoice.id());
    }
}

package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TimeRange;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Port: billing histories. Changes happen under the account's lock. */
public interface Invoices {

    /**
     * Which ones are wanted.
     *
     * @param subscription what the gateway calls the subscription that they are for
     * @param issued when they were made
     */
    record Filter(
            Optional<AccountId> account,
            Optional<GatewayInvoice.Status> status,
            Optional<GatewayInvoice.Reason> reason,
            Optional<String> subscription,
            TimeRange issued) {

        public static final Filter ALL =
                new Filter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), TimeRange.ALL);

        public Filter {
            requireNonNull(account, "account");
            requireNonNull(status, "status");
            requireNonNull(reason, "reason");
            requireNonNull(subscription, "subscription");
            requireNonNull(issued, "issued");
        }

        /** All of one account. */
        public static Filter of(AccountId account) {
            return new Filter(
                    Optional.of(account), Optional.empty(), Optional.empty(), Optional.empty(), TimeRange.ALL);
        }

        public boolean matches(Invoice invoice) {
            var told = invoice.told();
            return account.map(invoice.accountId()::equals).orElse(true)
                    && status.map(told.status()::equals).orElse(true)
                    && reason.map(told.reason()::equals).orElse(true)
                    && (subscription.isEmpty() || subscription.equals(told.subscriptionId()))
                    && issued.holds(told.createdAt());
        }
    }

    /**
     * Refuses an account that is not there ({@code Unknown}), a second one of the gateway's name, and of the tenant's a second one of the
     * operator's own under one number ({@code AlreadyExists}).
     */
    void insert(Invoice invoice);

    /**
     * Writes what was told, by what name, and what came of it; one that is not there is a programming error ({@link
     * IllegalStateException}). Refuses a second one of the gateway's name ({@code AlreadyExists}).
     */
    void update(Invoice invoice);

    /** Removes one that stood in for another ({@link Invoice#isStandIn}); nothing happens where it is not there. */
    void withdraw(Invoice invoice);

    Optional<Invoice> find(TenantId tenant, InvoiceId id);

    /** The account's; refuses one that is not there ({@link NotFound}). */
    default Invoice get(TenantId tenant, AccountId account, InvoiceId id) {
        return find(tenant, id)
                .filter(found -> found.accountId().equals(account))
                .orElseThrow(() -> new NotFound("invoice", id));
    }

    Optional<Invoice> findNamed(TenantId tenant, String gateway, String gatewayId);

    /** What the payment paid for. */
    Optional<Invoice> findPaidBy(TenantId tenant, String gateway, String paymentId);

    /** Those of a subscription at the gateway that are paid, and whose period begins then, oldest first. */
    List<Invoice> listPaidFor(TenantId tenant, String gateway, String subscriptionId, Instant periodStart);

    /** Those of a subscription at the gateway that are paid and brought no credits yet, oldest first. */
    List<Invoice> listWithoutCredits(TenantId tenant, String gateway, String subscriptionId);

    /** The tenant's, newest first. */
    Page<Invoice> list(TenantId tenant, Filter filter, PageRequest page);

    /** What the tenant was billed, or one of its accounts: in {@link BillingTotal#ORDER}, months and currencies without anything left out. */
    List<BillingTotal> totals(TenantId tenant, Optional<AccountId> account, BillingMonths months);

    /** What all tenants were billed; in the platform's unit of work. */
    List<BillingTotal> totalsOfAll(BillingMonths months);
}

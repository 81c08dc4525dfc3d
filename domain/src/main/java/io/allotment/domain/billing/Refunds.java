package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TimeRange;
import java.util.List;
import java.util.Optional;

/** Port: money that went back, or is disputed. Changes happen under the account's lock. */
public interface Refunds {

    /**
     * Which ones are wanted.
     *
     * @param invoice of what was paid for it; none where there is no such invoice
     * @param heard when they were heard of
     */
    record Filter(
            Optional<AccountId> account,
            Optional<Refund.Status> status,
            Optional<Refund.Kind> kind,
            Optional<InvoiceId> invoice,
            TimeRange heard) {

        public static final Filter ALL =
                new Filter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), TimeRange.ALL);

        public Filter {
            requireNonNull(account, "account");
            requireNonNull(status, "status");
            requireNonNull(kind, "kind");
            requireNonNull(invoice, "invoice");
            requireNonNull(heard, "heard");
        }

        /** All of one account. */
        public static Filter of(AccountId account) {
            return new Filter(
                    Optional.of(account), Optional.empty(), Optional.empty(), Optional.empty(), TimeRange.ALL);
        }

        public boolean matches(Refund refund) {
            return account.map(refund.accountId()::equals).orElse(true)
                    && status.map(refund.status()::equals).orElse(true)
                    && kind.map(refund.kind()::equals).orElse(true)
                    && (invoice.isEmpty() || invoice.equals(refund.invoice()))
                    && heard.holds(refund.createdAt());
        }
    }

    /** Refuses an account that is not there ({@code Unknown}), and a second one of the gateway's name ({@code AlreadyExists}). */
    void insert(Refund refund);

    /** Writes how it stands and what came of it; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(Refund refund);

    Optional<Refund> findNamed(TenantId tenant, String gateway, String gatewayId);

    /** All of a payment, oldest first. */
    List<Refund> listOf(TenantId tenant, String gateway, String paymentId);

    /** The tenant's, newest first. */
    Page<Refund> list(TenantId tenant, Filter filter, PageRequest page);
}

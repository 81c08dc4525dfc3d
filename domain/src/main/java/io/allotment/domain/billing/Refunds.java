package io.allotment.domain.billing;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import java.util.List;
import java.util.Optional;

/** Port: money that went back, or is disputed. Changes happen under the account's lock. */
public interface Refunds {

    /** Refuses an account that is not there ({@code Unknown}), and a second one of the gateway's name ({@code AlreadyExists}). */
    void insert(Refund refund);

    /** Writes how it stands and what came of it; one that is not there is a programming error ({@link IllegalStateException}). */
    void update(Refund refund);

    Optional<Refund> findNamed(TenantId tenant, String gateway, String gatewayId);

    /** All of a payment, oldest first. */
    List<Refund> listOf(TenantId tenant, String gateway, String paymentId);

    /** The account's, newest first. */
    Page<Refund> list(TenantId tenant, AccountId account, PageRequest page);
}

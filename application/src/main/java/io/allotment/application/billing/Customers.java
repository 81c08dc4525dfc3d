package io.allotment.application.billing;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.CustomerErasure;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.billing.NoBillingGateway;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.identity.User;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import java.util.Optional;

/** The accounts that a gateway knows as customers, and our names there. Called outside of units of work. */
final class Customers {

    private final Persistence persistence;
    private final PaymentGateway gateway;
    private final Moments moments;

    Customers(Persistence persistence, PaymentGateway gateway, Moments moments) {
        this.persistence = persistence;
        this.gateway = gateway;
        this.moments = moments;
    }

    /** The gateway, where it bills by itself. */
    Optional<BillingGateway> billing() {
        return gateway instanceof BillingGateway bills ? Optional.of(bills) : Optional.empty();
    }

    /** Refuses where the gateway does not bill by itself. */
    BillingGateway requireBilling() {
        return billing().orElseThrow(() -> new NoBillingGateway(gateway.name()));
    }

    /** What the gateway calls the account, which it gets to know where it does not; empty where it knows no customers. */
    Optional<String> of(TenantId tenant, AccountId account) {
        return billing()
                .map(bills -> persistence
                        .unitOfWork()
                        .forTenant(
                                tenant,
                                () -> persistence.gatewayDirectory().findCustomer(tenant, account, gateway.name()))
                        .orElseGet(() -> introduced(bills, tenant, account)));
    }

    private String introduced(BillingGateway bills, TenantId tenant, AccountId account) {
        var who = persistence
                .unitOfWork()
                .forTenant(
                        tenant,
                        () -> persistence
                                .tenants()
                                .find(tenant)
                                .flatMap(found -> persistence
                                        .accounts()
                                        .find(tenant, account)
                                        .map(holder -> new Who(found.profile().name(), holder.holder())))
                                .orElseThrow(() -> new NotFound("account", account)));
        Optional<Email> email = who.holder() == BillingAccount.Holder.MEMBER
                ? persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.users().find(new UserId(account.value())))
                        .map(User::email)
                : Optional.empty();
        var customer = bills.customer(new BillingGateway.NewCustomer(tenant, account, who.name(), email));
        try {
            persistence
                    .unitOfWork()
                    .forTenant(
                            tenant, () -> put(tenant, account, GatewayName.Kind.CUSTOMER, customer, Optional.empty()));
        } catch (Unknown deletedMeanwhile) {
            erase(customer);
            throw deletedMeanwhile;
        }
        if (email.isPresent() && !isThere(new UserId(account.value()))) {
            erase(customer);
        }
        return customer;
    }

    private boolean isThere(UserId user) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.users().find(user))
                .isPresent();
    }

    /** Who was erased while the gateway got to know them is in no order yet. */
    private void erase(String customer) {
        persistence
                .unitOfWork()
                .forPlatform(() -> persistence
                        .customerErasures()
                        .insert(CustomerErasure.ordered(gateway.name(), customer, moments.now())));
    }

    private record Who(String name, BillingAccount.Holder holder) {}

    /** Writes down what the gateway calls what is ours; in the tenant's unit of work. */
    void name(TenantId tenant, AccountId account, GatewayName.Kind kind, String gatewayId, String ours) {
        put(tenant, account, kind, gatewayId, Optional.of(ours));
    }

    private void put(
            TenantId tenant, AccountId account, GatewayName.Kind kind, String gatewayId, Optional<String> ours) {
        persistence.gatewayDirectory().put(new GatewayName(gateway.name(), kind, gatewayId, tenant, account, ours));
    }
}

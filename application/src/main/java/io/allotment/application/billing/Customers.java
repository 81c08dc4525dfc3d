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
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.BillingAccount;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

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

    /** What the gateway is called. */
    String gateway() {
        return gateway.name();
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
        var told = persistence
                .unitOfWork()
                .forPlatform(() -> who(tenant, account).orElseThrow(() -> new NotFound("account", account)));
        var customer = bills.customer(new BillingGateway.NewCustomer(tenant, account, told.name(), told.email()));
        boolean isThere = persistence.unitOfWork().forPlatform(() -> put(tenant, account, customer, told.people()));
        if (!isThere) {
            throw new NotFound("account", account);
        }
        return customer;
    }

    /** What a gateway is told of an account, and who can be known by it, in the order in which people are locked. */
    private record Who(String name, Optional<Email> email, SortedSet<UserId> people) {}

    private Optional<Who> who(TenantId tenant, AccountId account) {
        return persistence
                .accounts()
                .find(tenant, account)
                .flatMap(found -> persistence.tenants().find(tenant).map(owner -> {
                    var member = Optional.of(new UserId(account.value()))
                            .filter(user -> found.holder() == BillingAccount.Holder.MEMBER)
                            .flatMap(persistence.users()::find);
                    var people = new TreeSet<>(Comparator.comparing(UserId::value));
                    member.map(User::id).ifPresent(people::add);
                    persistence.tenants().findPerson(tenant).ifPresent(people::add);
                    return new Who(owner.profile().name(), member.map(User::email), people);
                }));
    }

    /**
     * Under the locks that whoever erases a person or deletes a tenant holds until they are done: either they see the customer, or it is seen here that
     * there is nobody any more. Then it is in no order yet.
     */
    private boolean put(TenantId tenant, AccountId account, String customer, SortedSet<UserId> people) {
        var known = people.stream()
                .filter(person -> persistence.users().lock(person).isPresent())
                .toList();
        boolean isThere = persistence.accounts().lock(tenant, account);
        if (isThere) {
            put(tenant, account, GatewayName.Kind.CUSTOMER, customer, Optional.empty());
        }
        if (!isThere || known.size() < people.size()) {
            persistence.customerErasures().insert(CustomerErasure.ordered(gateway.name(), customer, moments.now()));
        }
        return isThere;
    }

    /** Something opened for an account that is deleted by now: with its customer, who is erased once more, the gateway closes that. */
    void erasedWithAccount(TenantId tenant, AccountId account, String customer) {
        persistence.unitOfWork().forPlatform(() -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                persistence.customerErasures().insert(CustomerErasure.ordered(gateway.name(), customer, moments.now()));
            }
        });
    }

    /** Writes down what the gateway calls what is ours; in the tenant's unit of work. */
    void name(TenantId tenant, AccountId account, GatewayName.Kind kind, String gatewayId, String ours) {
        put(tenant, account, kind, gatewayId, Optional.of(ours));
    }

    private void put(
            TenantId tenant, AccountId account, GatewayName.Kind kind, String gatewayId, Optional<String> ours) {
        persistence.gatewayDirectory().put(new GatewayName(gateway.name(), kind, gatewayId, tenant, account, ours));
    }
}

package io.allotment.domain.billing;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import java.util.Optional;

/** Port: the names that gateways have for what is ours. A tenant's unit of work sees its own, the platform's all. */
public interface GatewayDirectory {

    /** Writes the name down; the same again changes nothing. Refuses one that is another account's ({@code AlreadyExists}). */
    void put(GatewayName name);

    Optional<GatewayName> find(String gateway, GatewayName.Kind kind, String gatewayId);

    /** What the gateway calls the account, where it is a customer there. */
    Optional<String> findCustomer(TenantId tenant, AccountId account, String gateway);

    /** Forgets a name; false where there was none. */
    boolean remove(GatewayName name);
}

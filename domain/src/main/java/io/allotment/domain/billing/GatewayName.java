package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import java.util.Optional;

/**
 * What a gateway calls something of an account's: the only way from what a gateway tells to a tenant. Written by us when we make
 * the thing there, or learn of it from one that is known; never taken from what the gateway merely says of tenants.
 *
 * @param gatewayId the gateway's name of it
 * @param ours our own id of it, as text, where it has one
 */
public record GatewayName(
        String gateway, Kind kind, String gatewayId, TenantId tenantId, AccountId accountId, Optional<String> ours) {

    /** What has names. */
    public enum Kind {
        CUSTOMER,
        CHECKOUT,
        SUBSCRIPTION,
        INVOICE,
        /** What refunds and disputes are about. */
        PAYMENT
    }

    public GatewayName {
        gateway = Text.key("gateway", gateway);
        requireNonNull(kind, "kind");
        gatewayId = Text.name("gatewayId", gatewayId, 255);
        requireNonNull(tenantId, "tenantId");
        requireNonNull(accountId, "accountId");
        requireNonNull(ours, "ours");
    }
}

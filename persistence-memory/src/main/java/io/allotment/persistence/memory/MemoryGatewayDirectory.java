package io.allotment.persistence.memory;

import io.allotment.domain.billing.GatewayDirectory;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;
import java.util.function.Predicate;

final class MemoryGatewayDirectory implements GatewayDirectory {

    private final Tables tables;

    MemoryGatewayDirectory(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void put(GatewayName name) {
        tables.gatewayNames.requireToWrite(name);
        if (!tables.accounts.holds(Key.of(name.tenantId(), name.accountId()))) {
            throw new Unknown("account", "accountId", name.accountId());
        }
        var taken = tables.gatewayNames
                .everyRow()
                .filter(named(name.gateway(), name.kind(), name.gatewayId()))
                .findFirst();
        if (taken.filter(other -> !other.tenantId().equals(name.tenantId())
                        || !other.accountId().equals(name.accountId()))
                .isPresent()) {
            throw new AlreadyExists("name at a gateway", "gatewayId", name.gatewayId());
        }
        if (taken.isEmpty()) {
            tables.gatewayNames.put(key(name), name);
        }
    }

    @Override
    public Optional<GatewayName> find(String gateway, GatewayName.Kind kind, String gatewayId) {
        return tables.gatewayNames.all().filter(named(gateway, kind, gatewayId)).findFirst();
    }

    @Override
    public Optional<String> findCustomer(TenantId tenant, AccountId account, String gateway) {
        return tables.gatewayNames
                .under(Key.of(tenant, gateway, GatewayName.Kind.CUSTOMER))
                .filter(name -> name.accountId().equals(account))
                .map(GatewayName::gatewayId)
                .findFirst();
    }

    @Override
    public boolean remove(GatewayName name) {
        return tables.gatewayNames.remove(key(name));
    }

    private static Predicate<GatewayName> named(String gateway, GatewayName.Kind kind, String gatewayId) {
        return name -> name.gatewayId().equals(gatewayId)
                && name.kind() == kind
                && name.gateway().equals(gateway);
    }

    private static Key key(GatewayName name) {
        return Key.of(name.tenantId(), name.gateway(), name.kind(), Key.bytes(name.gatewayId()));
    }
}

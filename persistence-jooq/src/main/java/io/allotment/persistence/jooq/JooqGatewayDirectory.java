package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.GATEWAY_DIRECTORY;

import io.allotment.domain.billing.GatewayDirectory;
import io.allotment.domain.billing.GatewayName;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;

final class JooqGatewayDirectory implements GatewayDirectory {

    private final DSLContext db;

    JooqGatewayDirectory(DSLContext db) {
        this.db = db;
    }

    @Override
    public void put(GatewayName name) {
        try {
            int rows = db.insertInto(GATEWAY_DIRECTORY)
                    .set(GATEWAY_DIRECTORY.GATEWAY, name.gateway())
                    .set(GATEWAY_DIRECTORY.KIND, name.kind().name())
                    .set(GATEWAY_DIRECTORY.GATEWAY_ID, name.gatewayId())
                    .set(GATEWAY_DIRECTORY.TENANT_ID, name.tenantId().value())
                    .set(GATEWAY_DIRECTORY.ACCOUNT_ID, name.accountId().value())
                    .set(GATEWAY_DIRECTORY.OURS, name.ours().orElse(null))
                    .onConflict(GATEWAY_DIRECTORY.GATEWAY, GATEWAY_DIRECTORY.KIND, GATEWAY_DIRECTORY.GATEWAY_ID)
                    .doNothing()
                    .execute();
            if (rows == 0 && !isOfSameAccount(name)) {
                throw new AlreadyExists("name at a gateway", "gatewayId", name.gatewayId());
            }
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("account", "accountId", name.accountId())
                    : missing;
        }
    }

    private boolean isOfSameAccount(GatewayName name) {
        return db.fetchExists(db.selectOne()
                .from(GATEWAY_DIRECTORY)
                .where(GATEWAY_DIRECTORY.TENANT_ID.eq(name.tenantId().value()))
                .and(GATEWAY_DIRECTORY.ACCOUNT_ID.eq(name.accountId().value()))
                .and(GATEWAY_DIRECTORY.GATEWAY.eq(name.gateway()))
                .and(GATEWAY_DIRECTORY.KIND.eq(name.kind().name()))
                .and(GATEWAY_DIRECTORY.GATEWAY_ID.eq(name.gatewayId())));
    }

    /** The one statement that may not know its tenant: it is asked for. */
    @Override
    public Optional<GatewayName> find(String gateway, GatewayName.Kind kind, String gatewayId) {
        return db.selectFrom(GATEWAY_DIRECTORY)
                .where(GATEWAY_DIRECTORY.GATEWAY.eq(gateway))
                .and(GATEWAY_DIRECTORY.KIND.eq(kind.name()))
                .and(GATEWAY_DIRECTORY.GATEWAY_ID.eq(gatewayId))
                .fetchOptional(JooqGatewayDirectory::name);
    }

    @Override
    public Optional<String> findCustomer(TenantId tenant, AccountId account, String gateway) {
        return db.select(GATEWAY_DIRECTORY.GATEWAY_ID)
                .from(GATEWAY_DIRECTORY)
                .where(GATEWAY_DIRECTORY.TENANT_ID.eq(tenant.value()))
                .and(GATEWAY_DIRECTORY.ACCOUNT_ID.eq(account.value()))
                .and(GATEWAY_DIRECTORY.GATEWAY.eq(gateway))
                .and(GATEWAY_DIRECTORY.KIND.eq(GatewayName.Kind.CUSTOMER.name()))
                .orderBy(GATEWAY_DIRECTORY.GATEWAY_ID)
                .limit(1)
                .fetchOptional(GATEWAY_DIRECTORY.GATEWAY_ID);
    }

    @Override
    public boolean remove(GatewayName name) {
        return db.deleteFrom(GATEWAY_DIRECTORY)
                        .where(GATEWAY_DIRECTORY.TENANT_ID.eq(name.tenantId().value()))
                        .and(GATEWAY_DIRECTORY.GATEWAY.eq(name.gateway()))
                        .and(GATEWAY_DIRECTORY.KIND.eq(name.kind().name()))
                        .and(GATEWAY_DIRECTORY.GATEWAY_ID.eq(name.gatewayId()))
                        .execute()
                == 1;
    }

    private static GatewayName name(Record row) {
        return new GatewayName(
                row.get(GATEWAY_DIRECTORY.GATEWAY),
                GatewayName.Kind.valueOf(row.get(GATEWAY_DIRECTORY.KIND)),
                row.get(GATEWAY_DIRECTORY.GATEWAY_ID),
                new TenantId(row.get(GATEWAY_DIRECTORY.TENANT_ID)),
                new AccountId(row.get(GATEWAY_DIRECTORY.ACCOUNT_ID)),
                Columns.optional(row, GATEWAY_DIRECTORY.OURS));
    }
}

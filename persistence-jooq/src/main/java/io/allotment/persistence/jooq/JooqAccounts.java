package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.BILLING_ACCOUNTS;
import static io.allotment.persistence.jooq.generated.Tables.CREDIT_ACCOUNTS;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.subscription.BillingAccounts;
import java.math.BigDecimal;
import java.util.Optional;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.exception.IntegrityConstraintViolationException;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

final class JooqAccounts implements BillingAccounts {

    /** A version that no decision gives. */
    private static final Field<Long> CHANCE = DSL.field("-1 - (random() * 9e18)::bigint", SQLDataType.BIGINT);

    private final DSLContext db;
    private final GateMemory memory;

    JooqAccounts(DSLContext db, GateMemory memory) {
        this.db = db;
        this.memory = memory;
    }

    @Override
    public void insert(BillingAccount account) {
        if (!inserted(account)) {
            throw new AlreadyExists("account", "userId", account.id());
        }
        db.insertInto(CREDIT_ACCOUNTS)
                .set(CREDIT_ACCOUNTS.TENANT_ID, account.tenantId().value())
                .set(CREDIT_ACCOUNTS.ACCOUNT_ID, account.id().value())
                .set(CREDIT_ACCOUNTS.BALANCE, BigDecimal.ZERO)
                .set(CREDIT_ACCOUNTS.HELD, BigDecimal.ZERO)
                .set(CREDIT_ACCOUNTS.OVERDRAFT, BigDecimal.ZERO)
                .set(CREDIT_ACCOUNTS.OVERDRAFT_LIMIT, BigDecimal.ZERO)
                .set(CREDIT_ACCOUNTS.LOW_NOTICED, false)
                .set(CREDIT_ACCOUNTS.LAST_SEQUENCE, 0L)
                .execute();
    }

    private boolean inserted(BillingAccount account) {
        try {
            return db.insertInto(BILLING_ACCOUNTS)
                            .set(BILLING_ACCOUNTS.TENANT_ID, account.tenantId().value())
                            .set(BILLING_ACCOUNTS.ID, account.id().value())
                            .set(BILLING_ACCOUNTS.HOLDER, account.holder().name())
                            .set(BILLING_ACCOUNTS.CREATED_AT, account.createdAt())
                            .onConflict(BILLING_ACCOUNTS.TENANT_ID, BILLING_ACCOUNTS.ID)
                            .doNothing()
                            .execute()
                    == 1;
        } catch (IntegrityConstraintViolationException missing) {
            throw SqlErrors.isForeignKeyViolation(missing)
                    ? new Unknown("tenant", "tenantId", account.tenantId())
                    : missing;
        }
    }

    @Override
    public Optional<BillingAccount> find(TenantId tenant, AccountId account) {
        return db.selectFrom(BILLING_ACCOUNTS)
                .where(BILLING_ACCOUNTS.TENANT_ID.eq(tenant.value()))
                .and(BILLING_ACCOUNTS.ID.eq(account.value()))
                .fetchOptional(JooqAccounts::account);
    }

    @Override
    public Page<BillingAccount> list(TenantId tenant, PageRequest page) {
        var rows = db.selectFrom(BILLING_ACCOUNTS)
                .where(BILLING_ACCOUNTS.TENANT_ID.eq(tenant.value()))
                .and(Columns.after(BILLING_ACCOUNTS.ID, page))
                .orderBy(BILLING_ACCOUNTS.ID)
                .limit(page.limit() + 1)
                .fetch(JooqAccounts::account);
        return Page.of(rows, page, account -> account.id().toString());
    }

    /**
     * The row that every decision updates is the lock: one lock an account, and foreign keys do not wait for it. Who takes it
     * is about to change something, so what any process remembers of the account is old from now on.
     */
    @Override
    public boolean lock(TenantId tenant, AccountId account) {
        memory.forget(tenant, account);
        return db.update(CREDIT_ACCOUNTS)
                        .set(CREDIT_ACCOUNTS.VERSION, CHANCE)
                        .where(CREDIT_ACCOUNTS.TENANT_ID.eq(tenant.value()))
                        .and(CREDIT_ACCOUNTS.ACCOUNT_ID.eq(account.value()))
                        .execute()
                == 1;
    }

    /** Changes none of them: what is limited then is known by the tenant. */
    @Override
    public void lockAll(TenantId tenant) {
        db.select(CREDIT_ACCOUNTS.ACCOUNT_ID)
                .from(CREDIT_ACCOUNTS)
                .where(CREDIT_ACCOUNTS.TENANT_ID.eq(tenant.value()))
                .orderBy(CREDIT_ACCOUNTS.ACCOUNT_ID)
                .forNoKeyUpdate()
                .fetch();
    }

    static BillingAccount account(Record row) {
        return new BillingAccount(
                new TenantId(row.get(BILLING_ACCOUNTS.TENANT_ID)),
                new AccountId(row.get(BILLING_ACCOUNTS.ID)),
                BillingAccount.Holder.valueOf(row.get(BILLING_ACCOUNTS.HOLDER)),
                row.get(BILLING_ACCOUNTS.CREATED_AT));
    }
}

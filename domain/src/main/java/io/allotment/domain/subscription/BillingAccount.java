package io.allotment.domain.subscription;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.time.Instant;

/** The holder of a subscription, credits and quotas inside a tenant: the tenant itself or one member. */
public record BillingAccount(TenantId tenantId, AccountId id, Holder holder, Instant createdAt) {

    /** Who holds an account. */
    public enum Holder {
        TENANT,
        MEMBER
    }

    public BillingAccount {
        requireNonNull(tenantId, "tenantId");
        requireNonNull(id, "id");
        requireNonNull(holder, "holder");
        requireNonNull(createdAt, "createdAt");
    }

    public static BillingAccount ofTenant(TenantId tenant, Instant now) {
        return new BillingAccount(tenant, idOf(tenant), Holder.TENANT, now);
    }

    public static BillingAccount ofMember(TenantId tenant, UserId member, Instant now) {
        return new BillingAccount(tenant, idOf(member), Holder.MEMBER, now);
    }

    /** The tenant's own account has the tenant's id. */
    public static AccountId idOf(TenantId tenant) {
        return new AccountId(tenant.value());
    }

    /** A member's account has the user's id. */
    public static AccountId idOf(UserId member) {
        return new AccountId(member.value());
    }
}

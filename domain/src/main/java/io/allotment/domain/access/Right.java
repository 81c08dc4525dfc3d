package io.allotment.domain.access;

import io.allotment.domain.shared.PermissionKey;

/**
 * The permissions that Allotment itself asks for; a product has its own beside them. They are in the catalogue of permissions
 * and can be given to roles and keys like any other, but not be changed or deleted.
 *
 * <p>What makes money or rights out of nothing is not among them: granting credits, changing quotas by hand, subscribing,
 * suspending or deleting a tenant are the operator's.
 */
public enum Right {
    TENANT_READ("tenant:read", "See the tenant's profile and settings"),
    TENANT_UPDATE("tenant:update", "Change the tenant's profile, settings and thresholds"),
    MEMBER_READ("member:read", "See who belongs to the tenant, and its teams"),
    MEMBER_INVITE("member:invite", "Invite people"),
    MEMBER_MANAGE("member:manage", "Rename, suspend and remove members"),
    TEAM_MANAGE("team:manage", "Make, change and delete teams"),
    ROLE_READ("role:read", "See roles and who has them"),
    ROLE_MANAGE("role:manage", "Make, change and delete roles"),
    ROLE_ASSIGN("role:assign", "Give roles to members and take them"),
    KEY_READ("key:read", "See the tenant's API keys"),
    KEY_MANAGE("key:manage", "Make, change, rotate and revoke API keys of the tenant"),
    KEY_OWN("key:own", "Make, change, rotate and revoke API keys of one's own"),
    ACCOUNT_READ("account:read", "See accounts, subscriptions, credits and quotas"),
    CREDIT_BUY("credit:buy", "Order credits for the tenant's accounts"),
    BILLING_MANAGE("billing:manage", "Subscribe, change and cancel at the gateway, and see its portal"),
    LIMIT_MANAGE("limit:manage", "Set spend limits of members and keys"),
    USAGE_READ("usage:read", "See usage and decisions"),
    GATE_USE("gate:use", "Consume and reserve, for oneself"),
    GATE_DELEGATE("gate:delegate", "Consume and reserve for any member and any account"),
    AUDIT_READ("audit:read", "See and export the audit log");

    private final PermissionKey key;
    private final String description;

    Right(String key, String description) {
        this.key = new PermissionKey(key);
        this.description = description;
    }

    public PermissionKey key() {
        return key;
    }

    public String description() {
        return description;
    }
}

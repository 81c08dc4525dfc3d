package io.allotment.domain.access;

/** What somebody may across all tenants; apart from every tenant's roles. */
public enum PlatformRole {
    /** Everything, like the bearer of the root key. */
    OPERATOR,
    /** Read everything, and change nothing. */
    SUPPORT
}

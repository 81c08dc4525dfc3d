package io.allotment.domain.usage;

/** What usage is told apart by. */
public enum UsageDimension {
    OPERATION,
    MODEL,
    PROVIDER,
    ACCOUNT,
    /** The member who acted, or on whose behalf a key did. */
    USER,
    /** The API key that acted. */
    KEY,
    /** What it was for. */
    RELATED_ENTITY
}

package io.allotment.domain.gate;

/** The steps of a decision, in their order. */
public enum Step {
    /** The tenant is active. */
    TENANT,
    /** Every operation is active. */
    OPERATION,
    /** The actor may do it. */
    PERMISSION,
    /** The account's subscription lets it spend. */
    SUBSCRIPTION,
    /** The AI work has a price, or the tenant's policy says what becomes of it. */
    PRICE,
    /** The plan gives the features, and enough of them. */
    ENTITLEMENT,
    /** The member and the key may spend so much. */
    SPEND_LIMIT,
    /** The credits are there. */
    CREDITS,
    /** What was held, taken or charged before is found; nothing can refuse here. */
    FOUND
}

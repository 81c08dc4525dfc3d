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
    /** The plan gives the features, and enough of them. */
    ENTITLEMENT,
    /** The credits are there. */
    CREDITS
}

package io.allotment.domain.subscription;

/**
 * What a change of plan at once does to the included credits of the period that goes on. None of them lets anybody spend
 * more in a period than what was paid for: what was spent counts, whenever the change comes.
 */
public enum CreditPolicy {
    /** Nothing moves; the other plan's credits come with the next period. */
    KEEP,
    /**
     * The unused ones are taken back and the other plan's come at once, less what was spent in this period, as if it had
     * been the plan from the beginning: a dearer one is charged the whole difference.
     */
    CLAW_BACK_UNUSED,
    /** Each plan gives, and costs, its share of the period's time. */
    PRORATE_REMAINING,
    /** A new period begins now, charged and credited in full; unused credits live on to their end. */
    FULL_NEW
}

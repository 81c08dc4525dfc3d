package io.allotment.domain.credit;

/** Where granted credits come from. */
public enum GrantSource {
    /** Included in a plan. */
    SUBSCRIPTION,
    /** Bought. */
    PURCHASE,
    /** Given away: support, referrals, campaigns. */
    GIFT,
    /** An operator's correction. */
    ADJUSTMENT
}

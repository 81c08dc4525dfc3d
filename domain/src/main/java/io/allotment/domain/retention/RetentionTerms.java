package io.allotment.domain.retention;

import io.allotment.domain.shared.InvalidValue;

/**
 * How long a tenant's rows are kept that grow with its use.
 *
 * @param usageDays usage events, and the reservations behind them: from {@value #MIN_USAGE_DAYS} to {@value #MAX_DAYS}, and not less than the keys
 * @param keyDays idempotency keys, of the gate and of other requests: from {@value #MIN_KEY_DAYS} to {@value #MAX_DAYS}
 * @param noticeDays notices of the outbox: from {@value #MIN_NOTICE_DAYS} to {@value #MAX_DAYS}
 */
public record RetentionTerms(int usageDays, int keyDays, int noticeDays) {

    /** What the gate promises callers: so long a repeated request finds its answer. */
    public static final int MIN_KEY_DAYS = 400;

    public static final int MIN_USAGE_DAYS = 400;
    public static final int MIN_NOTICE_DAYS = 7;

    /** Ten years, leap days included. */
    public static final int MAX_DAYS = 3_653;

    /** Where nothing is said: usage is not thrown away before anybody asked for it. */
    public static final RetentionTerms DEFAULT = new RetentionTerms(MAX_DAYS, MIN_KEY_DAYS, 90);

    public RetentionTerms {
        bounded("usageDays", usageDays, MIN_USAGE_DAYS);
        bounded("keyDays", keyDays, MIN_KEY_DAYS);
        bounded("noticeDays", noticeDays, MIN_NOTICE_DAYS);
        if (usageDays < keyDays) {
            throw new InvalidValue(
                    "usageDays",
                    "must not be less than keyDays: what a key is answered with stands in the usage event");
        }
    }

    private static void bounded(String field, int days, int min) {
        if (days < min || days > MAX_DAYS) {
            throw new InvalidValue(field, "must be from " + min + " to " + MAX_DAYS);
        }
    }
}

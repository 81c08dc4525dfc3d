package io.allotment.application.usage;

import io.allotment.domain.Persistence;

/**
 * Rolls up what was used, so that summaries are quick; they are right without it. To be asked again and again, by any number
 * of processes: each event is rolled up by one of them, once. Thread-safe.
 */
public final class UsageRoller {

    /** So many events in one transaction: tenths of a second. */
    private static final int BATCH = 10_000;

    private final Persistence persistence;

    public UsageRoller(Persistence persistence) {
        this.persistence = persistence;
    }

    /**
     * Rolls up what waits, in transactions of some thousand events, and sees to tenants whose time zone has changed.
     *
     * @param limit about so many events and no more, so that whoever asks can do something else in between
     * @return how many events; where it is less than the limit, nothing waits any more, but for what others are at
     */
    public int rollUp(int limit) {
        // Once, and not with each portion: it looks at all tenants.
        while (persistence
                        .unitOfWork()
                        .forPlatform(() -> persistence.usageSummaries().followMoves())
                > 0) {}
        int rolledUp = 0;
        while (rolledUp < limit) {
            int batch = Math.min(BATCH, limit - rolledUp);
            int more = persistence
                    .unitOfWork()
                    .forPlatform(() -> persistence.usageSummaries().rollUp(batch));
            if (more == 0) {
                break;
            }
            rolledUp += more;
        }
        return rolledUp;
    }
}

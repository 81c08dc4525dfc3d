package io.allotment.application.usage;

import io.allotment.domain.Persistence;

/**
 * Rolls up what was used, so that summaries are quick; they are right without it. To be asked again and again, by any number
 * of processes: each event is rolled up by one of them, once. Thread-safe.
 */
public final class UsageRoller {

    /** So many events in one transaction: tenths of a second. */
    private static final int BATCH = 5_000;

    private final Persistence persistence;

    public UsageRoller(Persistence persistence) {
        this.persistence = persistence;
    }

    /**
     * Rolls up what waits, in transactions of some thousand events.
     *
     * @param limit about so many events and no more, so that whoever asks can do something else in between
     * @return how many events; where it is less than the limit, nothing waits any more, but for what others are at
     */
    public int rollUp(int limit) {
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

package io.allotment.domain.job;

import java.time.Instant;

/** Port: storage that has to be there before it is needed. In the platform's unit of work alone. */
public interface Room {

    /** So many months ahead there is a place for usage events. */
    int MONTHS_AHEAD = 12;

    /**
     * Makes places for the usage events of this month and the {@value #MONTHS_AHEAD} that follow, where they are missing. Nothing is
     * lost where it is late: events then go to a place for all times, which is slower.
     *
     * @return how many were made
     */
    int make(Instant now);
}

package io.allotment.domain.tenancy;

import io.allotment.domain.shared.Refusal;

/** The plan's seats are all taken. */
public final class SeatsTaken extends Refusal {

    private final long limit;

    public SeatsTaken(long limit) {
        super(
                Kind.CONFLICT,
                "seats-taken",
                null,
                "All seats are taken: the plan allows " + limit + (limit == 1 ? " active member" : " active members")
                        + ". Remove or suspend a member, or choose a plan with more seats.");
        this.limit = limit;
    }

    public long limit() {
        return limit;
    }
}

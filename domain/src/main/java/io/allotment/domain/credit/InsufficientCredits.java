package io.allotment.domain.credit;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Refusal;

/** More credits were asked for than the account can give now. */
public final class InsufficientCredits extends Refusal {

    private final Credits needed;
    private final Credits available;

    public InsufficientCredits(Credits needed, Credits available) {
        super(
                Kind.CONFLICT,
                "insufficient-credits",
                "amount",
                "The account has " + available + " credits available, " + needed + " are needed.");
        this.needed = needed;
        this.available = available;
    }

    public Credits needed() {
        return needed;
    }

    public Credits available() {
        return available;
    }
}

package io.allotment.domain.subscription;

import io.allotment.domain.shared.Refusal;

/** Another change of plan waits for the end of the period. */
public final class ChangeScheduled extends Refusal {

    public ChangeScheduled() {
        super(
                Kind.CONFLICT,
                "change-scheduled",
                null,
                "Another change of plan waits for the period's end; drop that one first, or let it happen.");
    }
}

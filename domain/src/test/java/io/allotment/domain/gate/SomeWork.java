package io.allotment.domain.gate;

import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;

/** Units of work at one credit each: by themselves, or of a quota. */
final class SomeWork {

    static final Operation UNIT = Operation.of("work.unit", "work", Credits.of(1));
    static final Operation METERED = UNIT.drawing("units");

    private SomeWork() {}

    static Charge units(long quantity) {
        return Charge.of("work.unit", quantity);
    }

    static Charge units(String quantity) {
        return Charge.of(new OperationKey("work.unit"), Quantity.of(quantity));
    }

    /** Ten credits, no quota. */
    static World world() {
        return World.on(PlanVersionTerms.empty()).granted("10").selling(UNIT);
    }

    /** No credits, the quota. */
    static World metered(Quota quota) {
        return World.on("units", quota).selling(METERED);
    }
}

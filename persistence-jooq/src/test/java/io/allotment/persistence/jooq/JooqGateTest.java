package io.allotment.persistence.jooq;

import io.allotment.testkit.contract.AllocationsContract;
import io.allotment.testkit.contract.CreditAccountsContract;
import io.allotment.testkit.contract.GateCatalogContract;
import io.allotment.testkit.contract.GateConsumeContract;
import io.allotment.testkit.contract.GateCorrectionsContract;
import io.allotment.testkit.contract.GateCreditsContract;
import io.allotment.testkit.contract.GateIdempotencyContract;
import io.allotment.testkit.contract.GateLimitsContract;
import io.allotment.testkit.contract.GatePermissionsContract;
import io.allotment.testkit.contract.GatePricesContract;
import io.allotment.testkit.contract.GateRacesContract;
import io.allotment.testkit.contract.GateRecordingContract;
import io.allotment.testkit.contract.GateReservationsContract;
import io.allotment.testkit.contract.GateStoreContract;
import io.allotment.testkit.contract.InvariantsContract;
import io.allotment.testkit.contract.MeteredWorkContract;
import io.allotment.testkit.contract.OutboxContract;
import io.allotment.testkit.contract.QuotasContract;
import io.allotment.testkit.contract.ReservationsContract;
import io.allotment.testkit.contract.SpendLimitsContract;
import io.allotment.testkit.contract.UnitOfWorkContract;
import org.junit.jupiter.api.Nested;

/** The gate's suites, and those of what it counts and draws on. */
class JooqGateTest extends JooqSuites {

    @Nested
    class GatePrices extends GatePricesContract {}

    @Nested
    class CreditAccounts extends CreditAccountsContract {}

    @Nested
    class GateConsume extends GateConsumeContract {}

    @Nested
    class GateRecording extends GateRecordingContract {}

    @Nested
    class GateCorrections extends GateCorrectionsContract {}

    @Nested
    class GateCredits extends GateCreditsContract {}

    @Nested
    class GateIdempotency extends GateIdempotencyContract {}

    @Nested
    class GateRaces extends GateRacesContract {}

    @Nested
    class GateReservations extends GateReservationsContract {}

    @Nested
    class GateStore extends GateStoreContract {}

    @Nested
    class Invariants extends InvariantsContract {}

    @Nested
    class Quotas extends QuotasContract {}

    @Nested
    class UnitOfWork extends UnitOfWorkContract {}

    @Nested
    class Allocations extends AllocationsContract {}

    @Nested
    class GateCatalog extends GateCatalogContract {}

    @Nested
    class GateLimits extends GateLimitsContract {}

    @Nested
    class MeteredWork extends MeteredWorkContract {}

    @Nested
    class Outbox extends OutboxContract {}

    @Nested
    class Reservations extends ReservationsContract {}

    @Nested
    class SpendLimits extends SpendLimitsContract {}

    @Nested
    class GatePermissions extends GatePermissionsContract {}
}

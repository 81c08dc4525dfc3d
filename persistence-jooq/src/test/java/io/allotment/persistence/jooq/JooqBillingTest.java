package io.allotment.persistence.jooq;

import io.allotment.testkit.contract.BilledSubscriptionsContract;
import io.allotment.testkit.contract.BillingAccountsContract;
import io.allotment.testkit.contract.BillingHistoryContract;
import io.allotment.testkit.contract.BillingOrdersContract;
import io.allotment.testkit.contract.CheckoutsContract;
import io.allotment.testkit.contract.CreditProductsContract;
import io.allotment.testkit.contract.CreditPurchasesContract;
import io.allotment.testkit.contract.CustomerErasuresContract;
import io.allotment.testkit.contract.DunningContract;
import io.allotment.testkit.contract.FailingEventsContract;
import io.allotment.testkit.contract.LifeCycleContract;
import io.allotment.testkit.contract.ManualInvoicesContract;
import io.allotment.testkit.contract.MeteringContract;
import io.allotment.testkit.contract.PaymentEventsContract;
import io.allotment.testkit.contract.PlanMigrationContract;
import io.allotment.testkit.contract.ReconcilingContract;
import io.allotment.testkit.contract.RefundsContract;
import io.allotment.testkit.contract.SubscriptionsContract;
import io.allotment.testkit.contract.UnpaidCreditsContract;
import org.junit.jupiter.api.Nested;

/** The suites of subscriptions and payments. */
class JooqBillingTest extends JooqSuites {

    @Nested
    class BillingAccounts extends BillingAccountsContract {}

    @Nested
    class LifeCycle extends LifeCycleContract {}

    @Nested
    class Dunning extends DunningContract {}

    @Nested
    class CreditProducts extends CreditProductsContract {}

    @Nested
    class CreditPurchases extends CreditPurchasesContract {}

    @Nested
    class BilledSubscriptions extends BilledSubscriptionsContract {}

    @Nested
    class PaymentEvents extends PaymentEventsContract {}

    @Nested
    class FailingEvents extends FailingEventsContract {}

    @Nested
    class CustomerErasures extends CustomerErasuresContract {}

    @Nested
    class UnpaidCredits extends UnpaidCreditsContract {}

    @Nested
    class Checkouts extends CheckoutsContract {}

    @Nested
    class BillingOrders extends BillingOrdersContract {}

    @Nested
    class Reconciling extends ReconcilingContract {}

    @Nested
    class Refunds extends RefundsContract {

        @Override
        protected int orders() {
            return 5;
        }
    }

    @Nested
    class ManualInvoices extends ManualInvoicesContract {}

    @Nested
    class BillingHistory extends BillingHistoryContract {}

    @Nested
    class PlanMigrations extends PlanMigrationContract {}

    @Nested
    class Subscriptions extends SubscriptionsContract {}

    @Nested
    class Metering extends MeteringContract {}
}

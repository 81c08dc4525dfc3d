package io.allotment.persistence.memory;

import io.allotment.domain.Persistence;
import io.allotment.testkit.contract.BillingAccountsContract;
import io.allotment.testkit.contract.CatalogContract;
import io.allotment.testkit.contract.CreditAccountsContract;
import io.allotment.testkit.contract.GateStoreContract;
import io.allotment.testkit.contract.InvariantsContract;
import io.allotment.testkit.contract.MembershipsContract;
import io.allotment.testkit.contract.PersistenceUnderTest;
import io.allotment.testkit.contract.QuotasContract;
import io.allotment.testkit.contract.RequestsContract;
import io.allotment.testkit.contract.RootKeysContract;
import io.allotment.testkit.contract.SubscriptionsContract;
import io.allotment.testkit.contract.TenantsContract;
import io.allotment.testkit.contract.UnitOfWorkContract;
import io.allotment.testkit.contract.UsageEventsContract;
import io.allotment.testkit.contract.UsersContract;
import org.junit.jupiter.api.Nested;

class InMemoryPersistenceTest implements PersistenceUnderTest {

    private static final Persistence PERSISTENCE = new InMemoryPersistence();

    @Override
    public Persistence persistence() {
        return PERSISTENCE;
    }

    @Nested
    class UnitOfWork extends UnitOfWorkContract {}

    @Nested
    class Requests extends RequestsContract {}

    @Nested
    class Tenants extends TenantsContract {}

    @Nested
    class Memberships extends MembershipsContract {}

    @Nested
    class Users extends UsersContract {}

    @Nested
    class RootKeys extends RootKeysContract {}

    @Nested
    class Catalog extends CatalogContract {}

    @Nested
    class BillingAccounts extends BillingAccountsContract {}

    @Nested
    class Subscriptions extends SubscriptionsContract {}

    @Nested
    class CreditAccounts extends CreditAccountsContract {}

    @Nested
    class Quotas extends QuotasContract {}

    @Nested
    class UsageEvents extends UsageEventsContract {}

    @Nested
    class GateStore extends GateStoreContract {}

    @Nested
    class Invariants extends InvariantsContract {}
}

package io.allotment.persistence.memory;

import io.allotment.domain.Persistence;
import io.allotment.testkit.contract.AccessContract;
import io.allotment.testkit.contract.AiCatalogContract;
import io.allotment.testkit.contract.AiPreferencesContract;
import io.allotment.testkit.contract.AllocationsContract;
import io.allotment.testkit.contract.ApiKeyServiceContract;
import io.allotment.testkit.contract.ApiKeysContract;
import io.allotment.testkit.contract.AuditChainContract;
import io.allotment.testkit.contract.AuditLogContract;
import io.allotment.testkit.contract.BelongingContract;
import io.allotment.testkit.contract.BilledSubscriptionsContract;
import io.allotment.testkit.contract.BillingAccountsContract;
import io.allotment.testkit.contract.BillingHistoryContract;
import io.allotment.testkit.contract.BillingOrdersContract;
import io.allotment.testkit.contract.CatalogContract;
import io.allotment.testkit.contract.CheckoutsContract;
import io.allotment.testkit.contract.CredentialsContract;
import io.allotment.testkit.contract.CreditAccountsContract;
import io.allotment.testkit.contract.CreditProductsContract;
import io.allotment.testkit.contract.CreditPurchasesContract;
import io.allotment.testkit.contract.CustomerErasuresContract;
import io.allotment.testkit.contract.DunningContract;
import io.allotment.testkit.contract.ExternalIdentitiesContract;
import io.allotment.testkit.contract.FailingEventsContract;
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
import io.allotment.testkit.contract.InvitationsContract;
import io.allotment.testkit.contract.InvitingContract;
import io.allotment.testkit.contract.JobsContract;
import io.allotment.testkit.contract.LifeCycleContract;
import io.allotment.testkit.contract.MailsContract;
import io.allotment.testkit.contract.ManualInvoicesContract;
import io.allotment.testkit.contract.MembershipsContract;
import io.allotment.testkit.contract.MeteredWorkContract;
import io.allotment.testkit.contract.MeteringContract;
import io.allotment.testkit.contract.OutboxContract;
import io.allotment.testkit.contract.PaymentEventsContract;
import io.allotment.testkit.contract.PermissionsContract;
import io.allotment.testkit.contract.PersistenceUnderTest;
import io.allotment.testkit.contract.PersonalDataContract;
import io.allotment.testkit.contract.PlanMigrationContract;
import io.allotment.testkit.contract.PlatformRolesContract;
import io.allotment.testkit.contract.QuotasContract;
import io.allotment.testkit.contract.ReconcilingContract;
import io.allotment.testkit.contract.RefundsContract;
import io.allotment.testkit.contract.RequestsContract;
import io.allotment.testkit.contract.ReservationsContract;
import io.allotment.testkit.contract.RetentionContract;
import io.allotment.testkit.contract.RolesContract;
import io.allotment.testkit.contract.RootKeysContract;
import io.allotment.testkit.contract.SessionsContract;
import io.allotment.testkit.contract.SigningInContract;
import io.allotment.testkit.contract.SpendLimitsContract;
import io.allotment.testkit.contract.SubscriptionsContract;
import io.allotment.testkit.contract.TeamsContract;
import io.allotment.testkit.contract.TenantsContract;
import io.allotment.testkit.contract.UnitOfWorkContract;
import io.allotment.testkit.contract.UnpaidCreditsContract;
import io.allotment.testkit.contract.UnpricedUsageContract;
import io.allotment.testkit.contract.UsageEventsContract;
import io.allotment.testkit.contract.UsageSummariesContract;
import io.allotment.testkit.contract.UsersContract;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

class InMemoryPersistenceTest implements PersistenceUnderTest {

    private static InMemoryPersistence persistence;

    /** A memory for each suite: what looks at all rows finds its own alone. */
    @RegisterExtension
    static final BeforeAllCallback anew = suite -> persistence = new InMemoryPersistence();

    @Override
    public Persistence persistence() {
        return persistence;
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
    class ApiKeys extends ApiKeysContract {}

    @Nested
    class ApiKeyService extends ApiKeyServiceContract {}

    @Nested
    class RootKeys extends RootKeysContract {}

    @Nested
    class Catalog extends CatalogContract {}

    @Nested
    class AiCatalog extends AiCatalogContract {}

    @Nested
    class AiPreferences extends AiPreferencesContract {}

    @Nested
    class GatePrices extends GatePricesContract {}

    @Nested
    class BillingAccounts extends BillingAccountsContract {}

    @Nested
    class Subscriptions extends SubscriptionsContract {}

    @Nested
    class CreditAccounts extends CreditAccountsContract {}

    @Nested
    class SpendLimits extends SpendLimitsContract {}

    @Nested
    class Quotas extends QuotasContract {}

    @Nested
    class Allocations extends AllocationsContract {}

    @Nested
    class UsageEvents extends UsageEventsContract {}

    @Nested
    class UnpricedUsage extends UnpricedUsageContract {}

    @Nested
    class UsageSummaries extends UsageSummariesContract {}

    @Nested
    class GateStore extends GateStoreContract {}

    @Nested
    class GateConsume extends GateConsumeContract {}

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
    class Refunds extends RefundsContract {}

    @Nested
    class ManualInvoices extends ManualInvoicesContract {}

    @Nested
    class BillingHistory extends BillingHistoryContract {}

    @Nested
    class PlanMigrations extends PlanMigrationContract {}

    @Nested
    class GateRecording extends GateRecordingContract {}

    @Nested
    class GateCredits extends GateCreditsContract {}

    @Nested
    class GateLimits extends GateLimitsContract {}

    @Nested
    class GateIdempotency extends GateIdempotencyContract {}

    @Nested
    class GateReservations extends GateReservationsContract {}

    @Nested
    class GateCorrections extends GateCorrectionsContract {}

    @Nested
    class GateRaces extends GateRacesContract {}

    @Nested
    class GateCatalog extends GateCatalogContract {}

    @Nested
    class MeteredWork extends MeteredWorkContract {}

    @Nested
    class Metering extends MeteringContract {}

    @Nested
    class Reservations extends ReservationsContract {}

    @Nested
    class Outbox extends OutboxContract {}

    @Nested
    class Invariants extends InvariantsContract {}

    @Nested
    class Jobs extends JobsContract {}

    @Nested
    class Retention extends RetentionContract {}

    @Nested
    class PersonalData extends PersonalDataContract {}

    @Nested
    class Mails extends MailsContract {}

    @Nested
    class AuditLog extends AuditLogContract {}

    @Nested
    class AuditChain extends AuditChainContract {
        @Override
        protected Damage damage() {
            return new AuditDamage(persistence);
        }
    }

    @Nested
    class Permissions extends PermissionsContract {}

    @Nested
    class Roles extends RolesContract {}

    @Nested
    class PlatformRoles extends PlatformRolesContract {}

    @Nested
    class Access extends AccessContract {}

    @Nested
    class GatePermissions extends GatePermissionsContract {}

    @Nested
    class Teams extends TeamsContract {}

    @Nested
    class Invitations extends InvitationsContract {}

    @Nested
    class Belonging extends BelongingContract {}

    @Nested
    class Inviting extends InvitingContract {}

    @Nested
    class Credentials extends CredentialsContract {}

    @Nested
    class SigningIn extends SigningInContract {}

    @Nested
    class Sessions extends SessionsContract {}

    @Nested
    class ExternalIdentities extends ExternalIdentitiesContract {}
}

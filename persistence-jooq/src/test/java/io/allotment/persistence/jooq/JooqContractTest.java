package io.allotment.persistence.jooq;

import io.allotment.testkit.contract.AccessContract;
import io.allotment.testkit.contract.AiCatalogContract;
import io.allotment.testkit.contract.AiPreferencesContract;
import io.allotment.testkit.contract.ApiKeyServiceContract;
import io.allotment.testkit.contract.ApiKeysContract;
import io.allotment.testkit.contract.AuditChainContract;
import io.allotment.testkit.contract.AuditLogContract;
import io.allotment.testkit.contract.BelongingContract;
import io.allotment.testkit.contract.CatalogContract;
import io.allotment.testkit.contract.CredentialsContract;
import io.allotment.testkit.contract.ExternalIdentitiesContract;
import io.allotment.testkit.contract.InvitationsContract;
import io.allotment.testkit.contract.InvitingContract;
import io.allotment.testkit.contract.JobsContract;
import io.allotment.testkit.contract.MailsContract;
import io.allotment.testkit.contract.MembershipsContract;
import io.allotment.testkit.contract.PermissionsContract;
import io.allotment.testkit.contract.PersonalDataContract;
import io.allotment.testkit.contract.PlatformRolesContract;
import io.allotment.testkit.contract.RequestsContract;
import io.allotment.testkit.contract.RetentionContract;
import io.allotment.testkit.contract.RolesContract;
import io.allotment.testkit.contract.RootKeysContract;
import io.allotment.testkit.contract.SessionsContract;
import io.allotment.testkit.contract.SigningInContract;
import io.allotment.testkit.contract.TeamsContract;
import io.allotment.testkit.contract.TenantsContract;
import io.allotment.testkit.contract.UnpricedUsageContract;
import io.allotment.testkit.contract.UsageEventsContract;
import io.allotment.testkit.contract.UsageSummariesContract;
import io.allotment.testkit.contract.UsersContract;
import org.junit.jupiter.api.Nested;

/** The suites of all other ports. */
class JooqContractTest extends JooqSuites {

    @Nested
    class Catalog extends CatalogContract {}

    @Nested
    class AiCatalog extends AiCatalogContract {}

    @Nested
    class AiPreferences extends AiPreferencesContract {}

    @Nested
    class Memberships extends MembershipsContract {}

    @Nested
    class Requests extends RequestsContract {}

    @Nested
    class ApiKeys extends ApiKeysContract {}

    @Nested
    class ApiKeyService extends ApiKeyServiceContract {}

    @Nested
    class RootKeys extends RootKeysContract {}

    @Nested
    class Tenants extends TenantsContract {}

    @Nested
    class UsageEvents extends UsageEventsContract {}

    @Nested
    class UnpricedUsage extends UnpricedUsageContract {}

    @Nested
    class UsageSummaries extends UsageSummariesContract {}

    @Nested
    class Users extends UsersContract {}

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
            return new AuditDamage(database);
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

package io.allotment.domain.subscription;

import static io.allotment.domain.subscription.SomeSubscription.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BillingAccountTest {

    @Test
    void an_account_has_its_holder_s_id() {
        var tenant = new TenantId(new UUID(1, 1));
        var member = new UserId(new UUID(1, 2));

        assertThat(BillingAccount.ofTenant(tenant, NOW))
                .isEqualTo(
                        new BillingAccount(tenant, new AccountId(tenant.value()), BillingAccount.Holder.TENANT, NOW));
        assertThat(BillingAccount.ofMember(tenant, member, NOW))
                .isEqualTo(
                        new BillingAccount(tenant, new AccountId(member.value()), BillingAccount.Holder.MEMBER, NOW));
    }
}

package io.allotment.persistence.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.catalog.*;
import io.allotment.domain.credit.GrantSource;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.shared.*;
import io.allotment.domain.subscription.BillingAccount;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.usage.*;
import io.allotment.testkit.TestDatabase;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SmokeTest {
    @Test
    void whole_path() {
        try (var database = TestDatabase.create();
                var persistence = JooqPersistence.connect(new JooqPersistence.Settings(
                        database.jdbcUrl(), database.appPassword(), database.platformPassword(), 4))) {
            var allotment = Allotment.with(persistence).build();
            allotment.catalog().create(new Feature(new FeatureKey("minutes"), "Minutes", Optional.empty(), Feature.Kind.CONSUMED, Optional.of("minute")));
            allotment.catalog().create(Operation.of("transcribe.minute", "transcription", Credits.of("0.5")).drawing("minutes"));
            allotment.catalog().create(Plan.of("pro", "Pro"), PlanVersionTerms.empty().with("minutes", Quota.perCycle(100)).including(Credits.of(10)));
            var tenant = allotment.tenants().create(TenantProfile.of("Acme", "acme"));
            var account = BillingAccount.idOf(tenant.id());
            allotment.subscriptions().subscribe(tenant.id(), account, SubscriptionService.Choice.of("pro"));
            allotment.credits().grant(tenant.id(), account, "g1", GrantSource.GIFT, 100);
            var answer = allotment.gate().consume(tenant.id(), "k1", Charge.of("transcribe.minute", 12).relatedTo("meeting", "42").using("gpt", TokenCounts.of(1, 2)));
            assertThat(answer.allowed()).isTrue();
            var again = allotment.gate().consume(tenant.id(), "k1", Charge.of("transcribe.minute", 12).using("gpt", TokenCounts.of(1, 2)));
            assertThat(again.replayed()).isTrue();
            assertThat(again.decision()).isEqualTo(answer.decision());
            var denied = allotment.gate().consume(tenant.id(), "k2", Charge.of("transcribe.minute", 112));
            assertThat(denied.allowed()).isFalse();
            assertThat(allotment.gate().consume(tenant.id(), "k2", Charge.of("transcribe.minute", 112)).decision()).isEqualTo(denied.decision());
            System.out.println(allotment.gate().explain(tenant.id(), answer.decision().id()));
            System.out.println(allotment.gate().explain(tenant.id(), denied.decision().id()));
            System.out.println(allotment.quotas().history(tenant.id(), account, new FeatureKey("minutes"), PageRequest.first(10)));
            System.out.println(allotment.usage().totals(tenant.id(), UsageFilter.ALL));
            System.out.println(allotment.credits().listEntries(tenant.id(), account, io.allotment.domain.credit.EntryFilter.ALL, PageRequest.first(10)));
            System.out.println(allotment.gate().verify());
            assertThat(allotment.gate().verify().violations()).isEmpty();
            allotment.tenants().delete(tenant.id());
            System.out.println(allotment.gate().verify());
        }
    }
}

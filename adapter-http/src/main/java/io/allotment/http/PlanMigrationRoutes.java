package io.allotment.http;

import io.allotment.application.subscription.PlanMigrationService.Portion;
import io.allotment.application.subscription.PlanMigrationService.Refused;
import io.allotment.application.subscription.PlanMigrationService.When;
import io.allotment.application.subscription.PlanMigrationService.Wish;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.SubscriptionId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.subscription.CreditPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Taking a plan's subscribers to another version of it. */
final class PlanMigrationRoutes {

    void addTo(Routes routes) {
        routes.get("/plans/{plan}/migration", this::preview);
        // Repeated it finds those done who are: no answer has to be kept.
        routes.post("/plans/{plan}/migration", this::migrate);
    }

    record Migration(
            Optional<Integer> fromVersion,
            Optional<Integer> toVersion,
            Optional<When> at,
            Optional<CreditPolicy> creditPolicy,
            Optional<PriceKey> price,
            Optional<Integer> limit,
            Optional<String> after) {

        Wish of(PlanKey plan) {
            return new Wish(plan, fromVersion, toVersion, at.orElse(When.PERIOD_END), creditPolicy, price);
        }

        PageRequest page() {
            return Paging.page(limit, after);
        }
    }

    record ChargeView(String currency, long amountMinor) {}

    record RefusedView(TenantId tenant, AccountId account, SubscriptionId subscription, String code, String reason) {

        static RefusedView of(Refused refused) {
            return new RefusedView(
                    refused.tenantId(), refused.accountId(), refused.id(), refused.code(), refused.reason());
        }
    }

    record PortionView(
            int subscribers,
            int changed,
            int unchanged,
            Credits granted,
            Credits clawedBack,
            List<ChargeView> charges,
            List<RefusedView> refused,
            Optional<String> next) {

        static PortionView of(Portion portion) {
            var result = portion.result();
            return new PortionView(
                    result.subscribers(),
                    result.changed(),
                    result.unchanged(),
                    result.granted(),
                    result.clawedBack(),
                    result.chargesMinor().entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .map(charge -> new ChargeView(charge.getKey(), charge.getValue()))
                            .toList(),
                    result.refused().stream().map(RefusedView::of).toList(),
                    portion.next());
        }
    }

    private Reply preview(Call call) {
        var asked = call.query(Migration.class);
        return Reply.ok(PortionView.of(call.allotment().planMigrations().preview(asked.of(plan(call)), asked.page())));
    }

    private Reply migrate(Call call) {
        var asked = call.body(Migration.class);
        return Reply.ok(PortionView.of(call.allotment().planMigrations().migrate(asked.of(plan(call)), asked.page())));
    }

    private static PlanKey plan(Call call) {
        return call.path("plan", PlanKey::new);
    }
}

package io.allotment.http;

import io.allotment.application.quota.QuotaService;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaStanding;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.RelatedEntity;
import java.time.Instant;
import java.util.Optional;

/** An account's quotas: how they stand, and corrections by hand. The root key acts as the system. */
final class QuotaRoutes {

    void addTo(Routes routes) {
        var account = "/tenants/{tenant}/accounts/{account}/quotas";
        routes.get(account, this::list);
        routes.postForTenant(account + "/{feature}/increment", this::increment);
        routes.postForTenant(account + "/{feature}/decrement", this::decrement);
        routes.postForTenant(account + "/{feature}/reset", this::reset);
        routes.get(account + "/{feature}/history", this::history);
        routes.get(account + "/{feature}/allocations", this::allocations);
    }

    record Step(Quantity amount, String reason, Optional<RelatedEntity> relatedTo) {}

    record Reset(String reason, Optional<RelatedEntity> relatedTo) {}

    record StandingView(
            FeatureKey feature,
            Quantity used,
            Quantity held,
            Optional<Quantity> limit,
            Optional<Quantity> remaining,
            Quantity overageUsed,
            Quota.Reset reset,
            Optional<Long> windowSeconds,
            Quota.Overage overage,
            int gracePercent,
            Period period) {

        static StandingView of(QuotaStanding standing) {
            var quota = standing.quota();
            return new StandingView(
                    standing.feature(),
                    standing.used(),
                    standing.held(),
                    quota.limit(),
                    standing.remaining(),
                    standing.overage(),
                    quota.reset(),
                    quota.windowSeconds(),
                    quota.overage(),
                    quota.gracePercent(),
                    standing.period());
        }
    }

    record ChangeView(
            QuotaChangeId id,
            FeatureKey feature,
            QuotaChange.Operation operation,
            Quantity amount,
            Quantity usedAfter,
            Optional<Quantity> limit,
            String reason,
            Optional<RelatedEntity> relatedTo,
            Period period,
            ActorView actor,
            Optional<IdempotencyKey> idempotencyKey,
            Instant at) {

        static ChangeView of(QuotaChange change) {
            return new ChangeView(
                    change.id(),
                    change.feature(),
                    change.operation(),
                    change.amount(),
                    change.usedAfter(),
                    change.limit(),
                    change.reason(),
                    change.relatedTo(),
                    change.period(),
                    ActorView.of(change.actor()),
                    change.idempotencyKey(),
                    change.at());
        }
    }

    record AllocationView(FeatureKey feature, RelatedEntity relatedTo, Quantity quantity, Instant since) {

        static AllocationView of(Allocation allocation) {
            return new AllocationView(
                    allocation.feature(), allocation.relatedTo(), allocation.quantity(), allocation.since());
        }
    }

    private Reply list(Call call) {
        return Reply.ok(Items.all(call.allotment().quotas().list(call.tenant(), call.account()), StandingView::of));
    }

    private Reply increment(Call call) {
        return step(call, QuotaChange.Operation.INCREMENT);
    }

    private Reply decrement(Call call) {
        return step(call, QuotaChange.Operation.DECREMENT);
    }

    private Reply step(Call call, QuotaChange.Operation operation) {
        var body = call.body(Step.class);
        return corrected(call, operation, Optional.of(body.amount()), body.reason(), body.relatedTo());
    }

    private Reply reset(Call call) {
        var body = call.body(Reset.class);
        return corrected(call, QuotaChange.Operation.RESET, Optional.empty(), body.reason(), body.relatedTo());
    }

    private Reply corrected(
            Call call,
            QuotaChange.Operation operation,
            Optional<Quantity> amount,
            String reason,
            Optional<RelatedEntity> relatedTo) {
        var correction = new QuotaService.Correction(operation, amount, reason, relatedTo, Actor.system());
        var change = call.allotment()
                .quotas()
                .correct(call.tenant(), call.account(), call.feature(), call.idempotencyKey(), correction);
        return Reply.ok(ChangeView.of(change));
    }

    private Reply history(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(
                call.allotment().quotas().history(call.tenant(), call.account(), call.feature(), page),
                ChangeView::of));
    }

    private Reply allocations(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(
                call.allotment().quotas().allocations(call.tenant(), call.account(), call.feature(), page),
                AllocationView::of));
    }
}

package io.allotment.application.quota;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.quota.Allocation;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.quota.QuotaCounter;
import io.allotment.domain.quota.QuotaStanding;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.QuotaChangeId;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.subscription.Subscription;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.usage.MeteredUse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Quotas by hand: looking, and correcting the used count. The gate counts. Changes are idempotent by key, as in the other
 * services. Methods refuse an account that does not exist ({@link NotFound}). Thread-safe.
 */
public final class QuotaService {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public QuotaService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * A change by hand.
     *
     * @param amount to add or take away; empty for a reset
     * @param reason for the history
     */
    public record Correction(
            QuotaChange.Operation operation,
            Optional<Quantity> amount,
            String reason,
            Optional<RelatedEntity> relatedTo,
            Actor actor) {}

    /** Every quota of the account's plan, in the plan's order, as it stands now; none without a subscription. */
    public List<QuotaStanding> list(TenantId tenantId, AccountId account) {
        acting.require(tenantId, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var present = present(tenantId, account);
            return present.plan().stream()
                    .flatMap(plan -> plan.entitlements().stream())
                    .filter(Entitlement.Metered.class::isInstance)
                    .map(Entitlement.Metered.class::cast)
                    .map(metered ->
                            QuotaStanding.of(metered, present.quota(metered).counter()))
                    .toList();
        });
    }

    /**
     * Changes the used count of the present period. A decrement stops at zero; an increment may pass the limit. Refuses a
     * feature that the account's plan does not meter.
     */
    public QuotaChange correct(
            TenantId tenantId, AccountId account, FeatureKey feature, IdempotencyKey key, Correction correction) {
        acting.requireOperator(tenantId);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            accounts.open(tenantId, account, moments.now());
            var earlier = persistence.quotas().findChange(tenantId, key);
            if (earlier.isPresent()) {
                return replayed(earlier.get(), account, feature, key, correction);
            }
            var present = present(tenantId, account);
            var metered = present.plan()
                    .flatMap(plan -> plan.entitlement(feature))
                    .filter(Entitlement.Metered.class::isInstance)
                    .map(Entitlement.Metered.class::cast)
                    .orElseThrow(() -> new Unknown("quota", "feature", feature));
            var changes = new ArrayList<QuotaChange>();
            var quota = present.quota(metered);
            var counter = quota.counter();
            quota.ended()
                    .ifPresent(ended -> changes.add(QuotaChange.rolledOver(
                            ended, counter, metered.quota().limit(), new QuotaChangeId(ids.next()), present.now())));
            var corrected = counter.corrected(
                    correction.operation(), correction.amount(), metered.quota().limit());
            var change = new QuotaChange(
                    tenantId,
                    new QuotaChangeId(ids.next()),
                    account,
                    feature,
                    correction.operation(),
                    corrected.differenceFrom(counter),
                    corrected.used(),
                    metered.quota().limit(),
                    correction.reason(),
                    correction.relatedTo(),
                    corrected.period(),
                    correction.actor(),
                    Optional.of(key),
                    present.now());
            changes.add(change);
            persistence.quotas().save(corrected, changes);
            meter(present.subscription().orElseThrow(), counter, corrected, change);
            acting.record(tenantId, corrected(change, counter.used()));
            return change;
        });
    }

    /** Billable overage that is no more is not to be billed; what is held is not billed by use. */
    private void meter(Subscription subscription, QuotaCounter before, QuotaCounter after, QuotaChange change) {
        persistence
                .catalog()
                .findFeature(change.feature())
                .filter(Feature::isBilledByUse)
                .flatMap(feature -> MeteredUse.of(
                        subscription,
                        new DecisionId(change.id().value()),
                        0,
                        change.feature(),
                        after.overage().value().subtract(before.overage().value()),
                        after.period().start(),
                        change.at()))
                .ifPresent(persistence.meteredUses()::append);
    }

    /** What holds some of an allocated feature, by related entity. */
    public Page<Allocation> allocations(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            return persistence.allocations().list(tenant, account, feature, page);
        });
    }

    /** Everything that happened to a feature's used count, consumption included, newest first. */
    public Page<QuotaChange> history(TenantId tenant, AccountId account, FeatureKey feature, PageRequest page) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.accounts().find(tenant, account).isEmpty()) {
                throw new NotFound("account", account);
            }
            return persistence.quotas().history(tenant, account, feature, page);
        });
    }

    private static AuditEvent corrected(QuotaChange change, Quantity usedBefore) {
        return AuditEvent.of("quota.corrected", "quota", change.accountId() + "." + change.feature())
                .from(AuditValues.of("used", usedBefore).map())
                .to(AuditValues.of("used", change.usedAfter())
                        .and("operation", change.operation())
                        .and("amount", change.amount())
                        .and("reason", change.reason())
                        .map());
    }

    private QuotaChange replayed(
            QuotaChange earlier, AccountId account, FeatureKey feature, IdempotencyKey key, Correction correction) {
        if (!earlier.accountId().equals(account)
                || !earlier.feature().equals(feature)
                || !earlier.isSameAs(correction.operation(), correction.amount(), correction.reason())) {
            throw new IdempotencyKeyReused(key);
        }
        return earlier;
    }

    private Present present(TenantId tenantId, AccountId account) {
        var tenant = persistence.tenants().find(tenantId).orElseThrow(() -> new NotFound("tenant", tenantId));
        var now = moments.now();
        var state = accounts.look(tenantId, account, now);
        var subscription = state.subscription();
        var plan = subscription
                .flatMap(s -> persistence.catalog().findVersion(s.planVersionId()))
                .map(version -> version.terms());
        return new Present(tenant, subscription, plan, state.counters(), now);
    }

    /** All that tells an account's quotas at one time. */
    private record Present(
            Tenant tenant,
            Optional<Subscription> subscription,
            Optional<PlanVersionTerms> plan,
            Map<FeatureKey, QuotaCounter> counters,
            Instant now) {

        QuotaCounter.Present quota(Entitlement.Metered metered) {
            var stored = Optional.ofNullable(counters.get(metered.feature()));
            return QuotaCounter.at(now, stored, metered, subscription.orElseThrow(), tenant.timeZone());
        }
    }
}

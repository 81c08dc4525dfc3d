package io.allotment.http;

import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Quantity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Features, operations and plans. */
final class CatalogRoutes {

    void addTo(Routes routes) {
        routes.get("/features", this::listFeatures);
        routes.postForPlatform("/features", this::createFeature);
        routes.get("/features/{feature}", this::getFeature);
        routes.patch("/features/{feature}", this::changeFeature);

        routes.get("/operations", this::listOperations);
        routes.postForPlatform("/operations", this::createOperation);
        routes.get("/operations/{operation}", this::getOperation);
        routes.patch("/operations/{operation}", this::changeOperation);

        routes.get("/plans", this::listPlans);
        routes.postForPlatform("/plans", this::createPlan);
        routes.get("/plans/{plan}", this::getPlan);
        routes.patch("/plans/{plan}", this::changePlan);
        routes.get("/plans/{plan}/versions", this::listVersions);
        routes.postForPlatform("/plans/{plan}/versions", this::addVersion);
        routes.delete("/plans/{plan}/versions/{version}", this::deleteVersion);
    }

    // Features

    record NewFeature(
            FeatureKey key, String name, Optional<String> description, Feature.Kind kind, Optional<String> unit) {}

    record FeatureChange(Optional<String> name, Change<String> description, Change<String> unit) {

        Feature of(Feature present) {
            return new Feature(
                    present.key(),
                    name.orElse(present.name()),
                    description.from(present.description()),
                    present.kind(),
                    unit.from(present.unit()));
        }
    }

    record FeatureView(
            FeatureKey key, String name, Optional<String> description, Feature.Kind kind, Optional<String> unit) {

        static FeatureView of(Feature feature) {
            return new FeatureView(
                    feature.key(), feature.name(), feature.description(), feature.kind(), feature.unit());
        }
    }

    private Reply listFeatures(Call call) {
        return Reply.ok(Items.of(
                call.allotment().catalog().listFeatures(call.query(Paging.class).page()), FeatureView::of));
    }

    private Reply createFeature(Call call) {
        var body = call.body(NewFeature.class);
        var feature = call.allotment()
                .catalog()
                .create(new Feature(body.key(), body.name(), body.description(), body.kind(), body.unit()));
        return Reply.created(FeatureView.of(feature)).at("/features/" + feature.key());
    }

    private Reply getFeature(Call call) {
        return Reply.ok(FeatureView.of(call.allotment().catalog().getFeature(call.feature())));
    }

    private Reply changeFeature(Call call) {
        var change = call.body(FeatureChange.class);
        return Reply.ok(FeatureView.of(call.allotment().catalog().updateFeature(call.feature(), change::of)));
    }

    // Operations

    record NewOperation(
            OperationKey key,
            Optional<String> description,
            String category,
            Optional<Credits> creditRate,
            Optional<FeatureKey> feature,
            Optional<PermissionKey> permission,
            Optional<Boolean> active,
            Optional<Document> metadata,
            Optional<Operation.CreditBasis> creditBasis) {

        Operation operation() {
            return new Operation(
                    key,
                    description,
                    category,
                    creditRate.orElse(Credits.ZERO),
                    feature,
                    permission,
                    active.orElse(true),
                    metadata.orElse(Document.EMPTY),
                    creditBasis.orElse(Operation.CreditBasis.QUANTITY));
        }
    }

    record OperationChange(
            Change<String> description,
            Optional<String> category,
            Optional<Credits> creditRate,
            Change<FeatureKey> feature,
            Change<PermissionKey> permission,
            Optional<Boolean> active,
            Optional<Document> metadata,
            Optional<Operation.CreditBasis> creditBasis) {

        Operation of(Operation present) {
            return new Operation(
                    present.key(),
                    description.from(present.description()),
                    category.orElse(present.category()),
                    creditRate.orElse(present.creditRate()),
                    feature.from(present.feature()),
                    permission.from(present.permission()),
                    active.orElse(present.active()),
                    metadata.orElse(present.metadata()),
                    creditBasis.orElse(present.creditBasis()));
        }
    }

    record OperationView(
            OperationKey key,
            Optional<String> description,
            String category,
            Credits creditRate,
            Optional<FeatureKey> feature,
            Optional<PermissionKey> permission,
            boolean active,
            Document metadata,
            Operation.CreditBasis creditBasis) {

        static OperationView of(Operation operation) {
            return new OperationView(
                    operation.key(),
                    operation.description(),
                    operation.category(),
                    operation.creditRate(),
                    operation.feature(),
                    operation.permission(),
                    operation.active(),
                    operation.metadata(),
                    operation.creditBasis());
        }
    }

    private Reply listOperations(Call call) {
        return Reply.ok(Items.of(
                call.allotment()
                        .catalog()
                        .listOperations(call.query(Paging.class).page()),
                OperationView::of));
    }

    private Reply createOperation(Call call) {
        var operation =
                call.allotment().catalog().create(call.body(NewOperation.class).operation());
        return Reply.created(OperationView.of(operation)).at("/operations/" + operation.key());
    }

    private Reply getOperation(Call call) {
        return Reply.ok(
                OperationView.of(call.allotment().catalog().getOperation(call.path("operation", OperationKey::new))));
    }

    private Reply changeOperation(Call call) {
        var change = call.body(OperationChange.class);
        return Reply.ok(OperationView.of(
                call.allotment().catalog().updateOperation(call.path("operation", OperationKey::new), change::of)));
    }

    // Plans

    /** A plan and, beside what it is called, the terms of its first version. */
    record NewPlan(
            PlanKey key,
            String name,
            Optional<String> description,
            Optional<Boolean> active,
            Optional<Boolean> featured,
            Optional<Integer> sortOrder,
            Optional<Boolean> defaultPlan,
            Optional<Integer> trialDays,
            Optional<Integer> graceDays,
            Optional<Integer> seatLimit,
            Optional<Credits> includedCredits,
            Optional<Credits> rolloverMax,
            Optional<Document> features,
            Optional<List<PriceView>> prices,
            Optional<List<EntitlementView>> entitlements) {

        Plan plan() {
            return new Plan(
                    key,
                    name,
                    description,
                    active.orElse(true),
                    featured.orElse(false),
                    sortOrder.orElse(0),
                    defaultPlan.orElse(false));
        }

        PlanVersionTerms terms() {
            return new NewVersion(
                            trialDays,
                            graceDays,
                            seatLimit,
                            includedCredits,
                            rolloverMax,
                            features,
                            prices,
                            entitlements)
                    .terms();
        }
    }

    record NewVersion(
            Optional<Integer> trialDays,
            Optional<Integer> graceDays,
            Optional<Integer> seatLimit,
            Optional<Credits> includedCredits,
            Optional<Credits> rolloverMax,
            Optional<Document> features,
            Optional<List<PriceView>> prices,
            Optional<List<EntitlementView>> entitlements) {

        PlanVersionTerms terms() {
            return new PlanVersionTerms(
                    trialDays.orElse(0),
                    graceDays.orElse(PlanVersionTerms.DEFAULT_GRACE_DAYS),
                    seatLimit,
                    includedCredits.orElse(Credits.ZERO),
                    rolloverMax.orElse(Credits.ZERO),
                    features.orElse(Document.EMPTY),
                    Fields.inEach("prices", prices.orElse(List.of()), PriceView::price),
                    Fields.inEach("entitlements", entitlements.orElse(List.of()), EntitlementView::entitlement));
        }
    }

    record PlanChange(
            Optional<String> name,
            Change<String> description,
            Optional<Boolean> active,
            Optional<Boolean> featured,
            Optional<Integer> sortOrder,
            Optional<Boolean> defaultPlan) {

        Plan of(Plan present) {
            return new Plan(
                    present.key(),
                    name.orElse(present.name()),
                    description.from(present.description()),
                    active.orElse(present.active()),
                    featured.orElse(present.featured()),
                    sortOrder.orElse(present.sortOrder()),
                    defaultPlan.orElse(present.defaultPlan()));
        }
    }

    /** A price, both ways. */
    record PriceView(
            PriceKey key,
            Price.Interval interval,
            Optional<Integer> intervalCount,
            long amountMinor,
            String currency,
            Optional<String> stripePriceId,
            Optional<String> stripeProductId) {

        static PriceView of(Price price) {
            return new PriceView(
                    price.key(),
                    price.interval(),
                    Optional.of(price.intervalCount()),
                    price.money().amountMinor(),
                    price.money().currency(),
                    price.stripePriceId(),
                    price.stripeProductId());
        }

        Price price() {
            return new Price(
                    key,
                    interval,
                    intervalCount.orElse(1),
                    new Money(amountMinor, currency),
                    stripePriceId,
                    stripeProductId);
        }
    }

    /** What a plan version gives of a feature, both ways: one of enabled, value and quota. */
    record EntitlementView(
            FeatureKey feature, Optional<Boolean> enabled, Optional<String> value, Optional<QuotaView> quota) {

        static EntitlementView of(Entitlement entitlement) {
            var feature = entitlement.feature();
            if (entitlement instanceof Entitlement.Switch onOff) {
                return new EntitlementView(feature, Optional.of(onOff.enabled()), Optional.empty(), Optional.empty());
            } else if (entitlement instanceof Entitlement.Value value) {
                return new EntitlementView(feature, Optional.empty(), Optional.of(value.value()), Optional.empty());
            }
            var quota = ((Entitlement.Metered) entitlement).quota();
            return new EntitlementView(feature, Optional.empty(), Optional.empty(), Optional.of(QuotaView.of(quota)));
        }

        Entitlement entitlement() {
            if (Stream.of(enabled, value, quota).filter(Optional::isPresent).count() != 1) {
                throw new InvalidValue("feature", "needs exactly one of enabled, value and quota beside it");
            }
            return enabled.<Entitlement>map(on -> new Entitlement.Switch(feature, on))
                    .or(() -> value.map(text -> new Entitlement.Value(feature, text)))
                    .or(() ->
                            quota.map(metered -> new Entitlement.Metered(feature, Fields.in("quota", metered::quota))))
                    .orElseThrow();
        }
    }

    record QuotaView(
            Optional<Quantity> limit,
            Quota.Reset reset,
            Optional<Long> windowSeconds,
            Optional<Quota.Overage> overage,
            Optional<Integer> gracePercent) {

        static QuotaView of(Quota quota) {
            return new QuotaView(
                    quota.limit(),
                    quota.reset(),
                    quota.windowSeconds(),
                    Optional.of(quota.overage()),
                    Optional.of(quota.gracePercent()));
        }

        Quota quota() {
            return new Quota(limit, reset, windowSeconds, overage.orElse(Quota.Overage.BLOCK), gracePercent.orElse(0));
        }
    }

    /** @param version the newest one, where a single plan is shown and it has one */
    record PlanView(
            PlanKey key,
            String name,
            Optional<String> description,
            boolean active,
            boolean featured,
            int sortOrder,
            boolean defaultPlan,
            Optional<VersionView> version) {

        static PlanView of(Plan plan) {
            return of(plan, Optional.empty());
        }

        static PlanView of(Plan plan, Optional<PlanVersion> version) {
            return new PlanView(
                    plan.key(),
                    plan.name(),
                    plan.description(),
                    plan.active(),
                    plan.featured(),
                    plan.sortOrder(),
                    plan.defaultPlan(),
                    version.map(VersionView::of));
        }
    }

    record VersionView(
            PlanVersionId id,
            PlanKey plan,
            int number,
            int trialDays,
            int graceDays,
            Optional<Integer> seatLimit,
            Credits includedCredits,
            Credits rolloverMax,
            Document features,
            List<PriceView> prices,
            List<EntitlementView> entitlements,
            Instant createdAt) {

        static VersionView of(PlanVersion version) {
            var terms = version.terms();
            return new VersionView(
                    version.id(),
                    version.plan(),
                    version.number(),
                    terms.trialDays(),
                    terms.graceDays(),
                    terms.seatLimit(),
                    terms.includedCredits(),
                    terms.rolloverMax(),
                    terms.features(),
                    terms.prices().stream().map(PriceView::of).toList(),
                    terms.entitlements().stream().map(EntitlementView::of).toList(),
                    version.createdAt());
        }
    }

    private Reply listPlans(Call call) {
        return Reply.ok(Items.of(
                call.allotment().catalog().listPlans(call.query(Paging.class).page()), PlanView::of));
    }

    private Reply createPlan(Call call) {
        var body = call.body(NewPlan.class);
        var plan = body.plan();
        var version = call.allotment().catalog().create(plan, body.terms());
        return Reply.created(PlanView.of(plan, Optional.of(version))).at("/plans/" + plan.key());
    }

    private Reply getPlan(Call call) {
        return Reply.ok(withVersion(call, call.allotment().catalog().getPlan(plan(call))));
    }

    private Reply changePlan(Call call) {
        var change = call.body(PlanChange.class);
        return Reply.ok(withVersion(call, call.allotment().catalog().updatePlan(plan(call), change::of)));
    }

    private Reply listVersions(Call call) {
        return Reply.ok(Items.all(call.allotment().catalog().listVersions(plan(call)), VersionView::of));
    }

    private Reply addVersion(Call call) {
        var terms = call.body(NewVersion.class).terms();
        return Reply.created(VersionView.of(call.allotment().catalog().addVersion(plan(call), terms)));
    }

    private Reply deleteVersion(Call call) {
        call.allotment().catalog().deleteVersion(plan(call), call.path("version", Call::wholeNumber));
        return Reply.noContent();
    }

    private PlanView withVersion(Call call, Plan plan) {
        var versions = call.allotment().catalog().listVersions(plan.key());
        return PlanView.of(plan, versions.stream().reduce((older, newer) -> newer));
    }

    private static PlanKey plan(Call call) {
        return call.path("plan", PlanKey::new);
    }
}

package io.allotment.application.catalog;

import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Price;
import java.util.Map;

/** What the catalogue holds, as the audit log tells it. */
final class CatalogValues {

    private CatalogValues() {}

    static Map<String, Object> of(Feature feature) {
        return AuditValues.of("name", feature.name())
                .and("description", feature.description())
                .and("kind", feature.kind())
                .and("unit", feature.unit())
                .map();
    }

    static Map<String, Object> of(Operation operation) {
        return AuditValues.of("description", operation.description())
                .and("category", operation.category())
                .and("creditRate", operation.creditRate())
                .and("creditBasis", operation.creditBasis())
                .and("feature", operation.feature())
                .and("permission", operation.permission())
                .and("active", operation.active())
                .and("metadata", operation.metadata())
                .map();
    }

    static Map<String, Object> of(Plan plan) {
        return values(plan).map();
    }

    /** A new plan with its first version. */
    static Map<String, Object> of(Plan plan, PlanVersion first) {
        return values(plan).and("terms", of(first)).map();
    }

    private static AuditValues values(Plan plan) {
        return AuditValues.of("name", plan.name())
                .and("description", plan.description())
                .and("active", plan.active())
                .and("featured", plan.featured())
                .and("sortOrder", plan.sortOrder())
                .and("defaultPlan", plan.defaultPlan());
    }

    static Map<String, Object> of(PlanVersion version) {
        var terms = version.terms();
        return AuditValues.of("trialDays", terms.trialDays())
                .and("graceDays", terms.graceDays())
                .and("seatLimit", terms.seatLimit())
                .and("includedCredits", terms.includedCredits())
                .and("rolloverMax", terms.rolloverMax())
                .and("features", terms.features())
                .and("prices", terms.prices().stream().map(CatalogValues::of).toList())
                .and(
                        "entitlements",
                        terms.entitlements().stream().map(CatalogValues::of).toList())
                .map();
    }

    private static AuditValues of(Price price) {
        return AuditValues.of("key", price.key())
                .and("interval", price.interval())
                .and("intervalCount", price.intervalCount())
                .and("amountMinor", price.money().amountMinor())
                .and("currency", price.money().currency())
                .and("stripePriceId", price.stripePriceId())
                .and("stripeProductId", price.stripeProductId());
    }

    private static AuditValues of(Entitlement entitlement) {
        var values = AuditValues.of("feature", entitlement.feature());
        if (entitlement instanceof Entitlement.Switch toggle) {
            return values.and("enabled", toggle.enabled());
        } else if (entitlement instanceof Entitlement.Value value) {
            return values.and("value", value.value());
        }
        var quota = ((Entitlement.Metered) entitlement).quota();
        return values.and("limit", quota.limit())
                .and("reset", quota.reset())
                .and("windowSeconds", quota.windowSeconds())
                .and("overage", quota.overage())
                .and("gracePercent", quota.gracePercent());
    }
}

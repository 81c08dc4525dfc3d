package io.allotment.application.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Pages;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.GatewayMeter;
import io.allotment.domain.billing.Offer;
import io.allotment.domain.billing.Offer.Difference;
import io.allotment.domain.billing.Storefront;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.FeatureKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Brings what a gateway sells in line with plans, credit products and what is billed by use. Thread-safe. */
public final class StorefrontService {

    private final Persistence persistence;
    private final Storefront storefront;
    private final Acting acting;

    public StorefrontService(Persistence persistence, Storefront storefront, Acting acting) {
        this.persistence = persistence;
        this.storefront = storefront;
        this.acting = acting;
    }

    /**
     * What is otherwise at the gateway.
     *
     * @param name our name of a price, or {@code meter/<feature>}
     * @param mended whether it has been brought in line
     */
    public record Finding(String name, String title, List<Difference> differences, boolean mended) {
        public Finding {
            requireNonNull(name, "name");
            requireNonNull(title, "title");
            differences = List.copyOf(differences);
        }
    }

    /**
     * Compares all that is or was for sale with the gateway, and mends what can be, where that is wanted: what is missing is made, what is named otherwise is named, what is
     * not for sale any more is archived. Again, it changes nothing. What costs something else is told and stays. What was mended is in the audit log, also
     * where it comes no further: where the gateway cannot be reached, or refuses.
     *
     * @return what was otherwise; empty where nothing was
     */
    public List<Finding> compare(boolean mend) {
        acting.requireOperator();
        var wanted = persistence.unitOfWork().forPlatform(this::wanted);
        var findings = new ArrayList<Finding>();
        try {
            for (var offer : wanted.offers()) {
                compare(offer, mend).ifPresent(findings::add);
            }
            for (var meter : wanted.meters()) {
                compare(meter, mend).ifPresent(findings::add);
            }
        } finally {
            if (mend) {
                record(findings);
            }
        }
        return List.copyOf(findings);
    }

    /** What was mended of each, also of one of which something stays. */
    private void record(List<Finding> findings) {
        var done = new LinkedHashMap<String, List<Difference>>();
        for (var found : findings) {
            var mended =
                    found.differences().stream().filter(Difference::isMendable).toList();
            if (!mended.isEmpty()) {
                done.put(found.name(), mended);
            }
        }
        if (!done.isEmpty()) {
            persistence.unitOfWork().forPlatform(() -> {
                acting.record(AuditEvent.of("storefront.synced", "storefront", "gateway")
                        .to(AuditValues.of("mended", done).map()));
                return done;
            });
        }
    }

    private Optional<Finding> compare(Offer offer, boolean mend) {
        var standing = storefront.find(offer);
        var differences = offer.differences(standing);
        if (differences.isEmpty()) {
            return Optional.empty();
        }
        boolean mends = mend && differences.stream().anyMatch(Difference::isMendable);
        if (mends) {
            standing.ifPresentOrElse(there -> storefront.mend(offer, there), () -> storefront.create(offer));
        }
        return Optional.of(new Finding(
                offer.name(),
                offer.title(),
                differences,
                mends && differences.stream().allMatch(Difference::isMendable)));
    }

    private Optional<Finding> compare(GatewayMeter meter, boolean mend) {
        var standing = storefront.findMeter(meter.name());
        if (standing.filter(GatewayMeter::counts).isPresent()) {
            return Optional.empty();
        }
        if (mend) {
            storefront.openMeter(meter);
        }
        return Optional.of(new Finding(
                "meter/" + meter.name(),
                meter.title(),
                List.of(standing.isPresent() ? Difference.NOT_FOR_SALE : Difference.MISSING),
                mend));
    }

    private record Wanted(List<Offer> offers, List<GatewayMeter> meters) {}

    private Wanted wanted() {
        var offers = new ArrayList<Offer>();
        var billed = new LinkedHashMap<FeatureKey, GatewayMeter>();
        var features = new LinkedHashMap<FeatureKey, Feature>();
        Pages.all(persistence.catalog()::listFeatures).forEach(feature -> features.put(feature.key(), feature));
        for (var plan : Pages.all(persistence.catalog()::listPlans).toList()) {
            var versions = persistence.catalog().listVersions(plan.key());
            for (var version : versions) {
                boolean newest = version.equals(versions.get(versions.size() - 1));
                version.terms().prices().forEach(price -> offers.add(Offer.of(plan, version, price, newest)));
                if (plan.active() && newest) {
                    billed.putAll(billed(version, features));
                }
            }
        }
        Pages.all(persistence.creditProducts()::list).forEach(product -> offers.add(Offer.of(product)));
        return new Wanted(offers, List.copyOf(billed.values()));
    }

    private static Map<FeatureKey, GatewayMeter> billed(PlanVersion version, Map<FeatureKey, Feature> features) {
        var meters = new LinkedHashMap<FeatureKey, GatewayMeter>();
        for (var entitlement : version.terms().entitlements()) {
            if (entitlement instanceof Entitlement.Metered metered
                    && metered.quota().overage() == Quota.Overage.BILL
                    && features.get(metered.feature()).isBilledByUse()) {
                var feature = features.get(metered.feature());
                meters.put(feature.key(), new GatewayMeter(feature.key().value(), feature.name(), true));
            }
        }
        return meters;
    }
}

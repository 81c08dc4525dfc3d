package io.allotment.server.prove;

import io.allotment.Allotment;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What is sold while the gate is proven: an operation for each way a charge can go. All keys carry a word of their own,
 * so that a database can be used for many proofs.
 */
final class Catalogue {

    private static final AtomicLong WORDS = new AtomicLong(new SecureRandom().nextLong());

    private final String word;
    private final Map<String, Quota> quotas = new LinkedHashMap<>();
    private final Map<String, ModelTenant.Operation> operations = new LinkedHashMap<>();

    private Catalogue(String word) {
        this.word = word;
    }

    /** A word nobody else has. */
    static String word() {
        return "p" + HexFormat.of().toHexDigits(WORDS.incrementAndGet());
    }

    /** One in which a single operation costs a credit, and nothing else is sold. */
    static Catalogue small(Allotment allotment) {
        var catalogue = new Catalogue(word());
        catalogue.operation(allotment, "plain", "1", null, null, true);
        catalogue.plan(allotment, PlanVersionTerms.empty());
        return catalogue;
    }

    static Catalogue full(Allotment allotment) {
        var catalogue = new Catalogue(word());
        catalogue.feature(allotment, "daily", quota(40, Quota.Reset.CALENDAR_DAY, null, Quota.Overage.BLOCK, 10));
        catalogue.feature(allotment, "billed", quota(60, Quota.Reset.BILLING_CYCLE, null, Quota.Overage.BILL, 0));
        catalogue.feature(
                allotment, "drawing", quota(50, Quota.Reset.CALENDAR_MONTH, null, Quota.Overage.DRAW_CREDITS, 0));
        catalogue.feature(allotment, "window", quota(30, Quota.Reset.FIXED_WINDOW, 21_600L, Quota.Overage.BLOCK, 0));
        catalogue.feature(allotment, "seats", quota(12, Quota.Reset.NEVER, null, Quota.Overage.BLOCK, 0));
        allotment.catalog().create(Feature.consumed(catalogue.key("unsold"), catalogue.key("unsold"), "piece"));
        var terms = PlanVersionTerms.empty();
        for (var sold : catalogue.quotas.entrySet()) {
            terms = terms.with(sold.getKey(), sold.getValue());
        }
        catalogue.plan(allotment, terms.including(Credits.of(15)).rollingOver(Credits.of(5)));
        catalogue.operation(allotment, "plain", "1", null, null, true);
        catalogue.operation(allotment, "fine", "0.333333333", null, null, true);
        catalogue.operation(allotment, "daily", "0", "daily", null, true);
        catalogue.operation(allotment, "billed", "0.25", "billed", null, true);
        catalogue.operation(allotment, "drawing", "0.7", "drawing", null, true);
        catalogue.operation(allotment, "window", "0.000000001", "window", null, true);
        catalogue.operation(allotment, "window2", "0.5", "window", null, true);
        catalogue.operation(allotment, "seats", "1", "seats", null, true);
        catalogue.operation(allotment, "unsold", "1", "unsold", null, true);
        permission(allotment, "report:export");
        catalogue.operation(allotment, "guarded", "1", null, "report:export", true);
        catalogue.operation(allotment, "legacy", "1", null, null, false);
        return catalogue;
    }

    private static void permission(Allotment allotment, String key) {
        var permission = new PermissionKey(key);
        if (allotment.access().findPermission(permission).isEmpty()) {
            allotment.access().createPermission(permission, Optional.empty());
        }
    }

    private static Quota quota(long limit, Quota.Reset reset, Long window, Quota.Overage overage, int grace) {
        return new Quota(Optional.of(Quantity.of(limit)), reset, Optional.ofNullable(window), overage, grace);
    }

    private void feature(Allotment allotment, String name, Quota quota) {
        var kind = quota.reset() == Quota.Reset.NEVER ? Feature.Kind.ALLOCATED : Feature.Kind.CONSUMED;
        allotment
                .catalog()
                .create(new Feature(
                        new FeatureKey(key(name)), key(name), Optional.empty(), kind, Optional.of("piece")));
        quotas.put(key(name), quota);
    }

    private void operation(
            Allotment allotment, String name, String rate, String feature, String permission, boolean active) {
        var operation = Operation.of(key(name), "proof", Credits.of(rate)).active(active);
        operation = feature == null ? operation : operation.drawing(key(feature));
        operation = permission == null ? operation : operation.needing(permission);
        allotment.catalog().create(operation);
        operations.put(
                key(name),
                new ModelTenant.Operation(
                        key(name),
                        operation.creditRate().value(),
                        feature == null ? null : key(feature),
                        permission,
                        active));
    }

    private void plan(Allotment allotment, PlanVersionTerms terms) {
        allotment.catalog().create(Plan.of(key("plan"), key("plan")), terms);
    }

    /** The key of what has this name here. */
    String key(String name) {
        return word + "_" + name;
    }

    SubscriptionService.Choice plan() {
        return SubscriptionService.Choice.of(key("plan"));
    }

    /** A tenant's beginning in the model. */
    ModelTenant model(String tenant) {
        return new ModelTenant(tenant, operations, quotas, key("seats"));
    }
}

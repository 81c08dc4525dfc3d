package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.catalog.Entitlement;
import io.allotment.domain.catalog.Feature;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.catalog.Plan;
import io.allotment.domain.catalog.PlanVersion;
import io.allotment.domain.catalog.PlanVersionInUse;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Price;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.GateCall;
import io.allotment.domain.gate.GateRequest;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PlanVersionId;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.testkit.Fixtures;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is used and sold: read by everybody, written by the platform. */
public abstract class CatalogContract extends PersistenceContract {

    /** In the order of their characters, which is not the order of any dictionary. */
    private static final List<String> ENDINGS = List.of("", "-a", ".a", "0", "_a", "a", "aa", "b");

    // ---- features

    @ParameterizedTest
    @EnumSource(Feature.Kind.class)
    void a_feature_comes_back_as_it_was_given(Feature.Kind kind) {
        var unit = Optional.of("minute").filter(text -> kind.isMetered());
        var full = inserted(new Feature(newFeatureKey(), "Ünïcode", Optional.of("Two\nlines"), kind, unit));
        var bare = inserted(new Feature(newFeatureKey(), "Bare", Optional.empty(), kind, unit));

        inPlatform(() -> {
            assertThat(persistence.catalog().findFeature(full.key())).contains(full);
            assertThat(persistence.catalog().findFeature(bare.key())).contains(bare);
            assertThat(persistence.catalog().findFeature(newFeatureKey())).isEmpty();
        });
    }

    @Test
    void a_changed_feature_comes_back_changed() {
        var feature = inserted(newFeature(newFeatureKey()));
        var changed =
                new Feature(feature.key(), "Changed", Optional.of("now with one"), feature.kind(), Optional.of("hour"));

        boolean updated = inPlatform(() -> persistence.catalog().update(changed, START));
        boolean nothing = inPlatform(() -> persistence.catalog().update(newFeature(newFeatureKey()), START));

        assertThat(updated).isTrue();
        assertThat(nothing).isFalse();
        assertThat(inPlatform(() -> persistence.catalog().findFeature(feature.key())))
                .contains(changed);
    }

    @Test
    void a_features_kind_stays() {
        var feature = inserted(newFeature(newFeatureKey()));
        var changed = new Feature(feature.key(), "Changed", Optional.empty(), Feature.Kind.ALLOCATED, feature.unit());

        inPlatform(() -> persistence.catalog().update(changed, START));

        assertThat(inPlatform(() -> persistence.catalog().findFeature(feature.key())))
                .contains(new Feature(feature.key(), "Changed", Optional.empty(), feature.kind(), feature.unit()));
    }

    @Test
    void a_taken_feature_key_is_refused() {
        var feature = inserted(newFeature(newFeatureKey()));

        assertTaken("key", () -> inserted(newFeature(feature.key())));
    }

    @Test
    void features_are_listed_by_the_characters_of_their_keys() {
        var word = Fixtures.word();
        ENDINGS.stream()
                .sorted(Comparator.reverseOrder())
                .forEach(ending -> inserted(newFeature(new FeatureKey(word + ending))));
        var features = ENDINGS.stream()
                .map(ending -> newFeature(new FeatureKey(word + ending)))
                .toList();

        assertListingHolds(
                features, page -> inPlatform(() -> persistence.catalog().listFeatures(page)));
    }

    // ---- operations

    @Test
    void an_operation_comes_back_as_it_was_given() {
        var feature = given.feature();
        var full = inserted(new Operation(
                newOperationKey(),
                Optional.of("What it does"),
                "transcription",
                Credits.of("0.000000001"),
                Optional.of(feature),
                Optional.of(given.permission("meetings:write")),
                false,
                DOCUMENT));
        var bare = inserted(Operation.of(Fixtures.word(), "test", Credits.ZERO));

        inPlatform(() -> {
            assertThat(persistence.catalog().findOperation(full.key())).contains(full);
            assertThat(persistence.catalog().findOperation(bare.key())).contains(bare);
            assertThat(persistence.catalog().findOperation(newOperationKey())).isEmpty();
        });
    }

    @Test
    void an_operation_needs_a_permission_of_the_catalogue() {
        var none = Fixtures.word() + ":none";
        var needing = Operation.of(Fixtures.word(), "test", Credits.ZERO).needing(none);
        var plain = inserted(Operation.of(Fixtures.word(), "test", Credits.ZERO));

        assertThatThrownBy(() -> inserted(needing))
                .isInstanceOfSatisfying(
                        Unknown.class, refusal -> assertThat(refusal.field()).contains("permission"));
        assertThatThrownBy(() -> inPlatform(() -> persistence.catalog().update(plain.needing(none), START)))
                .isInstanceOf(Unknown.class);
        inPlatform(() -> {
            assertThat(persistence.catalog().findOperation(needing.key())).isEmpty();
            assertThat(persistence.catalog().findOperation(plain.key())).contains(plain);
        });
    }

    @Test
    void a_changed_operation_comes_back_changed() {
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.of(1)));
        var feature = given.feature();
        var changed = new Operation(
                operation.key(),
                Optional.of("now with one"),
                "other",
                Credits.of("2.5"),
                Optional.of(feature),
                Optional.of(given.permission("meetings:read")),
                false,
                DOCUMENT);

        boolean updated = inPlatform(() -> persistence.catalog().update(changed, START));
        assertThat(inPlatform(() -> persistence.catalog().findOperation(operation.key())))
                .contains(changed);
        boolean back = inPlatform(() -> persistence.catalog().update(operation, START));
        boolean nothing = inPlatform(
                () -> persistence.catalog().update(Operation.of(Fixtures.word(), "test", Credits.ZERO), START));

        assertThat(updated).isTrue();
        assertThat(back).isTrue();
        assertThat(nothing).isFalse();
        assertThat(inPlatform(() -> persistence.catalog().findOperation(operation.key())))
                .contains(operation);
    }

    @Test
    void a_taken_operation_key_is_refused() {
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.ZERO));

        assertTaken("key", () -> inserted(operation));
    }

    @Test
    void an_operation_of_an_unknown_feature_is_refused() {
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.ZERO));
        var wrong = Operation.of(Fixtures.word(), "test", Credits.ZERO).drawing(Fixtures.word());

        assertUnknown("feature", () -> inserted(wrong));
        assertUnknown(
                "feature",
                () -> inPlatform(() -> persistence.catalog().update(operation.drawing(Fixtures.word()), START)));
        assertThat(inPlatform(() -> persistence.catalog().findOperation(wrong.key())))
                .isEmpty();
        assertThat(inPlatform(() -> persistence.catalog().findOperation(operation.key())))
                .contains(operation);
    }

    @Test
    void operations_are_listed_by_the_characters_of_their_keys() {
        var word = Fixtures.word();
        var operations = ENDINGS.stream()
                .map(ending -> inserted(Operation.of(word + ending, "test", Credits.ZERO)))
                .toList();

        assertListingHolds(
                operations, page -> inPlatform(() -> persistence.catalog().listOperations(page)));
    }

    // ---- plans

    @Test
    void a_plan_comes_back_as_it_was_given() {
        var word = Fixtures.word();
        var full = inserted(
                new Plan(new PlanKey(word), "Ünïcode " + word, Optional.of("Two\nlines"), false, true, -7, false));
        var bare = inserted(newPlan());

        inPlatform(() -> {
            assertThat(persistence.catalog().findPlan(full.key())).contains(full);
            assertThat(persistence.catalog().findPlan(bare.key())).contains(bare);
            assertThat(persistence.catalog().findPlan(new PlanKey(Fixtures.word())))
                    .isEmpty();
        });
    }

    @Test
    void a_changed_plan_comes_back_changed() {
        var plan = inserted(newPlan());
        var changed =
                new Plan(plan.key(), "Changed " + Fixtures.word(), Optional.of("now with one"), false, true, 9, false);

        boolean updated = inPlatform(() -> persistence.catalog().update(changed, START));
        boolean nothing = inPlatform(() -> persistence.catalog().update(newPlan(), START));

        assertThat(updated).isTrue();
        assertThat(nothing).isFalse();
        assertThat(inPlatform(() -> persistence.catalog().findPlan(plan.key()))).contains(changed);
    }

    @Test
    void a_taken_plan_key_or_name_is_refused() {
        var plan = inserted(newPlan());
        var other = inserted(newPlan());

        assertTaken("key", () -> inserted(Plan.of(plan.key().value(), Fixtures.word())));
        assertTaken("name", () -> inserted(Plan.of(Fixtures.word(), plan.name())));
        assertTaken(
                "name",
                () -> inPlatform(
                        () -> persistence.catalog().update(Plan.of(other.key().value(), plan.name()), START)));
        assertThat(inPlatform(() -> persistence.catalog().findPlan(other.key())))
                .contains(other);
    }

    @Test
    void plans_are_listed_by_the_characters_of_their_keys() {
        var word = Fixtures.word();
        var plans = ENDINGS.stream()
                .map(ending -> inserted(Plan.of(word + ending, "Plan " + word + ending)))
                .toList();

        assertListingHolds(plans, page -> inPlatform(() -> persistence.catalog().listPlans(page)));
    }

    @Test
    void the_default_plan_is_the_one_that_is_active_and_says_so() {
        var plan = newPlan().asDefault();
        var inactive = new Plan(plan.key(), plan.name(), Optional.empty(), false, false, 0, true);
        inPlatformThenUndone(() -> {
            withoutDefaultPlan();
            assertThat(persistence.catalog().findDefaultPlan()).isEmpty();

            persistence.catalog().insert(plan, START);
            assertThat(persistence.catalog().findDefaultPlan()).contains(plan);

            persistence.catalog().update(inactive, START);
            assertThat(persistence.catalog().findDefaultPlan()).isEmpty();
        });
    }

    @Test
    void there_is_one_default_plan_at_most() {
        inPlatformThenUndone(() -> {
            withoutDefaultPlan();
            persistence.catalog().insert(newPlan().asDefault(), START);
            assertThatThrownBy(() -> persistence.catalog().insert(newPlan().asDefault(), START))
                    .isInstanceOf(AlreadyExists.class);
        });
        inPlatformThenUndone(() -> {
            withoutDefaultPlan();
            var other = newPlan();
            persistence.catalog().insert(newPlan().asDefault(), START);
            persistence.catalog().insert(other, START);
            assertThatThrownBy(() -> persistence.catalog().update(other.asDefault(), START))
                    .isInstanceOf(AlreadyExists.class);
        });
    }

    // ---- plan versions

    @Test
    void a_plan_version_comes_back_with_all_its_prices_and_entitlements_in_their_order() {
        var plan = inserted(newPlan());
        var bool = inserted(feature(Feature.Kind.BOOLEAN)).key();
        var off = inserted(feature(Feature.Kind.BOOLEAN)).key();
        var config = inserted(feature(Feature.Kind.CONFIG)).key();
        var seats = inserted(feature(Feature.Kind.ALLOCATED)).key();
        var terms = new PlanVersionTerms(
                14,
                7,
                Optional.of(25),
                Credits.of("1000.000000001"),
                Credits.of("250.000000001"),
                DOCUMENT,
                List.of(
                        new Price(
                                new PriceKey("yearly"),
                                Price.Interval.YEAR,
                                2,
                                new Money(99_900, "JPY"),
                                Optional.of("price_" + Fixtures.word()),
                                Optional.of("prod_1")),
                        Price.monthly("monthly", 0, "EUR"),
                        Price.monthly("a-first-by-name", Money.MAX_AMOUNT_MINOR, "USD")),
                List.of(
                        new Entitlement.Metered(
                                seats, quota(Optional.of("5"), Quota.Reset.NEVER, Quota.Overage.BLOCK, 10)),
                        new Entitlement.Switch(bool, true),
                        new Entitlement.Switch(off, false),
                        new Entitlement.Value(config, "1080p, Ünïcode"),
                        metered(Optional.of("0"), Quota.Reset.BILLING_CYCLE, Quota.Overage.ALLOW),
                        metered(Optional.of("0.000000001"), Quota.Reset.CALENDAR_MONTH, Quota.Overage.BILL),
                        metered(Optional.empty(), Quota.Reset.CALENDAR_DAY, Quota.Overage.DRAW_CREDITS),
                        metered(Optional.of("7"), Quota.Reset.FIXED_WINDOW, Quota.Overage.BLOCK)));
        var full = inserted(version(plan, 1, terms));
        var bare = inserted(version(plan, 2, PlanVersionTerms.empty()));

        inPlatform(() -> {
            assertThat(persistence.catalog().findVersion(full.id())).contains(full);
            assertThat(persistence.catalog().findVersion(bare.id())).contains(bare);
            assertThat(persistence.catalog().findVersion(new PlanVersionId(ids.next())))
                    .isEmpty();
        });
    }

    @Test
    void a_plans_versions_are_listed_oldest_first() {
        var plan = inserted(newPlan());
        var other = inserted(newPlan());
        inserted(version(other, 1, PlanVersionTerms.empty()));
        var versions = Stream.iterate(1, number -> number + 1)
                .limit(11)
                .map(number ->
                        inserted(version(plan, number, PlanVersionTerms.empty().withTrial(number))))
                .toList();

        assertThat(inPlatform(() -> persistence.catalog().listVersions(plan.key())))
                .isEqualTo(versions);
        assertThat(inPlatform(() -> persistence.catalog().listVersions(new PlanKey(Fixtures.word()))))
                .isEmpty();
    }

    @Test
    void a_taken_version_number_is_refused() {
        var plan = inserted(newPlan());
        inserted(version(plan, 1, PlanVersionTerms.empty()));

        assertThatThrownBy(() -> inserted(version(plan, 1, PlanVersionTerms.empty())))
                .isInstanceOf(AlreadyExists.class);
        assertThat(inPlatform(() -> persistence.catalog().listVersions(plan.key())))
                .hasSize(1);
    }

    @Test
    void a_version_that_gives_an_unknown_feature_is_refused() {
        var plan = inserted(newPlan());
        var wrong = version(plan, 1, PlanVersionTerms.empty().with(Fixtures.word(), Quota.perCycle(1)));

        assertThatThrownBy(() -> inserted(wrong)).isInstanceOf(Unknown.class);
        assertThat(inPlatform(() -> persistence.catalog().listVersions(plan.key())))
                .isEmpty();
    }

    @Test
    void a_version_of_an_unknown_plan_is_impossible() {
        var wrong = version(newPlan(), 1, PlanVersionTerms.empty());

        assertImpossible(() -> inserted(wrong));
        assertThat(inPlatform(() -> persistence.catalog().findVersion(wrong.id())))
                .isEmpty();
    }

    @Test
    void a_version_that_nobody_subscribed_to_can_be_deleted() {
        var feature = given.feature();
        var plan = inserted(newPlan());
        var version = inserted(version(
                plan,
                1,
                PlanVersionTerms.empty()
                        .with(feature.value(), Quota.perCycle(1))
                        .at(Price.monthly("monthly", 100, "EUR"))));

        boolean deleted = inPlatform(() -> persistence.catalog().deleteVersion(plan.key(), 1));
        boolean again = inPlatform(() -> persistence.catalog().deleteVersion(plan.key(), 1));

        assertThat(deleted).isTrue();
        assertThat(again).isFalse();
        assertThat(inPlatform(() -> persistence.catalog().findVersion(version.id())))
                .isEmpty();
        inserted(version(plan, 1, PlanVersionTerms.empty()));
    }

    @Test
    void a_version_that_somebody_subscribed_to_stays_even_after_they_left() {
        var version = given.plan(PlanVersionTerms.empty());
        var tenant = given.tenant();
        var account = Fixtures.accountOf(tenant);
        allotment
                .subscriptions()
                .subscribe(
                        tenant.id(),
                        account,
                        SubscriptionService.Choice.of(version.plan().value()));

        assertInUse(version);
        allotment.subscriptions().cancel(tenant.id(), account, false, Optional.empty());
        assertInUse(version);
    }

    // ---- who may

    @Test
    void a_tenant_reads_the_catalogue() {
        var feature = inserted(newFeature(newFeatureKey()));
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.of(1)));
        var plan = inserted(newPlan());
        var version = inserted(version(plan, 1, PlanVersionTerms.empty()));

        inTenant(given.tenant().id(), () -> {
            assertThat(persistence.catalog().findFeature(feature.key())).contains(feature);
            assertThat(persistence.catalog().findOperation(operation.key())).contains(operation);
            assertThat(persistence.catalog().findPlan(plan.key())).contains(plan);
            assertThat(persistence.catalog().findVersion(version.id())).contains(version);
            assertThat(persistence.catalog().listVersions(plan.key())).containsExactly(version);
            assertThat(persistence.catalog().listFeatures(PageRequest.first(1)).items())
                    .hasSize(1);
        });
    }

    @Test
    void a_tenant_does_not_write_the_catalogue() {
        var feature = inserted(newFeature(newFeatureKey()));
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.of(1)));
        var plan = inserted(newPlan());
        var version = inserted(version(plan, 1, PlanVersionTerms.empty()));
        var tenant = given.tenant().id();

        Stream.<Runnable>of(
                        () -> persistence.catalog().insert(newFeature(newFeatureKey()), START),
                        () -> persistence.catalog().update(feature, START),
                        () -> persistence.catalog().insert(Operation.of(Fixtures.word(), "test", Credits.ZERO), START),
                        () -> persistence.catalog().update(operation.active(false), START),
                        () -> persistence.catalog().insert(newPlan(), START),
                        () -> persistence.catalog().update(plan, START),
                        () -> persistence.catalog().insert(version(plan, 2, PlanVersionTerms.empty())),
                        () -> persistence.catalog().deleteVersion(plan.key(), 1))
                .forEach(write -> assertImpossible(() -> inTenant(tenant, write)));

        inPlatform(() -> {
            assertThat(persistence.catalog().findOperation(operation.key())).contains(operation);
            assertThat(persistence.catalog().listVersions(plan.key())).containsExactly(version);
        });
    }

    @Test
    void a_failed_unit_leaves_the_catalogue_as_it_was() {
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.of(1)));
        var plan = inserted(newPlan());
        var version = inserted(version(plan, 1, PlanVersionTerms.empty()));
        var never = newFeatureKey();

        inPlatformThenUndone(() -> {
            persistence.catalog().insert(newFeature(never), START);
            persistence.catalog().update(operation.active(false), START);
            persistence.catalog().deleteVersion(plan.key(), 1);
            persistence.catalog().insert(version(plan, 2, PlanVersionTerms.empty()));
        });

        inPlatform(() -> {
            assertThat(persistence.catalog().findFeature(never)).isEmpty();
            assertThat(persistence.catalog().findOperation(operation.key())).contains(operation);
            assertThat(persistence.catalog().listVersions(plan.key())).containsExactly(version);
        });
    }

    /** So that a test makes its own, whatever was there. */
    private void withoutDefaultPlan() {
        persistence
                .catalog()
                .findDefaultPlan()
                .ifPresent(
                        plan -> persistence.catalog().update(Plan.of(plan.key().value(), plan.name()), START));
    }

    private Feature inserted(Feature feature) {
        inPlatform(() -> persistence.catalog().insert(feature, START));
        return feature;
    }

    private Operation inserted(Operation operation) {
        inPlatform(() -> persistence.catalog().insert(operation, START));
        return operation;
    }

    private Plan inserted(Plan plan) {
        inPlatform(() -> persistence.catalog().insert(plan, START));
        return plan;
    }

    private PlanVersion inserted(PlanVersion version) {
        inPlatform(() -> persistence.catalog().insert(version));
        return version;
    }

    private static FeatureKey newFeatureKey() {
        return new FeatureKey(Fixtures.word());
    }

    private static OperationKey newOperationKey() {
        return new OperationKey(Fixtures.word());
    }

    private static Feature newFeature(FeatureKey key) {
        return new Feature(key, "Feature", Optional.empty(), Feature.Kind.CONSUMED, Optional.of("minute"));
    }

    private static Feature feature(Feature.Kind kind) {
        var unit = Optional.of("seat").filter(text -> kind.isMetered());
        return new Feature(newFeatureKey(), "Feature", Optional.empty(), kind, unit);
    }

    private static Plan newPlan() {
        var word = Fixtures.word();
        return Plan.of(word, "Plan " + word);
    }

    private PlanVersion version(Plan plan, int number, PlanVersionTerms terms) {
        return new PlanVersion(new PlanVersionId(ids.next()), plan.key(), number, terms, START);
    }

    private Entitlement metered(Optional<String> limit, Quota.Reset reset, Quota.Overage overage) {
        return new Entitlement.Metered(inserted(feature(Feature.Kind.CONSUMED)).key(), quota(limit, reset, overage, 0));
    }

    private static Quota quota(Optional<String> limit, Quota.Reset reset, Quota.Overage overage, int grace) {
        var window = Optional.of(3_600L).filter(seconds -> reset == Quota.Reset.FIXED_WINDOW);
        return new Quota(limit.map(Quantity::of), reset, window, overage, grace);
    }

    private void assertInUse(PlanVersion version) {
        assertThatThrownBy(
                        () -> inPlatform(() -> persistence.catalog().deleteVersion(version.plan(), version.number())))
                .isInstanceOf(PlanVersionInUse.class);
        assertThat(inPlatform(() -> persistence.catalog().findVersion(version.id())))
                .contains(version);
    }

    private static void assertTaken(String field, Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOfSatisfying(
                        AlreadyExists.class,
                        refusal -> assertThat(refusal.field()).contains(field));
    }

    private static void assertUnknown(String field, Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOfSatisfying(
                        Unknown.class, refusal -> assertThat(refusal.field()).contains(field));
    }

    // ---- its version

    @Test
    void every_change_of_the_catalogue_is_a_new_version_of_it() {
        var feature = newFeature(newFeatureKey());
        var operation = Operation.of(Fixtures.word(), "test", Credits.ZERO);
        var plan = newPlan();
        var version = version(plan, 1, PlanVersionTerms.empty());
        var catalog = persistence.catalog();

        assertGrows(() -> catalog.insert(feature, START));
        assertGrows(() -> catalog.update(
                new Feature(feature.key(), "Changed", Optional.empty(), feature.kind(), feature.unit()), START));
        assertGrows(() -> catalog.insert(operation, START));
        assertGrows(() -> catalog.update(operation.active(false), START));
        assertGrows(() -> catalog.insert(plan, START));
        assertGrows(() -> catalog.update(Plan.of(plan.key().value(), "Changed " + Fixtures.word()), START));
        assertGrows(() -> catalog.insert(version));
        assertGrows(() -> catalog.deleteVersion(plan.key(), 1));
    }

    @Test
    void a_change_of_the_catalogue_that_is_undone_is_no_new_version() {
        var operation = inserted(Operation.of(Fixtures.word(), "test", Credits.ZERO));
        long before = catalogVersion();

        inPlatformThenUndone(() -> {
            persistence.catalog().update(operation.active(false), START);
            persistence.catalog().insert(newFeature(newFeatureKey()), START);
        });

        assertThat(catalogVersion()).isEqualTo(before);
    }

    @Test
    void changes_of_the_catalogue_at_once_are_as_many_new_versions_of_it() {
        long before = catalogVersion();

        var results = Together.run(6, thread -> inserted(newFeature(newFeatureKey())));

        assertThat(Together.values(results)).hasSize(6);
        assertThat(catalogVersion()).isEqualTo(before + 6);
    }

    @Test
    void versions_of_a_plan_that_are_added_at_once_have_the_next_numbers() {
        var plan = Plan.of(Fixtures.word(), "Plan " + Fixtures.word());
        allotment.catalog().create(plan, PlanVersionTerms.empty());

        var results = Together.run(6, thread -> allotment.catalog().addVersion(plan.key(), PlanVersionTerms.empty()));

        assertThat(Together.values(results))
                .extracting(PlanVersion::number)
                .containsExactlyInAnyOrder(2, 3, 4, 5, 6, 7);
    }

    @Test
    void changes_of_one_feature_at_once_all_stay() {
        var feature = inserted(
                new Feature(newFeatureKey(), "Named", Optional.empty(), Feature.Kind.CONSUMED, Optional.of("minute")));

        Together.values(Together.run(
                8,
                thread -> allotment
                        .catalog()
                        .updateFeature(
                                feature.key(),
                                present -> new Feature(
                                        present.key(),
                                        present.name() + "+",
                                        present.description(),
                                        present.kind(),
                                        present.unit()))));

        assertThat(allotment.catalog().getFeature(feature.key()).name()).isEqualTo("Named" + "+".repeat(8));
    }

    private void assertGrows(Runnable change) {
        long before = catalogVersion();
        inPlatform(change);
        assertThat(catalogVersion()).isGreaterThan(before);
    }

    private long catalogVersion() {
        var call = new GateCall(
                new DecisionId(ids.next()),
                new TenantId(ids.next()),
                Optional.empty(),
                new GateRequest.Check(Charge.of("nothing", 1)));
        return persistence.gate().read(List.of(call), START).catalogVersion();
    }
}

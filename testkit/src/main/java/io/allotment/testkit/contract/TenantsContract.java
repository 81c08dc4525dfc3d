package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.application.quota.QuotaService;
import io.allotment.domain.catalog.PlanVersionTerms;
import io.allotment.domain.catalog.Quota;
import io.allotment.domain.credit.EntryFilter;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.quota.QuotaChange;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.usage.UsageFilter;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tenants are unique by name and slug, changed by one at a time, and each alone in its unit of work. */
public abstract class TenantsContract extends PersistenceContract {

    private static final PageRequest FIRST = PageRequest.first(10);

    @Test
    void a_tenant_comes_back_with_everything_it_was_given() {
        var word = Fixtures.word();
        var profile = new TenantProfile(
                "Ünïcode & Söhne " + word,
                new Slug(word),
                Optional.of("https://example.org/a?b=c"),
                Optional.of("Two lines,\nand a tab\t."),
                ZoneId.of("Pacific/Auckland"),
                DOCUMENT);
        var tenant = Tenant.created(new TenantId(ids.next()), profile, START);

        inPlatform(() -> persistence.tenants().insert(tenant));

        assertThat(found(tenant)).contains(tenant);
        assertThat(inPlatform(() -> persistence.tenants().findBySlug(new Slug(word))))
                .contains(tenant);
    }

    @Test
    void a_tenant_comes_back_without_what_it_was_not_given() {
        var tenant = inserted(newTenant());

        assertThat(found(tenant)).contains(tenant);
        assertThat(tenant.profile().website()).isEmpty();
    }

    @Test
    void a_changed_tenant_comes_back_changed() {
        var tenant = inserted(newTenant());
        clock.advance(Duration.ofHours(1));
        var word = Fixtures.word();
        var profile = new TenantProfile(
                "Renamed " + word,
                new Slug(word),
                Optional.of("http://example.org"),
                Optional.of("new"),
                ZoneId.of("America/New_York"),
                Document.of("changed", true));

        var changed = tenant.with(profile, clock.instant()).suspended(clock.instant());
        // Each change counts, so they are written one after the other.
        var first = tenant.with(profile, clock.instant());
        inTenant(tenant.id(), () -> persistence.tenants().update(first));
        inPlatform(() -> persistence.tenants().update(changed));

        assertThat(found(tenant)).contains(changed);
        assertThat(changed.status()).isEqualTo(Tenant.Status.SUSPENDED);
        assertThat(inPlatform(() -> persistence.tenants().findBySlug(tenant.slug())))
                .isEmpty();
        assertThat(inPlatform(() -> persistence.tenants().findBySlug(profile.slug())))
                .contains(changed);
    }

    @Test
    void thresholds_come_back_as_they_were_set() {
        var tenant = inserted(newTenant());
        assertThat(found(tenant)).map(Tenant::thresholds).contains(Thresholds.DEFAULT);
        var many = new Thresholds(
                List.of(1, 2, 3, 10, 50, 75, 80, 99, 100, 1_000), Optional.of(Credits.of("0.000000001")));

        allotment.tenants().setThresholds(tenant.id(), Optional.of(1L), many);
        assertThat(found(tenant)).map(Tenant::thresholds).contains(many);
        assertThatThrownBy(() -> allotment.tenants().setThresholds(tenant.id(), Optional.of(1L), Thresholds.DEFAULT))
                .isInstanceOf(StaleVersion.class);

        var none = new Thresholds(List.of(), Optional.empty());
        allotment.tenants().setThresholds(tenant.id(), Optional.empty(), none);
        assertThat(found(tenant)).map(Tenant::thresholds).contains(none);
        assertThat(found(tenant)).map(Tenant::profile).contains(tenant.profile());
    }

    @Test
    void a_change_of_what_somebody_changed_meanwhile_is_refused() {
        var tenant = inserted(newTenant());
        var theirs = tenant.suspended(START);
        inPlatform(() -> persistence.tenants().update(theirs));

        var ours = tenant.with(newTenant().profile(), START);

        assertThatThrownBy(
                        () -> inTenant(tenant.id(), () -> persistence.tenants().update(ours)))
                .isInstanceOf(StaleVersion.class);
        assertThat(found(tenant)).contains(theirs);
    }

    @Test
    void of_two_threads_that_change_the_same_version_one_wins() {
        var tenant = inserted(newTenant());

        var results = Together.run(
                2,
                thread -> inTenant(tenant.id(), () -> {
                    var changed = tenant.with(newTenant().profile(), START);
                    persistence.tenants().update(changed);
                    return changed;
                }));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(StaleVersion.class);
        assertThat(found(tenant))
                .isPresent()
                .isEqualTo(results.stream()
                        .flatMap(result -> result.value().stream())
                        .findFirst());
    }

    @Test
    void a_taken_name_is_refused() {
        var first = inserted(newTenant());
        var second = Tenant.created(
                new TenantId(ids.next()), TenantProfile.of(first.profile().name(), Fixtures.word()), START);

        assertTaken("name", () -> inPlatform(() -> persistence.tenants().insert(second)));
        assertThat(found(second)).isEmpty();
    }

    @Test
    void a_taken_slug_is_refused() {
        var first = inserted(newTenant());
        var second = Tenant.created(
                new TenantId(ids.next()),
                TenantProfile.of(Fixtures.word(), first.slug().value()),
                START);

        assertTaken("slug", () -> inPlatform(() -> persistence.tenants().insert(second)));
        assertThat(found(second)).isEmpty();
    }

    @Test
    void a_tenant_cannot_be_renamed_to_a_taken_name_or_slug_though_it_cannot_see_whose_it_is() {
        var first = inserted(newTenant());
        var second = inserted(newTenant());
        var sameName = second.with(TenantProfile.of(first.profile().name(), Fixtures.word()), START);
        var sameSlug =
                second.with(TenantProfile.of(Fixtures.word(), first.slug().value()), START);

        assertTaken(
                "name", () -> inTenant(second.id(), () -> persistence.tenants().update(sameName)));
        assertTaken(
                "slug", () -> inTenant(second.id(), () -> persistence.tenants().update(sameSlug)));
        assertThat(found(second)).contains(second);
    }

    @Test
    void a_tenant_keeps_its_own_name_and_slug_through_a_change() {
        var tenant = inserted(newTenant());
        var changed = tenant.with(new Thresholds(List.of(10), Optional.empty()), START);

        inTenant(tenant.id(), () -> persistence.tenants().update(changed));

        assertThat(found(tenant)).contains(changed);
    }

    @Test
    void of_two_threads_that_take_the_same_name_one_wins() {
        var name = "Tenant " + Fixtures.word();

        var results = Together.run(
                2,
                thread -> inPlatform(() -> {
                    var tenant =
                            Tenant.created(new TenantId(ids.next()), TenantProfile.of(name, Fixtures.word()), START);
                    persistence.tenants().insert(tenant);
                    return tenant;
                }));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(AlreadyExists.class);
    }

    @Test
    void the_platform_lists_all_oldest_first() {
        var tenants = Stream.generate(() -> inserted(newTenant())).limit(5).toList();

        assertListingHolds(
                tenants, page -> inPlatform(() -> persistence.tenants().list(page)));
    }

    @Test
    void a_tenant_sees_itself_alone() {
        var mine = inserted(newTenant());
        var other = inserted(newTenant());

        inTenant(mine.id(), () -> {
            assertThat(persistence.tenants().find(mine.id())).contains(mine);
            assertThat(persistence.tenants().findBySlug(mine.slug())).contains(mine);
            assertThat(persistence.tenants().find(other.id())).isEmpty();
            assertThat(persistence.tenants().findBySlug(other.slug())).isEmpty();
            assertThat(persistence.tenants().list(FIRST).items()).containsExactly(mine);
        });
    }

    @Test
    void a_tenant_writes_itself_alone() {
        var mine = inserted(newTenant());
        var other = inserted(newTenant());
        var another = newTenant();

        assertImpossible(() -> inTenant(mine.id(), () -> persistence.tenants().update(other.suspended(START))));
        assertImpossible(() -> inTenant(mine.id(), () -> persistence.tenants().insert(another)));
        assertImpossible(() -> inTenant(mine.id(), () -> persistence.tenants().delete(other.id())));
        assertImpossible(() -> inTenant(mine.id(), () -> persistence.tenants().delete(mine.id())));

        assertThat(found(mine)).contains(mine);
        assertThat(found(other)).contains(other);
        assertThat(found(another)).isEmpty();
    }

    @Test
    void a_failed_unit_leaves_tenants_as_they_were() {
        var tenant = inserted(newTenant());
        var never = newTenant();

        inPlatformThenUndone(() -> {
            persistence.tenants().insert(never);
            persistence.tenants().update(tenant.suspended(START));
        });
        inPlatformThenUndone(
                () -> assertThat(persistence.tenants().delete(tenant.id())).isTrue());

        assertThat(found(never)).isEmpty();
        assertThat(found(tenant)).contains(tenant);
        // The name and the slug of what was never there are free.
        inserted(Tenant.created(new TenantId(ids.next()), never.profile(), START));
    }

    @Test
    void a_deleted_tenant_takes_all_its_rows_with_it() {
        var feature = given.feature();
        var operation = given.operation("1", feature);
        var seats = given.seats();
        var seat = given.operation("0", seats);
        var tenant = given.tenantOn(PlanVersionTerms.empty()
                .with(feature.value(), Quota.perCycle(10))
                .with(
                        seats.value(),
                        new Quota(
                                Optional.of(Quantity.of(10)),
                                Quota.Reset.NEVER,
                                Optional.empty(),
                                Quota.Overage.BLOCK,
                                0)));
        var account = Fixtures.accountOf(tenant);
        var member = given.member(tenant);
        var grant = given.grant(tenant, 100);
        var key = Fixtures.key();
        allotment.requests().once(Optional.of(tenant.id()), key, "asked", () -> "answered");
        var decision = allotment
                .gate()
                .consume(tenant.id(), key, Charge.of(operation, Quantity.of(1)))
                .decision();
        allotment
                .quotas()
                .correct(
                        tenant.id(),
                        account,
                        feature,
                        key,
                        new QuotaService.Correction(
                                QuotaChange.Operation.RESET,
                                Optional.empty(),
                                "for nothing",
                                Optional.empty(),
                                Actor.system()));

        var limit = given.spendLimit(tenant, member, 10);
        allotment
                .gate()
                .consume(
                        tenant.id(),
                        Fixtures.key(),
                        Charge.of(seat, Quantity.of(9)).relatedTo("user", "ada"));
        var reservation = allotment
                .gate()
                .reserve(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1)), Duration.ofHours(1))
                .decision()
                .reservation()
                .orElseThrow();

        boolean deleted = inPlatform(() -> persistence.tenants().delete(tenant.id()));

        assertThat(deleted).isTrue();
        assertThat(inPlatform(() -> persistence.tenants().findBySlug(tenant.slug())))
                .isEmpty();
        inTenant(tenant.id(), () -> {
            assertThat(persistence.tenants().find(tenant.id())).isEmpty();
            assertThat(persistence.tenants().list(FIRST).items()).isEmpty();
            assertThat(persistence.memberships().find(tenant.id(), member)).isEmpty();
            assertThat(persistence.accounts().find(tenant.id(), account)).isEmpty();
            assertThat(persistence.accounts().lock(tenant.id(), account)).isFalse();
            assertThat(persistence.subscriptions().findCurrent(tenant.id(), account))
                    .isEmpty();
            assertThat(persistence.credits().find(tenant.id(), account)).isEmpty();
            assertThat(persistence.credits().findGrant(tenant.id(), grant.id())).isEmpty();
            assertThat(persistence
                            .credits()
                            .listEntries(tenant.id(), account, EntryFilter.ALL, FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence.quotas().list(tenant.id(), account)).isEmpty();
            assertThat(persistence
                            .quotas()
                            .history(tenant.id(), account, feature, FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence.quotas().findChange(tenant.id(), key)).isEmpty();
            assertThat(persistence.gate().find(tenant.id(), decision.id())).isEmpty();
            assertThat(persistence.reservations().find(tenant.id(), reservation))
                    .isEmpty();
            assertThat(persistence
                            .allocations()
                            .list(tenant.id(), account, seats, FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence.spendLimits().lock(limit.ref())).isEmpty();
            assertThat(persistence.outbox().list(tenant.id(), FIRST).items()).isEmpty();
            assertThat(persistence
                            .usage()
                            .list(tenant.id(), UsageFilter.ALL, FIRST)
                            .items())
                    .isEmpty();
        });
        // Somebody else may have the name now, and even the id; nothing of the old one comes back.
        inserted(Tenant.created(tenant.id(), tenant.profile(), START));
        assertThat(inTenant(
                        tenant.id(), () -> persistence.requests().claim(Optional.of(tenant.id()), key, "asked", START)))
                .isEmpty();
    }

    @Test
    void a_personal_tenant_is_found_by_its_person_and_there_is_one() {
        var user = given.user().id();
        var tenant = newTenant();

        inPlatform(() -> persistence.tenants().insertPersonal(tenant, user));

        assertThat(inPlatform(() -> persistence.tenants().findPersonal(user))).contains(tenant);
        assertThat(inTenant(tenant.id(), () -> persistence.tenants().findPerson(tenant.id())))
                .contains(user);
        assertTaken(
                "personalUserId", () -> inPlatform(() -> persistence.tenants().insertPersonal(newTenant(), user)));
        assertThat(inPlatform(() -> persistence.tenants().findPersonal(user))).contains(tenant);
    }

    @Test
    void whose_a_personal_tenant_is_no_other_tenant_hears() {
        var user = given.user().id();
        var tenant = newTenant();
        var other = given.tenant();
        inPlatform(() -> persistence.tenants().insertPersonal(tenant, user));

        assertThat(inTenant(other.id(), () -> persistence.tenants().findPerson(tenant.id())))
                .isEmpty();
        assertThat(inTenant(other.id(), () -> persistence.tenants().findPerson(other.id())))
                .isEmpty();
        assertImpossible(() -> inTenant(other.id(), () -> persistence.tenants().findPersonal(user)));
    }

    @Test
    void nobodys_personal_tenant_is_none_and_a_deleted_one_makes_room() {
        var user = given.user().id();
        var tenant = newTenant();

        assertThatThrownBy(() ->
                        inPlatform(() -> persistence.tenants().insertPersonal(newTenant(), new UserId(ids.next()))))
                .isInstanceOf(Unknown.class);
        inPlatform(() -> persistence.tenants().insertPersonal(tenant, user));
        inPlatform(() -> persistence.tenants().delete(tenant.id()));

        assertThat(inPlatform(() -> persistence.tenants().findPersonal(user))).isEmpty();
        inPlatform(() -> persistence.tenants().insertPersonal(newTenant(), user));
    }

    @Test
    void deleting_one_tenant_leaves_the_others_alone() {
        var gone = given.tenantWith(10);
        var stays = given.tenantWith(10);

        inPlatform(() -> persistence.tenants().delete(gone.id()));

        assertThat(found(stays)).contains(stays);
        assertThat(allotment
                        .credits()
                        .balance(stays.id(), Fixtures.accountOf(stays))
                        .balance()
                        .toString())
                .isEqualTo("10");
    }

    @Test
    void deleting_what_is_not_there_says_so() {
        boolean deleted = inPlatform(() -> persistence.tenants().delete(new TenantId(ids.next())));

        assertThat(deleted).isFalse();
    }

    private Tenant newTenant() {
        var word = Fixtures.word();
        return Tenant.created(new TenantId(ids.next()), TenantProfile.of("Tenant " + word, word), clock.instant());
    }

    private Tenant inserted(Tenant tenant) {
        inPlatform(() -> persistence.tenants().insert(tenant));
        return tenant;
    }

    private Optional<Tenant> found(Tenant tenant) {
        return inTenant(tenant.id(), () -> persistence.tenants().find(tenant.id()));
    }

    private static void assertTaken(String field, Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOfSatisfying(
                        AlreadyExists.class,
                        refusal -> assertThat(refusal.field()).contains(field));
    }
}

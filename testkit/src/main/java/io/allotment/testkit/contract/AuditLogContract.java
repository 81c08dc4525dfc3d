package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.audit.AuditHead;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TimeRange;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.testkit.Fixtures;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A log in which each entry holds on to the one before: gapless, in order, and never another tenant's. */
public abstract class AuditLogContract extends PersistenceContract {

    /** Chooses the documents of the random test, to see a failure again: {@code -Dallotment.seed=…}. */
    private static final String SEED = "allotment.seed";

    private static final PageRequest FIRST = PageRequest.first(200);
    private static final Optional<TenantId> PLATFORM = Optional.empty();
    private static final String SALT = "00112233445566778899aabbccddeeff";

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void an_entry_comes_back_as_it_was_appended() {
        var event = AuditEvent.of("role.assigned", "role-assignment", "Grüße, \"世界\" 🎈")
                .from(DOCUMENT.fields())
                .to(Map.of("role", "admin"))
                .about(Map.of("email", "ada@example.org"));
        var origin = new Origin(Optional.of("::1"), Optional.of("curl/8 \"x\""), Optional.of("request-1"));

        var entry = inTenant(
                tenant, () -> append(Optional.of(tenant), Actor.apiKey(newKey(), newUser()), event, origin, START));

        assertThat(listed(tenant)).first().isEqualTo(entry);
        assertThat(listed(tenant)).first().satisfies(read -> {
            assertSound(read);
            assertThat(read.personal().orElseThrow().values().fields())
                    .containsOnlyKeys("email", "ipAddress", "userAgent");
        });
    }

    @Test
    void a_log_without_entries_has_an_empty_head() {
        var fresh = fresh();

        assertThat(inTenant(fresh, () -> persistence.audit().head(Optional.of(fresh))))
                .isEqualTo(AuditHead.empty(Optional.of(fresh)));
        assertThat(inTenant(fresh, () -> persistence.audit().lockHead(Optional.of(fresh))))
                .isEqualTo(AuditHead.empty(Optional.of(fresh)));
    }

    @Test
    void each_entry_follows_the_one_before_and_the_head_is_the_last() {
        long before = head(tenant).sequence();
        for (int i = 0; i < 5; i++) {
            appended(AuditEvent.of("thing.made", "thing", "number-" + i));
        }

        assertThat(head(tenant).sequence()).isEqualTo(before + 5);
        assertChain(tenant);
    }

    @Test
    void an_entry_that_does_not_follow_the_head_is_refused() {
        var stale = head(tenant);
        appended(AuditEvent.of("thing.made", "thing", "first"));

        assertThatThrownBy(() -> inTenant(tenant, () -> persistence.audit().append(after(stale))))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> inTenant(
                        tenant,
                        () -> persistence
                                .audit()
                                .append(after(new AuditHead(
                                        Optional.of(tenant),
                                        head(tenant).sequence() + 1,
                                        head(tenant).hash())))))
                .isInstanceOf(IllegalStateException.class);
        assertChain(tenant);
    }

    @Test
    void a_tenant_that_does_not_exist_has_no_log() {
        var nowhere = new TenantId(ids.next());

        assertThatThrownBy(() -> inTenant(nowhere, () -> persistence.audit().lockHead(Optional.of(nowhere))))
                .isInstanceOf(NotFound.class);
        assertThat(listed(nowhere)).isEmpty();
    }

    @Test
    void entries_are_listed_newest_first() {
        for (int i = 0; i < 5; i++) {
            appended(AuditEvent.of("thing.made", "thing", "number-" + i));
        }

        assertThat(listed(tenant)).isSortedAccordingTo((one, next) -> Long.compare(next.sequence(), one.sequence()));
        assertListing(
                listed(tenant),
                page -> inTenant(tenant, () -> persistence.audit().list(Optional.of(tenant), AuditFilter.ALL, page)));
    }

    @Test
    void entries_are_found_by_time_user_key_action_and_entity() {
        var ada = newUser();
        var adasKey = newKey();
        var early = appended(Actor.user(ada), AuditEvent.of("role.created", "role", "editor"), START);
        var later = START.plusSeconds(10);
        var byKey = appended(Actor.apiKey(adasKey, ada), AuditEvent.of("role.deleted", "role", "editor"), later);
        var last = START.plusSeconds(20);
        var system = appended(Actor.system(), AuditEvent.of("role.created", "role", "viewer-2"), last);
        var team = appended(Actor.system(), AuditEvent.of("team.created", "team", "editor"), last);

        assertThat(found(filter().from(later))).containsExactly(team, system, byKey);
        assertThat(found(filter().from(START).to(last))).containsSubsequence(byKey, early);
        assertThat(found(filter().from(START).to(last))).doesNotContain(system, team);
        assertThat(found(filter().user(ada))).containsExactly(byKey, early);
        assertThat(found(filter().key(adasKey))).containsExactly(byKey);
        assertThat(found(filter().key(newKey()))).isEmpty();
        assertThat(found(filter().action("role.created"))).containsExactly(system, early);
        assertThat(found(filter().entity("role", Optional.empty()))).containsExactly(system, byKey, early);
        assertThat(found(filter().entity("role", Optional.of("editor")))).containsExactly(byKey, early);
        assertThat(found(filter().user(ada).action("role.created"))).containsExactly(early);
        assertListing(
                List.of(byKey, early),
                page -> inTenant(
                        tenant, () -> persistence.audit().list(Optional.of(tenant), filter().user(ada).filter, page)));
    }

    @Test
    void a_failed_unit_takes_its_entries_with_it_and_leaves_no_gap() {
        appended(AuditEvent.of("thing.made", "thing", "before"));
        var head = head(tenant);

        inTenantThenUndone(tenant, () -> {
            append(Optional.of(tenant), AuditEvent.of("thing.made", "thing", "undone"));
            append(Optional.of(tenant), AuditEvent.of("thing.made", "thing", "undone-2"));
        });

        assertThat(head(tenant)).isEqualTo(head);
        var next = appended(AuditEvent.of("thing.made", "thing", "after"));
        assertThat(next.sequence()).isEqualTo(head.sequence() + 1);
        assertChain(tenant);
    }

    @Test
    void a_failed_unit_that_was_the_first_leaves_an_empty_log() {
        var fresh = fresh();

        inTenantThenUndone(fresh, () -> append(Optional.of(fresh), AuditEvent.of("thing.made", "thing", "undone")));

        assertThat(head(fresh)).isEqualTo(AuditHead.empty(Optional.of(fresh)));
        assertThat(listed(fresh)).isEmpty();
    }

    @Test
    void those_who_append_at_the_same_time_make_one_chain() {
        var fresh = fresh();

        Together.values(Together.run(16, thread -> {
            for (int i = 0; i < 5; i++) {
                var event = AuditEvent.of("thing.made", "thing", thread + "-" + i);
                inTenant(fresh, () -> append(Optional.of(fresh), event));
            }
            return thread;
        }));

        assertThat(listed(fresh)).hasSize(80);
        assertChain(fresh);
    }

    @Test
    void the_platform_has_a_log_of_its_own_and_writes_tenants_logs_too() {
        var event = AuditEvent.of("plan.created", "plan", Fixtures.word());

        var ofPlatform = inPlatform(() -> append(PLATFORM, event));
        var ofTenant = inPlatform(() -> append(Optional.of(tenant), event));

        assertThat(inPlatform(() -> persistence.audit().list(PLATFORM, AuditFilter.ALL, FIRST))
                        .items())
                .contains(ofPlatform)
                .doesNotContain(ofTenant);
        assertThat(inPlatform(() -> persistence.audit().head(PLATFORM))).isEqualTo(ofPlatform.head());
        assertThat(listed(tenant)).first().isEqualTo(ofTenant);
        assertChain(tenant);
    }

    @Test
    void those_who_append_to_the_platforms_log_at_the_same_time_make_one_chain() {
        long before = inPlatform(() -> persistence.audit().head(PLATFORM)).sequence();

        var appended = Together.values(Together.run(
                8, thread -> inPlatform(() -> append(PLATFORM, AuditEvent.of("plan.created", "plan", "p" + thread)))));

        assertThat(appended)
                .extracting(AuditEntry::sequence)
                .containsExactlyInAnyOrder(
                        before + 1, before + 2, before + 3, before + 4, before + 5, before + 6, before + 7, before + 8);
    }

    @Test
    void a_tenant_neither_sees_nor_writes_the_platforms_log_nor_another_tenants() {
        appended(AuditEvent.of("thing.made", "thing", "mine"));
        var head = head(tenant);

        inTenant(other, () -> {
            assertThat(persistence
                            .audit()
                            .list(Optional.of(tenant), AuditFilter.ALL, FIRST)
                            .items())
                    .isEmpty();
            assertThat(persistence.audit().head(Optional.of(tenant))).isEqualTo(AuditHead.empty(Optional.of(tenant)));
        });
        assertImpossible(() -> inTenant(other, () -> persistence.audit().lockHead(Optional.of(tenant))));
        assertImpossible(() -> inTenant(other, () -> persistence.audit().append(after(head))));
        assertImpossible(() -> inTenant(other, () -> persistence.audit().list(PLATFORM, AuditFilter.ALL, FIRST)));
        assertImpossible(() -> inTenant(other, () -> persistence.audit().head(PLATFORM)));
        assertImpossible(() -> inTenant(other, () -> persistence.audit().lockHead(PLATFORM)));
        assertImpossible(() -> inTenant(other, () -> append(PLATFORM, AuditEvent.of("thing.made", "thing", "x"))));
        assertThat(head(tenant)).isEqualTo(head);
    }

    @Test
    void what_is_erased_is_gone_and_the_chain_holds() {
        var ada = newUser();
        var email = Fixtures.word() + "@example.org";
        var personal = Map.<String, Object>of("email", email);
        var origin = new Origin(Optional.of("192.0.2.1"), Optional.empty(), Optional.empty());
        var byThem = inTenant(
                tenant,
                () -> append(
                        Optional.of(tenant),
                        Actor.user(ada),
                        AuditEvent.of("thing.made", "thing", "a"),
                        origin,
                        START));
        var aboutThem = appended(AuditEvent.of("member.joined", "member", ada).about(Map.of("name", "Ada")));
        var amongValues = appended(AuditEvent.of("role.assigned", "role", "x")
                .to(Map.of("userId", ada.toString()))
                .about(Map.of("name", "Ada")));
        var byEmail =
                appended(AuditEvent.of("invitation.sent", "invitation", "i").about(personal));
        var others = appended(AuditEvent.of("member.joined", "member", newUser())
                .from(Map.of("number", 1))
                .about(Map.of("name", "Grace")));

        long erased =
                inPlatform(() -> persistence.audit().erase(Optional.of(tenant), ada, Set.of(ada.toString(), email)));

        assertThat(erased).isEqualTo(4);
        assertThat(listed(tenant)).startsWith(others, byEmail.erased(), amongValues.erased(), aboutThem.erased());
        assertThat(listed(tenant)).contains(byThem.erased());
        assertChain(tenant);
        assertThat(inPlatform(() -> persistence.audit().erase(Optional.of(tenant), ada, Set.of(ada.toString(), email))))
                .isZero();
    }

    @Test
    void erasing_is_for_the_platform_alone_and_one_log_at_a_time() {
        var ada = newUser();
        var entry = appended(AuditEvent.of("member.joined", "member", ada).about(Map.of("name", "Ada")));
        var names = Set.of(ada.toString());

        assertImpossible(() -> inTenant(tenant, () -> persistence.audit().erase(Optional.of(tenant), ada, names)));
        inPlatform(() -> persistence.audit().erase(Optional.of(other), ada, names));
        inPlatform(() -> persistence.audit().erase(PLATFORM, ada, names));

        assertThat(listed(tenant)).first().isEqualTo(entry);
    }

    @Test
    void the_logs_of_all_tenants_are_erased_at_once_but_not_the_platforms() {
        var ada = newUser();
        var names = Set.of(ada.toString());
        var joined = AuditEvent.of("member.joined", "member", ada).about(Map.of("name", "Ada"));
        var here = appended(joined);
        var there = inTenant(other, () -> append(Optional.of(other), joined));
        var platform = inPlatform(() -> append(PLATFORM, joined));

        assertImpossible(() -> inTenant(tenant, () -> persistence.audit().eraseOfTenants(ada, names)));
        assertThat(inPlatform(() -> persistence.audit().eraseOfTenants(ada, names)))
                .isEqualTo(2);

        assertThat(listed(tenant)).first().isEqualTo(here.erased());
        assertThat(listed(other)).first().isEqualTo(there.erased());
        assertThat(inPlatform(() -> persistence.audit().list(PLATFORM, AuditFilter.ALL, FIRST))
                        .items())
                .contains(platform);
        assertChain(tenant);
    }

    @Test
    void the_platforms_entries_are_erased_too() {
        var ada = newUser();
        var entry = inPlatform(() ->
                append(PLATFORM, AuditEvent.of("user.created", "user", ada).about(Map.of("name", "Ada"))));

        long erased = inPlatform(() -> persistence.audit().erase(PLATFORM, ada, Set.of(ada.toString())));

        assertThat(erased).isEqualTo(1);
        assertThat(inPlatform(() -> persistence.audit().list(PLATFORM, AuditFilter.ALL, FIRST))
                        .items())
                .contains(entry.erased());
    }

    @Test
    void a_deleted_tenants_log_is_gone() {
        appended(AuditEvent.of("thing.made", "thing", "gone"));

        allotment.tenants().delete(tenant);

        assertThat(inPlatform(() -> persistence.audit().list(Optional.of(tenant), AuditFilter.ALL, FIRST))
                        .items())
                .isEmpty();
        assertThat(inPlatform(() -> persistence.audit().head(Optional.of(tenant))))
                .isEqualTo(AuditHead.empty(Optional.of(tenant)));
    }

    @Test
    void whatever_values_an_entry_has_its_hash_is_the_same_when_it_is_read_back() {
        long seed = Long.getLong(SEED, System.nanoTime());
        var random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            var event = AuditEvent.of("thing.made", "thing", "number-" + i)
                    .from(RandomDocuments.next(random).fields())
                    .to(RandomDocuments.next(random).fields())
                    .about(RandomDocuments.next(random).fields());
            var written = appended(event);

            assertThat(listed(tenant))
                    .as("with -D" + SEED + "=" + seed + ", entry " + i)
                    .first()
                    .satisfies(read -> {
                        assertThat(read).isEqualTo(written);
                        assertSound(read);
                    });
        }
    }

    /** It says what was written, wherever it stands. */
    private static void assertSound(AuditEntry entry) {
        assertThat(entry.faultsAfter(new AuditHead(entry.tenantId(), entry.sequence() - 1, entry.previousHash())))
                .isEmpty();
    }

    /** What the chain promises, seen from outside. */
    private void assertChain(TenantId of) {
        var entries = new ArrayList<>(allPages(
                200, page -> inTenant(of, () -> persistence.audit().list(Optional.of(of), AuditFilter.ALL, page))));
        Collections.reverse(entries);
        var head = AuditHead.empty(Optional.of(of));
        for (var entry : entries) {
            assertThat(entry.faultsAfter(head)).isEmpty();
            head = entry.head();
        }
        assertThat(head(of)).isEqualTo(head);
    }

    /** A tenant whose log has no entry yet. */
    private TenantId fresh() {
        var made = Tenant.created(
                new TenantId(ids.next()), TenantProfile.of("Fresh " + Fixtures.word(), Fixtures.word()), START);
        inPlatform(() -> persistence.tenants().insert(made));
        return made.id();
    }

    private AuditHead head(TenantId of) {
        return inTenant(of, () -> persistence.audit().head(Optional.of(of)));
    }

    private List<AuditEntry> listed(TenantId of) {
        return inTenant(of, () -> persistence.audit().list(Optional.of(of), AuditFilter.ALL, FIRST))
                .items();
    }

    private List<AuditEntry> found(Filter wanted) {
        return inTenant(tenant, () -> persistence.audit().list(Optional.of(tenant), wanted.filter, FIRST))
                .items();
    }

    private AuditEntry appended(AuditEvent event) {
        return appended(Actor.system(), event, START);
    }

    private AuditEntry appended(Actor actor, AuditEvent event, Instant at) {
        return inTenant(tenant, () -> append(Optional.of(tenant), actor, event, Origin.HERE, at));
    }

    private AuditEntry append(Optional<TenantId> log, AuditEvent event) {
        return append(log, Actor.system(), event, Origin.HERE, START);
    }

    private AuditEntry append(Optional<TenantId> log, Actor actor, AuditEvent event, Origin origin, Instant at) {
        var entry = AuditEntry.after(persistence.audit().lockHead(log), at, actor, event, origin, SALT);
        persistence.audit().append(entry);
        return entry;
    }

    private AuditEntry after(AuditHead head) {
        return AuditEntry.after(
                head, START, Actor.system(), AuditEvent.of("thing.made", "thing", "next"), Origin.HERE, SALT);
    }

    private UserId newUser() {
        return new UserId(ids.next());
    }

    private ApiKeyId newKey() {
        return new ApiKeyId(ids.next());
    }

    private static Filter filter() {
        return new Filter(AuditFilter.ALL);
    }

    /** A filter, wish by wish. */
    private record Filter(AuditFilter filter) {

        Filter from(Instant from) {
            return with(
                    new TimeRange(Optional.of(from), filter.at().to()), filter.user(), filter.key(), filter.action());
        }

        Filter to(Instant to) {
            return with(
                    new TimeRange(filter.at().from(), Optional.of(to)), filter.user(), filter.key(), filter.action());
        }

        Filter user(UserId user) {
            return with(filter.at(), Optional.of(user), filter.key(), filter.action());
        }

        Filter key(ApiKeyId key) {
            return with(filter.at(), filter.user(), Optional.of(key), filter.action());
        }

        Filter action(String action) {
            return with(filter.at(), filter.user(), filter.key(), Optional.of(action));
        }

        Filter entity(String type, Optional<String> id) {
            return new Filter(
                    new AuditFilter(filter.at(), filter.user(), filter.key(), filter.action(), Optional.of(type), id));
        }

        private Filter with(TimeRange at, Optional<UserId> user, Optional<ApiKeyId> key, Optional<String> action) {
            return new Filter(new AuditFilter(at, user, key, action, filter.entityType(), filter.entityId()));
        }
    }
}

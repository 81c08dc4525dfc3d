package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.Allotment;
import io.allotment.application.apikey.ApiKeyService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.access.Forbidden;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.Role;
import io.allotment.domain.access.RoleAssignment;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeyEnded;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.KeyRefusal;
import io.allotment.domain.apikey.TooManyApiKeys;
import io.allotment.domain.audit.AuditEntry;
import io.allotment.domain.audit.AuditFilter;
import io.allotment.domain.catalog.Operation;
import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.gate.Charge;
import io.allotment.domain.gate.Decision;
import io.allotment.domain.gate.Denial;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.Refusal;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.testkit.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Who makes keys, who is let in with one, and what the gate lets it do. */
public abstract class ApiKeyServiceContract extends GateContract {

    private static final PermissionKey USE = Right.GATE_USE.key();
    private static final RoleKey WRITER = new RoleKey("writer");
    private static final Duration HOUR = Duration.ofHours(1);

    private PermissionKey write;
    /** Needs the permission {@link #write}. */
    private OperationKey writing;

    private UserId owner;
    /** With the roles member and writer. */
    private UserId member;

    @BeforeEach
    void a_tenant_with_people() {
        write = given.permission(Fixtures.word() + ":write");
        writing = given.operation(
                Operation.of(Fixtures.word(), "test", Credits.of(1)).needing(write.value()));
        changing(() -> persistence
                .roles()
                .insert(new Role(
                        tenant.id(),
                        WRITER,
                        "Writer",
                        Optional.empty(),
                        Set.of(write),
                        clock.instant(),
                        clock.instant(),
                        1)));
        owner = member(SystemRole.OWNER.key());
        member = member(SystemRole.MEMBER.key(), WRITER);
    }

    @Test
    void a_new_key_lets_its_bearer_in_as_the_tenant() {
        var made = made(owner, Set.of(USE));

        var verified = keys().verify(secret(made), Origin.HERE);

        assertThat(verified.refusal()).isEmpty();
        assertThat(verified.caller(Origin.HERE))
                .contains(Caller.key(tenant.id(), made.key().id(), Optional.empty(), Origin.HERE));
        assertThat(made.key().prefix()).contains(made.secret().orElseThrow().prefix());
        assertThat(keys().get(tenant.id(), made.key().id())).isEqualTo(made.key());
    }

    @Test
    void a_wrong_secret_lets_nobody_in() {
        var secret = secret(made(owner, Set.of(USE)));
        char last = secret.charAt(secret.length() - 1);
        var mistyped = secret.substring(0, secret.length() - 1) + (last == 'a' ? 'b' : 'a');

        assertThat(refusal(mistyped)).contains(KeyRefusal.MALFORMED);
        assertThat(refusal("nothing of the kind")).contains(KeyRefusal.MALFORMED);
        assertThat(keys().verify(mistyped, Origin.HERE).caller(Origin.HERE)).isEmpty();
    }

    @Test
    void a_revoked_key_is_refused_at_once() {
        var made = made(owner, Set.of(USE));
        assertThat(refusal(secret(made))).isEmpty();

        as(owner).apiKeys().revoke(tenant.id(), made.key().id());

        assertThat(refusal(secret(made))).contains(KeyRefusal.REVOKED);
        as(owner).apiKeys().revoke(tenant.id(), made.key().id());
        assertThat(denial(byKey(made), credit)).contains("tenant-not-found");
    }

    @Test
    void another_process_hears_of_it_within_two_seconds() {
        var elsewhere = Allotment.with(persistence).clock(clock).ids(ids).build();
        var made = made(owner, Set.of(USE));
        assertThat(elsewhere.apiKeys().verify(secret(made), Origin.HERE).refusal())
                .isEmpty();

        as(owner).apiKeys().revoke(tenant.id(), made.key().id());
        clock.advance(Duration.ofSeconds(2));

        assertThat(elsewhere.apiKeys().verify(secret(made), Origin.HERE).refusal())
                .contains(KeyRefusal.REVOKED);
    }

    @Test
    void a_key_ends_by_the_clock() {
        var made = as(owner)
                .apiKeys()
                .create(tenant.id(), wish(Set.of(USE)).until(clock.instant().plusSeconds(60)));
        assertThat(consumeBy(byKey(made), credit).allowed()).isTrue();

        clock.advance(Duration.ofSeconds(60));

        assertThat(refusal(secret(made))).contains(KeyRefusal.EXPIRED);
        assertThat(denial(byKey(made), credit)).contains("permission-missing");
    }

    @Test
    void a_key_bound_to_addresses_is_taken_from_there_alone() {
        var made = as(owner)
                .apiKeys()
                .create(
                        tenant.id(),
                        ApiKey.Wish.of(
                                "live",
                                new ApiKeySettings(
                                        "office",
                                        Optional.empty(),
                                        Set.of(USE),
                                        List.of(IpRange.of("192.0.2.0/24")),
                                        Optional.empty())));

        assertThat(keys().verify(secret(made), from("192.0.2.200")).refusal()).isEmpty();
        assertThat(keys().verify(secret(made), from("192.0.3.1")).refusal()).contains(KeyRefusal.ADDRESS_NOT_ALLOWED);
        assertThat(refusal(secret(made))).contains(KeyRefusal.ADDRESS_NOT_ALLOWED);
    }

    @Test
    void the_gate_lets_a_key_do_what_its_scopes_say() {
        var wide = made(owner, Set.of(USE, write));
        var narrow = made(owner, Set.of(USE));

        assertThat(consumeBy(byKey(wide), writing).allowed()).isTrue();
        assertThat(reason(consumeBy(byKey(narrow), writing))).contains(Denial.Reason.PERMISSION_MISSING);
        assertThat(consumeBy(byKey(narrow), credit).allowed()).isTrue();
    }

    @Test
    void without_the_scope_for_the_gate_there_is_no_gate() {
        var made = made(owner, Set.of(write));

        assertThat(denial(byKey(made), writing)).contains("permission-missing");
    }

    @Test
    void what_is_taken_from_a_key_is_denied_at_once() {
        var made = made(owner, Set.of(USE, write));
        // The second of these is decided on what is remembered of the first.
        for (int i = 0; i < 3; i++) {
            assertThat(consumeBy(byKey(made), writing).allowed()).isTrue();
        }

        as(owner).apiKeys().change(tenant.id(), made.key().id(), Optional.empty(), settings -> scoped(settings, USE));

        assertThat(reason(consumeBy(byKey(made), writing))).contains(Denial.Reason.PERMISSION_MISSING);
    }

    @Test
    void a_members_key_may_no_more_than_the_member_at_any_time() {
        var made = as(member)
                .apiKeys()
                .create(tenant.id(), wish(Set.of(USE, write)).ownedBy(member));
        for (int i = 0; i < 3; i++) {
            assertThat(consumeBy(byKey(made), writing).allowed()).isTrue();
        }

        changing(() -> persistence.roles().unassign(tenant.id(), member, WRITER));

        assertThat(reason(consumeBy(byKey(made), writing))).contains(Denial.Reason.PERMISSION_MISSING);
        assertThat(consumeBy(byKey(made), credit).allowed()).isTrue();
    }

    @Test
    void a_key_of_somebody_who_was_suspended_or_left_is_refused() {
        var made = as(member).apiKeys().create(tenant.id(), wish(Set.of(USE)).ownedBy(member));
        assertThat(refusal(secret(made))).isEmpty();

        changing(() -> persistence
                .memberships()
                .update(persistence
                        .memberships()
                        .find(tenant.id(), member)
                        .orElseThrow()
                        .suspended(clock.instant())));
        clock.advance(Duration.ofSeconds(2));

        assertThat(refusal(secret(made))).contains(KeyRefusal.OWNER_INACTIVE);
        assertThat(denial(byKey(made), credit)).contains("tenant-not-found");
    }

    @Test
    void a_key_of_somebody_who_was_deactivated_is_refused_at_once() {
        var made = as(member).apiKeys().create(tenant.id(), wish(Set.of(USE)).ownedBy(member));
        assertThat(refusal(secret(made))).isEmpty();

        allotment.users().deactivate(member);

        assertThat(refusal(secret(made))).contains(KeyRefusal.OWNER_INACTIVE);
        assertThat(denial(byKey(made), credit)).contains("tenant-not-found");
        allotment.users().reactivate(member);
        assertThat(refusal(secret(made))).isEmpty();
    }

    @Test
    void a_key_that_is_not_of_ours_holds_nothing() {
        var unknown = Actor.apiKey(new ApiKeyId(ids.next()));

        assertThat(consume(of(credit, "1").by(unknown)).allowed()).isTrue();
        assertThat(reason(consume(of(writing, "1").by(unknown)))).contains(Denial.Reason.PERMISSION_MISSING);
    }

    @Test
    void who_says_that_a_key_acts_for_another_is_not_believed() {
        var made = as(member)
                .apiKeys()
                .create(tenant.id(), wish(Set.of(USE, write)).ownedBy(member));

        var lying = Actor.apiKey(made.key().id(), owner);

        assertThat(reason(consume(of(writing, "1").by(lying)))).contains(Denial.Reason.PERMISSION_MISSING);
        assertThat(consume(of(writing, "1").by(Actor.apiKey(made.key().id(), member)))
                        .allowed())
                .isTrue();
    }

    @Test
    void nobody_makes_a_key_that_may_more_than_they() {
        assertThatThrownBy(() -> as(member)
                        .apiKeys()
                        .create(
                                tenant.id(),
                                wish(Set.of(Right.ROLE_MANAGE.key())).ownedBy(member)))
                .isInstanceOf(Forbidden.class);
        var made = as(member).apiKeys().create(tenant.id(), wish(Set.of(USE)).ownedBy(member));
        assertThatThrownBy(() -> as(member)
                        .apiKeys()
                        .change(
                                tenant.id(),
                                made.key().id(),
                                Optional.empty(),
                                settings -> scoped(settings, USE, Right.ROLE_MANAGE.key())))
                .isInstanceOf(Forbidden.class);
    }

    @Test
    void a_scope_that_there_is_not_is_refused_alike_whoever_asks() {
        var unknown = new PermissionKey("no.such:thing");
        var own = as(member)
                .apiKeys()
                .create(tenant.id(), wish(Set.of(USE)).ownedBy(member))
                .key();

        for (var attempt : List.<ThrowingCallable>of(
                () -> keys().create(tenant.id(), wish(Set.of(unknown))),
                () -> made(owner, Set.of(unknown)),
                () -> as(member)
                        .apiKeys()
                        .create(tenant.id(), wish(Set.of(USE, unknown)).ownedBy(member)),
                () -> as(member)
                        .apiKeys()
                        .change(tenant.id(), own.id(), Optional.empty(), settings -> scoped(settings, USE, unknown)))) {
            assertThatThrownBy(attempt)
                    .isInstanceOfSatisfying(
                            Unknown.class,
                            refusal -> assertThat(refusal.field()).contains("scopes"));
        }
    }

    @Test
    void who_rotates_a_key_holds_what_it_may() {
        var strong = made(owner, Set.of(USE, write));
        var manager = member(SystemRole.ADMIN.key());

        assertThatThrownBy(() ->
                        as(manager).apiKeys().rotate(tenant.id(), strong.key().id(), HOUR, Optional.empty()))
                .isInstanceOf(Forbidden.class);
    }

    @Test
    void who_has_just_lost_the_right_to_manage_keys_makes_changes_rotates_and_revokes_none() {
        var made = made(owner, Set.of(USE)).key();
        var admin = member();
        var keys = as(admin).apiKeys();
        var id = tenant.id();

        for (var attempt : List.<ThrowingCallable>of(
                () -> keys.create(id, wish(Set.of(USE))),
                () -> keys.create(id, wish(Set.of(USE)).ownedBy(admin)),
                () -> keys.change(id, made.id(), Optional.empty(), settings -> scoped(settings)),
                () -> keys.rotate(id, made.id(), HOUR, Optional.empty()),
                () -> keys.revoke(id, made.id()))) {
            changing(() -> assign(admin, SystemRole.ADMIN.key(), Optional.empty()));
            keys.get(id, made.id());
            // In another process: this one still remembers that they may.
            inTenant(id, () -> {
                persistence.tenants().lockRights(id);
                persistence.roles().unassign(id, admin, SystemRole.ADMIN.key());
            });

            assertThatThrownBy(attempt).isInstanceOf(Forbidden.class);
        }

        assertThat(keys().list(id, FIRST).items()).containsExactly(made);
    }

    @RepeatedTest(5)
    void of_making_a_key_and_losing_the_right_at_the_same_moment_the_key_is_first_or_there_is_none() {
        var admin = member(SystemRole.ADMIN.key());

        Together.values(Together.run(2, number -> {
            if (number == 0) {
                allotment.access().unassign(tenant.id(), admin, SystemRole.ADMIN.key());
            } else {
                try {
                    made(admin, Set.of(USE));
                } catch (Forbidden tooLate) {
                    // The other was first.
                }
            }
            return number;
        }));

        // Newest first.
        assertThat(auditEntries())
                .extracting(entry -> entry.event().action())
                .first()
                .isEqualTo("role.unassigned");
    }

    @Test
    void who_manages_keys_for_a_time_makes_none_that_lives_longer() {
        var end = clock.instant().plus(HOUR);
        var admin = member();
        changing(() -> assign(admin, SystemRole.ADMIN.key(), Optional.of(end)));
        var lasting = made(owner, Set.of(USE)).key();
        var idle = made(owner, Set.of()).key();
        var keys = as(admin).apiKeys();

        assertTooLong(() -> keys.create(tenant.id(), wish(Set.of(USE))));
        assertTooLong(() -> keys.create(tenant.id(), wish(Set.of(USE)).until(end.plusSeconds(1))));
        assertTooLong(() -> keys.create(tenant.id(), wish(Set.of(USE)).ownedBy(member)));
        assertTooLong(() -> keys.rotate(tenant.id(), lasting.id(), HOUR, Optional.empty()));
        assertTooLong(() -> keys.change(tenant.id(), idle.id(), Optional.empty(), settings -> scoped(settings, USE)));
        assertThat(keys.create(tenant.id(), wish(Set.of(USE)).until(end))).isNotNull();
        assertThat(keys.rotate(tenant.id(), lasting.id(), HOUR, Optional.of(end)))
                .isNotNull();
        // Their own ends with what they hold.
        var own = keys.create(tenant.id(), wish(Set.of(USE)).ownedBy(admin));
        assertThat(consumeBy(byKey(own), credit).allowed()).isTrue();
        clock.set(end);
        assertThat(denial(byKey(own), credit)).isPresent();
    }

    @Test
    void who_may_not_act_for_others_makes_and_rotates_no_key_of_theirs() {
        var keeping = new RoleKey("keeper");
        changing(() -> persistence
                .roles()
                .insert(new Role(
                        tenant.id(),
                        keeping,
                        "Keeper",
                        Optional.empty(),
                        Set.of(Right.KEY_MANAGE.key(), USE),
                        clock.instant(),
                        clock.instant(),
                        1)));
        var keys = as(member(keeping)).apiKeys();
        var theirs = as(member)
                .apiKeys()
                .create(tenant.id(), wish(Set.of(USE)).ownedBy(member))
                .key();

        assertThatThrownBy(() -> keys.create(tenant.id(), wish(Set.of(USE)).ownedBy(member)))
                .isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> keys.rotate(tenant.id(), theirs.id(), HOUR, Optional.empty()))
                .isInstanceOf(Forbidden.class);
        assertThat(keys.create(tenant.id(), wish(Set.of(USE)))).isNotNull();
    }

    @Test
    void a_key_that_ends_makes_none_that_lives_longer() {
        var end = clock.instant().plus(HOUR);
        var tenants = as(owner)
                .apiKeys()
                .create(tenant.id(), wish(Set.of(Right.KEY_MANAGE.key(), USE)).until(end));
        var members = as(member)
                .apiKeys()
                .create(
                        tenant.id(),
                        wish(Set.of(Right.KEY_OWN.key(), USE)).ownedBy(member).until(end));
        clock.advance(Duration.ofMinutes(1));

        for (var maker : List.of(tenants, members)) {
            var keys = byKey(maker).apiKeys();
            var own = maker.key().owner();
            var wish = own.map(wish(Set.of(USE))::ownedBy).orElse(wish(Set.of(USE)));
            assertTooLong(() -> keys.create(tenant.id(), wish));
            var made = keys.create(tenant.id(), wish.until(end));
            assertTooLong(() -> keys.rotate(tenant.id(), made.key().id(), HOUR, Optional.of(end.plusSeconds(1))));
            // Which would live an hour from now.
            assertTooLong(() -> keys.rotate(tenant.id(), maker.key().id(), HOUR, Optional.empty()));
            assertThat(keys.rotate(tenant.id(), maker.key().id(), HOUR, Optional.of(end)))
                    .isNotNull();
        }
    }

    @Test
    void a_member_sees_and_changes_their_own_keys_and_no_others() {
        var tenants = made(owner, Set.of(USE));
        var own = as(member).apiKeys().create(tenant.id(), wish(Set.of(USE)).ownedBy(member));
        var service = as(member).apiKeys();

        assertThat(service.list(tenant.id(), FIRST).items()).containsExactly(own.key());
        assertThat(service.get(tenant.id(), own.key().id())).isEqualTo(own.key());
        assertThatThrownBy(() -> service.get(tenant.id(), tenants.key().id())).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> service.revoke(tenant.id(), tenants.key().id()))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> service.rotate(tenant.id(), tenants.key().id(), HOUR, Optional.empty()))
                .isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> service.create(tenant.id(), wish(Set.of(USE)))).isInstanceOf(Forbidden.class);
        assertThatThrownBy(() -> service.create(tenant.id(), wish(Set.of(USE)).ownedBy(owner)))
                .isInstanceOf(Forbidden.class);
        assertThat(as(owner).apiKeys().list(tenant.id(), FIRST).items()).containsExactly(tenants.key(), own.key());
        assertThatThrownBy(() -> as(member(SystemRole.VIEWER.key())).apiKeys().list(tenant.id(), FIRST))
                .isInstanceOf(Forbidden.class);
    }

    @Test
    void to_a_stranger_there_is_no_tenant() {
        var made = made(owner, Set.of(USE));
        var stranger = as(given.user().id()).apiKeys();

        assertThatThrownBy(() -> stranger.list(tenant.id(), FIRST)).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> stranger.get(tenant.id(), made.key().id())).isInstanceOf(NotFound.class);
        assertThatThrownBy(() -> stranger.create(tenant.id(), wish(Set.of()))).isInstanceOf(NotFound.class);
    }

    @Test
    void a_rotated_key_goes_on_for_its_grace_beside_the_new_one() {
        var old = made(owner, Set.of(USE, write));

        var next = as(owner).apiKeys().rotate(tenant.id(), old.key().id(), HOUR, Optional.empty());

        assertThat(next.key().settings()).isEqualTo(old.key().settings());
        assertThat(keys().get(tenant.id(), old.key().id()).replacedBy())
                .contains(next.key().id());
        clock.advance(HOUR.minusSeconds(1));
        assertThat(refusal(secret(old))).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(refusal(secret(old))).contains(KeyRefusal.EXPIRED);
        assertThat(refusal(secret(next))).isEmpty();
        assertThatThrownBy(
                        () -> as(owner).apiKeys().rotate(tenant.id(), old.key().id(), HOUR, Optional.empty()))
                .isInstanceOf(ApiKeyEnded.class);
    }

    @Test
    void without_grace_a_rotated_key_is_refused_at_once() {
        var old = made(owner, Set.of(USE));
        assertThat(refusal(secret(old))).isEmpty();

        as(owner).apiKeys().rotate(tenant.id(), old.key().id(), Duration.ZERO, Optional.empty());

        assertThat(refusal(secret(old))).contains(KeyRefusal.EXPIRED);
    }

    @Test
    void rotation_is_no_way_around_a_spend_limit() {
        var old = made(owner, Set.of(USE));
        given.spendLimit(tenant, SpendLimit.Spender.of(old.key().id()), 3);
        assertThat(consumeBy(byKey(old), credit).allowed()).isTrue();
        assertThat(consumeBy(byKey(old), credit).allowed()).isTrue();

        var next = as(owner).apiKeys().rotate(tenant.id(), old.key().id(), HOUR, Optional.empty());

        assertThat(consumeBy(byKey(next), credit).allowed()).isTrue();
        assertThat(reason(consumeBy(byKey(next), credit))).contains(Denial.Reason.SPEND_LIMIT_EXCEEDED);
    }

    @Test
    void one_of_several_rotations_wins() {
        var old = made(owner, Set.of(USE));

        var results = Together.run(
                4,
                i -> as(owner)
                        .apiKeys()
                        .rotate(tenant.id(), old.key().id(), HOUR, Optional.empty())
                        .key());

        var winners =
                results.stream().flatMap(result -> result.value().stream()).toList();
        assertThat(winners).hasSize(1);
        assertThat(keys().get(tenant.id(), old.key().id()).replacedBy())
                .contains(winners.get(0).id());
        assertThat(results.stream().flatMap(result -> result.failure().stream()))
                .allSatisfy(failure -> assertThat(failure).isInstanceOfAny(StaleVersion.class, ApiKeyEnded.class));
    }

    @Test
    void of_several_that_make_the_last_key_one_wins() {
        inTenant(tenant.id(), () -> {
            for (int i = 1; i < ApiKey.MAX_PER_TENANT; i++) {
                persistence
                        .apiKeys()
                        .insert(
                                ApiKey.created(
                                        tenant.id(),
                                        new ApiKeyId(ids.next()),
                                        wish(Set.of()),
                                        Optional.of("allot_live_abc"),
                                        Optional.empty(),
                                        clock.instant()),
                                Optional.empty());
            }
        });

        var results = Together.run(4, i -> made(owner, Set.of(USE)));

        assertThat(results.stream().filter(result -> result.value().isPresent()))
                .hasSize(1);
        assertThat(results.stream().flatMap(result -> result.failure().stream()))
                .hasSize(3)
                .hasOnlyElementsOfType(TooManyApiKeys.class);
        assertThat((long) inTenant(tenant.id(), () -> persistence.apiKeys().countLive(tenant.id(), clock.instant())))
                .isEqualTo(ApiKey.MAX_PER_TENANT);
    }

    @Test
    void a_change_must_name_the_version_it_was_made_on() {
        var made = made(owner, Set.of(USE));
        as(owner).apiKeys().change(tenant.id(), made.key().id(), Optional.of(1L), settings -> scoped(settings));

        assertThatThrownBy(() -> as(owner)
                        .apiKeys()
                        .change(tenant.id(), made.key().id(), Optional.of(1L), settings -> scoped(settings, USE)))
                .isInstanceOf(StaleVersion.class);
        assertThat(keys().get(tenant.id(), made.key().id()).settings().scopes()).isEmpty();
    }

    @Test
    void a_key_of_another_issuer_is_found_by_its_id_there_and_has_no_secret() {
        var made =
                as(owner).apiKeys().create(tenant.id(), wish(Set.of(USE, write)).managedAs("unkey_1"));

        assertThat(made.secret()).isEmpty();
        assertThat(keys().findByExternalId(tenant.id(), "unkey_1")).contains(made.key());
        assertThat(consume(of(writing, "1").by(Actor.apiKey(made.key().id()))).allowed())
                .isTrue();
        assertThatThrownBy(() -> as(owner)
                        .apiKeys()
                        .create(tenant.id(), wish(Set.of(USE)).managedAs("unkey_1")))
                .isInstanceOf(AlreadyExists.class);
        assertThat(keys().findByExternalId(tenant.id(), "unkey_2")).isEmpty();
        assertThat(as(member).apiKeys().findByExternalId(tenant.id(), "unkey_1"))
                .isEmpty();
    }

    @Test
    void uses_are_written_together_once_a_minute_and_at_the_end() {
        var made = made(owner, Set.of(USE));
        for (int i = 0; i < 5; i++) {
            assertThat(refusal(secret(made))).isEmpty();
        }
        assertThat(used(made)).isZero();

        clock.advance(Duration.ofMinutes(1));
        assertThat(refusal(secret(made))).isEmpty();
        assertThat(used(made)).isEqualTo(6);
        assertThat(keys().get(tenant.id(), made.key().id()).lastUsedAt()).contains(clock.instant());

        assertThat(refusal(secret(made))).isEmpty();
        assertThat(used(made)).isEqualTo(6);
        keys().writeUses();
        assertThat(used(made)).isEqualTo(7);
        keys().writeUses();
        assertThat(used(made)).isEqualTo(7);
    }

    @Test
    void a_refused_key_is_not_used() {
        var made = made(owner, Set.of(USE));
        as(owner).apiKeys().revoke(tenant.id(), made.key().id());

        refusal(secret(made));
        keys().writeUses();

        assertThat(used(made)).isZero();
    }

    @Test
    void the_audit_log_tells_what_became_of_keys_and_no_secret() {
        var made = made(owner, Set.of(USE));
        var next = as(owner).apiKeys().rotate(tenant.id(), made.key().id(), HOUR, Optional.empty());
        as(owner).apiKeys().change(tenant.id(), next.key().id(), Optional.empty(), settings -> scoped(settings));
        as(owner).apiKeys().revoke(tenant.id(), next.key().id());

        var entries = auditEntries().stream()
                .filter(entry -> entry.event().entityType().equals("api-key"))
                .toList();

        assertThat(entries)
                .extracting(entry -> entry.event().action())
                .containsExactly("api-key.revoked", "api-key.changed", "api-key.rotated", "api-key.created");
        assertThat(entries).allSatisfy(entry -> assertThat(entry.actor()).isEqualTo(Actor.user(owner)));
        assertThat(entries.toString())
                .contains(made.key().prefix().orElseThrow())
                .doesNotContain(secret(made).substring(20))
                .doesNotContain(secret(next).substring(20));
    }

    @Test
    void of_a_change_the_audit_log_tells_what_was_and_what_is() {
        var key = made(owner, Set.of(USE)).key();

        as(owner)
                .apiKeys()
                .change(
                        tenant.id(),
                        key.id(),
                        Optional.empty(),
                        any -> new ApiKeySettings(
                                "renamed",
                                Optional.of("reads at night"),
                                Set.of(USE, write),
                                List.of(IpRange.of("192.0.2.0/24")),
                                Optional.empty()));

        var entry = auditEntries().get(0);
        var event = entry.event();
        assertThat(event.action()).isEqualTo("api-key.changed");
        assertThat(event.before().fields()).isEqualTo(Map.of("scopes", List.of(USE.value())));
        assertThat(event.after().fields().keySet()).containsExactly("scopes");
        assertThat(entry.personal().orElseThrow().values().fields())
                .containsAllEntriesOf(Map.of(
                        "nameBefore", "key",
                        "name", "renamed",
                        "description", "reads at night",
                        "ipAllowListBefore", List.of(),
                        "ipAllowList", List.of("192.0.2.0/24")))
                .doesNotContainKey("descriptionBefore");
    }

    @Test
    void what_changes_nothing_of_a_key_is_not_written() {
        var key = made(owner, Set.of(USE)).key();
        var before = auditEntries();
        clock.advance(HOUR);

        var same = as(owner).apiKeys().change(tenant.id(), key.id(), Optional.of(1L), settings -> settings);

        assertThat(same).isEqualTo(key);
        assertThat(keys().get(tenant.id(), key.id())).isEqualTo(key);
        assertThat(auditEntries()).isEqualTo(before);
    }

    /** Newest first. */
    private List<AuditEntry> auditEntries() {
        return inTenant(
                        tenant.id(),
                        () -> persistence
                                .audit()
                                .list(Optional.of(tenant.id()), AuditFilter.ALL, PageRequest.first(200)))
                .items();
    }

    private static void assertTooLong(ThrowingCallable attempt) {
        assertThatThrownBy(attempt).isInstanceOf(Forbidden.class).hasMessageContaining("for longer than they hold");
    }

    private void assign(UserId user, RoleKey role, Optional<Instant> end) {
        persistence.roles().assign(new RoleAssignment(tenant.id(), user, role, Optional.empty(), clock.instant(), end));
    }

    private Allotment as(UserId user) {
        return allotment.as(Caller.user(user, Origin.HERE));
    }

    private Allotment byKey(ApiKeyService.Made made) {
        return allotment.as(Caller.key(tenant.id(), made.key().id(), made.key().owner(), Origin.HERE));
    }

    private ApiKeyService keys() {
        return allotment.apiKeys();
    }

    private ApiKeyService.Made made(UserId by, Set<PermissionKey> scopes) {
        return as(by).apiKeys().create(tenant.id(), wish(scopes));
    }

    private static ApiKey.Wish wish(Set<PermissionKey> scopes) {
        return ApiKey.Wish.of("live", ApiKeySettings.of("key", scopes));
    }

    private static ApiKeySettings scoped(ApiKeySettings settings, PermissionKey... scopes) {
        return new ApiKeySettings(
                settings.name(),
                settings.description(),
                Set.of(scopes),
                settings.ipAllowList(),
                settings.requestsPerMinute());
    }

    private static String secret(ApiKeyService.Made made) {
        return made.secret().orElseThrow().reveal();
    }

    private Optional<KeyRefusal> refusal(String secret) {
        return keys().verify(secret, Origin.HERE).refusal();
    }

    private static Origin from(String address) {
        return new Origin(Optional.of(address), Optional.empty(), Optional.empty());
    }

    private Decision consumeBy(Allotment caller, OperationKey operation) {
        return caller.gate()
                .consume(tenant.id(), Fixtures.key(), Charge.of(operation, Quantity.of(1)))
                .decision();
    }

    private Optional<String> denial(Allotment caller, OperationKey operation) {
        try {
            consumeBy(caller, operation);
            return Optional.empty();
        } catch (Refusal refusal) {
            return Optional.of(refusal.code());
        }
    }

    private static Optional<Denial.Reason> reason(Decision decision) {
        return decision.denial().map(Denial::reason);
    }

    private long used(ApiKeyService.Made made) {
        return keys().get(tenant.id(), made.key().id()).usageCount();
    }

    private UserId member(RoleKey... roles) {
        var user = given.user().id();
        changing(() -> {
            persistence.memberships().insert(Membership.joined(tenant.id(), user, "Member", clock.instant()));
            for (var role : roles) {
                assign(user, role, Optional.empty());
            }
        });
        return user;
    }

    /** As a service in another process changes rights. */
    private void changing(Runnable change) {
        inTenant(tenant.id(), () -> {
            persistence.tenants().lockRights(tenant.id());
            change.run();
        });
        clock.advance(Duration.ofSeconds(2));
    }
}

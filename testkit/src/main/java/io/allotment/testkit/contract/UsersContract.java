package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.identity.User;
import io.allotment.domain.identity.UserProfile;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import io.allotment.testkit.Fixtures;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** People, known to the platform alone. */
public abstract class UsersContract extends PersistenceContract {

    @Test
    void a_user_comes_back_as_they_were_given() {
        var user = inserted(newUser());

        inPlatform(() -> {
            assertThat(persistence.users().find(user.id())).contains(user);
            assertThat(persistence.users().findByEmail(user.email())).contains(user);
        });
    }

    @Test
    void an_address_is_found_whatever_its_case() {
        var word = Fixtures.word();
        var user = inserted(
                User.created(new UserId(ids.next()), new Email(word + "@Example.ORG"), UserProfile.of("Ada"), START));

        assertThat(inPlatform(() ->
                        persistence.users().findByEmail(new Email(word.toUpperCase(Locale.ROOT) + "@example.org"))))
                .contains(user);
    }

    @Test
    void nobody_is_found_who_is_not_there() {
        inPlatform(() -> {
            assertThat(persistence.users().find(new UserId(ids.next()))).isEmpty();
            assertThat(persistence.users().findByEmail(newUser().email())).isEmpty();
        });
    }

    @Test
    void users_are_listed_oldest_first() {
        var users = Stream.generate(() -> inserted(newUser())).limit(5).toList();

        assertListingHolds(users, page -> inPlatform(() -> persistence.users().list(page)));
    }

    @Test
    void the_addresses_of_several_are_found_at_once() {
        var one = inserted(newUser());
        var another = inserted(newUser());
        inserted(newUser());
        var asked = Set.of(one.id(), another.id(), new UserId(ids.next()));

        assertThat(inPlatform(() -> persistence.users().emails(asked)))
                .isEqualTo(Map.of(one.id(), one.email(), another.id(), another.email()));
        assertThat(inPlatform(() -> persistence.users().emails(Set.of()))).isEmpty();
    }

    @Test
    void a_taken_address_is_refused() {
        var first = inserted(newUser());
        var second = User.created(new UserId(ids.next()), first.email(), UserProfile.of("Another"), START);

        assertThatThrownBy(() -> inserted(second))
                .isInstanceOfSatisfying(
                        AlreadyExists.class,
                        refusal -> assertThat(refusal.field()).contains("email"));
        assertThat(inPlatform(() -> persistence.users().find(second.id()))).isEmpty();
    }

    @Test
    void of_two_threads_that_take_the_same_address_one_wins() {
        var email = newUser().email();

        var results = Together.run(
                2, thread -> inserted(User.created(new UserId(ids.next()), email, UserProfile.of("Ada"), START)));

        assertThat(results).filteredOn(result -> result.value().isPresent()).hasSize(1);
        assertThat(results)
                .flatExtracting(result -> result.failure().stream().toList())
                .singleElement()
                .isInstanceOf(AlreadyExists.class);
    }

    @Test
    void a_tenant_neither_sees_nor_makes_users() {
        var user = inserted(newUser());
        var never = newUser();
        var tenant = given.tenant().id();

        assertImpossible(() -> inTenant(tenant, () -> persistence.users().find(user.id())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().lock(user.id())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().lockToDelete(user.id())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().findByEmail(user.email())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().emails(Set.of(user.id()))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().list(PageRequest.first(10))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().insert(never)));
        assertThat(inPlatform(() -> persistence.users().find(never.id()))).isEmpty();
    }

    @Test
    void a_failed_unit_leaves_no_user() {
        var user = newUser();

        inPlatformThenUndone(() -> persistence.users().insert(user));

        assertThat(inPlatform(() -> persistence.users().find(user.id()))).isEmpty();
    }

    @Test
    void everything_known_of_a_user_comes_back() {
        var user = new User(
                new UserId(ids.next()),
                new Email(Fixtures.word() + "@example.org"),
                new UserProfile(
                        "Ada",
                        Optional.of("Ada Lovelace, Ünïcode"),
                        Optional.of("https://example.org/ada.png"),
                        ZoneId.of("Europe/Berlin"),
                        "pt-BR"),
                false,
                Optional.of(START.plusSeconds(1)),
                Optional.of(START.plusSeconds(2)),
                START,
                START.plusSeconds(3),
                7);

        inserted(user);

        assertThat(found(user)).contains(user);
    }

    @Test
    void a_change_is_kept_and_leaves_the_last_sign_in_alone() {
        var user = inserted(newUser());
        var changed = user.with(
                        new Email(Fixtures.word() + "@example.org"), UserProfile.of("Countess"), START.plusSeconds(5))
                .onboarded(START.plusSeconds(5));
        inPlatform(() -> persistence.users().signedIn(user.id(), START.plusSeconds(4)));

        inPlatform(
                () -> persistence.users().update(user.with(changed.email(), changed.profile(), START.plusSeconds(5))));

        assertThat(found(user).map(User::profile)).contains(changed.profile());
        assertThat(found(user).map(User::email)).contains(changed.email());
        assertThat(found(user).flatMap(User::lastLoginAt)).contains(START.plusSeconds(4));
        assertThat(found(user).map(User::version)).contains(2L);
    }

    @Test
    void a_change_of_an_older_version_is_refused() {
        var user = inserted(newUser());
        inPlatform(() -> persistence.users().update(user.deactivated(START)));

        assertThatThrownBy(() -> inPlatform(() -> persistence.users().update(user.onboarded(START))))
                .isInstanceOf(StaleVersion.class);
        assertThat(found(user)).contains(user.deactivated(START));
    }

    @Test
    void a_change_to_a_taken_address_is_refused() {
        var user = inserted(newUser());
        var other = inserted(newUser());

        assertThatThrownBy(() ->
                        inPlatform(() -> persistence.users().update(user.with(other.email(), user.profile(), START))))
                .isInstanceOf(AlreadyExists.class);
        assertThat(found(user)).contains(user);
    }

    @Test
    void a_sign_in_is_noted_once_a_minute() {
        var user = inserted(newUser());

        inPlatform(() -> persistence.users().signedIn(user.id(), START));
        inPlatform(() -> persistence.users().signedIn(user.id(), START.plusSeconds(59)));
        assertThat(found(user).flatMap(User::lastLoginAt)).contains(START);

        inPlatform(() -> persistence.users().signedIn(user.id(), START.plusSeconds(60)));
        assertThat(found(user).flatMap(User::lastLoginAt)).contains(START.plusSeconds(60));
    }

    @Test
    void whether_a_user_may_act_is_known_in_every_unit() {
        var user = inserted(newUser());
        var tenant = given.tenant().id();

        assertThat(inTenant(tenant, () -> persistence.users().isActive(user.id())))
                .isTrue();
        inPlatform(() -> persistence.users().update(user.deactivated(START)));

        assertThat(inTenant(tenant, () -> persistence.users().isActive(user.id())))
                .isFalse();
        assertThat(inPlatform(() -> persistence.users().isActive(user.id()))).isFalse();
        assertThat(inPlatform(() -> persistence.users().isActive(new UserId(ids.next()))))
                .isFalse();
    }

    @Test
    void the_platform_knows_where_somebody_belongs() {
        var user = inserted(newUser());
        var first = given.tenant().id();
        var second = given.tenant().id();
        given.tenant();
        for (var tenant : List.of(second, first)) {
            inTenant(
                    tenant, () -> persistence.memberships().insert(Membership.joined(tenant, user.id(), "Ada", START)));
        }

        assertThat(inPlatform(() -> persistence.users().tenantsOf(user.id()))).containsExactly(first, second);
        assertImpossible(() -> inTenant(first, () -> persistence.users().tenantsOf(user.id())));
    }

    private Optional<User> found(User user) {
        return inPlatform(() -> persistence.users().find(user.id()));
    }

    private User newUser() {
        return User.created(
                new UserId(ids.next()),
                new Email(Fixtures.word() + "@example.org"),
                UserProfile.of("Ada Ünïcode"),
                START);
    }

    private User inserted(User user) {
        inPlatform(() -> persistence.users().insert(user));
        return user;
    }
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.identity.User;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.UserId;
import io.allotment.testkit.Fixtures;
import java.util.Locale;
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
        var user = inserted(new User(new UserId(ids.next()), new Email(word + "@Example.ORG"), "Ada", START));

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
    void a_taken_address_is_refused() {
        var first = inserted(newUser());
        var second = new User(new UserId(ids.next()), first.email(), "Another", START);

        assertThatThrownBy(() -> inserted(second))
                .isInstanceOfSatisfying(
                        AlreadyExists.class,
                        refusal -> assertThat(refusal.field()).contains("email"));
        assertThat(inPlatform(() -> persistence.users().find(second.id()))).isEmpty();
    }

    @Test
    void of_two_threads_that_take_the_same_address_one_wins() {
        var email = newUser().email();

        var results = Together.run(2, thread -> inserted(new User(new UserId(ids.next()), email, "Ada", START)));

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
        assertImpossible(() -> inTenant(tenant, () -> persistence.users().findByEmail(user.email())));
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

    private User newUser() {
        return new User(new UserId(ids.next()), new Email(Fixtures.word() + "@example.org"), "Ada Ünïcode", START);
    }

    private User inserted(User user) {
        inPlatform(() -> persistence.users().insert(user));
        return user;
    }
}

package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.identity.Attempts;
import io.allotment.domain.identity.Credential;
import io.allotment.domain.identity.PasswordReset;
import io.allotment.domain.shared.UserId;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Passwords and the tokens for new ones, for the platform alone. */
public abstract class CredentialsContract extends PersistenceContract {

    private UserId user;

    @BeforeEach
    void a_user() {
        user = given.user().id();
    }

    @Test
    void a_password_comes_back_as_it_was_given() {
        var credential = new Credential(
                user, "$argon2id$v=19$…", true, START, new Attempts(3, Optional.of(START.plusSeconds(1))));

        save(credential);

        assertThat(found()).contains(credential);
    }

    @Test
    void a_password_takes_the_place_of_the_one_before() {
        save(Credential.set(user, "first", true, START).with(Attempts.NONE.failedAgain(START)));
        var second = Credential.set(user, "second", false, START.plusSeconds(1));

        save(second);

        assertThat(found()).contains(second);
    }

    @Test
    void a_deleted_password_is_gone() {
        save(Credential.set(user, "hash", true, START));

        inPlatform(() -> persistence.credentials().delete(user));
        inPlatform(() -> persistence.credentials().delete(user));

        assertThat(found()).isEmpty();
    }

    @Test
    void attempts_at_the_same_moment_are_all_counted() {
        save(Credential.set(user, "hash", true, START));

        var results = Together.run(8, thread -> {
            inPlatform(() -> {
                var credential = persistence.credentials().lock(user).orElseThrow();
                persistence
                        .credentials()
                        .save(credential.with(credential.attempts().failedAgain(START)));
            });
            return thread;
        });

        assertThat(results).allMatch(result -> result.value().isPresent());
        assertThat(found().map(credential -> credential.attempts().failed())).contains(8);
    }

    @Test
    void attempts_at_an_address_without_a_password_are_counted_one_after_the_other() {
        var address = token();
        assertThat(attempts(address)).isEqualTo(Attempts.NONE);

        Together.run(8, thread -> {
            inPlatform(() -> {
                var before = persistence.credentials().lockAttempts(address);
                persistence.credentials().saveAttempts(address, before.failedAgain(START));
            });
            return thread;
        });

        assertThat(attempts(address)).isEqualTo(new Attempts(8, Optional.of(START)));
        assertThat(attempts(token())).isEqualTo(Attempts.NONE);
        inPlatformThenUndone(() -> persistence.credentials().saveAttempts(address, Attempts.NONE));
        assertThat(attempts(address).failed()).isEqualTo(8);
    }

    @Test
    void attempts_are_removed_once_they_are_old_and_the_oldest_of_too_many() {
        inPlatform(() -> persistence.retentions().removeAttempts(START.plusSeconds(1_000), 0, 1_000_000));
        var addresses = Stream.generate(CredentialsContract::token).limit(6).toList();
        for (int i = 0; i < addresses.size(); i++) {
            var attempts = Attempts.NONE.failedAgain(START.plusSeconds(i));
            var address = addresses.get(i);
            inPlatform(() -> persistence.credentials().saveAttempts(address, attempts));
        }

        assertThat(removed(START, 10, 10)).isZero();
        assertThat(removed(START.plusSeconds(2), 10, 1)).isEqualTo(1);
        assertThat(removed(START.plusSeconds(2), 10, 10)).isEqualTo(1);
        assertThat(removed(START, 3, 10)).isEqualTo(1);
        assertThat(removed(START, 3, 10)).isZero();

        assertThat(addresses.stream().map(address -> attempts(address).failed()))
                .containsExactly(0, 0, 0, 1, 1, 1);
    }

    private int removed(Instant before, int kept, int limit) {
        return inPlatform(() -> persistence.retentions().removeAttempts(before, kept, limit));
    }

    private Attempts attempts(byte[] address) {
        return inPlatform(() -> persistence.credentials().lockAttempts(address));
    }

    @Test
    void a_token_is_taken_once() {
        var token = token();
        var reset = PasswordReset.created(user, START);
        inPlatform(() -> persistence.credentials().insertReset(reset, token));

        var results = Together.run(
                4,
                thread -> inPlatform(() -> persistence.credentials().takeReset(token))
                        .isPresent());

        assertThat(results).filteredOn(result -> result.value().orElse(false)).hasSize(1);
        assertThat(inPlatform(() -> persistence.credentials().takeReset(token))).isEmpty();
    }

    @Test
    void a_token_comes_back_as_it_was_given_and_the_newest_is_known() {
        var first = PasswordReset.created(user, START);
        var second = PasswordReset.created(user, START.plusSeconds(90));
        var token = token();
        inPlatform(() -> persistence.credentials().insertReset(second, token));
        inPlatform(() -> persistence.credentials().insertReset(first, token()));

        assertThat(inPlatform(() -> persistence.credentials().lastReset(user))).contains(second);
        assertThat(inPlatform(() -> persistence.credentials().findReset(token))).contains(second);
        assertThat(inPlatform(() -> persistence.credentials().takeReset(token))).contains(second);
    }

    @Test
    void a_users_tokens_are_deleted_and_nobody_elses() {
        var other = given.user().id();
        inPlatform(() -> {
            persistence.credentials().insertReset(PasswordReset.created(user, START), token());
            persistence.credentials().insertReset(PasswordReset.created(user, START), token());
            persistence.credentials().insertReset(PasswordReset.created(other, START), token());
        });

        inPlatform(() -> persistence.credentials().deleteResets(user));

        assertThat(inPlatform(() -> persistence.credentials().lastReset(user))).isEmpty();
        assertThat(inPlatform(() -> persistence.credentials().lastReset(other))).isPresent();
    }

    @Test
    void a_failed_unit_leaves_neither_password_nor_token() {
        var token = token();

        inPlatformThenUndone(() -> {
            persistence.credentials().save(Credential.set(user, "hash", true, START));
            persistence.credentials().insertReset(PasswordReset.created(user, START), token);
        });

        assertThat(found()).isEmpty();
        assertThat(inPlatform(() -> persistence.credentials().lastReset(user))).isEmpty();
    }

    @Test
    void a_tenant_neither_sees_nor_sets_passwords() {
        var tenant = given.tenant().id();
        save(Credential.set(user, "hash", true, START));

        assertImpossible(() -> inTenant(tenant, () -> persistence.credentials().lock(user)));
        assertImpossible(() ->
                inTenant(tenant, () -> persistence.credentials().save(Credential.set(user, "other", true, START))));
        assertImpossible(() -> inTenant(tenant, () -> persistence.credentials().takeReset(token())));
        assertImpossible(() -> inTenant(tenant, () -> persistence.credentials().lockAttempts(token())));
        assertImpossible(() -> inTenant(
                tenant, () -> persistence.credentials().saveAttempts(token(), Attempts.NONE.failedAgain(START))));
        assertThat(found().map(Credential::passwordHash)).contains("hash");
    }

    private void save(Credential credential) {
        inPlatform(() -> persistence.credentials().save(credential));
    }

    private Optional<Credential> found() {
        return inPlatform(() -> persistence.credentials().lock(user));
    }

    static byte[] token() {
        var token = new byte[32];
        ThreadLocalRandom.current().nextBytes(token);
        return token;
    }
}

package io.allotment.signin;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.identity.Password;
import io.allotment.signin.Argon2id.Cost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Argon2idTest {

    private static final Password PASSWORD = new Password("correct horse battery staple");

    private final Argon2id hasher = new Argon2id(Cost.TODAY, 2);

    @Test
    void a_password_matches_what_was_made_of_it_and_nothing_else() {
        var hash = hasher.hash(PASSWORD);

        assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
        assertThat(hasher.matches(PASSWORD, hash)).isTrue();
        assertThat(hasher.matches(new Password("correct horse battery stapler"), hash))
                .isFalse();
        assertThat(hasher.isOutdated(hash)).isFalse();
    }

    @Test
    void the_same_password_is_another_text_each_time() {
        assertThat(hasher.hash(PASSWORD)).isNotEqualTo(hasher.hash(PASSWORD));
    }

    @Test
    void the_same_letters_written_in_two_ways_are_one_password() {
        var composed = new Password("m\u00fcllerm\u00fcllerm\u00fcller");
        var decomposed = new Password("mu\u0308llermu\u0308llermu\u0308ller");

        assertThat(hasher.matches(decomposed, hasher.hash(composed))).isTrue();
    }

    @Test
    void what_was_made_at_another_cost_still_matches_and_is_outdated() {
        var cheap = new Argon2id(new Cost(1_024, 1, 1), 1);

        var hash = cheap.hash(PASSWORD);

        assertThat(hasher.matches(PASSWORD, hash)).isTrue();
        assertThat(hasher.isOutdated(hash)).isTrue();
        assertThat(cheap.isOutdated(hash)).isFalse();
    }

    /** Made by the reference implementation: {@code printf 'password' | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32}. */
    @Test
    void a_hash_of_the_reference_implementation_matches() {
        var hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        assertThat(hasher.matches(new Password("password"), hash)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "correct horse battery staple",
                "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ",
                "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                "$argon2id$v=19$m=99999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
            })
    void what_was_not_made_here_matches_nothing_and_is_outdated(String text) {
        assertThat(hasher.matches(PASSWORD, text)).isFalse();
        assertThat(hasher.isOutdated(text)).isTrue();
    }
}

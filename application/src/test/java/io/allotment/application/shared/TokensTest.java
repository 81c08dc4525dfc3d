package io.allotment.application.shared;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class TokensTest {

    private static final String PREFIX = "some_kind_";

    private final SecureRandom random = new SecureRandom();

    @Test
    void a_token_has_its_prefix_and_256_bits_in_base_62() {
        var token = Tokens.make(PREFIX, random);

        assertThat(token).matches("some_kind_[0-9A-Za-z]{43}").isNotEqualTo(Tokens.make(PREFIX, random));
        assertThat(Tokens.hasForm(PREFIX, token)).isTrue();
    }

    @Test
    void what_could_not_have_been_made_has_not_its_form() {
        var token = Tokens.make(PREFIX, random);

        assertThat(Tokens.hasForm(PREFIX, "")).isFalse();
        assertThat(Tokens.hasForm(PREFIX, token + "0")).isFalse();
        assertThat(Tokens.hasForm(PREFIX, token.substring(1) + "0")).isFalse();
        assertThat(Tokens.hasForm(PREFIX, token.substring(0, token.length() - 1) + "-"))
                .isFalse();
        assertThat(Tokens.hasForm("other_kin_", token)).isFalse();
    }

    @Test
    void a_text_is_digested_in_utf_8() {
        assertThat(Tokens.hex(Tokens.sha256("é")))
                .isEqualTo("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
    }
}

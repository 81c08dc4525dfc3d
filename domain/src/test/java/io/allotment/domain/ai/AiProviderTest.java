package io.allotment.domain.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.InvalidValue;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AiProviderTest {

    @Test
    void addresses_of_its_interface_are_told_by_a_regular_expression() {
        assertThat(provider("https://api\\.acme\\.example").apiPattern()).contains("https://api\\.acme\\.example");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "\u0000", "\ud800"})
    void what_is_no_text_or_no_regular_expression_is_refused(String pattern) {
        assertThatThrownBy(() -> provider(pattern))
                .isInstanceOf(InvalidValue.class)
                .hasMessageStartingWith("apiPattern ");
    }

    private static AiProvider provider(String apiPattern) {
        return new AiProvider(
                "acme",
                "Acme",
                Optional.empty(),
                Optional.of(apiPattern),
                Optional.empty(),
                Optional.empty(),
                true,
                true,
                true,
                0,
                List.of(),
                List.of());
    }
}

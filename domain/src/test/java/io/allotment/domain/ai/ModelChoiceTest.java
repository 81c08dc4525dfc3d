package io.allotment.domain.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.ai.ModelChoice.Refused;
import io.allotment.domain.ai.ModelChoice.Why;
import io.allotment.domain.ai.ModelChoice.Wish;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelChoiceTest {

    private static final ModelRef FAST = new ModelRef("acme", "fast");
    private static final ModelRef SLOW = new ModelRef("acme", "slow");
    private static final ModelRef OFF = new ModelRef("acme", "off");
    private static final ModelRef GONE = new ModelRef("gone", "any");

    private static AiModel model(ModelRef ref, int position, boolean active) {
        return new AiModel(
                ref,
                ref.model(),
                Optional.empty(),
                Optional.empty(),
                new Clause.Equals(ref.model()),
                position,
                List.of(),
                Optional.empty(),
                false,
                active);
    }

    private static final PriceBook BOOK = new PriceBook(
            List.of(
                    AiProvider.of("acme", "Acme"),
                    new AiProvider(
                            "gone",
                            "Gone",
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            true,
                            true,
                            false,
                            1,
                            List.of(),
                            List.of())),
            List.of(model(OFF, 0, false), model(FAST, 1, true), model(SLOW, 2, true), model(GONE, 0, true)),
            List.of());

    @Test
    void the_users_wish_comes_before_the_tenants() {
        var choice =
                ModelChoice.of(BOOK, ModelPreference.of("acme", "slow"), ModelPreference.of("acme", "fast"), List.of());

        assertThat(choice).isEqualTo(new ModelChoice(SLOW, Wish.USER, List.of()));
    }

    @Test
    void what_cannot_be_is_told_with_its_reason() {
        var choice = ModelChoice.of(
                BOOK, ModelPreference.of("gone", "any"), ModelPreference.of("acme", "fast"), List.of(SLOW));

        assertThat(choice.model()).isEqualTo(SLOW);
        assertThat(choice.because()).isEqualTo(Wish.OUTPUT_TYPE);
        assertThat(choice.refused())
                .containsExactly(
                        new Refused(GONE, Wish.USER, Why.PROVIDER_INACTIVE),
                        new Refused(FAST, Wish.TENANT, Why.NOT_FOR_OUTPUT_TYPE));
    }

    @Test
    void a_provider_alone_stands_for_its_models_in_their_order() {
        var anyOfAcme = new ModelPreference(
                Optional.of("acme"), Optional.empty(), Optional.empty(), Optional.empty(), Document.EMPTY);

        var choice = ModelChoice.of(BOOK, ModelPreference.NONE, anyOfAcme, List.of());

        assertThat(choice.model()).isEqualTo(FAST);
        assertThat(choice.refused()).containsExactly(new Refused(OFF, Wish.TENANT, Why.MODEL_INACTIVE));
    }

    @Test
    void where_nothing_can_be_it_is_refused_with_all_reasons() {
        assertThatThrownBy(() ->
                        ModelChoice.of(BOOK, ModelPreference.of("acme", "other"), ModelPreference.NONE, List.of(OFF)))
                .isInstanceOf(ModelChoice.None.class)
                .hasMessage("No model can be used: acme/other (UNKNOWN), acme/off (MODEL_INACTIVE).");
        assertThatThrownBy(() -> ModelChoice.of(BOOK, ModelPreference.NONE, ModelPreference.NONE, List.of()))
                .isInstanceOf(ModelChoice.None.class);
    }

    @Test
    void a_user_inherits_what_they_do_not_say_themselves() {
        var tenant = new ModelPreference(
                Optional.of("acme"),
                Optional.of("fast"),
                Optional.of("formal"),
                Optional.of("de"),
                new Document(Map.of("emoji", false, "length", "short")));
        var user = new ModelPreference(
                Optional.empty(),
                Optional.empty(),
                Optional.of("casual"),
                Optional.empty(),
                new Document(Map.of("emoji", true)));

        assertThat(user.or(tenant))
                .isEqualTo(new ModelPreference(
                        Optional.of("acme"),
                        Optional.of("fast"),
                        Optional.of("casual"),
                        Optional.of("de"),
                        new Document(Map.of("emoji", true, "length", "short"))));
        // Another provider is not combined with the tenant's model.
        var other = new ModelPreference(
                Optional.of("gone"), Optional.empty(), Optional.empty(), Optional.empty(), Document.EMPTY);
        assertThat(other.or(tenant).model()).isEmpty();
        assertThatThrownBy(() -> new ModelPreference(
                        Optional.empty(), Optional.of("fast"), Optional.empty(), Optional.empty(), Document.EMPTY))
                .isInstanceOf(InvalidValue.class);
    }
}

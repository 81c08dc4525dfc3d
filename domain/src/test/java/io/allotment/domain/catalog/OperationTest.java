package io.allotment.domain.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.PermissionKey;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations, features and plans. */
class OperationTest {

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.000000001", "999999999.999999999"})
    void a_rate_is_zero_or_more_and_below_a_billion(String rate) {
        assertThat(Operation.of("chat.turn", "chat", Credits.of(rate)).creditRate())
                .isEqualTo(Credits.of(rate));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.000000001", "1000000000"})
    void other_rates_are_refused(String rate) {
        assertThatThrownBy(() -> Operation.of("chat.turn", "chat", Credits.of(rate)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("creditRate must be from 0 to below 1000000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat:use", "a:b", "seo.submissions:write_all", "x-1:y-2"})
    void a_permission_is_a_resource_and_an_action(String permission) {
        assertThat(operation().needing(permission).permission()).contains(new PermissionKey(permission));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "chat", "chat:", ":use", "chat:use:more", "Chat:use", "chat: use", "chat:use\n"})
    void other_permissions_are_refused(String permission) {
        assertThatThrownBy(() -> operation().needing(permission)).isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_permission_is_fifty_characters_a_side_at_most() {
        var side = "x".repeat(50);

        assertThat(operation().needing(side + ":" + side).permission()).isPresent();
        assertThatThrownBy(() -> operation().needing(side + "x:y")).isInstanceOf(InvalidValue.class);
    }

    @Test
    void everything_about_an_operation_changes_but_its_key() {
        var changed = operation().drawing("turns").active(false);

        assertThat(operation().changedTo(changed)).isEqualTo(changed);
        assertThatThrownBy(() -> operation().changedTo(Operation.of("chat.word", "chat", Credits.ZERO)))
                .isInstanceOf(InvalidValue.class)
                .hasMessage("key cannot be changed");
    }

    @ParameterizedTest
    @EnumSource
    void a_unit_is_for_metered_features_and_only_for_them(Feature.Kind kind) {
        Optional<String> right = kind.isMetered() ? Optional.of("minute") : Optional.empty();
        Optional<String> wrong = kind.isMetered() ? Optional.empty() : Optional.of("minute");

        assertThat(feature(kind, right).unit()).isEqualTo(right);
        assertThatThrownBy(() -> feature(kind, wrong)).isInstanceOf(InvalidValue.class);
    }

    @ParameterizedTest
    @CsvSource({"hd, CONFIG, kind", "sd, BOOLEAN, key"})
    void a_feature_keeps_its_key_and_kind(String key, Feature.Kind kind, String field) {
        var feature = feature(Feature.Kind.BOOLEAN, Optional.empty());
        var changed = new Feature(new FeatureKey(key), "New", Optional.empty(), kind, Optional.empty());

        assertThatThrownBy(() -> feature.changedTo(changed))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        refusal -> assertThat(refusal.field()).contains(field));
    }

    @Test
    void a_feature_s_name_changes() {
        var changed = new Feature(
                new FeatureKey("hd"), "High definition", Optional.empty(), Feature.Kind.BOOLEAN, Optional.empty());

        assertThat(feature(Feature.Kind.BOOLEAN, Optional.empty()).changedTo(changed))
                .isEqualTo(changed);
    }

    @Test
    void descriptions_are_kept_and_bounded() {
        assertThat(described("x".repeat(2_000)).description()).contains("x".repeat(2_000));
        assertThatThrownBy(() -> described("x".repeat(2_001))).isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_plan_keeps_its_key() {
        var plan = Plan.of("pro", "Pro");

        assertThat(plan.changedTo(Plan.of("pro", "Professional").asDefault()).defaultPlan())
                .isTrue();
        assertThatThrownBy(() -> plan.changedTo(Plan.of("team", "Pro"))).isInstanceOf(InvalidValue.class);
    }

    private static Feature described(String description) {
        return new Feature(
                new FeatureKey("hd"), "HD", Optional.of(description), Feature.Kind.BOOLEAN, Optional.empty());
    }

    private static Operation operation() {
        return Operation.of("chat.turn", "chat", Credits.of(1));
    }

    private static Feature feature(Feature.Kind kind, Optional<String> unit) {
        return new Feature(new FeatureKey("hd"), "HD", Optional.empty(), kind, unit);
    }
}

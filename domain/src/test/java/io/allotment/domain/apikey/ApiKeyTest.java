package io.allotment.domain.apikey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ApiKeyTest {

    private static final Instant NOW = Instant.parse("2026-03-10T10:00:00Z");
    private static final Optional<InetAddress> NOWHERE = Optional.empty();
    private static final ApiKeySettings SETTINGS = ApiKeySettings.of("importer", Set.of(new PermissionKey("gate:use")));
    private static final ApiKey.Wish WISH = ApiKey.Wish.of("live", SETTINGS);

    @Test
    void a_new_key_is_taken_from_everywhere() {
        assertThat(key(WISH).refusal(NOW, true, NOWHERE)).isEmpty();
    }

    @Test
    void a_key_is_taken_until_its_end_and_not_at_it() {
        var key = key(WISH.until(NOW.plusSeconds(60)));

        assertThat(key.refusal(NOW.plusSeconds(59), true, NOWHERE)).isEmpty();
        assertThat(key.refusal(NOW.plusSeconds(60), true, NOWHERE)).contains(KeyRefusal.EXPIRED);
    }

    @Test
    void the_same_settings_are_no_change() {
        var key = key(WISH);

        assertThat(key.with(ApiKeySettings.of("importer", SETTINGS.scopes()), NOW.plusSeconds(1)))
                .isSameAs(key);
        assertThat(key.with(ApiKeySettings.of("other", SETTINGS.scopes()), NOW).version())
                .isEqualTo(2);
    }

    @Test
    void a_key_does_not_begin_with_its_end() {
        assertThatThrownBy(() -> key(WISH.until(NOW))).isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_revoked_key_is_refused_for_good_and_revoked_once() {
        var revoked = key(WISH).revoked(NOW.plusSeconds(1));

        assertThat(revoked.refusal(NOW.plusSeconds(1), true, NOWHERE)).contains(KeyRefusal.REVOKED);
        assertThat(revoked.revoked(NOW.plusSeconds(9))).isEqualTo(revoked);
    }

    @Test
    void a_members_key_needs_an_active_member() {
        var owned = key(WISH.ownedBy(new UserId(UUID.randomUUID())));

        assertThat(owned.refusal(NOW, false, NOWHERE)).contains(KeyRefusal.OWNER_INACTIVE);
        assertThat(owned.refusal(NOW, true, NOWHERE)).isEmpty();
    }

    @Test
    void a_key_with_a_list_is_taken_from_there_alone() {
        var key = key(ApiKey.Wish.of(
                "live",
                new ApiKeySettings(
                        "office",
                        Optional.empty(),
                        Set.of(),
                        List.of(IpRange.of("192.0.2.0/24"), IpRange.of("2001:db8::/32")),
                        Optional.empty())));

        assertThat(key.refusal(NOW, true, IpRange.address("192.0.2.9"))).isEmpty();
        assertThat(key.refusal(NOW, true, IpRange.address("2001:db8::9"))).isEmpty();
        assertThat(key.refusal(NOW, true, IpRange.address("192.0.3.9"))).contains(KeyRefusal.ADDRESS_NOT_ALLOWED);
        assertThat(key.refusal(NOW, true, NOWHERE)).contains(KeyRefusal.ADDRESS_NOT_ALLOWED);
    }

    @Test
    void a_replaced_key_is_taken_until_the_grace_is_over() {
        var successor = new ApiKeyId(UUID.randomUUID());

        var replaced = key(WISH).replacedBy(successor, Duration.ofHours(1), NOW);

        assertThat(replaced.replacedBy()).contains(successor);
        assertThat(replaced.refusal(NOW.plusSeconds(3_599), true, NOWHERE)).isEmpty();
        assertThat(replaced.refusal(NOW.plusSeconds(3_600), true, NOWHERE)).contains(KeyRefusal.EXPIRED);
        assertThat(key(WISH).replacedBy(successor, Duration.ZERO, NOW).refusal(NOW, true, NOWHERE))
                .contains(KeyRefusal.EXPIRED);
    }

    @Test
    void the_grace_does_not_prolong_a_key() {
        var end = NOW.plusSeconds(60);

        var replaced = key(WISH.until(end)).replacedBy(new ApiKeyId(UUID.randomUUID()), Duration.ofHours(1), NOW);

        assertThat(replaced.expiresAt()).contains(end);
    }

    @Test
    void a_grace_of_more_than_thirty_days_is_refused() {
        assertThatThrownBy(() ->
                        key(WISH).replacedBy(new ApiKeyId(UUID.randomUUID()), ApiKey.MAX_GRACE.plusSeconds(1), NOW))
                .isInstanceOf(InvalidValue.class);
    }

    @Test
    void a_successor_is_the_same_but_for_its_secret_and_its_uses() {
        var old = key(WISH.until(NOW.plusSeconds(60))).used(3, NOW);
        var later = NOW.plusSeconds(30);

        var successor = old.successor(
                new ApiKeyId(UUID.randomUUID()), "allot_live_xyz", Optional.empty(), Optional.empty(), later);

        assertThat(successor.settings()).isEqualTo(old.settings());
        assertThat(successor.owner()).isEqualTo(old.owner());
        assertThat(successor.prefix()).contains("allot_live_xyz");
        assertThat(successor.usageCount()).isZero();
        assertThat(successor.expiresAt()).contains(later.plusSeconds(60));
    }

    @Test
    void what_has_ended_or_was_replaced_or_belongs_to_another_issuer_is_not_replaced() {
        var next = new ApiKeyId(UUID.randomUUID());
        var revoked = key(WISH).revoked(NOW);
        var replaced = key(WISH).replacedBy(next, Duration.ofHours(1), NOW);
        var external = ApiKey.created(
                new TenantId(UUID.randomUUID()),
                next,
                WISH.managedAs("unkey_1"),
                Optional.empty(),
                Optional.empty(),
                NOW);

        assertThatThrownBy(() -> revoked.replacedBy(next, Duration.ZERO, NOW)).isInstanceOf(ApiKeyEnded.class);
        assertThatThrownBy(() -> replaced.replacedBy(next, Duration.ZERO, NOW)).isInstanceOf(ApiKeyEnded.class);
        assertThatThrownBy(() -> external.replacedBy(next, Duration.ZERO, NOW))
                .isInstanceOf(ApiKeyManagedElsewhere.class);
    }

    @Test
    void uses_add_up_and_count_as_no_change() {
        var used = key(WISH).used(2, NOW.plusSeconds(9)).used(3, NOW.plusSeconds(4));

        assertThat(used.usageCount()).isEqualTo(5);
        assertThat(used.lastUsedAt()).contains(NOW.plusSeconds(9));
        assertThat(used.version()).isEqualTo(1);
    }

    @Test
    void a_key_has_a_secret_here_or_an_issuer_elsewhere() {
        assertThatThrownBy(() -> ApiKey.created(
                        new TenantId(UUID.randomUUID()),
                        new ApiKeyId(UUID.randomUUID()),
                        WISH.managedAs("unkey_1"),
                        Optional.of("allot_live_abc"),
                        Optional.empty(),
                        NOW))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ApiKey key(ApiKey.Wish wish) {
        return ApiKey.created(
                new TenantId(UUID.randomUUID()),
                new ApiKeyId(UUID.randomUUID()),
                wish,
                Optional.of("allot_live_abc"),
                Optional.empty(),
                NOW);
    }
}

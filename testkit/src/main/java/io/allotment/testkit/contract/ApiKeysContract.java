package io.allotment.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.ApiKeys.Found;
import io.allotment.domain.apikey.ApiKeys.Uses;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Membership;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** API keys, and the way from a secret to its key. */
public abstract class ApiKeysContract extends PersistenceContract {

    private static final PermissionKey USE = new PermissionKey("gate:use");
    private static final ApiKeySettings FULL = new ApiKeySettings(
            "Ünïcode importer",
            Optional.of("reads the catalogue,\nnightly"),
            Set.of(USE, new PermissionKey("usage:read"), new PermissionKey("no.longer:there")),
            List.of(IpRange.of("2001:db8::/32"), IpRange.of("203.0.113.0/24")),
            Optional.of(600));

    private TenantId tenant;
    private TenantId other;

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void a_key_comes_back_as_it_was_given() {
        var owner = member();
        var key = key(ApiKey.Wish.of("live", FULL).ownedBy(owner).until(START.plusSeconds(60)));

        inserted(key, Optional.of(KeySecret.generate("live", new SecureRandom())));

        assertThat(found(key)).contains(key);
    }

    @Test
    void a_key_that_has_little_comes_back_too() {
        var key = inserted(tenant);

        assertThat(found(key)).contains(key);
        assertThat(found(new ApiKeyId(ids.next()))).isEmpty();
    }

    @Test
    void a_secret_finds_its_key_whichever_tenants() {
        var secret = KeySecret.generate("live", new SecureRandom());
        var theirs = KeySecret.generate("live", new SecureRandom());
        var key = inserted(key(wish()), Optional.of(secret));
        inserted(key(other, wish()), Optional.of(theirs));

        assertThat(bySecret(secret)).contains(new Found(key, true));
        assertThat(bySecret(theirs).map(found -> found.key().tenantId())).contains(other);
        assertThat(bySecret(KeySecret.generate("live", new SecureRandom()))).isEmpty();
    }

    @Test
    void with_a_members_key_it_is_told_whether_the_member_is_active() {
        var owner = member();
        var secret = KeySecret.generate("test", new SecureRandom());
        inserted(key(wish().ownedBy(owner)), Optional.of(secret));

        assertThat(bySecret(secret).map(Found::ownerIsActive)).contains(true);
        allotment.users().deactivate(owner);
        assertThat(bySecret(secret).map(Found::ownerIsActive)).contains(false);
        allotment.users().reactivate(owner);
        assertThat(bySecret(secret).map(Found::ownerIsActive)).contains(true);
    }

    @Test
    void a_tenants_unit_finds_no_other_tenants_key_by_its_secret() {
        var secret = KeySecret.generate("live", new SecureRandom());
        inserted(key(other, wish()), Optional.of(secret));

        Optional<Found> found;
        try {
            found = inTenant(tenant, () -> persistence.apiKeys().findBySecret(secret.sha256()));
        } catch (IllegalStateException refused) {
            found = Optional.empty();
        }

        assertThat(found).isEmpty();
    }

    @Test
    void keys_are_listed_in_the_order_of_their_making_and_by_owner() {
        var owner = member();
        var keys = Stream.generate(() -> inserted(tenant)).limit(4).toList();
        var owned = Stream.generate(() -> inserted(key(wish().ownedBy(owner)), Optional.empty()))
                .limit(3)
                .toList();
        inserted(other);

        assertListing(
                Stream.concat(keys.stream(), owned.stream()).toList(),
                page -> inTenant(tenant, () -> persistence.apiKeys().list(tenant, Optional.empty(), page)));
        assertListing(
                owned, page -> inTenant(tenant, () -> persistence.apiKeys().list(tenant, Optional.of(owner), page)));
    }

    @Test
    void a_change_is_written_on_what_was_read() {
        var key = inserted(tenant);
        var changed = key.with(FULL, START.plusSeconds(1));

        inTenant(tenant, () -> persistence.apiKeys().update(changed));

        assertThat(found(key)).contains(changed);
        assertThatThrownBy(() -> inTenant(tenant, () -> persistence.apiKeys().update(key.revoked(START))))
                .isInstanceOf(StaleVersion.class);
        assertThat(found(key)).contains(changed);
    }

    @Test
    void an_end_and_a_successor_are_written() {
        var key = inserted(tenant);
        var successor = inserted(tenant);
        var replaced = key.replacedBy(successor.id(), Duration.ofHours(1), START);
        var revoked = replaced.revoked(START.plusSeconds(1));

        inTenant(tenant, () -> persistence.apiKeys().update(replaced));
        inTenant(tenant, () -> persistence.apiKeys().update(revoked));

        assertThat(found(key)).contains(revoked);
    }

    @Test
    void uses_are_added_to_keys_of_several_tenants_and_are_no_change() {
        var key = inserted(tenant);
        var theirs = inserted(other);
        var gone = new Uses(tenant, new ApiKeyId(ids.next()), 9, START);

        inPlatform(() -> persistence
                .apiKeys()
                .addUses(List.of(
                        new Uses(other, theirs.id(), 4, START.plusSeconds(8)),
                        gone,
                        new Uses(tenant, key.id(), 2, START.plusSeconds(5)))));
        inPlatform(() -> persistence.apiKeys().addUses(List.of(new Uses(tenant, key.id(), 3, START.plusSeconds(1)))));

        assertThat(found(key)).contains(key.used(5, START.plusSeconds(5)));
        assertThat(inTenant(other, () -> persistence.apiKeys().find(other, theirs.id())))
                .contains(theirs.used(4, START.plusSeconds(8)));
    }

    @Test
    void a_change_leaves_the_uses_that_were_added_meanwhile() {
        var key = inserted(tenant);
        inPlatform(() -> persistence.apiKeys().addUses(List.of(new Uses(tenant, key.id(), 2, START))));

        inTenant(tenant, () -> persistence.apiKeys().update(key.with(FULL, START)));

        assertThat(found(key).map(ApiKey::usageCount)).contains(2L);
        assertThat(found(key).flatMap(ApiKey::lastUsedAt)).contains(START);
    }

    @Test
    void those_that_have_not_ended_are_counted() {
        inserted(tenant);
        inserted(key(wish().until(START.plusSeconds(60))), Optional.empty());
        var revoked = inserted(tenant);
        inTenant(tenant, () -> persistence.apiKeys().update(revoked.revoked(START)));
        inserted(other);

        assertThat(live(0)).isEqualTo(2);
        assertThat(live(59)).isEqualTo(2);
        assertThat(live(60)).isEqualTo(1);
    }

    @Test
    void another_issuers_id_finds_its_key_and_is_unique_in_the_tenant() {
        var external = inserted(external(tenant), Optional.empty());
        var theirs = inserted(external(other), Optional.empty());

        assertThat(inTenant(tenant, () -> persistence.apiKeys().findByExternalId(tenant, "unkey_1")))
                .contains(external);
        assertThat(inTenant(other, () -> persistence.apiKeys().findByExternalId(other, "unkey_1")))
                .contains(theirs);
        assertThat(inTenant(tenant, () -> persistence.apiKeys().findByExternalId(tenant, "unkey_2")))
                .isEmpty();
        assertThatThrownBy(() -> inserted(external(tenant), Optional.empty())).isInstanceOf(AlreadyExists.class);
    }

    @Test
    void somebody_who_is_no_member_owns_no_key() {
        var stranger = given.user().id();

        assertThatThrownBy(() -> inserted(key(wish().ownedBy(stranger)), Optional.empty()))
                .isInstanceOf(Unknown.class);
    }

    @Test
    void one_secret_is_one_keys() {
        var secret = KeySecret.generate("live", new SecureRandom());
        inserted(key(wish()), Optional.of(secret));

        assertImpossible(() -> inserted(key(other, wish()), Optional.of(secret)));
    }

    @Test
    void another_tenant_neither_sees_nor_makes_nor_changes_keys() {
        var key = inserted(external(tenant), Optional.empty());

        inTenant(other, () -> {
            var keys = persistence.apiKeys();
            assertThat(keys.find(tenant, key.id())).isEmpty();
            assertThat(keys.find(other, key.id())).isEmpty();
            assertThat(keys.findByExternalId(tenant, "unkey_1")).isEmpty();
            assertThat(keys.list(tenant, Optional.empty(), PageRequest.first(10))
                            .items())
                    .isEmpty();
            assertThat(keys.countLive(tenant, START)).isZero();
        });
        assertImpossible(() -> inTenant(other, () -> persistence.apiKeys().insert(key(wish()), Optional.empty())));
        assertImpossible(() -> inTenant(other, () -> persistence.apiKeys().update(key.revoked(START))));
        assertThat(found(key)).contains(key);
    }

    @Test
    void a_failed_unit_leaves_no_key_and_no_way_to_one() {
        var secret = KeySecret.generate("live", new SecureRandom());
        var key = key(wish());

        inTenantThenUndone(tenant, () -> persistence.apiKeys().insert(key, Optional.of(secret.sha256())));

        assertThat(found(key)).isEmpty();
        assertThat(bySecret(secret)).isEmpty();
    }

    @Test
    void a_deleted_tenants_keys_are_gone() {
        var secret = KeySecret.generate("live", new SecureRandom());
        inserted(key(wish()), Optional.of(secret));

        inPlatform(() -> persistence.tenants().delete(tenant));

        assertThat(bySecret(secret)).isEmpty();
    }

    private UserId member() {
        var user = given.user().id();
        inTenant(tenant, () -> persistence.memberships().insert(Membership.joined(tenant, user, "Member", START)));
        return user;
    }

    private static ApiKey.Wish wish() {
        return ApiKey.Wish.of("live", ApiKeySettings.of("key", Set.of(USE)));
    }

    private ApiKey key(ApiKey.Wish wish) {
        return key(tenant, wish);
    }

    private ApiKey key(TenantId where, ApiKey.Wish wish) {
        return ApiKey.created(
                where, new ApiKeyId(ids.next()), wish, Optional.of("allot_live_abc"), Optional.empty(), START);
    }

    private ApiKey external(TenantId where) {
        return ApiKey.created(
                where,
                new ApiKeyId(ids.next()),
                wish().managedAs("unkey_1"),
                Optional.empty(),
                Optional.of(given.user().id()),
                START);
    }

    private ApiKey inserted(TenantId where) {
        return inserted(key(where, wish()), Optional.empty());
    }

    private ApiKey inserted(ApiKey key, Optional<KeySecret> secret) {
        inTenant(key.tenantId(), () -> persistence.apiKeys().insert(key, secret.map(KeySecret::sha256)));
        return key;
    }

    private Optional<ApiKey> found(ApiKey key) {
        return found(key.id());
    }

    private Optional<ApiKey> found(ApiKeyId id) {
        return inTenant(tenant, () -> persistence.apiKeys().find(tenant, id));
    }

    private Optional<Found> bySecret(KeySecret secret) {
        return inPlatform(() -> persistence.apiKeys().findBySecret(secret.sha256()));
    }

    private long live(long seconds) {
        return inTenant(tenant, () -> persistence.apiKeys().countLive(tenant, START.plusSeconds(seconds)));
    }
}

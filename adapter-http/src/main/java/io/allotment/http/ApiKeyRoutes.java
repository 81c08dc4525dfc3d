package io.allotment.http;

import io.allotment.application.apikey.ApiKeyService;
import io.allotment.domain.apikey.ApiKey;
import io.allotment.domain.apikey.ApiKeySettings;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The keys with which programs act in a tenant. A secret is in one answer, the first to the request that made it. */
final class ApiKeyRoutes {

    private static final String KEYS = "/tenants/{tenant}/api-keys";
    private static final String KEY = KEYS + "/{key}";
    private static final String LIVE = "live";

    void addTo(Routes routes) {
        routes.get(KEYS, this::list);
        routes.postForTenant(KEYS, this::create);
        routes.get(KEY, this::get);
        routes.patch(KEY, this::change);
        routes.delete(KEY, this::revoke);
        routes.postForTenant(KEY + "/rotate", this::rotate);
    }

    /** @param externalId where another issuer manages it: it then gets no secret here */
    record NewKey(
            String name,
            Optional<String> description,
            Optional<String> environment,
            Optional<UserId> owner,
            Set<PermissionKey> scopes,
            Optional<List<IpRange>> ipAllowList,
            Optional<Integer> requestsPerMinute,
            Optional<String> externalId,
            Optional<Instant> expiresAt) {

        ApiKey.Wish wish() {
            var settings =
                    new ApiKeySettings(name, description, scopes, ipAllowList.orElse(List.of()), requestsPerMinute);
            return new ApiKey.Wish(owner, environment.orElse(LIVE), settings, externalId, expiresAt);
        }
    }

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record KeyChange(
            Optional<String> name,
            Change<String> description,
            Optional<Set<PermissionKey>> scopes,
            Optional<List<IpRange>> ipAllowList,
            Change<Integer> requestsPerMinute,
            Optional<Long> version) {

        ApiKeySettings of(ApiKeySettings present) {
            return new ApiKeySettings(
                    name.orElse(present.name()),
                    description.from(present.description()),
                    scopes.orElse(present.scopes()),
                    ipAllowList.orElse(present.ipAllowList()),
                    requestsPerMinute.from(present.requestsPerMinute()));
        }
    }

    /** @param graceSeconds how long the old key is taken beside the new one; not at all where nothing is said */
    record Rotation(Optional<Integer> graceSeconds, Optional<Instant> expiresAt) {

        private static final Rotation PLAIN = new Rotation(Optional.empty(), Optional.empty());

        Duration grace() {
            return Duration.ofSeconds(graceSeconds.orElse(0));
        }
    }

    /** @param externalId the one that another issuer calls so, or none */
    record Listing(Optional<Integer> limit, Optional<String> after, Optional<String> externalId) {}

    /** @param secret what its bearer shows; in the first answer alone */
    record KeyView(
            ApiKeyId id,
            Optional<String> secret,
            String name,
            Optional<String> description,
            String environment,
            Optional<String> prefix,
            Optional<UserId> owner,
            List<PermissionKey> scopes,
            List<IpRange> ipAllowList,
            Optional<Integer> requestsPerMinute,
            Optional<String> externalId,
            Optional<UserId> createdBy,
            Instant createdAt,
            Instant updatedAt,
            Optional<Instant> expiresAt,
            Optional<Instant> revokedAt,
            Optional<ApiKeyId> replacedBy,
            Optional<Instant> lastUsedAt,
            long usageCount,
            long version) {

        static KeyView of(ApiKey key) {
            return of(key, Optional.empty());
        }

        static KeyView of(ApiKey key, Optional<KeySecret> secret) {
            var settings = key.settings();
            return new KeyView(
                    key.id(),
                    secret.map(KeySecret::reveal),
                    settings.name(),
                    settings.description(),
                    key.environment(),
                    key.prefix(),
                    key.owner(),
                    sorted(settings.scopes()),
                    settings.ipAllowList(),
                    settings.requestsPerMinute(),
                    key.externalId(),
                    key.createdBy(),
                    key.createdAt(),
                    key.updatedAt(),
                    key.expiresAt(),
                    key.revokedAt(),
                    key.replacedBy(),
                    key.lastUsedAt(),
                    key.usageCount(),
                    key.version());
        }

        /** Without the secret: this may be logged. */
        @Override
        public String toString() {
            return "KeyView[" + id + "]";
        }
    }

    /** The same for everybody who looks. */
    static List<PermissionKey> sorted(Set<PermissionKey> scopes) {
        return scopes.stream()
                .sorted(Comparator.comparing(PermissionKey::value))
                .toList();
    }

    private Reply list(Call call) {
        var query = call.query(Listing.class);
        var page = Paging.page(query.limit(), query.after());
        var keys = call.allotment().apiKeys();
        return Reply.ok(Items.of(
                query.externalId()
                        .map(external -> new Page<>(
                                keys.findByExternalId(call.tenant(), external).stream()
                                        .toList(),
                                Optional.empty()))
                        .orElseGet(() -> keys.list(call.tenant(), page)),
                KeyView::of));
    }

    private Reply create(Call call) {
        var made = call.allotment()
                .apiKeys()
                .create(call.tenant(), call.body(NewKey.class).wish());
        return told(call, made);
    }

    private Reply get(Call call) {
        return Reply.ok(KeyView.of(call.allotment().apiKeys().get(call.tenant(), key(call))));
    }

    private Reply change(Call call) {
        var change = call.body(KeyChange.class);
        return Reply.ok(
                KeyView.of(call.allotment().apiKeys().change(call.tenant(), key(call), change.version(), change::of)));
    }

    private Reply revoke(Call call) {
        call.allotment().apiKeys().revoke(call.tenant(), key(call));
        return Reply.noContent();
    }

    private Reply rotate(Call call) {
        var rotation = call.bodyOr(Rotation.PLAIN, Rotation.class);
        return told(
                call,
                call.allotment().apiKeys().rotate(call.tenant(), key(call), rotation.grace(), rotation.expiresAt()));
    }

    private static Reply told(Call call, ApiKeyService.Made made) {
        return Reply.created(KeyView.of(made.key()))
                .at("/tenants/" + call.tenant() + "/api-keys/" + made.key().id())
                .toldOnce(KeyView.of(made.key(), made.secret()));
    }

    private static ApiKeyId key(Call call) {
        return call.path("key", ApiKeyId::of);
    }
}

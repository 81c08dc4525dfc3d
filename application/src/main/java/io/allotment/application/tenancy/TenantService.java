package io.allotment.application.tenancy;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.subscription.SubscriptionService;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.access.SystemRole;
import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.CheckoutPending;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.StaleVersion;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Unavailable;
import io.allotment.domain.shared.Unknown;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.subscription.StillBilled;
import io.allotment.domain.tenancy.Membership;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.tenancy.UnpricedModels;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Tenants. All methods refuse one that is not there or not the caller's, in the same way ({@link NotFound}). Thread-safe.
 */
public final class TenantService {

    /** Each waits for a quarter of a second at the most for those who work in the tenant. */
    private static final int DELETE_ATTEMPTS = 40;

    private static final String NAME = "name";

    private final Persistence persistence;
    private final SubscriptionService subscriptions;
    private final String gateway;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;
    private final Joining joining;

    /** @param gateway who takes payments */
    public TenantService(
            Persistence persistence,
            SubscriptionService subscriptions,
            String gateway,
            Ids ids,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.subscriptions = subscriptions;
        this.gateway = gateway;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
        this.joining = new Joining(persistence);
    }

    /**
     * Creates a tenant with its billing account, subscribed to the catalogue's default plan where there is one. Refuses a
     * taken name or slug.
     */
    public Tenant create(TenantProfile profile) {
        return create(profile, Optional.empty());
    }

    /**
     * The same with a member who is its owner.
     *
     * @param owner a user; refuses one who does not exist. Empty for a tenant without members
     */
    public Tenant create(TenantProfile profile, Optional<UserId> owner) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            var tenant = Tenant.created(new TenantId(ids.next()), profile, moments.now());
            persistence.tenants().insert(tenant);
            subscriptions.openTenantAccount(tenant);
            owner.ifPresent(user -> own(tenant, user));
            return recordCreated(tenant, owner);
        });
    }

    /**
     * The user's tenant of one, whose only member and owner they are; made where it is not there yet. Called again it gives
     * the same one.
     */
    public Tenant createPersonal(UserId user) {
        acting.requireOperator();
        try {
            return persistence
                    .unitOfWork()
                    .forPlatform(() -> persistence.tenants().findPersonal(user).orElseGet(() -> newPersonal(user)));
        } catch (AlreadyExists madeMeanwhile) {
            return persistence
                    .unitOfWork()
                    .forPlatform(() -> persistence.tenants().findPersonal(user))
                    .orElseThrow(() -> madeMeanwhile);
        }
    }

    private Tenant newPersonal(UserId userId) {
        var user = persistence.users().find(userId).orElseThrow(() -> new NotFound("user", userId));
        var id = new TenantId(ids.next());
        var tenant = Tenant.created(id, TenantProfile.personal(user.displayName(), id), moments.now());
        persistence.tenants().insertPersonal(tenant, userId);
        subscriptions.openTenantAccount(tenant);
        own(tenant, userId);
        return recordCreated(tenant, Optional.of(userId));
    }

    private void own(Tenant tenant, UserId userId) {
        var user = persistence.users().find(userId).orElseThrow(() -> new Unknown("user", "ownerUserId", userId));
        joining.found(
                Membership.joined(tenant.id(), userId, user.displayName(), tenant.createdAt()), SystemRole.OWNER.key());
    }

    private Tenant recordCreated(Tenant tenant, Optional<UserId> owner) {
        var values = values(tenant.profile());
        owner.ifPresent(user -> values.put("owner", user.toString()));
        acting.record(tenant.id(), event("tenant.created", tenant.id(), Map.of(), values));
        return tenant;
    }

    public Tenant get(TenantId id) {
        acting.require(id, Right.TENANT_READ);
        return persistence.unitOfWork().forTenant(id, () -> require(id));
    }

    public Tenant getBySlug(Slug slug) {
        var tenant =
                persistence.unitOfWork().forPlatform(() -> persistence.tenants().findBySlug(slug));
        try {
            acting.require(tenant.map(Tenant::id).orElseGet(() -> nobodys(slug)), Right.TENANT_READ);
        } catch (NotFound others) {
            // Which would name its id.
            throw new NotFound("tenant", slug);
        }
        return tenant.orElseThrow(() -> new NotFound("tenant", slug));
    }

    /** Where no tenant has the slug, one that is none is asked for: the work must not tell it from another's. */
    private static TenantId nobodys(Slug slug) {
        return new TenantId(UUID.nameUUIDFromBytes(slug.value().getBytes(StandardCharsets.UTF_8)));
    }

    /** All tenants, oldest first. */
    public Page<Tenant> list(PageRequest page) {
        acting.requireReadsAll();
        return persistence.unitOfWork().forPlatform(() -> persistence.tenants().list(page));
    }

    /**
     * Changes the profile. Nothing happens where it is the same.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Tenant update(TenantId id, Optional<Long> readAt, UnaryOperator<TenantProfile> change) {
        acting.require(id, Right.TENANT_UPDATE);
        return changed(
                id,
                readAt,
                "tenant.updated",
                tenant -> values(tenant.profile()),
                (tenant, now) -> tenant.with(change.apply(tenant.profile()), now));
    }

    /**
     * Changes when the tenant hears of used quotas and low credits. Nothing happens where that is the same.
     *
     * @param readAt the version the change was made on, where somebody else's change in between must not be lost
     */
    public Tenant setThresholds(TenantId id, Optional<Long> readAt, Thresholds thresholds) {
        acting.require(id, Right.TENANT_UPDATE);
        return changed(
                id,
                readAt,
                "tenant.thresholds-set",
                tenant -> values(tenant.thresholds()),
                (tenant, now) -> tenant.with(thresholds, now));
    }

    /**
     * Changes what becomes of AI work that has no price. It decides what the tenant may use: the operator's.
     *
     * @param readAt the version that was read, where another's change must not be lost
     */
    public Tenant setUnpricedModels(TenantId id, Optional<Long> readAt, UnpricedModels unpriced) {
        acting.requireOperator(id);
        return changed(
                id,
                readAt,
                "tenant.unpriced-models-set",
                tenant -> values(tenant.unpricedModels()),
                (tenant, now) -> tenant.with(unpriced, now));
    }

    /** Has the gate deny everything until it is reactivated; nothing is lost. Nothing happens to a suspended one. */
    public Tenant suspend(TenantId id) {
        acting.requireOperator(id);
        return changed(id, Optional.empty(), "tenant.suspended", TenantService::status, Tenant::suspended);
    }

    /** Ends a suspension. Nothing happens to an active tenant. */
    public Tenant reactivate(TenantId id) {
        acting.requireOperator(id);
        return changed(id, Optional.empty(), "tenant.reactivated", TenantService::status, Tenant::reactivated);
    }

    /**
     * Deletes the tenant with everything that belongs to it, for good; that gateways know no more who its customers were is ordered, and done later. Refused while a gateway bills a subscription of one of its
     * accounts ({@link StillBilled}), and while one may begin by a checkout that is open ({@link CheckoutPending}).
     */
    public void delete(TenantId id) {
        acting.requireOperator(id);
        for (int attempt = 1; ; attempt++) {
            try {
                deleteAtOnce(id);
                return;
            } catch (Unavailable othersWorkInIt) {
                if (attempt == DELETE_ATTEMPTS || persistence.unitOfWork().isOpen()) {
                    throw othersWorkInIt;
                }
            }
        }
    }

    private void deleteAtOnce(TenantId id) {
        acting.changingTenant(id, () -> {
            var tenant = require(id);
            // What is written of accounts is written under their locks: what begins is seen here, or finds nobody to
            // begin for.
            persistence.tenants().lock(id);
            persistence.subscriptions().findStillBilled(id).ifPresent(live -> {
                throw new StillBilled(
                        live.accountId(), live.billed().orElseThrow().gateway(), gateway);
            });
            persistence.subscriptionCheckouts().listNotOver(id).stream()
                    .filter(open -> open.isPendingAt(moments.now()))
                    .findFirst()
                    .ifPresent(open -> {
                        throw new CheckoutPending(open, moments.now());
                    });
            // Before it is gone, and with it whose it was, and what gateways call it.
            persistence.customerErasures().orderOf(id, moments.now());
            var deleted = event("tenant.deleted", id, values(tenant.profile()), Map.of());
            if (!persistence.tenants().delete(id)) {
                throw new NotFound("tenant", id);
            }
            acting.record(deleted);
            return null;
        });
    }

    private interface TenantChange {
        Tenant of(Tenant present, Instant now);
    }

    private Tenant changed(
            TenantId id,
            Optional<Long> readAt,
            String action,
            Function<Tenant, Map<String, Object>> values,
            TenantChange change) {
        return persistence.unitOfWork().forTenant(id, () -> {
            var before = require(id);
            if (readAt.isPresent() && readAt.get() != before.version()) {
                throw new StaleVersion("tenant", id);
            }
            var after = change.of(before, moments.now());
            if (after.version() != before.version()) {
                persistence.tenants().update(after);
                acting.record(id, event(action, id, values.apply(before), values.apply(after)));
            }
            return after;
        });
    }

    /** The name of a person's own tenant is theirs, too: it goes where it can be erased. */
    private AuditEvent event(String action, TenantId id, Map<String, Object> before, Map<String, Object> after) {
        var event = AuditEvent.of(action, "tenant", id);
        var person = before.containsKey(NAME) || after.containsKey(NAME)
                ? persistence.tenants().findPerson(id)
                : Optional.<UserId>empty();
        if (person.isEmpty()) {
            return event.from(before).to(after);
        }
        var personal = new HashMap<String, Object>();
        personal.put("person", person.get().toString());
        Optional.ofNullable(before.get(NAME)).ifPresent(name -> personal.put("nameBefore", name));
        Optional.ofNullable(after.get(NAME)).ifPresent(name -> personal.put("nameAfter", name));
        return event.from(nameless(before)).to(nameless(after)).about(personal);
    }

    private static Map<String, Object> nameless(Map<String, Object> values) {
        var others = new HashMap<>(values);
        others.remove(NAME);
        return others;
    }

    private Tenant require(TenantId id) {
        return persistence.tenants().find(id).orElseThrow(() -> new NotFound("tenant", id));
    }

    /** Metadata is the product's own: that it is there says its size. */
    private static Map<String, Object> values(TenantProfile profile) {
        var values = new HashMap<String, Object>();
        values.put(NAME, profile.name());
        values.put("slug", profile.slug().value());
        values.put("timeZone", profile.timeZone().getId());
        values.put("metadataFields", profile.metadata().fields().size());
        profile.website().ifPresent(text -> values.put("website", text));
        profile.description().ifPresent(text -> values.put("description", text));
        return values;
    }

    private static Map<String, Object> values(UnpricedModels unpriced) {
        return AuditValues.of("policy", unpriced.policy())
                .and("prices", unpriced.rates().map(rates -> AiTrees.tree(rates, BigDecimal::toPlainString)))
                .map();
    }

    private static Map<String, Object> values(Thresholds thresholds) {
        var values = new HashMap<String, Object>();
        values.put("quotaPercents", thresholds.quotaPercents());
        thresholds.lowCredits().map(Credits::toString).ifPresent(text -> values.put("lowCredits", text));
        return values;
    }

    private static Map<String, Object> status(Tenant tenant) {
        return Map.of("status", tenant.status().name());
    }
}

package io.allotment.http;

import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.shared.UserId;
import io.allotment.domain.tenancy.Tenant;
import io.allotment.domain.tenancy.TenantProfile;
import io.allotment.domain.tenancy.Thresholds;
import io.allotment.domain.tenancy.UnpricedModels;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tenants. */
final class TenancyRoutes {

    void addTo(Routes routes) {
        routes.get("/tenants", this::list);
        routes.postForPlatform("/tenants", this::create);
        routes.get("/tenants/by-slug/{slug}", this::getBySlug);
        routes.get("/tenants/{tenant}", this::get);
        routes.patch("/tenants/{tenant}", this::change);
        routes.delete("/tenants/{tenant}", this::delete);
        routes.put("/tenants/{tenant}/thresholds", this::setThresholds);
        routes.put("/tenants/{tenant}/unpriced-models", this::setUnpricedModels);
        routes.postForTenant("/tenants/{tenant}/suspend", this::suspend);
        routes.postForTenant("/tenants/{tenant}/reactivate", this::reactivate);
    }

    record NewTenant(
            String name,
            Slug slug,
            Optional<String> website,
            Optional<String> description,
            Optional<ZoneId> timeZone,
            Optional<Document> metadata,
            Optional<UserId> ownerUserId) {

        TenantProfile profile() {
            return new TenantProfile(
                    name, slug, website, description, timeZone.orElse(Times.UTC), metadata.orElse(Document.EMPTY));
        }
    }

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record TenantChange(
            Optional<String> name,
            Optional<Slug> slug,
            Change<String> website,
            Change<String> description,
            Optional<ZoneId> timeZone,
            Optional<Document> metadata,
            Optional<Long> version) {

        TenantProfile of(TenantProfile present) {
            return new TenantProfile(
                    name.orElse(present.name()),
                    slug.orElse(present.slug()),
                    website.from(present.website()),
                    description.from(present.description()),
                    timeZone.orElse(present.timeZone()),
                    metadata.orElse(present.metadata()));
        }
    }

    /** @param version the one it was read at, where somebody else's change in between must not be lost */
    record ThresholdsChange(List<Integer> quotaPercents, Optional<Credits> lowCredits, Optional<Long> version) {

        Thresholds thresholds() {
            return new Thresholds(quotaPercents, lowCredits);
        }
    }

    /** What becomes of AI work that has no price. */
    record UnpricedModelsBody(UnpricedModels.Policy policy, Optional<Document> prices, Optional<Long> version) {

        UnpricedModels unpriced() {
            return new UnpricedModels(policy, prices.map(Document::fields).map(AiTrees::rates));
        }
    }

    record UnpricedModelsView(UnpricedModels.Policy policy, Optional<Map<String, Object>> prices) {

        static UnpricedModelsView of(UnpricedModels unpriced) {
            return new UnpricedModelsView(
                    unpriced.policy(), unpriced.rates().map(rates -> AiTrees.tree(rates, BigDecimal::toPlainString)));
        }
    }

    record TenantView(
            TenantId id,
            String name,
            Slug slug,
            Optional<String> website,
            Optional<String> description,
            ZoneId timeZone,
            Document metadata,
            Thresholds thresholds,
            UnpricedModelsView unpricedModels,
            Tenant.Status status,
            Instant createdAt,
            Instant updatedAt,
            long version) {

        static TenantView of(Tenant tenant) {
            var profile = tenant.profile();
            return new TenantView(
                    tenant.id(),
                    profile.name(),
                    profile.slug(),
                    profile.website(),
                    profile.description(),
                    profile.timeZone(),
                    profile.metadata(),
                    tenant.thresholds(),
                    UnpricedModelsView.of(tenant.unpricedModels()),
                    tenant.status(),
                    tenant.createdAt(),
                    tenant.updatedAt(),
                    tenant.version());
        }
    }

    private Reply list(Call call) {
        return Reply.ok(Items.of(
                call.allotment().tenants().list(call.query(Paging.class).page()), TenantView::of));
    }

    private Reply create(Call call) {
        var body = call.body(NewTenant.class);
        var tenant = call.allotment().tenants().create(body.profile(), body.ownerUserId());
        return Reply.created(TenantView.of(tenant)).at("/tenants/" + tenant.id());
    }

    private Reply getBySlug(Call call) {
        return Reply.ok(TenantView.of(call.allotment().tenants().getBySlug(call.path("slug", Slug::new))));
    }

    private Reply get(Call call) {
        return Reply.ok(TenantView.of(call.allotment().tenants().get(call.tenant())));
    }

    private Reply change(Call call) {
        var change = call.body(TenantChange.class);
        return Reply.ok(TenantView.of(call.allotment().tenants().update(call.tenant(), change.version(), change::of)));
    }

    private Reply delete(Call call) {
        call.allotment().tenants().delete(call.tenant());
        return Reply.noContent();
    }

    private Reply setThresholds(Call call) {
        var body = call.body(ThresholdsChange.class);
        return Reply.ok(TenantView.of(
                call.allotment().tenants().setThresholds(call.tenant(), body.version(), body.thresholds())));
    }

    private Reply setUnpricedModels(Call call) {
        var body = call.body(UnpricedModelsBody.class);
        return Reply.ok(TenantView.of(
                call.allotment().tenants().setUnpricedModels(call.tenant(), body.version(), body.unpriced())));
    }

    private Reply suspend(Call call) {
        call.refuseBody();
        return Reply.ok(TenantView.of(call.allotment().tenants().suspend(call.tenant())));
    }

    private Reply reactivate(Call call) {
        call.refuseBody();
        return Reply.ok(TenantView.of(call.allotment().tenants().reactivate(call.tenant())));
    }
}

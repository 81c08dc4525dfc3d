package io.allotment.http;

import io.allotment.application.identity.PersonalDataService;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UserId;
import java.util.Map;
import java.util.Optional;

/** What is kept of a person: for themselves and for the operator, who also erases it. */
final class PersonalDataRoutes {

    void addTo(Routes routes) {
        routes.get("/users/{user}/personal-data", this::export);
        routes.get("/me/personal-data", this::exportMine);
        routes.postForPlatform("/users/{user}/erase", this::erase);
    }

    record KeptView(String kind, Optional<TenantId> tenant, Map<String, Object> values) {

        static KeptView of(PersonalDataService.Kept kept) {
            return new KeptView(kept.kind(), kept.tenantId(), kept.values());
        }
    }

    record ErasedView(int memberships, long auditEntries, int customers) {}

    private Reply export(Call call) {
        return Reply.lines(call.allotment().personalData().export(user(call)).map(KeptView::of));
    }

    private Reply exportMine(Call call) {
        return Reply.lines(call.allotment().personalData().exportMine().map(KeptView::of));
    }

    private Reply erase(Call call) {
        var erased = call.allotment().personalData().erase(user(call));
        return Reply.ok(new ErasedView(erased.memberships(), erased.auditEntries(), erased.customers()));
    }

    private static UserId user(Call call) {
        return call.path("user", UserId::of);
    }
}

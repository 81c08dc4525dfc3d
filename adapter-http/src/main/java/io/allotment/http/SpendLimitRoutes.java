package io.allotment.http;

import io.allotment.domain.credit.SpendLimit;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.Period;

/** How much members and keys may spend, whichever account pays. */
final class SpendLimitRoutes {

    void addTo(Routes routes) {
        var limit = "/tenants/{tenant}/spend-limits/{kind}/{spender}/{window}";
        routes.get("/tenants/{tenant}/spend-limits", this::list);
        routes.put(limit, this::set);
        routes.delete(limit, this::remove);
    }

    record Limit(Credits limit) {}

    record LimitView(
            SpendLimit.Spender spender, SpendLimit.Window window, Credits limit, Credits spent, Period period) {

        static LimitView of(SpendLimit limit) {
            return new LimitView(limit.spender(), limit.window(), limit.limit(), limit.spent(), limit.period());
        }
    }

    private Reply list(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().spendLimits().list(call.tenant(), page), LimitView::of));
    }

    private Reply set(Call call) {
        var limit = call.body(Limit.class).limit();
        return Reply.ok(
                LimitView.of(call.allotment().spendLimits().set(call.tenant(), spender(call), window(call), limit)));
    }

    private Reply remove(Call call) {
        call.allotment().spendLimits().remove(call.tenant(), spender(call), window(call));
        return Reply.noContent();
    }

    private static SpendLimit.Spender spender(Call call) {
        return new SpendLimit.Spender(
                call.path("kind", SpendLimit.Spender.Kind.class), call.path("spender", text -> Id.parse("id", text)));
    }

    private static SpendLimit.Window window(Call call) {
        return call.path("window", SpendLimit.Window.class);
    }
}

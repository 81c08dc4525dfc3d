package io.allotment.http;

import io.allotment.domain.billing.CustomerErasure;
import java.time.Instant;
import java.util.Optional;

/** Customers whom gateways are to know no more. */
final class CustomerErasureRoutes {

    void addTo(Routes routes) {
        routes.get("/customer-erasures", this::list);
        routes.delete("/customer-erasures/{gateway}/{customer}", this::forget);
    }

    record CustomerErasureView(
            String gateway,
            String customer,
            Instant orderedAt,
            int attempts,
            Instant nextAttemptAt,
            Optional<String> problem) {

        static CustomerErasureView of(CustomerErasure order) {
            return new CustomerErasureView(
                    order.gateway(),
                    order.customerId(),
                    order.orderedAt(),
                    order.attempts(),
                    order.nextAt(),
                    order.problem().map(Secrets::masked));
        }
    }

    private Reply list(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().customerErasures().list(page), CustomerErasureView::of));
    }

    private Reply forget(Call call) {
        call.allotment()
                .customerErasures()
                .forget(call.path("gateway", name -> name), call.path("customer", name -> name));
        return Reply.noContent();
    }
}

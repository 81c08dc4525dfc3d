package io.allotment.http;

import io.allotment.domain.retention.Retention;
import io.allotment.domain.retention.RetentionTerms;
import java.time.Instant;
import java.util.Optional;

/** How long a tenant's rows are kept. */
final class RetentionRoutes {

    void addTo(Routes routes) {
        routes.get("/tenants/{tenant}/retention", this::get);
        routes.put("/tenants/{tenant}/retention", this::set);
    }

    record Terms(int usageDays, int keyDays, int noticeDays) {
        RetentionTerms terms() {
            return new RetentionTerms(usageDays, keyDays, noticeDays);
        }
    }

    record RetentionView(
            int usageDays, int keyDays, int noticeDays, Optional<Instant> usageFrom, Optional<Instant> keysFrom) {

        static RetentionView of(Retention retention) {
            var terms = retention.terms();
            return new RetentionView(
                    terms.usageDays(),
                    terms.keyDays(),
                    terms.noticeDays(),
                    retention.usageFrom(),
                    retention.keysFrom());
        }
    }

    private Reply get(Call call) {
        return Reply.ok(RetentionView.of(call.allotment().retention().get(call.tenant())));
    }

    private Reply set(Call call) {
        var terms = call.body(Terms.class).terms();
        return Reply.ok(RetentionView.of(call.allotment().retention().set(call.tenant(), terms)));
    }
}

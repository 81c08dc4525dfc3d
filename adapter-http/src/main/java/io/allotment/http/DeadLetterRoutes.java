package io.allotment.http;

import io.allotment.domain.job.FailedWork;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.Optional;

/** What jobs gave up on. */
final class DeadLetterRoutes {

    void addTo(Routes routes) {
        routes.get("/dead-letters", this::list);
        routes.get("/tenants/{tenant}/dead-letters/{job}", this::get);
        routes.postForOperator("/tenants/{tenant}/dead-letters/{job}/retry", this::retry);
        routes.delete("/tenants/{tenant}/dead-letters/{job}", this::forget);
    }

    /** @param nextAttemptAt of one that is tried again */
    record DeadLetterView(
            TenantId tenant,
            String job,
            int attempts,
            Instant firstFailedAt,
            Instant lastFailedAt,
            Optional<Instant> nextAttemptAt,
            String reason,
            String reference) {

        static DeadLetterView of(FailedWork work) {
            return new DeadLetterView(
                    work.tenantId(),
                    work.job().value(),
                    work.attempts(),
                    work.firstFailedAt(),
                    work.lastFailedAt(),
                    work.nextAttemptAt(),
                    Secrets.masked(work.reason()),
                    work.reference());
        }
    }

    private static JobName job(Call call) {
        return call.path("job", JobName::new);
    }

    private Reply list(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().deadLetters().list(page), DeadLetterView::of));
    }

    private Reply get(Call call) {
        return Reply.ok(DeadLetterView.of(call.allotment().deadLetters().get(call.tenant(), job(call))));
    }

    private Reply retry(Call call) {
        return Reply.ok(DeadLetterView.of(call.allotment().deadLetters().retry(call.tenant(), job(call))));
    }

    private Reply forget(Call call) {
        call.allotment().deadLetters().forget(call.tenant(), job(call));
        return Reply.noContent();
    }
}

package io.allotment.http;

import io.allotment.application.notification.OutboxService;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Period;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;

/** What others must hear of. */
final class NotificationRoutes {

    private final OutboxService outbox;

    NotificationRoutes(OutboxService outbox) {
        this.outbox = outbox;
    }

    void addTo(Routes routes) {
        routes.get("/tenants/{tenant}/notices", this::list);
    }

    record NoticeView(
            DecisionId decision,
            int number,
            Notice.Kind kind,
            AccountId account,
            Optional<FeatureKey> feature,
            Optional<Integer> percent,
            String amount,
            Optional<String> limit,
            Optional<Period> period,
            Instant at) {

        static NoticeView of(Notice notice) {
            return new NoticeView(
                    notice.decision(),
                    notice.number(),
                    notice.kind(),
                    notice.accountId(),
                    notice.feature(),
                    notice.percent(),
                    notice.amount().toPlainString(),
                    notice.limit().map(BigDecimal::toPlainString),
                    notice.period(),
                    notice.at());
        }
    }

    private Reply list(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(outbox.list(call.tenant(), page), NoticeView::of));
    }
}

package io.allotment.http;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Notice;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.Period;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What others must hear of, and the mails that people are sent. */
final class NotificationRoutes {

    void addTo(Routes routes) {
        routes.get("/tenants/{tenant}/notices", this::list);
        routes.get("/mails", this::listMails);
        routes.get("/mails/{mail}", this::getMail);
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

    record MailView(
            UUID id,
            Email recipient,
            String subject,
            String body,
            Instant createdAt,
            Optional<Instant> sentAt,
            int attempts,
            Optional<String> lastError) {

        static MailView of(Mail mail) {
            return new MailView(
                    mail.id(),
                    mail.recipient(),
                    mail.subject(),
                    mail.body(),
                    mail.createdAt(),
                    mail.sentAt(),
                    mail.attempts(),
                    mail.lastError());
        }
    }

    private Reply listMails(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().mails().list(page), MailView::of));
    }

    private Reply getMail(Call call) {
        return Reply.ok(MailView.of(call.allotment().mails().get(call.path("mail", text -> Id.parse("mail", text)))));
    }

    private Reply list(Call call) {
        var page = call.query(Paging.class).page();
        return Reply.ok(Items.of(call.allotment().outbox().list(call.tenant(), page), NoticeView::of));
    }
}

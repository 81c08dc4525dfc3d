package io.allotment.persistence.jooq;

import static io.allotment.persistence.jooq.generated.Tables.MAILS;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Mails;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jooq.DSLContext;
import org.jooq.Record;

final class JooqMails implements Mails {

    private final DSLContext db;

    JooqMails(DSLContext db) {
        this.db = db;
    }

    @Override
    public void append(Mail mail) {
        int rows = db.insertInto(MAILS)
                .set(MAILS.ID, mail.id())
                .set(MAILS.RECIPIENT, mail.recipient().value())
                .set(MAILS.SUBJECT, mail.subject())
                .set(MAILS.BODY, mail.body())
                .set(MAILS.CREATED_AT, mail.createdAt())
                .set(MAILS.SENT_AT, mail.sentAt().orElse(null))
                .set(MAILS.ATTEMPTS, mail.attempts())
                .set(MAILS.LAST_ERROR, mail.lastError().orElse(null))
                .onConflict(MAILS.ID)
                .doNothing()
                .execute();
        if (rows == 0) {
            throw new AlreadyExists("mail", "id", mail.id());
        }
    }

    @Override
    public Optional<Mail> find(UUID id) {
        return db.selectFrom(MAILS).where(MAILS.ID.eq(id)).fetchOptional(JooqMails::mail);
    }

    @Override
    public Page<Mail> list(PageRequest page) {
        var rows = db.selectFrom(MAILS)
                .where(Columns.before(MAILS.ID, page))
                .orderBy(MAILS.ID.desc())
                .limit(page.limit() + 1)
                .fetch(JooqMails::mail);
        return Page.of(rows, page, mail -> mail.id().toString());
    }

    @Override
    public List<Mail> claim(int limit, Instant now, Instant until) {
        // A common table is read once: as a subquery it could be again, and lock other rows each time.
        var due = name("due")
                .as(select(MAILS.ID)
                        .from(MAILS)
                        .where(MAILS.SENT_AT.isNull())
                        .and(MAILS.ATTEMPTS.lt(Mail.MAX_ATTEMPTS))
                        .and(MAILS.CLAIMED_UNTIL.isNull().or(MAILS.CLAIMED_UNTIL.le(now)))
                        .orderBy(MAILS.ATTEMPTS, MAILS.ID)
                        .limit(limit)
                        .forUpdate()
                        .skipLocked());
        return db
                .with(due)
                .update(MAILS)
                .set(MAILS.CLAIMED_UNTIL, until)
                .from(due)
                .where(MAILS.ID.eq(due.field(MAILS.ID)))
                .returning(MAILS.fields())
                .fetch(JooqMails::mail)
                .stream()
                .sorted(Comparator.comparingInt(Mail::attempts)
                        .thenComparing(mail -> mail.id().toString()))
                .toList();
    }

    @Override
    public void markSent(UUID id, Instant at) {
        change(id, mail -> mail.sent(at), Optional.empty());
    }

    @Override
    public void markFailed(UUID id, String error, Instant next) {
        change(id, mail -> mail.failed(error), Optional.of(next));
    }

    private void change(UUID id, UnaryOperator<Mail> change, Optional<Instant> claimedUntil) {
        db.selectFrom(MAILS)
                .where(MAILS.ID.eq(id))
                .and(MAILS.SENT_AT.isNull())
                .forUpdate()
                .fetchOptional(JooqMails::mail)
                .map(change)
                .ifPresent(mail -> update(mail, claimedUntil));
    }

    private void update(Mail mail, Optional<Instant> claimedUntil) {
        db.update(MAILS)
                .set(MAILS.BODY, mail.body())
                .set(MAILS.SENT_AT, mail.sentAt().orElse(null))
                .set(MAILS.ATTEMPTS, mail.attempts())
                .set(MAILS.LAST_ERROR, mail.lastError().orElse(null))
                .set(MAILS.CLAIMED_UNTIL, claimedUntil.orElse(null))
                .where(MAILS.ID.eq(mail.id()))
                .execute();
    }

    static Mail mail(Record row) {
        return new Mail(
                row.get(MAILS.ID),
                new Email(row.get(MAILS.RECIPIENT)),
                row.get(MAILS.SUBJECT),
                row.get(MAILS.BODY),
                row.get(MAILS.CREATED_AT),
                Columns.optional(row, MAILS.SENT_AT),
                row.get(MAILS.ATTEMPTS),
                Columns.optional(row, MAILS.LAST_ERROR));
    }
}

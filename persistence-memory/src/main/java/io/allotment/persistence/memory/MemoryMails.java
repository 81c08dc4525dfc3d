package io.allotment.persistence.memory;

import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.Mails;
import io.allotment.domain.shared.AlreadyExists;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

final class MemoryMails implements Mails {

    private final Tables tables;

    MemoryMails(Tables tables) {
        this.tables = tables;
    }

    @Override
    public void append(Mail mail) {
        if (find(mail.id()).isPresent()) {
            throw new AlreadyExists("mail", "id", mail.id());
        }
        tables.mails.put(Key.of(mail.id()), mail);
    }

    @Override
    public Optional<Mail> find(UUID id) {
        return tables.mails.find(Key.of(id));
    }

    @Override
    public Page<Mail> list(PageRequest page) {
        return tables.mails.pageBackwards(Key.of(), Position.ID, page, mail -> true);
    }

    @Override
    public List<Mail> claim(int limit, Instant now, Instant until) {
        var claimed = tables.mails
                .all()
                .filter(Mail::isDue)
                .filter(mail -> tables.mailClaims
                        .find(Key.of(mail.id()))
                        .map(end -> !end.isAfter(now))
                        .orElse(true))
                // Sorted stably: what failed as often stays in the order of ids.
                .sorted(Comparator.comparingInt(Mail::attempts))
                .limit(limit)
                .toList();
        claimed.forEach(mail -> tables.mailClaims.put(Key.of(mail.id()), until));
        return claimed;
    }

    @Override
    public void markSent(UUID id, Instant at) {
        if (change(id, mail -> mail.sent(at))) {
            tables.mailClaims.remove(Key.of(id));
        }
    }

    @Override
    public void markFailed(UUID id, String error, Instant next) {
        if (change(id, mail -> mail.failed(error))) {
            tables.mailClaims.put(Key.of(id), next);
        }
    }

    /** Whether there was one that was not sent before. */
    private boolean change(UUID id, UnaryOperator<Mail> change) {
        var present = find(id).filter(mail -> mail.sentAt().isEmpty());
        present.ifPresent(mail -> tables.mails.put(Key.of(id), change.apply(mail)));
        return present.isPresent();
    }
}

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
    public List<Mail> unsent(int limit) {
        return tables.mails
                .all()
                .filter(Mail::isDue)
                // Sorted stably: what failed as often stays in the order of ids.
                .sorted(Comparator.comparingInt(Mail::attempts))
                .limit(limit)
                .toList();
    }

    @Override
    public void markSent(UUID id, Instant at) {
        change(id, mail -> mail.sent(at));
    }

    @Override
    public void markFailed(UUID id, String error) {
        change(id, mail -> mail.failed(error));
    }

    private void change(UUID id, UnaryOperator<Mail> change) {
        find(id).filter(mail -> mail.sentAt().isEmpty())
                .ifPresent(mail -> tables.mails.put(Key.of(id), change.apply(mail)));
    }
}

package io.allotment.application.notification;

import io.allotment.application.access.Acting;
import io.allotment.domain.Persistence;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.util.UUID;

/** Mails, for the platform's operator: they may hold what lets their bearer in. Thread-safe. */
public final class MailService {

    private final Persistence persistence;
    private final Acting acting;

    public MailService(Persistence persistence, Acting acting) {
        this.persistence = persistence;
        this.acting = acting;
    }

    /** Newest first. */
    public Page<Mail> list(PageRequest page) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> persistence.mails().list(page));
    }

    /** Refuses an unknown one ({@link NotFound}). */
    public Mail get(UUID id) {
        acting.requireOperator();
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.mails().find(id))
                .orElseThrow(() -> new NotFound("mail", id));
    }
}

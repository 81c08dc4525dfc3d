package io.allotment.application.notification;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailRefused;
import io.allotment.domain.notification.MailTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Sends what waits to be sent, each mail at least once: what was handed over and could not be noted is sent again. After a
 * failure a mail waits, 10 seconds at first and twice as long after each further one. To be asked again and again, by one thread.
 */
public final class MailDelivery {

    /** So many at a time; the others are next. */
    private static final int BATCH = 100;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);

    private final Persistence persistence;
    private final MailTransport transport;
    private final Moments moments;
    /** When those that failed are tried again; after a restart they are at once. */
    private final Map<UUID, Instant> paused = new HashMap<>();

    public MailDelivery(Persistence persistence, MailTransport transport, Moments moments) {
        this.persistence = persistence;
        this.transport = transport;
        this.moments = moments;
    }

    /** How many were sent. */
    public int deliver() {
        var waiting =
                persistence.unitOfWork().forPlatform(() -> persistence.mails().unsent(BATCH));
        paused.keySet().retainAll(waiting.stream().map(Mail::id).toList());
        int sent = 0;
        for (var mail : waiting) {
            if (!moments.now().isBefore(paused.getOrDefault(mail.id(), Instant.MIN)) && isSent(mail)) {
                sent++;
            }
        }
        return sent;
    }

    private boolean isSent(Mail mail) {
        try {
            transport.send(mail);
        } catch (MailRefused refused) {
            persistence.unitOfWork().forPlatform(() -> persistence.mails().markFailed(mail.id(), refused.getMessage()));
            paused.put(mail.id(), moments.now().plus(FIRST_PAUSE.multipliedBy(1L << mail.attempts())));
            return false;
        }
        persistence.unitOfWork().forPlatform(() -> persistence.mails().markSent(mail.id(), moments.now()));
        return true;
    }
}

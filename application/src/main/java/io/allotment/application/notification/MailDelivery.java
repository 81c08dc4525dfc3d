package io.allotment.application.notification;

import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.notification.MailRefused;
import io.allotment.domain.notification.MailTransport;
import java.time.Duration;
import java.util.Optional;

/**
 * Sends what waits to be sent, each mail at least once: what was handed over and could not be noted is sent again. After a
 * failure a mail waits, 10 seconds at first and twice as long after each further one. To be asked again and again, by any
 * number of processes: each mail is sent by one of them. Thread-safe.
 */
public final class MailDelivery {

    /** So many at a time; the others are next. */
    private static final int BATCH = 100;

    /** So long a mail is one process's to send: longer than a mail server may take. If it is gone by then, another sends it. */
    private static final Duration CLAIM = Duration.ofMinutes(5);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);

    private final Persistence persistence;
    private final MailTransport transport;
    private final Moments moments;

    public MailDelivery(Persistence persistence, MailTransport transport, Moments moments) {
        this.persistence = persistence;
        this.transport = transport;
        this.moments = moments;
    }

    /** How many were sent. */
    public int deliver() {
        int sent = 0;
        for (int i = 0; i < BATCH; i++) {
            var next = claimed();
            if (next.isEmpty()) {
                break;
            }
            if (isSent(next.get())) {
                sent++;
            }
        }
        return sent;
    }

    /** One at a time, so that none waits under a claim for others. */
    private Optional<Mail> claimed() {
        return persistence
                .unitOfWork()
                .forPlatform(() -> {
                    var now = moments.now();
                    return persistence.mails().claim(1, now, now.plus(CLAIM));
                })
                .stream()
                .findFirst();
    }

    private boolean isSent(Mail mail) {
        try {
            transport.send(mail);
        } catch (MailRefused refused) {
            var next = moments.now().plus(FIRST_PAUSE.multipliedBy(1L << mail.attempts()));
            persistence
                    .unitOfWork()
                    .forPlatform(() -> persistence.mails().markFailed(mail.id(), refused.getMessage(), next));
            return false;
        }
        persistence.unitOfWork().forPlatform(() -> persistence.mails().markSent(mail.id(), moments.now()));
        return true;
    }
}

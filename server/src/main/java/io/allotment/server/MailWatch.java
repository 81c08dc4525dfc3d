package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.domain.notification.Mail;
import io.allotment.domain.shared.PageRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where there is no mail server, looks every two seconds for mails that wait, in a thread of its own, and names them in the log. */
final class MailWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MailWatch.class);
    private static final long PAUSE_SECONDS = 2;
    private static final long STOP_SECONDS = 15;
    private static final int SHOWN = 50;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
        var thread = new Thread(work, "mails");
        thread.setDaemon(true);
        return thread;
    });

    private MailWatch(Runnable round) {
        thread.scheduleWithFixedDelay(() -> run(round), 0, PAUSE_SECONDS, TimeUnit.SECONDS);
    }

    static MailWatch start(Allotment allotment) {
        return new MailWatch(new Waiting(allotment)::tell);
    }

    /** What goes wrong once may go right the next time. */
    private static void run(Runnable round) {
        try {
            round.run();
        } catch (RuntimeException failure) {
            LOG.warn("Mails cannot be seen to at the moment: {}", failure.toString());
        }
    }

    /** Names those that have come since the last time: neither to whom they go nor what they say. */
    static final class Waiting {

        private final Allotment allotment;
        private Optional<UUID> last = Optional.empty();

        Waiting(Allotment allotment) {
            this.allotment = allotment;
        }

        void tell() {
            newOnes()
                    .forEach(mail -> LOG.info(
                            "A mail waits, and there is no mail server: \"{}\"; the operator reads it at GET /v1/mails/{}",
                            mail.subject(),
                            mail.id()));
        }

        /** Oldest first. */
        List<Mail> newOnes() {
            var found = new ArrayList<Mail>();
            for (var mail : allotment.mails().list(PageRequest.first(SHOWN)).items()) {
                if (last.equals(Optional.of(mail.id()))) {
                    break;
                }
                if (mail.isDue()) {
                    found.add(mail);
                }
            }
            if (!found.isEmpty()) {
                last = Optional.of(found.get(0).id());
            }
            Collections.reverse(found);
            return found;
        }
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}

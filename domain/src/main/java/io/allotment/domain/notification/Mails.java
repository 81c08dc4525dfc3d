package io.allotment.domain.notification;

import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Port: mails that were sent or wait for it. Platform data: in the platform's unit of work alone. */
public interface Mails {

    void append(Mail mail);

    Optional<Mail> find(UUID id);

    /** Newest first. */
    Page<Mail> list(PageRequest page);

    /** Those that are still to be sent ({@link Mail#isDue}): those that failed least before others, then the oldest. */
    List<Mail> unsent(int limit);

    /** Becomes {@link Mail#sent}; nothing where it was sent before, or there is none. */
    void markSent(UUID id, Instant at);

    /** Becomes {@link Mail#failed}; nothing where it was sent before, or there is none. */
    void markFailed(UUID id, String error);
}

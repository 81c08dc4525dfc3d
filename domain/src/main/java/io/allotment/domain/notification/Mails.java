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

    /**
     * Takes mails that are still to be sent ({@link Mail#isDue}) and not taken by another: those that failed least before
     * others, then the oldest. Nobody else gets them until the time given; of several that ask at once each gets others.
     */
    List<Mail> claim(int limit, Instant now, Instant until);

    /** Becomes {@link Mail#sent}; nothing where it was sent before, or there is none. */
    void markSent(UUID id, Instant at);

    /** Becomes {@link Mail#failed}, and nobody gets it before the time given; nothing where it was sent before, or there is none. */
    void markFailed(UUID id, String error, Instant next);
}

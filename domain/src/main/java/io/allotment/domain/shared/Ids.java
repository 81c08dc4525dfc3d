package io.allotment.domain.shared;

import java.util.UUID;

/** Port: where new ids come from. Implementations are thread-safe and never give the same id twice. */
public interface Ids {

    /** A new UUIDv7: 48 bits of milliseconds since 1970 first, so that ids sort by the time they were made. */
    UUID next();
}

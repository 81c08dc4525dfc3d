package io.allotment.domain.apikey;

import java.time.Instant;
import java.util.List;

/** Port: the keys of the platform's operator, kept as their SHA-256 alone. In the platform's unit of work. */
public interface RootKeys {

    /** The SHA-256 digests, 32 bytes each, of the keys that are accepted. */
    List<byte[]> digests();

    /** Makes this key the one that is accepted, instead of all before it. */
    void replaceAll(byte[] sha256, Instant now);
}

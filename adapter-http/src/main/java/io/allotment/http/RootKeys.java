package io.allotment.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** Who may call: the bearer of a root key. Only hashes of the keys are held, and compared in constant time. */
final class RootKeys {

    private static final String SCHEME = "Bearer ";

    private final List<byte[]> hashes;

    /** @param hashes SHA-256 of each key's UTF-8 bytes */
    RootKeys(List<byte[]> hashes) {
        this.hashes = hashes;
    }

    /** Refuses anything but a root key; the header may be null. */
    void require(String authorization) {
        if (authorization == null) {
            throw Rejected.unauthorized("A root key is needed, sent as Authorization: Bearer <key>.");
        }
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw Rejected.unauthorized("The authorization must have the form Bearer <key>.");
        }
        var presented = sha256(authorization.substring(SCHEME.length()).strip());
        boolean known = false;
        for (var hash : hashes) {
            known |= MessageDigest.isEqual(hash, presented);
        }
        if (!known) {
            throw Rejected.unauthorized("The key is not known.");
        }
    }

    static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJvmHasIt) {
            throw new IllegalStateException(everyJvmHasIt);
        }
    }
}

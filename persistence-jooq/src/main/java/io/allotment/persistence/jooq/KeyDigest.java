package io.allotment.persistence.jooq;

import io.allotment.domain.shared.IdempotencyKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** By what a decision's key is found: the first half of its SHA-256, as {@code allotment.key_digest} makes it. */
final class KeyDigest {

    private KeyDigest() {}

    static UUID of(IdempotencyKey key) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(key.value().getBytes(StandardCharsets.US_ASCII));
            var halves = ByteBuffer.wrap(digest);
            return new UUID(halves.getLong(), halves.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }
}

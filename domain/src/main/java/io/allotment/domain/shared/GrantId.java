package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;

/** Names a credit grant inside its tenant. */
public record GrantId(UUID value) implements Id {

    public GrantId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code grantId}. */
    public static GrantId of(String text) {
        return new GrantId(Id.parse("grantId", text));
    }

    /**
     * The grant of what a subscription's period includes: the same whoever makes it, so that there is one. It has the form
     * of a UUIDv7 of the period's start; the rest is a digest of the subscription.
     */
    public static GrantId of(SubscriptionId subscription, Instant periodStart) {
        var digest = ByteBuffer.wrap(sha256(subscription + " " + periodStart));
        long high = periodStart.toEpochMilli() << 16 | 0x7000 | digest.getLong() & 0x0fff;
        long low = digest.getLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        return new GrantId(new UUID(high, low));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

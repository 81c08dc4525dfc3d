package io.allotment.application.tenancy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** What is told to who is invited: it is not kept, its SHA-256 is. */
final class InvitationTokens {

    private static final String PREFIX = "allot_invite_";
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /** 43 characters of 62 are the first to hold 256 bits. */
    private static final int LENGTH = 43;

    private static final Pattern FORM = Pattern.compile(PREFIX + "[0-9A-Za-z]{" + LENGTH + "}");

    private InvitationTokens() {}

    /** @param random unpredictable */
    static String create(RandomGenerator random) {
        var token = new StringBuilder(PREFIX);
        for (int i = 0; i < LENGTH; i++) {
            token.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return token.toString();
    }

    /** What it is found by; empty where it cannot be one. */
    static Optional<byte[]> read(String token) {
        return token != null && FORM.matcher(token).matches() ? Optional.of(sha256(token)) : Optional.empty();
    }

    static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }
}

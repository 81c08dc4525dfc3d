package io.allotment.application.shared;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Opaque tokens: a prefix that tells their kind, and 256 random bits in base 62. Kept is their SHA-256 alone. */
public final class Tokens {

    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    /** The first number of characters of 62 that hold 256 bits. */
    private static final int LENGTH = 43;

    private Tokens() {}

    /** @param random unpredictable */
    public static String make(String prefix, RandomGenerator random) {
        var token = new StringBuilder(prefix.length() + LENGTH).append(prefix);
        for (int i = 0; i < LENGTH; i++) {
            token.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return token.toString();
    }

    /** Whether it could have been made here; what cannot need not be looked for. */
    public static boolean hasForm(String prefix, String token) {
        if (token.length() != prefix.length() + LENGTH || !token.startsWith(prefix)) {
            return false;
        }
        return token.chars().skip(prefix.length()).allMatch(c -> ALPHABET.indexOf(c) >= 0);
    }

    /** The digest of the text in UTF-8, 32 bytes. */
    public static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }

    public static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }
}

package io.allotment.domain.apikey;

import io.allotment.domain.shared.InvalidValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * What the bearer of an API key shows: {@code allot_<environment>_<random><checksum>}. It is told once and kept nowhere; kept
 * is its SHA-256.
 *
 * <p>The random part has 30 characters of 62, which are 30 × log2(62) = 178.6 bits. Its first three stand in the prefix that
 * is kept for display; the other 27 are still 160.7 bits that nobody can know. The checksum is the CRC-32 of all that stands
 * before it, as six characters of base 62 (62^6 is more than 2^32): a key that was mistyped or cut is noticed without asking
 * anybody, and scanners for leaked secrets find no false ones.
 */
public final class KeySecret {

    private static final String START = "allot_";
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_LENGTH = 30;
    private static final int CHECKSUM_LENGTH = 6;
    private static final int SHOWN_LENGTH = 3;
    private static final Pattern ENVIRONMENT = Pattern.compile("[a-z]{1,12}");
    private static final Pattern FORM =
            Pattern.compile(START + "([a-z]{1,12})_[0-9A-Za-z]{" + (RANDOM_LENGTH + CHECKSUM_LENGTH) + "}");

    /** They are the words of secrets of other kinds. */
    private static final Set<String> RESERVED = Set.of("root", "session", "reset", "invite");

    private final String text;

    private KeySecret(String text) {
        this.text = text;
    }

    /** Refuses what cannot be the word for an environment. */
    public static String requireEnvironment(String word) {
        if (word == null || !ENVIRONMENT.matcher(word).matches()) {
            throw new InvalidValue("environment", "must be a word of 1 to 12 lower-case letters, such as live or test");
        }
        if (RESERVED.contains(word)) {
            throw new InvalidValue("environment", "is a word for secrets of another kind; choose another");
        }
        return word;
    }

    /** @param random unpredictable */
    public static KeySecret generate(String environment, RandomGenerator random) {
        var text =
                new StringBuilder(START).append(requireEnvironment(environment)).append('_');
        for (int i = 0; i < RANDOM_LENGTH; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return new KeySecret(text + checksum(text.toString()));
    }

    /** Whether a text has the form of such a secret, whatever its checksum. */
    public static boolean hasForm(String text) {
        var form = FORM.matcher(text);
        return form.matches() && !RESERVED.contains(form.group(1));
    }

    /** Reads a secret; empty where its form or its checksum is wrong. */
    public static Optional<KeySecret> parse(String text) {
        if (!hasForm(text)) {
            return Optional.empty();
        }
        int end = text.length() - CHECKSUM_LENGTH;
        return text.substring(end).equals(checksum(text.substring(0, end)))
                ? Optional.of(new KeySecret(text))
                : Optional.empty();
    }

    /** The secret itself, for its bearer alone. */
    public String reveal() {
        return text;
    }

    /** How the key is told from others where it is listed. */
    public String prefix() {
        return text.substring(0, text.lastIndexOf('_') + 1 + SHOWN_LENGTH);
    }

    public byte[] sha256() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256", e);
        }
    }

    /** Without the secret: this may be logged. */
    @Override
    public String toString() {
        return prefix() + "…";
    }

    private static String checksum(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        var characters = new char[CHECKSUM_LENGTH];
        long rest = crc.getValue();
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            characters[i] = ALPHABET.charAt((int) (rest % ALPHABET.length()));
            rest /= ALPHABET.length();
        }
        return new String(characters);
    }
}

package io.allotment.stripe;

import io.allotment.domain.billing.EventRefused;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who sent a webhook: its {@code Stripe-Signature}, {@code t=<seconds>,v1=<HMAC-SHA256 in hex>[,v1=…]}, over the raw bytes.
 *
 * <p>Not the library's own check: that one takes one secret, takes any time of the future, fails with unchecked exceptions where a header is
 * malformed, and, where the machine's language writes other digits, refuses what is genuine.
 */
final class WebhookSignature {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAX_HEADER_CHARACTERS = 4_096;
    private static final int MAX_SIGNATURES = 20;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,12}");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{64}");

    private final List<SecretKeySpec> secrets;
    private final Duration tolerance;

    /**
     * @param secrets of the endpoint; more than one while they rotate
     * @param tolerance how old or how far ahead of us a webhook's time may be
     */
    WebhookSignature(List<String> secrets, Duration tolerance) {
        this.secrets = secrets.stream()
                .map(secret -> new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM))
                .toList();
        this.tolerance = tolerance;
    }

    /** Refuses what none of the secrets signed about now ({@link EventRefused}), and does not say what was wrong with it. */
    void require(byte[] body, String header, Instant now) {
        var told = read(header);
        var apart = Duration.between(Instant.ofEpochSecond(Long.parseLong(told.seconds)), now);
        boolean timely = apart.abs().compareTo(tolerance) <= 0;
        boolean signed = false;
        for (var secret : secrets) {
            var expected = digest(secret, told.seconds, body);
            for (var signature : told.signatures) {
                // Each one is looked at: how long it takes says nothing.
                signed |= MessageDigest.isEqual(expected, signature);
            }
        }
        if (!signed || !timely) {
            throw refused();
        }
    }

    private static EventRefused refused() {
        return new EventRefused("This is no event of Stripe's: its signature is missing, wrong or out of date.");
    }

    private static Told read(String header) {
        if (header == null || header.length() > MAX_HEADER_CHARACTERS) {
            throw refused();
        }
        var times = new ArrayList<String>();
        var signatures = new ArrayList<byte[]>();
        for (var part : header.split(",", -1)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw refused();
            }
            var value = part.substring(equals + 1).strip();
            switch (part.substring(0, equals).strip()) {
                case "t" -> times.add(value);
                case "v1" -> signatures.add(bytes(value));
                default -> {
                    // Of another scheme; v0 is signed by nobody in particular.
                }
            }
        }
        if (times.size() != 1
                || !SECONDS.matcher(times.get(0)).matches()
                || signatures.isEmpty()
                || signatures.size() > MAX_SIGNATURES) {
            throw refused();
        }
        return new Told(times.get(0), signatures);
    }

    private static byte[] bytes(String hex) {
        if (!DIGEST.matcher(hex).matches()) {
            throw refused();
        }
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] digest(SecretKeySpec secret, String seconds, byte[] body) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            mac.update(seconds.getBytes(StandardCharsets.US_ASCII));
            mac.update((byte) '.');
            return mac.doFinal(body);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every Java has " + ALGORITHM, missing);
        }
    }

    private record Told(String seconds, List<byte[]> signatures) {}
}

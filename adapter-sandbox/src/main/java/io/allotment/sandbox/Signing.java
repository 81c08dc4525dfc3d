package io.allotment.sandbox;

import io.allotment.domain.billing.EventRefused;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs what the sandbox posts, and checks it: {@code t=<seconds>,v1=<hex>} over time and body, as gateways do. */
final class Signing {

    private static final Pattern HEADER = Pattern.compile("t=([0-9]{1,12}),v1=([0-9a-f]{64})");
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final String secret;

    Signing(String secret) {
        this.secret = secret;
    }

    String sign(byte[] body, Instant now) {
        long seconds = now.getEpochSecond();
        return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac(seconds, body));
    }

    /** Refuses what was not signed with the secret, or too long ago, or in the future ({@link EventRefused}). */
    void check(byte[] body, String header, Instant now) {
        var match = HEADER.matcher(header);
        if (!match.matches()) {
            throw new EventRefused("The signature must have the form t=<seconds>,v1=<hex>.");
        }
        long seconds = Long.parseLong(match.group(1));
        var wanted = mac(seconds, body);
        if (!MessageDigest.isEqual(wanted, HexFormat.of().parseHex(match.group(2)))) {
            throw new EventRefused("The signature is not the gateway's.");
        }
        var age = Duration.between(Instant.ofEpochSecond(seconds), now).abs();
        if (age.compareTo(TOLERANCE) > 0) {
            throw new EventRefused("The signature is of another time.");
        }
    }

    private byte[] mac(long seconds, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            return mac.doFinal(body);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

package io.allotment.signin;

import io.allotment.domain.identity.Password;
import io.allotment.domain.identity.PasswordHasher;
import io.allotment.domain.shared.Unavailable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106) in the usual text form, {@code $argon2id$v=19$m=…,t=…,p=…$salt$hash}. Each takes its memory while it runs,
 * so only some run at a time; who waits too long is told to come again.
 */
final class Argon2id implements PasswordHasher {

    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Bounds what a stored text can make us do. */
    private static final Pattern FORM =
            Pattern.compile("\\$argon2id\\$v=19\\$m=([1-9][0-9]{1,6}),t=([1-9][0-9]?),p=([1-9])"
                    + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

    private final Cost cost;
    private final Semaphore places;
    private final SecureRandom random = new SecureRandom();

    /** What one hash costs. */
    record Cost(int memoryKib, int passes, int lanes) {

        /** As the OWASP Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane. */
        static final Cost TODAY = new Cost(19_456, 2, 1);
    }

    private record Stored(Cost cost, byte[] salt, byte[] hash) {}

    /** @param places how many run at the same time */
    Argon2id(Cost cost, int places) {
        this.cost = cost;
        this.places = new Semaphore(places, true);
    }

    @Override
    public String hash(Password password) {
        var salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        var hash = run(() -> derive(password, cost, salt, HASH_BYTES));
        var base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
                .formatted(
                        cost.memoryKib(),
                        cost.passes(),
                        cost.lanes(),
                        base64.encodeToString(salt),
                        base64.encodeToString(hash));
    }

    @Override
    public boolean matches(Password password, String hash) {
        var matcher = FORM.matcher(hash);
        if (!matcher.matches()) {
            return false;
        }
        var stored = read(matcher);
        var derived = run(() -> derive(password, stored.cost, stored.salt, stored.hash.length));
        return MessageDigest.isEqual(derived, stored.hash);
    }

    @Override
    public boolean isOutdated(String hash) {
        var matcher = FORM.matcher(hash);
        return !matcher.matches() || !read(matcher).cost.equals(cost);
    }

    private static Stored read(Matcher text) {
        var cost = new Cost(
                Integer.parseInt(text.group(1)), Integer.parseInt(text.group(2)), Integer.parseInt(text.group(3)));
        var base64 = Base64.getDecoder();
        return new Stored(cost, base64.decode(text.group(4)), base64.decode(text.group(5)));
    }

    private static byte[] derive(Password password, Cost cost, byte[] salt, int length) {
        var generator = new Argon2BytesGenerator();
        generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(cost.memoryKib())
                .withIterations(cost.passes())
                .withParallelism(cost.lanes())
                .withSalt(salt)
                .build());
        var hash = new byte[length];
        generator.generateBytes(password.value().getBytes(StandardCharsets.UTF_8), hash);
        return hash;
    }

    private <T> T run(Supplier<T> work) {
        try {
            if (!places.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw busy(null);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw busy(interrupted);
        }
        try {
            return work.get();
        } finally {
            places.release();
        }
    }

    private static Unavailable busy(Exception cause) {
        return new Unavailable(
                "Too many passwords are compared at the moment; try again.", Duration.ofSeconds(2), cause);
    }
}

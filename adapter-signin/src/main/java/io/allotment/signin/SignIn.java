package io.allotment.signin;

import io.allotment.domain.identity.PasswordHasher;
import io.allotment.domain.identity.TokenVerifier;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What shows who somebody is: passwords, and tokens of outside issuers. */
public final class SignIn {

    /** Where Google's ID tokens come from. */
    public static final String GOOGLE = "https://accounts.google.com";

    /** How far an issuer's clock may be off where nothing is said. */
    public static final Duration DEFAULT_SKEW = Duration.ofMinutes(1);

    private static final Duration MAX_SKEW = Duration.ofMinutes(10);
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    /** As RFC 7518 asks of HS256. */
    private static final int MIN_SECRET_BYTES = 32;

    private SignIn() {}

    /**
     * An outside issuer that is trusted.
     *
     * @param issuer as its tokens name it: an https address, or an http one on this machine. What it signs with is found by
     *     OpenID Connect Discovery
     * @param audiences whom its tokens must be made for; one of them is enough
     * @param skew how far its clock may be off; 10 minutes at most
     * @param secret signs with HS256 where it is there, and nothing is discovered
     * @param trustsAddresses whether its addresses count as verified where its tokens do not say
     */
    public record Issuer(
            String issuer, List<String> audiences, Duration skew, Optional<String> secret, boolean trustsAddresses) {

        public Issuer {
            audiences = List.copyOf(audiences);
            if (!isAddress(issuer)) {
                throw new IllegalArgumentException("an issuer is an https address, not " + issuer);
            }
            if (audiences.isEmpty() || audiences.contains("")) {
                throw new IllegalArgumentException("the issuer " + issuer + " needs an audience");
            }
            if (skew.isNegative() || skew.compareTo(MAX_SKEW) > 0) {
                throw new IllegalArgumentException("the issuer " + issuer + " may be off by 0 to 600 seconds");
            }
            if (secret.filter(text -> text.getBytes(StandardCharsets.UTF_8).length < MIN_SECRET_BYTES)
                    .isPresent()) {
                throw new IllegalArgumentException(
                        "the secret of the issuer " + issuer + " must have at least " + MIN_SECRET_BYTES + " bytes");
            }
        }

        /** One that is found by discovery. */
        public static Issuer of(String issuer, String... audiences) {
            return new Issuer(issuer, List.of(audiences), DEFAULT_SKEW, Optional.empty(), false);
        }

        /** One that signs with a secret shared with us, as older Supabase projects do. */
        public static Issuer sharing(String secret, String issuer, String... audiences) {
            return new Issuer(issuer, List.of(audiences), DEFAULT_SKEW, Optional.of(secret), false);
        }

        /** Google's, for a client of ours. */
        public static Issuer google(String clientId) {
            return of(GOOGLE, clientId);
        }

        /** The same, taking its addresses for verified. */
        public Issuer trustingAddresses() {
            return new Issuer(issuer, audiences, skew, secret, true);
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return issuer;
        }
    }

    /** Argon2id, as many at the same moment as there are processors. */
    public static PasswordHasher argon2id() {
        return new Argon2id(Argon2id.Cost.TODAY, Runtime.getRuntime().availableProcessors());
    }

    /** Tokens (JWT) of these issuers. */
    public static TokenVerifier tokens(List<Issuer> issuers, Clock clock) {
        return new Jwts(issuers, clock);
    }

    /** What nobody on the way can change: https, or this machine. */
    static boolean isAddress(String text) {
        try {
            var uri = URI.create(text);
            return uri.getHost() != null
                    && ("https".equals(uri.getScheme())
                            || "http".equals(uri.getScheme()) && LOOPBACK.contains(uri.getHost()));
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }
}

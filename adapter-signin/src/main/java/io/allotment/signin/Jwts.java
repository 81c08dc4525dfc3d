package io.allotment.signin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.allotment.domain.identity.ExternalIdentity;
import io.allotment.domain.identity.TokenVerifier;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.signin.SignIn.Issuer;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Signed tokens (JWT, RFC 7519) of trusted issuers. Which algorithms may sign is a matter of the issuer, not of the token: a
 * secret verifies HS256 and nothing else, a public key the algorithms of its kind, and what is not signed at all is no token.
 */
final class Jwts implements TokenVerifier {

    private static final int MAX_LENGTH = 16_384;
    private static final int MAX_SUBJECT = 255;
    private static final Set<JWSAlgorithm> PUBLIC_KEY =
            Set.of(JWSAlgorithm.RS256, JWSAlgorithm.PS256, JWSAlgorithm.ES256);

    private final Map<String, Trusted> issuers = new HashMap<>();
    private final Clock clock;

    /** @param keys empty for one that shares a secret */
    private record Trusted(Issuer issuer, Optional<PublicKeys> keys) {}

    Jwts(List<Issuer> issuers, Clock clock) {
        this(issuers, clock, PublicKeys.TIMEOUT);
    }

    /** @param timeout for each answer of an issuer */
    Jwts(List<Issuer> issuers, Clock clock, Duration timeout) {
        this.clock = clock;
        for (var issuer : issuers) {
            var keys = issuer.secret().isPresent()
                    ? Optional.<PublicKeys>empty()
                    : Optional.of(new PublicKeys(issuer.issuer(), clock, timeout));
            var trusted = new Trusted(issuer, keys);
            if (this.issuers.put(issuer.issuer(), trusted) != null) {
                throw new IllegalArgumentException("the issuer " + issuer + " is there twice");
            }
            if (issuer.issuer().equals(SignIn.GOOGLE)) {
                // Google names itself in two ways.
                this.issuers.put("accounts.google.com", trusted);
            }
        }
    }

    @Override
    public Optional<ExternalIdentity> verify(String jwt) {
        if (jwt.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        try {
            var token = SignedJWT.parse(jwt);
            // Read before it is verified, to know by whose keys; everything else of it is read after.
            var trusted = issuers.get(token.getJWTClaimsSet().getIssuer());
            return trusted != null && isSigned(token, trusted) && isForUsNow(token.getJWTClaimsSet(), trusted.issuer)
                    ? Optional.of(identity(token.getJWTClaimsSet(), trusted.issuer))
                    : Optional.empty();
        } catch (ParseException | JOSEException | IllegalArgumentException | IllegalStateException unusable) {
            return Optional.empty();
        }
    }

    private static boolean isSigned(SignedJWT token, Trusted trusted) throws JOSEException {
        var algorithm = token.getHeader().getAlgorithm();
        if (trusted.keys.isEmpty()) {
            var secret = trusted.issuer.secret().orElseThrow().getBytes(StandardCharsets.UTF_8);
            return JWSAlgorithm.HS256.equals(algorithm) && token.verify(new MACVerifier(secret));
        }
        if (!PUBLIC_KEY.contains(algorithm)) {
            return false;
        }
        var verifiers = new DefaultJWSVerifierFactory();
        for (var key : trusted.keys.get().of(token.getHeader())) {
            if (token.verify(verifiers.createJWSVerifier(token.getHeader(), key))) {
                return true;
            }
        }
        return false;
    }

    private boolean isForUsNow(JWTClaimsSet claims, Issuer issuer) {
        var now = clock.instant();
        var expiresAt = instant(claims.getExpirationTime());
        var subject = claims.getSubject();
        return expiresAt.filter(time -> now.isBefore(time.plus(issuer.skew()))).isPresent()
                && isPast(claims.getNotBeforeTime(), now, issuer)
                && isPast(claims.getIssueTime(), now, issuer)
                && !Collections.disjoint(claims.getAudience(), issuer.audiences())
                && subject != null
                && !subject.isBlank()
                && subject.length() <= MAX_SUBJECT;
    }

    /** Or not said. */
    private static boolean isPast(Date time, Instant now, Issuer issuer) {
        return instant(time).filter(at -> at.isAfter(now.plus(issuer.skew()))).isEmpty();
    }

    private static Optional<Instant> instant(Date time) {
        return Optional.ofNullable(time).map(Date::toInstant);
    }

    private static ExternalIdentity identity(JWTClaimsSet claims, Issuer issuer) {
        var verified = claims.getClaim("email_verified");
        return new ExternalIdentity(
                issuer.issuer(),
                claims.getSubject(),
                text(claims, "email").flatMap(Jwts::email),
                verified == null ? issuer.trustsAddresses() : verified.equals(Boolean.TRUE) || "true".equals(verified),
                text(claims, "name"));
    }

    private static Optional<String> text(JWTClaimsSet claims, String name) {
        return claims.getClaim(name) instanceof String text && !text.isBlank() ? Optional.of(text) : Optional.empty();
    }

    private static Optional<Email> email(String text) {
        try {
            return Optional.of(new Email(text));
        } catch (InvalidValue noAddress) {
            return Optional.empty();
        }
    }
}

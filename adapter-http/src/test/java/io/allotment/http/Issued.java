package io.allotment.http;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.allotment.signin.SignIn;
import java.time.Clock;
import java.util.Date;
import java.util.function.UnaryOperator;

/** An outside issuer that the servers of the tests trust, and its tokens. */
final class Issued {

    private static final String SECRET = "a secret of thirty-two bytes or more";
    static final SignIn.Issuer ISSUER = SignIn.Issuer.sharing(SECRET, "https://issuer.example", "allotment");

    private Issued() {}

    /** For somebody whose address the issuer vouches for, valid for an hour. */
    static String token(String subject, String email, Clock clock) {
        return token(claims -> claims.subject(subject).claim("email", email).claim("email_verified", true), clock);
    }

    static String token(UnaryOperator<JWTClaimsSet.Builder> claims, Clock clock) {
        var now = clock.instant();
        var all = claims.apply(new JWTClaimsSet.Builder()
                        .issuer("https://issuer.example")
                        .audience("allotment")
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(3600))))
                .build();
        try {
            var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), all);
            token.sign(new MACSigner(SECRET));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.allotment.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.allotment.domain.identity.ExternalIdentity;
import io.allotment.domain.identity.TokenVerifier;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.Unavailable;
import io.allotment.signin.SignIn.Issuer;
import io.allotment.testkit.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtsTest {

    private static final String SECRET = "a secret of thirty-two bytes or more";

    private static RSAKey rsa;
    private static RSAKey otherRsa;
    private static ECKey ec;

    private final TestClock clock = TestClock.at("2026-03-10T10:00:00Z");
    private IssuerDouble issuer;
    private TokenVerifier tokens;

    @BeforeAll
    static void make_keys() throws JOSEException {
        rsa = new RSAKeyGenerator(2048).keyID("rsa").generate();
        otherRsa = new RSAKeyGenerator(2048).keyID("other").generate();
        ec = new ECKeyGenerator(Curve.P_256).keyID("ec").generate();
    }

    @BeforeEach
    void start() {
        issuer = IssuerDouble.start();
        issuer.publish(rsa.toPublicJWK(), ec.toPublicJWK());
        tokens = SignIn.tokens(List.of(Issuer.of(issuer.name(), "us", "us too")), clock);
    }

    @AfterEach
    void stop() {
        issuer.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256"})
    void a_good_token_says_who_it_is(String algorithm) {
        var key = algorithm.equals("ES256") ? ec : rsa;

        assertThat(tokens.verify(signed(JWSAlgorithm.parse(algorithm), key, claims -> claims)))
                .contains(new ExternalIdentity(
                        issuer.name(),
                        "subject",
                        Optional.of(new Email("ada@example.org")),
                        true,
                        Optional.of("Ada Lovelace")));
    }

    @Test
    void a_token_that_names_no_key_is_tried_with_those_that_fit() throws JOSEException {
        var header = new JWSHeader(JWSAlgorithm.RS256);

        assertThat(tokens.verify(signed(header, new RSASSASigner(rsa), claims -> claims)))
                .isPresent();
        assertThat(tokens.verify(signed(header, new RSASSASigner(otherRsa), claims -> claims)))
                .isEmpty();
    }

    @Test
    void a_token_for_somebody_else_is_refused() {
        assertThat(verified(claims -> claims.audience("them"))).isEmpty();
        assertThat(verified(claims -> claims.audience((String) null))).isEmpty();
        assertThat(verified(claims -> claims.audience(List.of("them", "us too"))))
                .isPresent();
    }

    @Test
    void an_expired_token_is_refused_when_its_issuers_clock_cannot_be_so_far_off() {
        var end = clock.instant().plusSeconds(300);
        var token = signed(claims -> claims.expirationTime(Date.from(end)));

        clock.set(end.plusSeconds(59));
        assertThat(tokens.verify(token)).isPresent();
        clock.set(end.plusSeconds(60));
        assertThat(tokens.verify(token)).isEmpty();
    }

    @Test
    void a_token_without_an_end_is_refused() {
        assertThat(verified(claims -> claims.expirationTime(null))).isEmpty();
    }

    @Test
    void a_token_that_is_not_valid_yet_is_refused() {
        assertThat(verified(claims -> claims.notBeforeTime(in(60)))).isPresent();
        assertThat(verified(claims -> claims.notBeforeTime(in(61)))).isEmpty();
    }

    @Test
    void a_token_from_the_future_is_refused() {
        assertThat(verified(claims -> claims.issueTime(in(60)))).isPresent();
        assertThat(verified(claims -> claims.issueTime(in(61)))).isEmpty();
    }

    @Test
    void a_token_about_nobody_is_refused() {
        assertThat(verified(claims -> claims.subject(null))).isEmpty();
        assertThat(verified(claims -> claims.subject(" "))).isEmpty();
        assertThat(verified(claims -> claims.subject("x".repeat(256)))).isEmpty();
    }

    @Test
    void an_issuer_that_is_not_trusted_is_not_even_asked() {
        try (var stranger = IssuerDouble.start()) {
            stranger.publish(rsa.toPublicJWK());

            assertThat(verified(claims -> claims.issuer(stranger.name()))).isEmpty();
            assertThat(verified(claims -> claims.issuer(null))).isEmpty();
            assertThat(stranger.asked()).isZero();
        }
    }

    @Test
    void what_is_not_signed_is_no_token() {
        assertThat(tokens.verify(new PlainJWT(claims(claims -> claims)).serialize()))
                .isEmpty();
        var signed = signed(claims -> claims);
        var payload = signed.split("\\.")[1];
        var none = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes());
        assertThat(tokens.verify(none + "." + payload + ".")).isEmpty();
        assertThat(tokens.verify(signed.substring(0, signed.lastIndexOf('.') + 1)))
                .isEmpty();
        assertThat(issuer.asked()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a.b.c", "....", "e30.e30.e30"})
    void nonsense_is_no_token(String text) {
        assertThat(tokens.verify(text)).isEmpty();
    }

    @Test
    void a_public_key_is_no_shared_secret() throws Exception {
        // The classic confusion: signed with HS256, the text of the issuer's own public key taken for the secret.
        for (var secret : List.of(
                rsa.toRSAPublicKey().getEncoded(),
                rsa.toPublicJWK().toJSONString().getBytes(),
                ("-----BEGIN PUBLIC KEY-----\n"
                                + Base64.getMimeEncoder()
                                        .encodeToString(rsa.toRSAPublicKey().getEncoded())
                                + "\n-----END PUBLIC KEY-----\n")
                        .getBytes())) {
            var header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa").build();
            assertThat(tokens.verify(signed(header, new MACSigner(secret), claims -> claims)))
                    .isEmpty();
        }
    }

    @Test
    void a_token_does_not_bring_its_own_key() throws JOSEException {
        var header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("rsa")
                .jwk(otherRsa.toPublicJWK())
                .build();

        assertThat(tokens.verify(signed(header, new RSASSASigner(otherRsa), claims -> claims)))
                .isEmpty();
    }

    @Test
    void a_changed_token_is_refused() {
        var parts = signed(claims -> claims).split("\\.");
        var others = signed(claims -> claims.subject("somebody else")).split("\\.");

        assertThat(tokens.verify(parts[0] + "." + others[1] + "." + parts[2])).isEmpty();
    }

    @Test
    void a_key_that_is_not_known_is_looked_for_once_in_half_a_minute() {
        assertThat(verified(claims -> claims)).isPresent();
        issuer.publish(otherRsa.toPublicJWK());
        clock.advance(Duration.ofSeconds(30));

        assertThat(tokens.verify(signed(JWSAlgorithm.RS256, otherRsa, claims -> claims)))
                .isPresent();
        assertThat(issuer.asked()).isEqualTo(2);

        // Retired since.
        assertThat(verified(claims -> claims)).isEmpty();
        assertThat(verified(claims -> claims)).isEmpty();
        assertThat(issuer.asked()).isEqualTo(2);
        clock.advance(Duration.ofSeconds(30));
        assertThat(verified(claims -> claims)).isEmpty();
        assertThat(issuer.asked()).isEqualTo(3);
    }

    @Test
    void keys_are_read_again_after_a_quarter_of_an_hour_and_kept_while_the_issuer_is_away() {
        assertThat(verified(claims -> claims)).isPresent();
        clock.advance(Duration.ofMinutes(15).plusSeconds(1));
        assertThat(verified(claims -> claims)).isPresent();
        assertThat(issuer.asked()).isEqualTo(2);

        issuer.fail();
        clock.advance(Duration.ofMinutes(15).plusSeconds(1));
        assertThat(verified(claims -> claims)).isPresent();
    }

    @Test
    @Timeout(60)
    void an_issuer_that_hangs_keeps_nobody_waiting_who_has_known_keys() {
        tokens = new Jwts(List.of(Issuer.of(issuer.name(), "us")), clock, Duration.ofMinutes(5));
        assertThat(verified(claims -> claims)).isPresent();
        clock.advance(Duration.ofMinutes(15).plusSeconds(1));
        issuer.hangUntilReleased();

        var first = CompletableFuture.supplyAsync(() -> verified(claims -> claims));
        issuer.awaitHanging();

        assertThat(verified(claims -> claims)).isPresent();
        assertThat(first).isNotDone();
        issuer.release();
        assertThat(first.join()).isPresent();
        assertThat(issuer.asked()).isEqualTo(2);
    }

    @Test
    @Timeout(60)
    void an_answer_that_does_not_end_is_given_up() {
        tokens = new Jwts(List.of(Issuer.of(issuer.name(), "us")), clock, Duration.ofMillis(200));
        issuer.trickleUntilReleased();

        assertThatThrownBy(() -> verified(claims -> claims)).isInstanceOf(Unavailable.class);

        issuer.release();
        clock.advance(Duration.ofSeconds(30));
        tokens = SignIn.tokens(List.of(Issuer.of(issuer.name(), "us")), clock);
        assertThat(verified(claims -> claims)).isPresent();
    }

    @Test
    void an_answer_that_is_too_long_is_given_up() {
        issuer.pretendToBe("x".repeat(1 << 20));

        assertThatThrownBy(() -> verified(claims -> claims)).isInstanceOf(Unavailable.class);
    }

    @Test
    void nothing_is_said_while_no_keys_are_to_be_had() {
        issuer.fail();

        assertThatThrownBy(() -> verified(claims -> claims)).isInstanceOf(Unavailable.class);
        assertThatThrownBy(() -> verified(claims -> claims)).isInstanceOf(Unavailable.class);
        assertThat(issuer.asked()).isEqualTo(1);

        issuer.publish(rsa.toPublicJWK());
        clock.advance(Duration.ofSeconds(30));
        assertThat(verified(claims -> claims)).isPresent();
    }

    @Test
    void a_document_of_another_issuer_is_not_believed() {
        issuer.pretendToBe("https://other.example");

        assertThatThrownBy(() -> verified(claims -> claims)).isInstanceOf(Unavailable.class);
    }

    @Test
    void two_issuers_are_kept_apart() {
        try (var second = IssuerDouble.start()) {
            second.publish(otherRsa.toPublicJWK());
            tokens = SignIn.tokens(List.of(Issuer.of(issuer.name(), "us"), Issuer.of(second.name(), "them")), clock);

            assertThat(tokens.verify(signed(
                            JWSAlgorithm.RS256,
                            otherRsa,
                            claims -> claims.issuer(second.name()).audience("them"))))
                    .map(ExternalIdentity::issuer)
                    .contains(second.name());
            // Neither the other's key nor the other's audience will do.
            assertThat(tokens.verify(signed(
                            JWSAlgorithm.RS256,
                            rsa,
                            claims -> claims.issuer(second.name()).audience("them"))))
                    .isEmpty();
            assertThat(tokens.verify(signed(JWSAlgorithm.RS256, otherRsa, claims -> claims.issuer(second.name()))))
                    .isEmpty();
            assertThat(verified(claims -> claims)).isPresent();
        }
    }

    @Test
    void a_shared_secret_signs_with_hs256_alone() throws JOSEException {
        tokens = SignIn.tokens(List.of(Issuer.sharing(SECRET, issuer.name(), "us")), clock);

        assertThat(tokens.verify(signed(new JWSHeader(JWSAlgorithm.HS256), new MACSigner(SECRET), claims -> claims)))
                .isPresent();
        assertThat(tokens.verify(
                        signed(new JWSHeader(JWSAlgorithm.HS256), new MACSigner(SECRET + "x"), claims -> claims)))
                .isEmpty();
        assertThat(verified(claims -> claims)).isEmpty();
        assertThat(issuer.asked()).isZero();
    }

    @Test
    void an_address_is_verified_where_the_token_or_the_operator_says_so() {
        var trusting = SignIn.tokens(List.of(Issuer.of(issuer.name(), "us").trustingAddresses()), clock);
        var silent = signed(claims -> claims.claim("email_verified", null));
        var denying = signed(claims -> claims.claim("email_verified", false));
        var inWords = signed(claims -> claims.claim("email_verified", "true"));

        assertThat(tokens.verify(silent).map(ExternalIdentity::emailVerified)).contains(false);
        assertThat(trusting.verify(silent).map(ExternalIdentity::emailVerified)).contains(true);
        assertThat(trusting.verify(denying).map(ExternalIdentity::emailVerified))
                .contains(false);
        assertThat(tokens.verify(inWords).map(ExternalIdentity::emailVerified)).contains(true);
    }

    @Test
    void an_issuer_is_named_by_an_address_that_nobody_on_the_way_can_change() {
        for (var name : new String[] {"http://issuer.example", "issuer.example", "ftp://issuer.example", ""}) {
            assertThatThrownBy(() -> Issuer.of(name, "us")).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Issuer.of(issuer.name())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Issuer.sharing("short", issuer.name(), "us"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("short");
        assertThat(Issuer.sharing(SECRET, issuer.name(), "us").toString()).doesNotContain(SECRET);
    }

    private Optional<ExternalIdentity> verified(UnaryOperator<JWTClaimsSet.Builder> change) {
        return tokens.verify(signed(change));
    }

    private String signed(UnaryOperator<JWTClaimsSet.Builder> change) {
        return signed(JWSAlgorithm.RS256, rsa, change);
    }

    private String signed(JWSAlgorithm algorithm, JWK key, UnaryOperator<JWTClaimsSet.Builder> change) {
        try {
            var signer = key instanceof ECKey ec256 ? new ECDSASigner(ec256) : new RSASSASigner(key.toRSAKey());
            return signed(new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), signer, change);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String signed(JWSHeader header, JWSSigner signer, UnaryOperator<JWTClaimsSet.Builder> change) {
        try {
            var token = new SignedJWT(header, claims(change));
            token.sign(signer);
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private JWTClaimsSet claims(UnaryOperator<JWTClaimsSet.Builder> change) {
        return change.apply(new JWTClaimsSet.Builder()
                        .issuer(issuer.name())
                        .audience("us")
                        .subject("subject")
                        .issueTime(in(0))
                        .expirationTime(in(3600))
                        .claim("email", "Ada@example.org")
                        .claim("email_verified", true)
                        .claim("name", "Ada Lovelace"))
                .build();
    }

    private Date in(long seconds) {
        Instant time = clock.instant().plusSeconds(seconds);
        return Date.from(time);
    }
}

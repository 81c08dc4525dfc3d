package io.allotment.signin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.allotment.domain.shared.Unavailable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An issuer's public keys, found by OpenID Connect Discovery 1.0 and kept for a quarter of an hour. A token that names a key
 * that is not among them has them read again, at most every half minute, so that nobody has us ask the issuer at will. While the
 * issuer does not answer, the keys that are known go on, and nobody waits but who asks it; without any, nothing can be said.
 */
final class PublicKeys {

    private static final Logger LOG = LoggerFactory.getLogger(PublicKeys.class);

    private static final Duration KEPT = Duration.ofMinutes(15);
    private static final Duration BETWEEN_READS = Duration.ofSeconds(30);
    /** For an answer of the issuer, to its end. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private static final int MAX_BYTES = 1 << 20;
    /** Of those that may have signed a token that does not name one. */
    private static final int MAX_TRIED = 10;

    private final String issuer;
    private final Clock clock;
    private final Duration timeout;
    private final HttpClient http;
    private final ReentrantLock reading = new ReentrantLock();

    private volatile Known known = new Known(new JWKSet(), Instant.MIN);
    /** Guarded by the lock. */
    private Instant triedAt = Instant.MIN;

    private record Known(JWKSet keys, Instant readAt) {

        boolean isEmpty() {
            return readAt.equals(Instant.MIN);
        }
    }

    PublicKeys(String issuer, Clock clock, Duration timeout) {
        this.issuer = issuer;
        this.clock = clock;
        this.timeout = timeout;
        this.http = HttpClient.newBuilder()
                .connectTimeout(timeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** Those that may have signed what has this header. Throws {@link Unavailable} where no keys are to be had. */
    List<Key> of(JWSHeader header) throws JOSEException {
        var present = known;
        if (isOld(present)) {
            present = read(present);
        }
        var found = select(present, header);
        return found.isEmpty() ? select(read(present), header) : found;
    }

    private boolean isOld(Known present) {
        return present.isEmpty() || present.readAt.isBefore(clock.instant().minus(KEPT));
    }

    /** What the header's algorithm can use, of that id where it names one. */
    private static List<Key> select(Known present, JWSHeader header) throws JOSEException {
        var keys = new ArrayList<Key>();
        for (JWK key : new JWKSelector(JWKMatcher.forJWSHeader(header)).select(present.keys)) {
            if (key instanceof AsymmetricJWK asymmetric && keys.size() < MAX_TRIED) {
                keys.add(asymmetric.toPublicKey());
            }
        }
        return keys;
    }

    /** One reads for all. The others go on with what is known, and wait where that is nothing. */
    private Known read(Known before) {
        if (before.isEmpty()) {
            reading.lock();
        } else if (!reading.tryLock()) {
            return known;
        }
        try {
            readAlone(before);
        } finally {
            reading.unlock();
        }
        if (known.isEmpty()) {
            throw new Unavailable(
                    "The issuer " + issuer + " does not tell its keys at the moment.", BETWEEN_READS, null);
        }
        return known;
    }

    private void readAlone(Known before) {
        var now = clock.instant();
        boolean tooSoon = !triedAt.equals(Instant.MIN) && now.isBefore(triedAt.plus(BETWEEN_READS));
        if (known == before && !tooSoon) {
            triedAt = now;
            try {
                known = new Known(discovered(), now);
            } catch (IOException | ParseException | IllegalArgumentException failure) {
                LOG.warn("the keys of the issuer {} cannot be read: {}", issuer, failure.toString());
            }
        }
    }

    private JWKSet discovered() throws IOException, ParseException {
        var base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        var document = JSONObjectUtils.parse(body(base + "/.well-known/openid-configuration"));
        if (!issuer.equals(document.get("issuer"))) {
            throw new IOException("the document found there is of another issuer, " + document.get("issuer"));
        }
        var address = JSONObjectUtils.getString(document, "jwks_uri");
        if (address == null || !SignIn.isAddress(address)) {
            throw new IOException("jwks_uri is no https address: " + address);
        }
        return JWKSet.parse(body(address));
    }

    private String body(String address) throws IOException {
        var request = HttpRequest.newBuilder(URI.create(address))
                .header("Accept", "application/json")
                .build();
        var asked = http.sendAsync(request, head -> new LimitedBody(MAX_BYTES));
        try {
            var response = asked.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            if (response.statusCode() != 200) {
                throw new IOException(address + " answers " + response.statusCode());
            }
            return new String(response.body(), StandardCharsets.UTF_8);
        } catch (ExecutionException failure) {
            throw new IOException(address + " cannot be read: " + failure.getCause(), failure);
        } catch (TimeoutException tooLong) {
            throw new IOException(address + " does not answer to the end within " + timeout, tooLong);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        } finally {
            // Nothing, where it is done.
            asked.cancel(true);
        }
    }
}

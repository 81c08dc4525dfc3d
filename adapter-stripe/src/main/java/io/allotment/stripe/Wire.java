package io.allotment.stripe;

import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.StripeException;
import com.stripe.net.HttpClient;
import com.stripe.net.HttpHeaders;
import com.stripe.net.StripeRequest;
import com.stripe.net.StripeResponse;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Carries stripe-java's requests: bounded in time, in size and in repetitions. The library's own client waits longer, does not repeat where it
 * is asked too often, and keeps a number that tells this machine from others in the home folder.
 */
final class Wire extends HttpClient {

    /** Waits; an interrupted one throws. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    private static final int MAX_BODY_BYTES = 16 << 20;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int CONFLICT = 409;
    private static final int SERVER_ERRORS = 500;
    private static final int MAX_REPEATS = 2;
    /** Asking slower helps: it is worth more patience than an error. */
    private static final int MAX_REPEATS_WHEN_THROTTLED = 4;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(5);
    /** What is sent and no more of what the library would tell. */
    private static final Set<String> HEADERS = Set.of(
            "accept",
            "authorization",
            "content-type",
            "idempotency-key",
            "stripe-version",
            "stripe-account",
            "stripe-context");

    private final java.net.http.HttpClient client;
    private final Duration patience;
    private final Pause pause;

    /**
     * @param connect how long a connection may take
     * @param patience how long an answer may take, with all its bytes
     * @param pause waits between repetitions
     */
    Wire(Duration connect, Duration patience, Pause pause) {
        this.client = java.net.http.HttpClient.newBuilder()
                .connectTimeout(connect)
                .version(java.net.http.HttpClient.Version.HTTP_1_1)
                .followRedirects(java.net.http.HttpClient.Redirect.NEVER)
                .build();
        this.patience = patience;
        this.pause = pause;
    }

    /** Repeated with the same idempotency key: what came through already is not done again. */
    @Override
    public StripeResponse requestWithRetries(StripeRequest request) throws StripeException {
        for (int attempt = 1; ; attempt++) {
            Optional<Duration> wait;
            try {
                var response = request(request);
                wait = repeats(response, attempt) ? pauseAfter(response, attempt, request) : Optional.empty();
                if (wait.isEmpty()) {
                    return response;
                }
            } catch (ApiConnectionException gone) {
                if (attempt > MAX_REPEATS || gone.getCause() instanceof InterruptedException) {
                    throw gone;
                }
                wait = Optional.of(backOff(attempt, request));
            }
            sleep(wait.get());
        }
    }

    private static boolean repeats(StripeResponse response, int attempt) {
        if (response.code() == TOO_MANY_REQUESTS) {
            return attempt <= MAX_REPEATS_WHEN_THROTTLED;
        }
        var advice = response.headers().firstValue("Stripe-Should-Retry");
        boolean may =
                advice.map("true"::equals).orElse(response.code() == CONFLICT || response.code() >= SERVER_ERRORS);
        return may && attempt <= MAX_REPEATS;
    }

    /** Empty where Stripe wants more patience than a caller has. */
    private static Optional<Duration> pauseAfter(StripeResponse response, int attempt, StripeRequest request) {
        var own = backOff(attempt, request);
        var asked = retryAfter(response.headers()).orElse(Duration.ZERO);
        return Optional.of(asked.compareTo(own) > 0 ? asked : own).filter(time -> time.compareTo(MAX_PAUSE) <= 0);
    }

    /** What the answer asks for, where it does so in seconds. */
    static Optional<Duration> retryAfter(HttpHeaders headers) {
        return headers.firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,6}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)));
    }

    /** Doubled each time, and spread by the request itself so that those who failed together do not come back together. */
    private static Duration backOff(int attempt, StripeRequest request) {
        var doubled = FIRST_PAUSE.multipliedBy(1L << (attempt - 1));
        int spread = Math.floorMod(
                request.headers().firstValue("Idempotency-Key").orElse("").hashCode() + attempt * 31, 256);
        var spreadOut = doubled.minusNanos(doubled.toNanos() / 4 * spread / 256);
        return spreadOut.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : spreadOut;
    }

    private void sleep(Duration time) throws ApiConnectionException {
        try {
            pause.of(time);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiConnectionException("interrupted", interrupted);
        }
    }

    @Override
    public StripeResponse request(StripeRequest request) throws StripeException {
        var sent = client.sendAsync(toHttp(request), info -> new LimitedBody(MAX_BODY_BYTES));
        try {
            var answer = sent.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return new StripeResponse(
                    answer.statusCode(),
                    HttpHeaders.of(answer.headers().map()),
                    new String(answer.body(), StandardCharsets.UTF_8));
        } catch (TimeoutException late) {
            throw new ApiConnectionException("no answer within " + patience, late);
        } catch (ExecutionException failed) {
            throw new ApiConnectionException("no answer: " + failed.getCause(), failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ApiConnectionException("interrupted", interrupted);
        } finally {
            sent.cancel(true);
        }
    }

    private HttpRequest toHttp(StripeRequest request) {
        var body = request.content() == null
                ? BodyPublishers.noBody()
                : BodyPublishers.ofByteArray(request.content().byteArrayContent());
        var http = HttpRequest.newBuilder(URI.create(request.url().toString()))
                .timeout(patience)
                .method(request.method().name(), body)
                .header("User-Agent", "Allotment");
        request.headers().map().forEach((name, values) -> {
            if (HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
                http.setHeader(name, String.join(",", values));
            }
        });
        if (request.content() != null) {
            http.setHeader("Content-Type", request.content().contentType());
        }
        return http.build();
    }
}

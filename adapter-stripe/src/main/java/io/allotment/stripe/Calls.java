package io.allotment.stripe;

import com.stripe.StripeClient;
import com.stripe.exception.ApiConnectionException;
import com.stripe.exception.AuthenticationException;
import com.stripe.exception.CardException;
import com.stripe.exception.IdempotencyException;
import com.stripe.exception.InvalidRequestException;
import com.stripe.exception.PermissionException;
import com.stripe.exception.StripeException;
import com.stripe.model.StripeObject;
import com.stripe.net.HttpHeaders;
import com.stripe.net.RequestOptions;
import com.stripe.net.StripeResponse;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.RightMissing;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.NotFound;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls of Stripe, with our keys, and its errors in our words. */
final class Calls {

    /** One call; to be made with these options. */
    interface Call<T> {
        T of(StripeClient client, RequestOptions options) throws StripeException;
    }

    /** What a call is about, for when it is not there. */
    record Subject(String what, String id) {}

    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);

    /** So often something is tried anew whose failure Stripe keeps under its key. */
    private static final int MAX_KEYS = 4;

    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERRORS = 500;
    private static final int MAX_WORDS = 500;
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration WHEN_MENDED = Duration.ofMinutes(1);
    private static final String REPLAYED = "Idempotent-Replayed";
    private static final Pattern SECRETS = Pattern.compile("\\b(sk|rk|pk|whsec)_[A-Za-z0-9_*]+");

    /** What Stripe calls a right of a restricted key, where it says which one is missing. */
    private static final Pattern RIGHT = Pattern.compile("\\brak_[a-z0-9_]+");

    private final StripeClient client;

    Calls(StripeClient client) {
        this.client = client;
    }

    /** Refuses what is not there ({@link NotFound}). */
    <T> T get(Subject subject, Call<T> call) {
        return once(Optional.of(subject), Optional.empty(), call);
    }

    /** What is there in any case, such as a listing. */
    <T> T get(Call<T> call) {
        return once(Optional.empty(), Optional.empty(), call);
    }

    /** Empty where it is not there. */
    <T> Optional<T> find(Call<T> call) {
        try {
            return Optional.of(get(new Subject("object", ""), call));
        } catch (NotFound none) {
            return Optional.empty();
        }
    }

    /** Changes something, once for the key. */
    <T> T post(IdempotencyKey key, Subject subject, Call<T> call) {
        return post(key, Optional.of(subject), Optional::empty, call);
    }

    /** Makes something, once for the key. */
    <T> T post(IdempotencyKey key, Call<T> call) {
        return post(key, Optional.empty(), Optional::empty, call);
    }

    /**
     * Stripe keeps an error of its own under the key as well, and gives it back for a day. Then it is tried again under a key that follows, unless it
     * turns out to have happened all the same.
     *
     * @param happened what the call was to make, where it is there
     */
    <T> T post(IdempotencyKey key, Optional<Subject> subject, Supplier<Optional<T>> happened, Call<T> call) {
        for (int attempt = 1; ; attempt++) {
            var done = happened.get();
            if (done.isPresent()) {
                return done.get();
            }
            try {
                return made(subject, Optional.of(key), attempt, call);
            } catch (KeptFailure kept) {
                if (attempt == MAX_KEYS) {
                    throw kept.refusal;
                }
                LOG.info("Stripe keeps an error under the key {}; it is tried again under the next", key);
            }
        }
    }

    private <T> T once(Optional<Subject> subject, Optional<IdempotencyKey> key, Call<T> call) {
        return made(subject, key, 1, call);
    }

    private <T> T made(Optional<Subject> subject, Optional<IdempotencyKey> key, int attempt, Call<T> call) {
        var options = RequestOptions.builder();
        key.ifPresent(ours -> options.setIdempotencyKey(attempt == 1 ? ours.value() : ours + "." + attempt));
        try {
            return call.of(client, options.build());
        } catch (StripeException failed) {
            var refusal = refusal(failed, subject, key);
            if (key.isPresent() && failed.getStatusCode() != null && isKept(failed)) {
                throw new KeptFailure(refusal);
            }
            throw refusal;
        } catch (NullPointerException | IllegalStateException | ClassCastException unreadable) {
            // What answers is not Stripe, such as a proxy with a page of its own: the library is not made for that.
            LOG.warn("Stripe's answer cannot be read: {}", unreadable.toString());
            throw new GatewayAway("The payment service's answer cannot be read.", SOON, unreadable);
        }
    }

    private static boolean isKept(StripeException failed) {
        return failed.getStatusCode() >= SERVER_ERRORS && isReplayed(headers(failed));
    }

    private static RuntimeException refusal(
            StripeException failed, Optional<Subject> subject, Optional<IdempotencyKey> key) {
        if (failed instanceof ApiConnectionException) {
            LOG.warn("Stripe cannot be reached: {}", failed.getMessage());
            return new GatewayAway("The payment service cannot be reached at the moment.", SOON, failed);
        }
        LOG.warn(
                "Stripe refuses: status {}, code {}, request {}: {}",
                failed.getStatusCode(),
                failed.getCode(),
                failed.getRequestId(),
                words(failed));
        // Its words repeat the key, and whoever asked can do nothing about it.
        if (failed instanceof PermissionException) {
            return new RightMissing(
                    "A right is missing to this server's key at the payment service: its operator finds more in the log.",
                    WHEN_MENDED,
                    RIGHT.matcher(words(failed))
                            .results()
                            .map(MatchResult::group)
                            .findFirst());
        }
        // Of which a missing right is one, too.
        if (failed instanceof AuthenticationException) {
            return new GatewayAway(
                    "The payment service refuses this server's key: its operator finds more in the log.",
                    WHEN_MENDED,
                    null);
        }
        if (failed instanceof IdempotencyException && key.isPresent()) {
            return new IdempotencyKeyReused(key.get());
        }
        if (failed.getStatusCode() == NOT_FOUND && subject.isPresent()) {
            return new NotFound(subject.get().what(), subject.get().id());
        }
        if (failed instanceof InvalidRequestException || failed instanceof CardException) {
            return new GatewayRefused("The payment service refuses this: " + words(failed));
        }
        return new GatewayAway(
                "The payment service cannot answer at the moment.",
                Wire.retryAfter(headers(failed)).orElse(SOON),
                failed);
    }

    private static String words(StripeException failed) {
        var error = failed.getStripeError();
        var told = error == null || error.getMessage() == null ? "it does not say why" : error.getMessage();
        var safe = SECRETS.matcher(told).replaceAll("$1_…");
        return safe.length() > MAX_WORDS ? safe.substring(0, MAX_WORDS) : safe;
    }

    private static HttpHeaders headers(StripeException failed) {
        var error = failed.getStripeError();
        return error == null || error.getLastResponse() == null
                ? HttpHeaders.of(java.util.Map.of())
                : error.getLastResponse().headers();
    }

    /** Whether an answer is one of before: what it shows may have changed since. */
    static boolean isReplayed(StripeObject answer) {
        return response(answer).map(response -> isReplayed(response.headers())).orElse(false);
    }

    private static boolean isReplayed(HttpHeaders headers) {
        return headers.firstValue(REPLAYED).filter("true"::equals).isPresent();
    }

    /** When Stripe answered, by its own clock, by which it dates events as well. */
    static Optional<Instant> date(StripeObject answer) {
        return response(answer).map(StripeResponse::date).map(date -> date.truncatedTo(ChronoUnit.SECONDS));
    }

    private static Optional<StripeResponse> response(StripeObject answer) {
        return Optional.ofNullable(answer.getLastResponse());
    }

    /** An error of Stripe's own that stays with its key. */
    private static final class KeptFailure extends RuntimeException {

        private final RuntimeException refusal;

        KeptFailure(RuntimeException refusal) {
            super(refusal);
            this.refusal = refusal;
        }
    }
}

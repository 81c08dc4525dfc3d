package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Text;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * An order of ours: a gateway is to know no more who its customer is. It is written with what was erased here, and stands until the gateway
 * has done it, however long that is away.
 *
 * @param customerId what the gateway calls the customer
 * @param attempts how often it could not be done
 * @param problem why not, the last time
 */
public record CustomerErasure(
        String gateway, String customerId, Instant orderedAt, int attempts, Instant nextAt, Optional<String> problem) {

    /** One that is not done by then waits for somebody to look, such as one at a gateway that is not asked any more. */
    public static final Duration TOO_LONG = Duration.ofDays(1);

    private static final Duration FIRST_WAIT = Duration.ofMinutes(1);

    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private static final int MAX_PROBLEM = 2_000;

    public CustomerErasure {
        gateway = Text.key("gateway", gateway);
        customerId = Text.name("customerId", customerId, 255);
        requireNonNull(orderedAt, "orderedAt");
        if (attempts < 0) {
            throw new IllegalArgumentException("attempts are counted from 0");
        }
        requireNonNull(nextAt, "nextAt");
        problem = problem.map(text -> text.length() > MAX_PROBLEM ? text.substring(0, MAX_PROBLEM) : text);
    }

    public static CustomerErasure ordered(String gateway, String customerId, Instant now) {
        return new CustomerErasure(gateway, customerId, now, 0, now, Optional.empty());
    }

    /** Ordered once more: due at once, with what is known of why it was not done. */
    public CustomerErasure again(Instant now) {
        return new CustomerErasure(gateway, customerId, now, attempts, now, problem);
    }

    /** It could not be done: again after a while, which grows with the time that has gone, up to an hour. */
    public CustomerErasure failed(String why, Instant now) {
        var waited = Duration.between(orderedAt, now);
        var wait = waited.compareTo(FIRST_WAIT) < 0 ? FIRST_WAIT : waited;
        var pause = wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
        return new CustomerErasure(gateway, customerId, orderedAt, attempts + 1, now.plus(pause), Optional.of(why));
    }
}

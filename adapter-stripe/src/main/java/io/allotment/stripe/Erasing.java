package io.allotment.stripe;

import com.stripe.model.Customer;
import com.stripe.model.Subscription;
import com.stripe.model.checkout.Session;
import com.stripe.param.CustomerUpdateParams;
import com.stripe.param.SubscriptionListParams;
import com.stripe.param.checkout.SessionExpireParams;
import com.stripe.param.checkout.SessionListParams;
import com.stripe.param.common.EmptyParam;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.NotFound;
import java.util.Set;

/**
 * Who a customer of Stripe's is. To delete one cancels what is subscribed to at once, so that is done where nothing is billed; it takes what they paid by with it. What
 * was billed keeps what stood on it: Stripe erases that by a redaction, which the account's owner asks for on Stripe's pages.
 */
final class Erasing {

    private static final Set<String> OVER = Set.of("canceled", "incomplete_expired");
    private static final String OPEN = "open";
    private static final long MAX_PAGE = 100;

    private final Calls calls;

    Erasing(Calls calls) {
        this.calls = calls;
    }

    void erase(String customerId) {
        try {
            expireCheckouts(customerId);
            var present =
                    calls.find((client, options) -> client.v1().customers().retrieve(customerId, null, options));
            if (present.filter(customer -> !Boolean.TRUE.equals(customer.getDeleted()))
                    .isEmpty()) {
                return;
            }
            if (isBilled(customerId)) {
                redact(customerId);
            } else {
                delete(customerId);
            }
        } catch (NotFound gone) {
            // It was never there, or somebody deleted it in this moment.
        }
    }

    /** Those that have expired are listed no more. */
    private void expireCheckouts(String customerId) {
        var open = SessionListParams.builder()
                .setCustomer(customerId)
                .setStatus(SessionListParams.Status.OPEN)
                .setLimit(MAX_PAGE)
                .build();
        boolean more = true;
        while (more) {
            var page = calls.get(
                    subject(customerId),
                    (client, options) -> client.v1().checkout().sessions().list(open, options));
            long expired = page.getData().stream().filter(this::expire).count();
            more = expired > 0 && Boolean.TRUE.equals(page.getHasMore());
        }
    }

    /** Not where it is paid in this moment, or has expired; any other refusal is one. */
    private boolean expire(Session session) {
        try {
            calls.post(
                    new IdempotencyKey("expire-" + session.getId()),
                    new Calls.Subject("checkout", session.getId()),
                    (client, options) -> client.v1()
                            .checkout()
                            .sessions()
                            .expire(
                                    session.getId(),
                                    SessionExpireParams.builder().build(),
                                    options));
            return true;
        } catch (NotFound gone) {
            return false;
        } catch (GatewayRefused refused) {
            if (isOpen(session.getId())) {
                throw refused;
            }
            return false;
        }
    }

    private boolean isOpen(String sessionId) {
        return calls.find((client, options) -> client.v1().checkout().sessions().retrieve(sessionId, null, options))
                .filter(session -> OPEN.equals(session.getStatus()))
                .isPresent();
    }

    /** Those that were canceled are not listed where nothing is said. */
    private boolean isBilled(String customerId) {
        var params = SubscriptionListParams.builder()
                .setCustomer(customerId)
                .setLimit(MAX_PAGE)
                .build();
        return calls
                .get(
                        subject(customerId),
                        (client, options) -> client.v1().subscriptions().list(params, options))
                .getData()
                .stream()
                .map(Subscription::getStatus)
                .anyMatch(status -> !OVER.contains(status));
    }

    private Customer redact(String customerId) {
        var params = CustomerUpdateParams.builder()
                .setName(EmptyParam.EMPTY)
                .setBusinessName(EmptyParam.EMPTY)
                .setIndividualName(EmptyParam.EMPTY)
                .setEmail(EmptyParam.EMPTY)
                .setPhone(EmptyParam.EMPTY)
                .setDescription(EmptyParam.EMPTY)
                .setAddress(EmptyParam.EMPTY)
                .setShipping(EmptyParam.EMPTY)
                .build();
        return calls.post(
                new IdempotencyKey("redact-customer-" + customerId),
                subject(customerId),
                (client, options) -> client.v1().customers().update(customerId, params, options));
    }

    private Customer delete(String customerId) {
        return calls.post(
                new IdempotencyKey("delete-customer-" + customerId),
                subject(customerId),
                (client, options) -> client.v1().customers().delete(customerId, options));
    }

    private static Calls.Subject subject(String customerId) {
        return new Calls.Subject("customer", customerId);
    }
}

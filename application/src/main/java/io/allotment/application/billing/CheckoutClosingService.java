package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.job.Portion;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.billing.AlreadyPaid;
import io.allotment.domain.billing.BillingGateway;
import io.allotment.domain.billing.CreditPurchase;
import io.allotment.domain.billing.GatewayAway;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayRefused;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.billing.SubscriptionCheckout;
import io.allotment.domain.job.JobName;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes at the gateway what nobody is to pay any more, and could not be closed when that was said: the gateway was away, or opened it later. What that is, is read from
 * how purchases and checkouts stand. Thread-safe.
 */
public final class CheckoutClosingService {

    public static final JobName JOB = new JobName("close-checkouts");

    private static final Logger LOG = LoggerFactory.getLogger(CheckoutClosingService.class);

    private static final int BATCH = 100;

    /** So long it takes several runs. */
    private static final Duration TOO_LONG = Duration.ofMinutes(5);

    private final Persistence persistence;
    private final Customers customers;
    private final PaymentEventService events;
    private final Moments moments;
    private final Acting acting;

    public CheckoutClosingService(
            Persistence persistence,
            PaymentGateway gateway,
            PaymentEventService events,
            Moments moments,
            Acting acting) {
        this.persistence = persistence;
        this.customers = new Customers(persistence, gateway, moments);
        this.events = events;
        this.moments = moments;
        this.acting = acting;
    }

    /**
     * Somebody's page at the gateway.
     *
     * @param since when nobody was to pay any more
     */
    private record Open(TenantId tenant, AccountId account, String checkoutId, Instant since) {

        static Open of(CreditPurchase purchase) {
            return new Open(
                    purchase.tenantId(),
                    purchase.accountId(),
                    purchase.checkout().orElseThrow().id(),
                    purchase.payment()
                            .map(CreditPurchase.Payment::at)
                            .or(purchase::canceledAt)
                            .orElseThrow());
        }

        static Open of(SubscriptionCheckout checkout) {
            return new Open(
                    checkout.tenantId(),
                    checkout.accountId(),
                    checkout.gatewayId().orElseThrow(),
                    checkout.canceledAt().orElseThrow());
        }
    }

    /**
     * Closes what is open and not to be paid; what somebody has paid there all the same counts. What the gateway does not close is tried again until it has expired; where
     * the gateway is away nothing more is asked of it for now. For operators. Does nothing where no gateway bills.
     */
    public Portion closeDue() {
        acting.requireOperator();
        var bills = customers.billing();
        if (bills.isEmpty()) {
            return Portion.all(0);
        }
        var gateway = bills.get();
        int done = 0;
        int failed = 0;
        var due = due(gateway);
        for (var open : due) {
            try {
                close(gateway, open);
                done++;
            } catch (GatewayAway away) {
                LOG.info("The checkout {} of {} stays open: {}", open.checkoutId(), gateway.name(), away.toString());
                return new Portion(done, failed + 1, false);
            } catch (RuntimeException failure) {
                // Each minute for as long as the page lives: the trace is for who looks for it.
                LOG.warn(
                        "The checkout {} of {} could not be closed: {}",
                        open.checkoutId(),
                        gateway.name(),
                        failure.toString());
                LOG.debug("Why the checkout {} could not be closed", open.checkoutId(), failure);
                failed++;
            }
        }
        return new Portion(done, failed, due.size() >= BATCH && done > 0);
    }

    /** How many should be closed for minutes, of the hundred of each kind that expire first. For operators and support. */
    public long countFailing() {
        acting.requireReadsAll();
        var before = moments.now().minus(TOO_LONG);
        return customers
                .billing()
                .map(gateway -> due(gateway).stream()
                        .filter(open -> open.since().isBefore(before))
                        .count())
                .orElse(0L);
    }

    private List<Open> due(BillingGateway gateway) {
        var now = moments.now();
        return persistence
                .unitOfWork()
                .forPlatform(() -> Stream.concat(
                                persistence.creditPurchases().listToClose(gateway.name(), now, BATCH).stream()
                                        .map(Open::of),
                                persistence.subscriptionCheckouts().listToClose(gateway.name(), now, BATCH).stream()
                                        .map(Open::of))
                        .toList());
    }

    private void close(BillingGateway gateway, Open open) {
        var told = Following.closed(gateway, open.checkoutId(), moments.now());
        if (told.status() == GatewayCheckout.Status.OPEN) {
            throw new GatewayRefused("The gateway leaves it open.");
        }
        try {
            events.follow(gateway, open.tenant(), open.account(), told);
        } catch (AlreadyPaid twice) {
            LOG.warn("The checkout {} of {} was paid, too: {}", open.checkoutId(), gateway.name(), twice.getMessage());
            persistence
                    .unitOfWork()
                    .forTenant(open.tenant(), () -> events.following().close(open.tenant(), open.account(), told));
        }
    }
}

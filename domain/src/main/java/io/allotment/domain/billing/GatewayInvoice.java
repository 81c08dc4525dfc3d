package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Period;
import io.allotment.domain.shared.Text;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An invoice at a gateway. Amounts are in minor units of its currency.
 *
 * @param subscriptionId what it is for, where it is a subscription
 * @param number what the payer reads; a draft has none
 * @param period what of the subscription it pays for: not when it was made
 * @param totalMinor with taxes and discounts; negative where something goes back
 * @param paymentId the payment that refunds name; empty before it was paid, and where nothing was due
 * @param attempts how often its payment was tried
 * @param receiptUrl where the receipt is, once it was paid
 */
public record GatewayInvoice(
        String id,
        Optional<String> customerId,
        Optional<String> subscriptionId,
        Optional<String> number,
        Status status,
        Reason reason,
        Optional<Period> period,
        String currency,
        long totalMinor,
        long paidMinor,
        long taxMinor,
        Optional<String> paymentId,
        int attempts,
        Optional<String> hostedUrl,
        Optional<String> receiptUrl,
        List<Line> lines,
        Instant createdAt,
        Optional<Instant> paidAt,
        Instant asOf)
        implements GatewayObject {

    /** So many lines are kept of one invoice. */
    public static final int MAX_LINES = 250;

    private static final Pattern ISO = Pattern.compile("[A-Z]{3}");

    /** How it stands. */
    public enum Status {
        DRAFT,
        OPEN,
        PAID,
        VOID,
        /** Nobody expects to be paid any more; who pays all the same has paid. */
        UNCOLLECTIBLE
    }

    /** Why it was made. */
    public enum Reason {
        /** A subscription begins. */
        SUBSCRIPTION_START,
        /** Another period of it. */
        SUBSCRIPTION_CYCLE,
        /** It changed within a period. */
        SUBSCRIPTION_CHANGE,
        /** Something was bought once. */
        PURCHASE,
        /** By hand, or nobody knows. */
        MANUAL
    }

    /**
     * One line.
     *
     * @param amountMinor negative for what goes back
     * @param priceId the price, where it has one: our own name where it bears that ({@link PlanPriceId}), else the gateway's
     */
    public record Line(
            String description, long quantity, long amountMinor, Optional<Period> period, Optional<String> priceId) {
        public Line {
            requireNonNull(priceId, "line.priceId");
            description = Text.prose("line.description", description, 2_000);
            requireNonNull(period, "line.period");
        }
    }

    public GatewayInvoice {
        id = Text.name("invoiceId", id, 255);
        customerId = customerId.map(name -> Text.name("customerId", name, 255));
        subscriptionId = subscriptionId.map(name -> Text.name("subscriptionId", name, 255));
        number = number.map(text -> Text.name("number", text, 255));
        requireNonNull(status, "status");
        requireNonNull(reason, "reason");
        requireNonNull(period, "period");
        Text.matching("currency", currency, ISO, 3, "must be three capital letters such as USD");
        paymentId = paymentId.map(name -> Text.name("paymentId", name, 255));
        hostedUrl = hostedUrl.map(url -> Text.name("hostedUrl", url, 2_000));
        receiptUrl = receiptUrl.map(url -> Text.name("receiptUrl", url, 2_000));
        lines = List.copyOf(lines);
        if (lines.size() > MAX_LINES) {
            throw new InvalidValue("lines", "are more than " + MAX_LINES);
        }
        requireNonNull(createdAt, "createdAt");
        requireNonNull(paidAt, "paidAt");
        requireNonNull(asOf, "asOf");
    }

    /** With what another state of it says, and this one does not: gateways tell more of an invoice at one time than at another. */
    public GatewayInvoice completedBy(GatewayInvoice other) {
        return new GatewayInvoice(
                id,
                customerId.or(other::customerId),
                subscriptionId.or(other::subscriptionId),
                number.or(other::number),
                status,
                reason,
                period.or(other::period),
                currency,
                totalMinor,
                paidMinor,
                taxMinor,
                paymentId.or(other::paymentId),
                attempts,
                hostedUrl.or(other::hostedUrl),
                receiptUrl.or(other::receiptUrl),
                lines,
                createdAt,
                paidAt.or(other::paidAt),
                asOf);
    }

    /** The same as of another time. */
    public GatewayInvoice asOf(Instant time) {
        return changed(subscriptionId, period, status, paidMinor, paymentId, paidAt, time);
    }

    /** For a period of a subscription. */
    GatewayInvoice forPeriod(String subscription, Period paidFor) {
        return changed(Optional.of(subscription), Optional.of(paidFor), status, paidMinor, paymentId, paidAt, asOf);
    }

    /** All of it is paid. */
    GatewayInvoice paid(String payment, Instant at, Instant now) {
        return changed(subscriptionId, period, Status.PAID, totalMinor, Optional.of(payment), Optional.of(at), now);
    }

    /** Without the gateway's pages, which name who paid. */
    GatewayInvoice withoutPages() {
        return new GatewayInvoice(
                id,
                customerId,
                subscriptionId,
                number,
                status,
                reason,
                period,
                currency,
                totalMinor,
                paidMinor,
                taxMinor,
                paymentId,
                attempts,
                Optional.empty(),
                Optional.empty(),
                lines,
                createdAt,
                paidAt,
                asOf);
    }

    /** Nobody is to pay it. */
    GatewayInvoice voided(Instant now) {
        return changed(subscriptionId, period, Status.VOID, paidMinor, paymentId, paidAt, now);
    }

    private GatewayInvoice changed(
            Optional<String> subscription,
            Optional<Period> paidFor,
            Status standing,
            long paid,
            Optional<String> payment,
            Optional<Instant> at,
            Instant time) {
        return new GatewayInvoice(
                id,
                customerId,
                subscription,
                number,
                standing,
                reason,
                paidFor,
                currency,
                totalMinor,
                paid,
                taxMinor,
                payment,
                attempts,
                hostedUrl,
                receiptUrl,
                lines,
                createdAt,
                at,
                time);
    }

    @Override
    public Kind kind() {
        return Kind.INVOICE;
    }

    /** One that is uncollectible can still be paid. */
    @Override
    public boolean isFinal() {
        return status == Status.PAID || status == Status.VOID;
    }
}

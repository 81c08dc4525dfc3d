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
        var next = new Draft(this);
        next.customerId = customerId.or(other::customerId);
        next.subscriptionId = subscriptionId.or(other::subscriptionId);
        next.number = number.or(other::number);
        next.period = period.or(other::period);
        next.paymentId = paymentId.or(other::paymentId);
        next.hostedUrl = hostedUrl.or(other::hostedUrl);
        next.receiptUrl = receiptUrl.or(other::receiptUrl);
        next.paidAt = paidAt.or(other::paidAt);
        return next.asOf(asOf);
    }

    /** The same as of another time. */
    public GatewayInvoice asOf(Instant time) {
        return new Draft(this).asOf(time);
    }

    /** With other lines, which come to that total. */
    public GatewayInvoice with(List<Line> others, long sumMinor) {
        var next = new Draft(this);
        next.lines = others;
        next.totalMinor = sumMinor;
        return next.asOf(asOf);
    }

    /** Its payment was tried once more, and it stands so now. */
    public GatewayInvoice tried(Status standing, Instant now) {
        var next = new Draft(this);
        next.status = standing;
        next.attempts = attempts + 1;
        return next.asOf(now);
    }

    /**
     * All of it is paid.
     *
     * @param payment empty where nothing was due
     */
    public GatewayInvoice paid(Optional<String> payment, Optional<String> receipt, Instant at, Instant now) {
        var next = new Draft(this);
        next.status = Status.PAID;
        next.paidMinor = totalMinor;
        next.paymentId = payment;
        next.receiptUrl = receipt;
        next.paidAt = Optional.of(at);
        return next.asOf(now);
    }

    /** For a period of a subscription. */
    GatewayInvoice forPeriod(String subscription, Period paidFor) {
        var next = new Draft(this);
        next.subscriptionId = Optional.of(subscription);
        next.period = Optional.of(paidFor);
        return next.asOf(asOf);
    }

    /** Without the gateway's pages, which name who paid. */
    GatewayInvoice withoutPages() {
        var next = new Draft(this);
        next.hostedUrl = Optional.empty();
        next.receiptUrl = Optional.empty();
        return next.asOf(asOf);
    }

    /** Nobody is to pay it. */
    GatewayInvoice voided(Instant now) {
        var next = new Draft(this);
        next.status = Status.VOID;
        return next.asOf(now);
    }

    /** A copy on its way to what follows: a record of so many parts is not written out for each change. */
    private static final class Draft {

        private final GatewayInvoice before;
        private Optional<String> customerId;
        private Optional<String> subscriptionId;
        private Optional<String> number;
        private Status status;
        private Optional<Period> period;
        private long totalMinor;
        private long paidMinor;
        private Optional<String> paymentId;
        private int attempts;
        private Optional<String> hostedUrl;
        private Optional<String> receiptUrl;
        private List<Line> lines;
        private Optional<Instant> paidAt;

        Draft(GatewayInvoice before) {
            this.before = before;
            this.customerId = before.customerId;
            this.subscriptionId = before.subscriptionId;
            this.number = before.number;
            this.status = before.status;
            this.period = before.period;
            this.totalMinor = before.totalMinor;
            this.paidMinor = before.paidMinor;
            this.paymentId = before.paymentId;
            this.attempts = before.attempts;
            this.hostedUrl = before.hostedUrl;
            this.receiptUrl = before.receiptUrl;
            this.lines = before.lines;
            this.paidAt = before.paidAt;
        }

        GatewayInvoice asOf(Instant time) {
            return new GatewayInvoice(
                    before.id,
                    customerId,
                    subscriptionId,
                    number,
                    status,
                    before.reason,
                    period,
                    before.currency,
                    totalMinor,
                    paidMinor,
                    before.taxMinor,
                    paymentId,
                    attempts,
                    hostedUrl,
                    receiptUrl,
                    lines,
                    before.createdAt,
                    paidAt,
                    time);
        }
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

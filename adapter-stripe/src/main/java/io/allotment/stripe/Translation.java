package io.allotment.stripe;

import com.stripe.model.Dispute;
import com.stripe.model.Invoice;
import com.stripe.model.InvoiceLineItem;
import com.stripe.model.InvoicePayment;
import com.stripe.model.Refund;
import com.stripe.model.Subscription;
import com.stripe.model.SubscriptionItem;
import com.stripe.model.checkout.Session;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.Period;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stripe's objects in our words. A word of Stripe's that is not known, because it is newer than this, becomes what does the least harm: it is
 * stated beside each table.
 */
final class Translation {

    /** Where a purchase of ours stands on what Stripe makes of it. */
    static final String PURCHASE = "allotment_purchase";

    private static final Logger LOG = LoggerFactory.getLogger(Translation.class);

    private static final Map<String, GatewaySubscription.Status> SUBSCRIPTIONS = Map.of(
            "incomplete", GatewaySubscription.Status.INCOMPLETE,
            "incomplete_expired", GatewaySubscription.Status.EXPIRED,
            "trialing", GatewaySubscription.Status.TRIALING,
            "active", GatewaySubscription.Status.ACTIVE,
            "past_due", GatewaySubscription.Status.PAST_DUE,
            "unpaid", GatewaySubscription.Status.UNPAID,
            "paused", GatewaySubscription.Status.PAUSED,
            "canceled", GatewaySubscription.Status.CANCELED);

    private static final Map<String, GatewayInvoice.Status> INVOICES = Map.of(
            "draft", GatewayInvoice.Status.DRAFT,
            "open", GatewayInvoice.Status.OPEN,
            "paid", GatewayInvoice.Status.PAID,
            "void", GatewayInvoice.Status.VOID,
            "uncollectible", GatewayInvoice.Status.UNCOLLECTIBLE);

    private static final Map<String, GatewayInvoice.Reason> REASONS = Map.of(
            "subscription_create", GatewayInvoice.Reason.SUBSCRIPTION_START,
            "subscription_cycle", GatewayInvoice.Reason.SUBSCRIPTION_CYCLE,
            "subscription_update", GatewayInvoice.Reason.SUBSCRIPTION_CHANGE,
            "subscription_threshold", GatewayInvoice.Reason.SUBSCRIPTION_CHANGE,
            "subscription", GatewayInvoice.Reason.SUBSCRIPTION_CHANGE);

    private static final Map<String, GatewayRefund.Status> REFUNDS = Map.of(
            "pending", GatewayRefund.Status.PENDING,
            "requires_action", GatewayRefund.Status.PENDING,
            "succeeded", GatewayRefund.Status.SUCCEEDED,
            "failed", GatewayRefund.Status.FAILED,
            "canceled", GatewayRefund.Status.CANCELED);

    /** An inquiry that was closed, and a dispute that was prevented, took no money: nothing is to be taken back for them. */
    private static final Map<String, GatewayDispute.Status> DISPUTES = Map.of(
            "warning_needs_response", GatewayDispute.Status.INQUIRY,
            "warning_under_review", GatewayDispute.Status.INQUIRY,
            "warning_closed", GatewayDispute.Status.WON,
            "prevented", GatewayDispute.Status.WON,
            "needs_response", GatewayDispute.Status.OPEN,
            "under_review", GatewayDispute.Status.OPEN,
            "won", GatewayDispute.Status.WON,
            "lost", GatewayDispute.Status.LOST);

    private Translation() {}

    /**
     * By its base item, the first that is not metered: its price, its quantity and its period, since Stripe keeps a period for each item. An
     * unknown status is taken for {@code PAST_DUE}: its holder spends on for the days of grace, and no longer.
     */
    static GatewaySubscription subscription(Subscription from, Prices prices, Instant asOf) {
        var item = baseItem(from)
                .orElseThrow(() -> new InvalidValue("items", "of the subscription " + from.getId() + " are none"));
        // Its invoices will name them all.
        items(from).stream()
                .map(SubscriptionItem::getPrice)
                .filter(Objects::nonNull)
                .forEach(prices::name);
        var pause = from.getPauseCollection();
        var status = known(SUBSCRIPTIONS, from.getStatus(), GatewaySubscription.Status.PAST_DUE);
        if (pause != null && "void".equals(pause.getBehavior()) && status == GatewaySubscription.Status.ACTIVE) {
            // Its invoices are void: nothing is paid, nothing is given. Otherwise collecting alone has paused.
            status = GatewaySubscription.Status.PAUSED;
        }
        return new GatewaySubscription(
                from.getId(),
                Optional.ofNullable(from.getCustomer()),
                status,
                prices.name(item.getPrice()),
                item.getQuantity() == null ? 1 : Math.toIntExact(item.getQuantity()),
                Period.between(time(item.getCurrentPeriodStart()), time(item.getCurrentPeriodEnd())),
                period(from.getTrialStart(), from.getTrialEnd()),
                endsWithPeriod(from, item),
                optional(from.getCanceledAt()),
                optional(from.getEndedAt()),
                status == GatewaySubscription.Status.PAUSED && pause != null
                        ? optional(pause.getResumesAt())
                        : Optional.empty(),
                asOf);
    }

    /** Told by a mark, or by a date that is the period's end. */
    private static boolean endsWithPeriod(Subscription from, SubscriptionItem item) {
        return Boolean.TRUE.equals(from.getCancelAtPeriodEnd())
                || from.getCancelAt() != null && from.getCancelAt() <= item.getCurrentPeriodEnd();
    }

    static Optional<SubscriptionItem> baseItem(Subscription from) {
        var items = items(from);
        return items.stream()
                .filter(item -> !isMetered(item))
                .findFirst()
                .or(() -> items.stream().findFirst());
    }

    private static List<SubscriptionItem> items(Subscription from) {
        return from.getItems() == null || from.getItems().getData() == null
                ? List.of()
                : from.getItems().getData();
    }

    private static boolean isMetered(SubscriptionItem item) {
        var recurring = item.getPrice() == null ? null : item.getPrice().getRecurring();
        return recurring != null && "metered".equals(recurring.getUsageType());
    }

    /**
     * Whether all is in it that its translation needs: where Stripe tells by itself it leaves out payments, lines after the tenth, and what
     * prices bear.
     */
    static boolean isWhole(Invoice from, Prices prices) {
        boolean lines = from.getLines() == null
                || !Boolean.TRUE.equals(from.getLines().getHasMore())
                        && lines(from).stream()
                                .flatMap(line -> priceOf(line).stream())
                                .allMatch(price -> prices.known(price).isPresent());
        boolean paid = orZero(from.getAmountPaid()) > 0;
        return lines && (!paid || from.getPayments() != null);
    }

    /**
     * An unknown status is taken for {@code OPEN}: it is not paid.
     *
     * @param lines all of them, where the invoice itself has no more than the first ones
     * @param receiptUrl of its payment, where it was looked up
     */
    static GatewayInvoice invoice(
            Invoice from, List<InvoiceLineItem> lines, Prices prices, Optional<String> receiptUrl, Instant asOf) {
        var status = from.getStatus() == null
                ? GatewayInvoice.Status.DRAFT
                : known(INVOICES, from.getStatus(), GatewayInvoice.Status.OPEN);
        var transitions = from.getStatusTransitions();
        return new GatewayInvoice(
                from.getId(),
                Optional.ofNullable(from.getCustomer()),
                subscriptionOf(from),
                Optional.ofNullable(from.getNumber()),
                status,
                reason(from),
                servicePeriod(lines),
                currency(from.getCurrency()),
                orZero(from.getTotal()),
                orZero(from.getAmountPaid()),
                from.getTotalTaxes() == null
                        ? 0
                        : from.getTotalTaxes().stream()
                                .mapToLong(tax -> orZero(tax.getAmount()))
                                .sum(),
                paymentOf(from),
                Math.toIntExact(orZero(from.getAttemptCount())),
                Optional.ofNullable(from.getHostedInvoiceUrl()),
                receiptUrl,
                lines.stream()
                        .limit(GatewayInvoice.MAX_LINES)
                        .map(line -> line(line, prices))
                        .toList(),
                time(from.getCreated()),
                transitions == null ? Optional.empty() : optional(transitions.getPaidAt()),
                asOf);
    }

    static List<InvoiceLineItem> lines(Invoice from) {
        return from.getLines() == null || from.getLines().getData() == null
                ? List.of()
                : from.getLines().getData();
    }

    private static Optional<String> subscriptionOf(Invoice from) {
        return Optional.ofNullable(from.getParent())
                .map(Invoice.Parent::getSubscriptionDetails)
                .map(Invoice.Parent.SubscriptionDetails::getSubscription);
    }

    private static GatewayInvoice.Reason reason(Invoice from) {
        var known = REASONS.get(from.getBillingReason() == null ? "" : from.getBillingReason());
        if (known != null) {
            return known;
        }
        return from.getMetadata() != null && from.getMetadata().containsKey(PURCHASE)
                ? GatewayInvoice.Reason.PURCHASE
                : GatewayInvoice.Reason.MANUAL;
    }

    /**
     * What is paid in advance: of the subscription's lines the last period. What is metered was used in the period before, and what was
     * changed within one stands beside the whole of it.
     */
    private static Optional<Period> servicePeriod(List<InvoiceLineItem> lines) {
        var periods = lines.stream().filter(Translation::isOfSubscription).toList();
        return Stream.of(periods.stream().filter(line -> !isProration(line)).toList(), periods)
                .flatMap(candidates -> candidates.stream()
                        .map(Translation::periodOf)
                        .flatMap(Optional::stream)
                        .max(Comparator.comparing(period -> period.end().orElseThrow()))
                        .stream())
                .findFirst();
    }

    private static boolean isOfSubscription(InvoiceLineItem line) {
        return line.getParent() != null && line.getParent().getSubscriptionItemDetails() != null;
    }

    private static boolean isProration(InvoiceLineItem line) {
        return Boolean.TRUE.equals(line.getParent().getSubscriptionItemDetails().getProration());
    }

    private static Optional<Period> periodOf(InvoiceLineItem line) {
        return line.getPeriod() == null
                ? Optional.empty()
                : period(line.getPeriod().getStart(), line.getPeriod().getEnd());
    }

    private static Optional<String> priceOf(InvoiceLineItem line) {
        return Optional.ofNullable(line.getPricing())
                .map(InvoiceLineItem.Pricing::getPriceDetails)
                .map(InvoiceLineItem.Pricing.PriceDetails::getPrice);
    }

    private static GatewayInvoice.Line line(InvoiceLineItem from, Prices prices) {
        return new GatewayInvoice.Line(
                from.getDescription() == null ? "" : from.getDescription(),
                from.getQuantity() == null ? 1 : from.getQuantity(),
                orZero(from.getAmount()),
                periodOf(from),
                priceOf(from).map(prices::name));
    }

    /** Of the payments that went through, the one Stripe takes for the invoice's own. */
    static Optional<String> paymentOf(Invoice from) {
        if (from.getPayments() == null || from.getPayments().getData() == null) {
            return Optional.empty();
        }
        return paymentOf(from.getPayments().getData());
    }

    static Optional<String> paymentOf(List<InvoicePayment> payments) {
        return payments.stream()
                .filter(payment -> "paid".equals(payment.getStatus()) && payment.getPayment() != null)
                .sorted(Comparator.comparing(payment -> !Boolean.TRUE.equals(payment.getIsDefault())))
                .map(payment -> first(
                        payment.getPayment().getPaymentIntent(),
                        payment.getPayment().getCharge()))
                .filter(Objects::nonNull)
                .findFirst();
    }

    /** Whether it names the invoice that it promises: Stripe makes it a moment after the payment. */
    static boolean isWhole(Session from) {
        var promised = from.getInvoiceCreation();
        return from.getInvoice() != null
                || promised == null
                || !Boolean.TRUE.equals(promised.getEnabled())
                || !"paid".equals(from.getPaymentStatus());
    }

    /**
     * An unknown status of its payment is taken for one that is under way: nothing is given for it.
     *
     * @param failed whether the money is known not to come
     */
    static GatewayCheckout checkout(Session from, boolean failed, Instant asOf) {
        return new GatewayCheckout(
                from.getId(),
                Optional.ofNullable(from.getCustomer()),
                failed ? GatewayCheckout.Status.FAILED : checkoutStatus(from),
                Optional.ofNullable(from.getSubscription()),
                Optional.ofNullable(from.getInvoice()),
                Optional.ofNullable(from.getPaymentIntent()),
                asOf);
    }

    private static GatewayCheckout.Status checkoutStatus(Session from) {
        var status = from.getStatus() == null ? "open" : from.getStatus();
        if (status.equals("expired")) {
            return GatewayCheckout.Status.EXPIRED;
        }
        if (!status.equals("complete")) {
            return GatewayCheckout.Status.OPEN;
        }
        return switch (from.getPaymentStatus() == null ? "" : from.getPaymentStatus()) {
            case "paid" -> GatewayCheckout.Status.PAID;
            case "no_payment_required" -> GatewayCheckout.Status.NOTHING_DUE;
            default -> GatewayCheckout.Status.PAYING;
        };
    }

    /** An unknown status is taken for {@code PENDING}. */
    static GatewayRefund refund(Refund from, Instant asOf) {
        return new GatewayRefund(
                from.getId(),
                Optional.ofNullable(from.getCustomer()),
                first(from.getPaymentIntent(), from.getCharge()),
                new Money(orZero(from.getAmount()), currency(from.getCurrency())),
                known(REFUNDS, from.getStatus(), GatewayRefund.Status.PENDING),
                Optional.ofNullable(first(from.getFailureReason(), from.getReason())),
                asOf);
    }

    /** An unknown status is taken for {@code OPEN}. */
    static GatewayDispute dispute(Dispute from, Instant asOf) {
        return new GatewayDispute(
                from.getId(),
                Optional.empty(),
                first(from.getPaymentIntent(), from.getCharge()),
                new Money(orZero(from.getAmount()), currency(from.getCurrency())),
                known(DISPUTES, from.getStatus(), GatewayDispute.Status.OPEN),
                Optional.ofNullable(from.getReason()),
                asOf);
    }

    private static <S> S known(Map<String, S> words, String word, S otherwise) {
        var known = word == null ? null : words.get(word);
        if (known == null) {
            LOG.warn("Stripe's status {} is not known here; it is taken for {}", word, otherwise);
            return otherwise;
        }
        return known;
    }

    /** What Stripe calls these things itself, as {@code object} in them. */
    static Optional<GatewayObject.Kind> kind(String object) {
        return Optional.ofNullable(
                switch (object) {
                    case "checkout.session" -> GatewayObject.Kind.CHECKOUT;
                    case "subscription" -> GatewayObject.Kind.SUBSCRIPTION;
                    case "invoice" -> GatewayObject.Kind.INVOICE;
                    case "refund" -> GatewayObject.Kind.REFUND;
                    case "dispute" -> GatewayObject.Kind.DISPUTE;
                    default -> null;
                });
    }

    private static String first(String one, String other) {
        return one == null ? other : one;
    }

    private static long orZero(Long number) {
        return number == null ? 0 : number;
    }

    private static String currency(String lowerCase) {
        return lowerCase == null ? null : lowerCase.toUpperCase(Locale.ROOT);
    }

    static Instant time(Long seconds) {
        if (seconds == null) {
            throw new InvalidValue("time", "is missing");
        }
        return Instant.ofEpochSecond(seconds);
    }

    private static Optional<Instant> optional(Long seconds) {
        return Optional.ofNullable(seconds).map(Instant::ofEpochSecond);
    }

    /** Empty also where Stripe gives a moment: what was bought once has no period. */
    private static Optional<Period> period(Long start, Long end) {
        return start == null || end == null || end <= start
                ? Optional.empty()
                : Optional.of(Period.between(time(start), time(end)));
    }
}

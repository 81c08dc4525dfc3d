package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A paid invoice for a period of a subscription, and the money of it that went back or is disputed.
 *
 * <p>Where several were paid for one period its credits come once. They hang on the payment of which the largest part is left: so they stay while
 * any of them stands whole, go by the part that went back of the last one, and it does not matter what was heard of first.
 */
public record PeriodPayment(Invoice invoice, List<Refund> refunds) {

    private static final Comparator<PeriodPayment> BY_PART_LEFT = (one, other) ->
            one.left().multiply(other.paid()).compareTo(other.left().multiply(one.paid()));

    private static final Comparator<PeriodPayment> BY_NAME =
            Comparator.comparing(payment -> payment.invoice().told().id());

    public PeriodPayment {
        requireNonNull(invoice, "invoice");
        refunds = List.copyOf(refunds);
    }

    /** The one on which the credits of the period hang; of equal ones the first by the gateway's name of it. */
    public static Optional<Invoice> holder(Collection<PeriodPayment> payments) {
        return payments.stream()
                .min(BY_PART_LEFT.reversed().thenComparing(BY_NAME))
                .map(PeriodPayment::invoice);
    }

    /** Where nothing was due nothing can go back, and it stands whole. */
    private BigInteger paid() {
        return BigInteger.valueOf(Math.max(1, invoice.told().paidMinor()));
    }

    private BigInteger left() {
        return refunds.stream()
                .filter(refund -> refund.status().takes())
                .map(refund -> BigInteger.valueOf(refund.amount().amountMinor()))
                .reduce(paid(), BigInteger::subtract)
                .max(BigInteger.ZERO);
    }
}

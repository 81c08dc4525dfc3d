package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.time.YearMonth;
import java.util.Comparator;

/**
 * What was billed in one month, in one currency, in its minor units. Each amount counts in the month in which it happened: an invoice of January
 * that is paid in March is invoiced in January and paid in March. Sums are as large as they come to.
 *
 * @param invoicedMinor what invoices of the month come to, neither drafts nor void ones
 * @param paidMinor what was paid in the month, of whichever invoice
 * @param refundedMinor what was heard of in the month to go back, or to be taken by a bank, of whichever payment
 * @param openMinor what is still open of the invoices of the month
 */
public record BillingTotal(
        YearMonth month,
        String currency,
        BigInteger invoicedMinor,
        BigInteger paidMinor,
        BigInteger refundedMinor,
        BigInteger openMinor) {

    /** By month, then by currency. */
    public static final Comparator<BillingTotal> ORDER =
            Comparator.comparing(BillingTotal::month).thenComparing(BillingTotal::currency);

    public BillingTotal {
        requireNonNull(month, "month");
        requireNonNull(currency, "currency");
        requireNonNull(invoicedMinor, "invoicedMinor");
        requireNonNull(paidMinor, "paidMinor");
        requireNonNull(refundedMinor, "refundedMinor");
        requireNonNull(openMinor, "openMinor");
    }

    /** Of one invoice or refund, or of few. */
    public static BillingTotal of(
            YearMonth month, String currency, long invoicedMinor, long paidMinor, long refundedMinor, long openMinor) {
        return new BillingTotal(
                month,
                currency,
                BigInteger.valueOf(invoicedMinor),
                BigInteger.valueOf(paidMinor),
                BigInteger.valueOf(refundedMinor),
                BigInteger.valueOf(openMinor));
    }

    /** Both together, of the same month and currency. */
    public BillingTotal plus(BillingTotal other) {
        return new BillingTotal(
                month,
                currency,
                invoicedMinor.add(other.invoicedMinor),
                paidMinor.add(other.paidMinor),
                refundedMinor.add(other.refundedMinor),
                openMinor.add(other.openMinor));
    }
}

package io.allotment.domain.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Times;
import io.allotment.domain.subscription.Subscription;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An invoice that the operator writes, for what is paid to them and not at a gateway.
 *
 * @param number what the payer reads
 * @param lines 1 to 250, whose amounts come to nothing negative together
 * @param taxMinor what the taxes come to, beside the lines
 * @param issuedAt when it was made; now where it is empty
 */
public record ManualInvoice(
        Optional<String> number,
        String currency,
        List<GatewayInvoice.Line> lines,
        long taxMinor,
        Optional<Instant> issuedAt) {

    /** More than anybody bills, and so little that sums of years fit. */
    public static final long MAX_AMOUNT_MINOR = 1_000_000_000_000L;

    public ManualInvoice {
        requireNonNull(number, "number");
        Money.requireCurrency("currency", currency);
        lines = List.copyOf(lines);
        if (lines.isEmpty() || lines.size() > GatewayInvoice.MAX_LINES) {
            throw new InvalidValue("lines", "must be 1 to " + GatewayInvoice.MAX_LINES);
        }
        if (lines.stream().anyMatch(line -> Math.abs(line.amountMinor()) > MAX_AMOUNT_MINOR)) {
            throw new InvalidValue("lines", "must be of at most " + MAX_AMOUNT_MINOR + " minor units each");
        }
        for (int i = 0; i < lines.size(); i++) {
            require(lines.get(i), "lines[" + i + "]");
        }
        if (taxMinor < 0 || taxMinor > MAX_AMOUNT_MINOR) {
            throw new InvalidValue("taxMinor", "must be from 0 to " + MAX_AMOUNT_MINOR);
        }
        if (lines.stream().mapToLong(GatewayInvoice.Line::amountMinor).sum() < 0) {
            throw new InvalidValue("lines", "must not come to less than nothing together");
        }
        issuedAt = issuedAt.map(time -> Times.stored("issuedAt", time));
    }

    private static void require(GatewayInvoice.Line line, String field) {
        if (line.description().isBlank()) {
            throw new InvalidValue(field + ".description", "must not be empty");
        }
        if (line.quantity() < 1) {
            throw new InvalidValue(field + ".quantity", "must be at least 1");
        }
    }

    /** Open, until its payment is known. What refunds name is its own id: of one transfer several may be paid. */
    public Invoice open(
            TenantId tenant, InvoiceId id, AccountId account, Optional<Subscription> forPeriodOf, Instant now) {
        var told = new GatewayInvoice(
                id.toString(),
                Optional.empty(),
                Optional.empty(),
                number,
                GatewayInvoice.Status.OPEN,
                forPeriodOf.isPresent() ? GatewayInvoice.Reason.SUBSCRIPTION_CYCLE : GatewayInvoice.Reason.MANUAL,
                Optional.empty(),
                currency,
                lines.stream().mapToLong(GatewayInvoice.Line::amountMinor).sum() + taxMinor,
                0,
                taxMinor,
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                lines,
                issuedAt.orElse(now),
                Optional.empty(),
                now);
        var invoice = new Invoice(
                tenant,
                id,
                account,
                Invoice.MANUAL,
                told,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                now);
        return forPeriodOf.map(invoice::forPeriodOf).orElse(invoice);
    }
}

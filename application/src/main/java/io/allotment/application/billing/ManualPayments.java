package io.allotment.application.billing;

import static java.util.Objects.requireNonNull;

import io.allotment.application.shared.Tokens;
import io.allotment.domain.billing.Checkout;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.billing.PaymentGateway;
import io.allotment.domain.shared.PurchaseId;
import java.time.Duration;
import java.util.Optional;

/**
 * Payments that the operator sees and confirms, such as bank transfers: a checkout is a reference for the payer to name, and what the
 * operator tells them. Who runs it needs nobody else.
 */
public final class ManualPayments implements PaymentGateway {

    /** What purchases name it. */
    public static final String NAME = Invoice.MANUAL;

    /** So long a transfer is waited for. */
    public static final Duration DEFAULT_PATIENCE = Duration.ofDays(30);

    /** Crockford's: no letter that is taken for a digit, and none that makes words. */
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private static final int GROUPS = 3;
    private static final int GROUP = 4;
    private static final int HEX = 16;

    private final Optional<String> instructions;
    private final Duration patience;

    /**
     * @param instructions where to pay, for the payer to read, such as the account's IBAN; at most 2,000 characters
     * @param patience how long a payment is waited for
     */
    public ManualPayments(Optional<String> instructions, Duration patience) {
        this.instructions = requireNonNull(instructions, "instructions");
        this.patience = requireNonNull(patience, "patience");
    }

    /** Without words for the payer. */
    public ManualPayments() {
        this(Optional.empty(), DEFAULT_PATIENCE);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Checkout checkout(Order order) {
        return new Checkout(
                NAME,
                reference(order.id()),
                Optional.empty(),
                instructions,
                order.orderedAt().plus(patience));
    }

    /** Short enough to be typed, such as {@code 7K3M-0QRT-2XVB}: sixty bits of a digest of the order's id. */
    private static String reference(PurchaseId id) {
        long bits =
                Long.parseUnsignedLong(Tokens.hex(Tokens.sha256(id.toString())).substring(0, HEX), HEX);
        var text = new StringBuilder();
        for (int i = 0; i < GROUPS * GROUP; i++) {
            if (i > 0 && i % GROUP == 0) {
                text.append('-');
            }
            text.append(ALPHABET.charAt((int) (bits & 31)));
            bits >>>= 5;
        }
        return text.toString();
    }
}

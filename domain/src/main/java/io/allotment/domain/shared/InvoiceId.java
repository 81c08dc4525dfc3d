package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names an invoice inside its tenant. */
public record InvoiceId(UUID value) implements Id {

    public InvoiceId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code invoiceId}. */
    public static InvoiceId of(String text) {
        return new InvoiceId(Id.parse("invoiceId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

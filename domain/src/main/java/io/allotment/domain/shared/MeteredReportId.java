package io.allotment.domain.shared;

import static java.util.Objects.requireNonNull;

import java.util.UUID;

/** Names a report of metered usage inside its tenant. */
public record MeteredReportId(UUID value) implements Id {

    public MeteredReportId {
        requireNonNull(value, "value");
    }

    /** Reads the usual text form; refuses anything else as {@code meteredReportId}. */
    public static MeteredReportId of(String text) {
        return new MeteredReportId(Id.parse("meteredReportId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}

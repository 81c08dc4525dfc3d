package io.allotment.server;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time of a price: with an offset, or UTC's, or a day's beginning in UTC. */
final class PriceTimes implements ITypeConverter<Instant> {

    @Override
    public Instant convert(String text) {
        try {
            return read(text);
        } catch (DateTimeException wrong) {
            throw new TypeConversionException("'" + text + "' is no time such as 2026-06-01T12:00:00Z or 2026-06-01");
        }
    }

    static Instant read(String text) {
        if (text.length() == 10) {
            return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
        }
        var time = text.replace(' ', 'T');
        boolean hasOffset = time.endsWith("Z") || time.lastIndexOf('+') > 10 || time.lastIndexOf('-') > 10;
        return hasOffset
                ? OffsetDateTime.parse(time).toInstant()
                : LocalDateTime.parse(time).toInstant(ZoneOffset.UTC);
    }
}

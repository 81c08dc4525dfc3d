package io.allotment.http;

import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.Invoice;
import io.allotment.domain.shared.Period;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Invoices as a table, a row for each; what their lines say stands in one column. */
final class InvoiceCsv {

    private static final List<String> COLUMNS = List.of(
            "id",
            "account",
            "gateway",
            "gatewayId",
            "number",
            "status",
            "reason",
            "subscription",
            "periodStart",
            "periodEnd",
            "description",
            "currency",
            "totalMinor",
            "paidMinor",
            "refundedMinor",
            "taxMinor",
            "paymentId",
            "paymentReference",
            "purchase",
            "grant",
            "issuedAt",
            "paidAt",
            "hostedUrl",
            "receiptUrl");

    private InvoiceCsv() {}

    static Csv of(Stream<Invoice> invoices) {
        return new Csv(COLUMNS, invoices.map(InvoiceCsv::columns));
    }

    private static Map<String, Object> columns(Invoice invoice) {
        var told = invoice.told();
        var columns = new LinkedHashMap<String, Object>();
        columns.put("id", invoice.id().toString());
        columns.put("account", invoice.accountId().toString());
        columns.put("gateway", invoice.gateway());
        columns.put("gatewayId", Csv.harmless(told.id()));
        Csv.put(columns, "number", told.number().map(Csv::harmless));
        columns.put("status", told.status().name());
        columns.put("reason", told.reason().name());
        Csv.put(columns, "subscription", told.subscriptionId().map(Csv::harmless));
        Csv.put(columns, "periodStart", told.period().map(Period::start));
        Csv.put(columns, "periodEnd", told.period().flatMap(Period::end));
        columns.put(
                "description",
                Csv.harmless(told.lines().stream()
                        .map(GatewayInvoice.Line::description)
                        .collect(Collectors.joining("; "))));
        columns.put("currency", told.currency());
        columns.put("totalMinor", told.totalMinor());
        columns.put("paidMinor", told.paidMinor());
        columns.put("refundedMinor", invoice.refundedMinor());
        columns.put("taxMinor", told.taxMinor());
        Csv.put(columns, "paymentId", told.paymentId().map(Csv::harmless));
        Csv.put(columns, "paymentReference", invoice.paymentReference().map(Csv::harmless));
        Csv.put(columns, "purchase", invoice.purchase());
        Csv.put(columns, "grant", invoice.grant());
        columns.put("issuedAt", told.createdAt().toString());
        Csv.put(columns, "paidAt", told.paidAt());
        Csv.put(columns, "hostedUrl", told.hostedUrl().map(Csv::harmless));
        Csv.put(columns, "receiptUrl", told.receiptUrl().map(Csv::harmless));
        return columns;
    }
}

package io.allotment.http;

import io.allotment.domain.billing.Refund;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Refunds and disputes as a table, a row for each. */
final class RefundCsv {

    private static final List<String> COLUMNS = List.of(
            "id",
            "account",
            "gateway",
            "gatewayId",
            "kind",
            "status",
            "paymentId",
            "invoice",
            "currency",
            "amountMinor",
            "reason",
            "creditsTaken",
            "createdAt");

    private RefundCsv() {}

    static Csv of(Stream<Refund> refunds) {
        return new Csv(COLUMNS, refunds.map(RefundCsv::columns));
    }

    private static Map<String, Object> columns(Refund refund) {
        var columns = new LinkedHashMap<String, Object>();
        columns.put("id", refund.id().toString());
        columns.put("account", refund.accountId().toString());
        columns.put("gateway", refund.gateway());
        columns.put("gatewayId", Csv.harmless(refund.gatewayId()));
        columns.put("kind", refund.kind().name());
        columns.put("status", refund.status().name());
        columns.put("paymentId", Csv.harmless(refund.paymentId()));
        Csv.put(columns, "invoice", refund.invoice());
        columns.put("currency", refund.amount().currency());
        columns.put("amountMinor", refund.amount().amountMinor());
        Csv.put(columns, "reason", refund.reason().map(Csv::harmless));
        Csv.put(columns, "creditsTaken", refund.taken());
        columns.put("createdAt", refund.createdAt().toString());
        return columns;
    }
}

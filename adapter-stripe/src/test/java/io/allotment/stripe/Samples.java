package io.allotment.stripe;

/** Objects in the shapes of Stripe's, with what is read of them. */
final class Samples {

    static final String SUBSCRIPTION = """
            {"id":"sub_1","object":"subscription","customer":"cus_1","status":"active","cancel_at_period_end":false,
             "cancel_at":null,"canceled_at":null,"ended_at":null,"trial_start":null,"trial_end":null,"pause_collection":null,
             "metadata":{"allotment_tenant":"somebody else's"},
             "items":{"object":"list","has_more":false,"data":[
               {"id":"si_m","object":"subscription_item","current_period_start":1795000000,"current_period_end":1795500000,
                "price":{"id":"price_metered","object":"price","metadata":{},"recurring":{"interval":"month","interval_count":1,"usage_type":"metered"}}},
               {"id":"si_1","object":"subscription_item","quantity":3,"current_period_start":1795000000,"current_period_end":1797592000,
                "price":{"id":"price_1","object":"price","metadata":{},"unit_amount":1900,"currency":"eur",
                 "recurring":{"interval":"month","interval_count":1,"usage_type":"licensed"}}}]}}""";

    static final String LINE = """
            {"id":"il_1","object":"line_item","amount":5700,"currency":"eur","description":"3 × Studio","quantity":3,
             "period":{"start":1795000000,"end":1797592000},
             "parent":{"type":"subscription_item_details","subscription_item_details":
               {"subscription":"sub_1","subscription_item":"si_1","proration":false}},
             "pricing":{"type":"price_details","price_details":{"price":"price_1","product":"prod_1"}}}""";

    static final String METERED_LINE = """
            {"id":"il_0","object":"line_item","amount":100,"currency":"eur","description":"Minutes","quantity":50,
             "period":{"start":1792000000,"end":1795000000},
             "parent":{"type":"subscription_item_details","subscription_item_details":
               {"subscription":"sub_1","subscription_item":"si_m","proration":false}},
             "pricing":{"type":"price_details","price_details":{"price":"price_metered","product":"prod_1"}}}""";

    /** What is given back of the period that another one cuts short. */
    static final String UNUSED_LINE = """
            {"id":"il_2","object":"line_item","amount":-3500,"currency":"eur","description":"Unused time on 3 × Studio","quantity":3,
             "period":{"start":1796000000,"end":1797592000},
             "parent":{"type":"subscription_item_details","subscription_item_details":
               {"subscription":"sub_1","subscription_item":"si_1","proration":true}},
             "pricing":{"type":"price_details","price_details":{"price":"price_1","product":"prod_1"}}}""";

    static final String YEAR_LINE = """
            {"id":"il_3","object":"line_item","amount":19000,"currency":"eur","description":"1 × Studio, a year","quantity":1,
             "period":{"start":1796000000,"end":1827536000},
             "parent":{"type":"subscription_item_details","subscription_item_details":
               {"subscription":"sub_1","subscription_item":"si_1","proration":false}},
             "pricing":{"type":"price_details","price_details":{"price":"price_2","product":"prod_1"}}}""";

    private static final String INVOICE = """
            {"id":"in_1","object":"invoice","customer":"cus_1","number":"A-0001","status":"paid","billing_reason":"subscription_cycle",
             "currency":"eur","total":5800,"amount_paid":5800,"amount_due":5800,"attempt_count":1,"created":1795000100,
             "hosted_invoice_url":"https://invoice.example/in_1","metadata":{},
             "status_transitions":{"finalized_at":1795000110,"paid_at":1795000120,"voided_at":null,"marked_uncollectible_at":null},
             "total_taxes":[{"amount":700},{"amount":226}],
             "parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_1","metadata":{}}},
             "lines":{"object":"list","has_more":%s,"data":[%s]}%s}""";

    static final String PAYMENTS = """
            ,"payments":{"object":"list","has_more":false,"data":[
              {"id":"inpay_0","object":"invoice_payment","is_default":false,"status":"canceled","payment":{"type":"payment_intent","payment_intent":"pi_0"}},
              {"id":"inpay_1","object":"invoice_payment","is_default":true,"status":"paid","payment":{"type":"payment_intent","payment_intent":"pi_1"}}]}""";

    static final String SESSION = """
            {"id":"cs_1","object":"checkout.session","customer":"cus_1","mode":"payment","status":"complete","payment_status":"paid",
             "payment_intent":"pi_1","invoice":"in_1","subscription":null,"url":"https://checkout.example/cs_1","created":1795000000,
             "expires_at":1795086400,"metadata":{}}""";

    static final String REFUND = """
            {"id":"re_1","object":"refund","amount":500,"currency":"eur","charge":"ch_1","payment_intent":"pi_1","status":"succeeded",
             "reason":"requested_by_customer","created":1795000000,"metadata":{}}""";

    static final String DISPUTE = """
            {"id":"dp_1","object":"dispute","amount":1900,"currency":"eur","charge":"ch_1","payment_intent":"pi_1","status":"needs_response",
             "reason":"fraudulent","created":1795000000,"metadata":{}}""";

    private Samples() {}

    /** Paid, with the payments that only a fetched one has, or without. */
    static String invoice(boolean moreLines, boolean payments, String... lines) {
        return INVOICE.formatted(moreLines, String.join(",", lines), payments ? PAYMENTS : "");
    }

    static String event(String type, String object) {
        return event(type, "\"2026-07-29.dahlia\"", object);
    }

    static String event(String type, String version, String object) {
        return """
                {"id":"evt_1","object":"event","type":"%s","api_version":%s,"created":1795000200,"livemode":false,
                 "data":{"object":%s},"request":{"id":null,"idempotency_key":null}}""".formatted(type, version, object);
    }

    static String list(boolean more, String... objects) {
        return "{\"object\":\"list\",\"url\":\"/\",\"has_more\":" + more + ",\"data\":[" + String.join(",", objects)
                + "]}";
    }

    static String error(String type, String code, String message) {
        return "{\"error\":{\"type\":\"" + type + "\",\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}";
    }
}

package io.allotment.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayCheckout;
import io.allotment.domain.billing.GatewayDispute;
import io.allotment.domain.billing.GatewayInvoice;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewayRefund;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import java.time.Instant;

/** What is posted: JSON with the state that an object has come to. */
final class Events {

    private static final String DELETED = "customer.deleted";

    private Events() {}

    private static ObjectNode event(String id, String type, Instant at) {
        var event = Store.MAPPER.createObjectNode();
        event.put("id", id);
        event.put("type", type);
        event.put("at", at.toString());
        return event;
    }

    static String deleted(String id, Instant at, String customerId) {
        return event(id, DELETED, at).put("customer", customerId).toString();
    }

    static String payload(String id, String type, Instant at, GatewayObject state) {
        var event = event(id, type, at);
        event.put("kind", state.kind().name());
        event.set("state", Store.MAPPER.valueToTree(state));
        return event.toString();
    }

    /** What a payload says; refuses what is none ({@link EventRefused}). */
    static PaymentEvent read(String payload) {
        try {
            var event = Store.MAPPER.readTree(payload);
            var id = text(event, "id");
            var type = text(event, "type");
            var at = Instant.parse(text(event, "at"));
            if (type.equals(DELETED)) {
                return new PaymentEvent.CustomerDeleted(id, type, at, text(event, "customer"));
            }
            var state = event.path("state");
            if (state.isMissingNode()) {
                return new PaymentEvent.Ignored(id, type, at);
            }
            var kind = GatewayObject.Kind.valueOf(text(event, "kind"));
            return new PaymentEvent.Told(id, type, at, Store.MAPPER.treeToValue(state, type(kind)));
        } catch (JsonProcessingException | RuntimeException unreadable) {
            throw new EventRefused("The event cannot be read.");
        }
    }

    private static Class<? extends GatewayObject> type(GatewayObject.Kind kind) {
        return switch (kind) {
            case CHECKOUT -> GatewayCheckout.class;
            case SUBSCRIPTION -> GatewaySubscription.class;
            case INVOICE -> GatewayInvoice.class;
            case REFUND -> GatewayRefund.class;
            case DISPUTE -> GatewayDispute.class;
        };
    }

    private static String text(JsonNode event, String field) {
        var value = event.path(field);
        if (!value.isTextual()) {
            throw new EventRefused("The event has no " + field + ".");
        }
        return value.asText();
    }
}

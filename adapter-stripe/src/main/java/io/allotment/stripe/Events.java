package io.allotment.stripe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.stripe.Stripe;
import com.stripe.model.Dispute;
import com.stripe.model.Invoice;
import com.stripe.model.Refund;
import com.stripe.model.StripeObject;
import com.stripe.model.Subscription;
import com.stripe.model.checkout.Session;
import com.stripe.net.ApiResource;
import io.allotment.domain.billing.BillingGateway.Delivery;
import io.allotment.domain.billing.EventRefused;
import io.allotment.domain.billing.GatewayObject;
import io.allotment.domain.billing.GatewaySubscription;
import io.allotment.domain.billing.PaymentEvent;
import io.allotment.domain.shared.Refusal;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stripe's events in our words. What an event shows is believed where it was written by the version of Stripe's API that is spoken here; of any other one
 * only what it is about is taken, to be fetched by its id.
 */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    /** Those whose object is to be seen to. To be paid is told by {@code invoice.paid}, and once more by {@code invoice.payment_succeeded}. */
    private static final Set<String> TOLD = Set.of(
            "customer.subscription.created",
            "customer.subscription.updated",
            "customer.subscription.deleted",
            "customer.subscription.paused",
            "customer.subscription.resumed",
            "customer.subscription.trial_will_end",
            "customer.subscription.pending_update_applied",
            "customer.subscription.pending_update_expired",
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
            "checkout.session.expired",
            "invoice.created",
            "invoice.updated",
            "invoice.finalized",
            "invoice.finalization_failed",
            "invoice.paid",
            "invoice.payment_failed",
            "invoice.payment_action_required",
            "invoice.voided",
            "invoice.marked_uncollectible",
            "invoice.overdue",
            "refund.created",
            "refund.updated",
            "refund.failed",
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.closed",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated");

    /** Those that are about an invoice without being one. */
    private static final Set<String> ABOUT_INVOICES =
            Set.of("invoice_payment.paid", "credit_note.created", "credit_note.updated", "credit_note.voided");

    private static final String TRAIN = train(Stripe.API_VERSION);
    private static final String THIN = "v2.core.event";
    private static final int MAX_REASON = 500;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,11}");

    private final Prices prices;

    Events(Prices prices) {
        this.prices = prices;
    }

    /** What was posted, after its signature was found right. Refuses what is no event ({@link EventRefused}). */
    static Delivery delivery(byte[] body) {
        var payload = text(body);
        return delivery(json(payload), payload);
    }

    /** What was listed, as it would have been posted. */
    static Delivery delivery(JsonObject event) {
        return delivery(event, event.toString());
    }

    private static Delivery delivery(JsonObject event, String payload) {
        return new Delivery(id(event), string(event, "type").orElseThrow(Events::unreadable), at(event), payload);
    }

    PaymentEvent read(String payload) {
        return read(json(payload));
    }

    PaymentEvent read(JsonObject event) {
        var id = id(event);
        var type = string(event, "type").orElseThrow(Events::unreadable);
        var at = at(event);
        if (string(event, "object").filter(THIN::equals).isPresent()) {
            return type.startsWith("v1.billing.meter.")
                    ? new PaymentEvent.Thin(id, type, at)
                    : new PaymentEvent.Ignored(id, type, at);
        }
        var object =
                object(event, "data").flatMap(data -> object(data, "object")).orElseThrow(Events::unreadable);
        var objectId = string(object, "id");
        if (type.equals("customer.deleted") && objectId.isPresent()) {
            return new PaymentEvent.CustomerDeleted(id, type, at, objectId.get());
        }
        if (ABOUT_INVOICES.contains(type)) {
            return string(object, "invoice")
                    .<PaymentEvent>map(
                            invoice -> new PaymentEvent.Changed(id, type, at, GatewayObject.Kind.INVOICE, invoice))
                    .orElseGet(() -> new PaymentEvent.Ignored(id, type, at));
        }
        var kind = string(object, "object").flatMap(Translation::kind);
        if (!TOLD.contains(type) || kind.isEmpty() || objectId.isEmpty()) {
            return new PaymentEvent.Ignored(id, type, at);
        }
        var changed = new PaymentEvent.Changed(id, type, at, kind.get(), objectId.get());
        return isSpoken(event) ? told(changed, object).orElse(changed) : changed;
    }

    /** Empty where the object cannot be read for what it is, or is not all there. */
    private Optional<PaymentEvent> told(PaymentEvent.Changed event, JsonObject object) {
        try {
            return Optional.ofNullable(state(event, object)).map(state -> toldState(event, state));
        } catch (Refusal | JsonParseException | ArithmeticException | NullPointerException unreadable) {
            LOG.warn(
                    "The {} {} of Stripe's event {} cannot be read, and is fetched: {}",
                    event.kind(),
                    event.objectId(),
                    event.id(),
                    unreadable.toString());
            return Optional.empty();
        }
    }

    private static PaymentEvent toldState(PaymentEvent.Changed event, GatewayObject state) {
        return event.type().equals("customer.subscription.trial_will_end")
                ? new PaymentEvent.TrialEnding(event.id(), event.type(), event.at(), (GatewaySubscription) state)
                : new PaymentEvent.Told(event.id(), event.type(), event.at(), state);
    }

    private GatewayObject state(PaymentEvent.Changed event, JsonObject object) {
        return switch (event.kind()) {
            case CHECKOUT -> {
                var session = as(object, Session.class);
                boolean failed = event.type().equals("checkout.session.async_payment_failed");
                yield Translation.isWhole(session) ? Translation.checkout(session, failed, event.at()) : null;
            }
            case SUBSCRIPTION -> Translation.subscription(as(object, Subscription.class), prices, event.at());
            case INVOICE -> {
                var invoice = as(object, Invoice.class);
                yield Translation.isWhole(invoice, prices)
                        ? Translation.invoice(invoice, Translation.lines(invoice), prices, Optional.empty(), event.at())
                        : null;
            }
            case REFUND -> Translation.refund(as(object, Refund.class), event.at());
            case DISPUTE -> Translation.dispute(as(object, Dispute.class), event.at());
        };
    }

    private static <T extends StripeObject> T as(JsonObject object, Class<T> type) {
        return ApiResource.INTERNAL_GSON.fromJson(object, type);
    }

    /** A report of usage that was refused later, as Stripe keeps it: what it posts says only that there is one. */
    static PaymentEvent.UsageRejected usageRejected(JsonObject event, Optional<String> meter) {
        var data = object(event, "data");
        var reason = data.flatMap(told -> object(told, "reason"));
        long count = reason.map(told -> told.get("error_count"))
                .filter(JsonElement::isJsonPrimitive)
                .map(JsonElement::getAsLong)
                .orElse(0L);
        var words = new ArrayList<String>();
        var identifiers = new ArrayList<String>();
        data.flatMap(told -> string(told, "developer_message_summary")).ifPresent(words::add);
        for (var errors : list(reason, "error_types")) {
            string(errors, "code").ifPresent(words::add);
            for (var sample : list(Optional.of(errors), "sample_errors")) {
                object(sample, "request")
                        .flatMap(request -> string(request, "identifier"))
                        .ifPresent(identifiers::add);
            }
        }
        var all = String.join("; ", words);
        return new PaymentEvent.UsageRejected(
                id(event),
                string(event, "type").orElseThrow(Events::unreadable),
                at(event),
                meter,
                // Samples: there may be more of them.
                identifiers,
                count,
                all.length() > MAX_REASON ? all.substring(0, MAX_REASON) : all);
    }

    static List<JsonObject> list(Optional<JsonObject> object, String name) {
        var found = new ArrayList<JsonObject>();
        object.map(present -> present.get(name))
                .filter(JsonElement::isJsonArray)
                .ifPresent(array -> array.getAsJsonArray().forEach(element -> found.add(element.getAsJsonObject())));
        return found;
    }

    /** Any version of the release that is spoken here: within one, no field moves. */
    private static boolean isSpoken(JsonObject event) {
        return string(event, "api_version")
                .map(Events::train)
                .filter(TRAIN::equals)
                .isPresent();
    }

    private static String train(String version) {
        return version.substring(version.indexOf('.') + 1);
    }

    static String id(JsonObject event) {
        return string(event, "id").filter(id -> id.length() <= 255).orElseThrow(Events::unreadable);
    }

    /** In seconds, or as a date where the event is a thin one. */
    private static Instant at(JsonObject event) {
        var created = event.get("created");
        if (created == null || !created.isJsonPrimitive()) {
            throw unreadable();
        }
        var text = created.getAsString();
        try {
            return SECONDS.matcher(text).matches() ? Instant.ofEpochSecond(Long.parseLong(text)) : Instant.parse(text);
        } catch (DateTimeException notATime) {
            throw unreadable();
        }
    }

    private static Optional<JsonObject> object(JsonObject object, String name) {
        return Optional.ofNullable(object.get(name))
                .filter(JsonElement::isJsonObject)
                .map(JsonElement::getAsJsonObject);
    }

    static Optional<String> string(JsonObject object, String name) {
        var value = object.get(name);
        return value != null
                        && value.isJsonPrimitive()
                        && value.getAsJsonPrimitive().isString()
                ? Optional.of(value.getAsString())
                : Optional.empty();
    }

    private static String text(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw unreadable();
        }
    }

    static JsonObject json(String payload) {
        var reader = new JsonReader(new StringReader(payload));
        reader.setStrictness(Strictness.STRICT);
        try {
            var object = JsonParser.parseReader(reader).getAsJsonObject();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw unreadable();
            }
            return object;
        } catch (JsonParseException | IllegalStateException | IOException notAnObject) {
            throw unreadable();
        }
    }

    private static EventRefused unreadable() {
        return new EventRefused("This is no event of Stripe's: it cannot be read.");
    }
}

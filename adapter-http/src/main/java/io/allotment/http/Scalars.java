package io.allotment.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.CheckoutId;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.Id;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.InvitationId;
import io.allotment.domain.shared.InvoiceId;
import io.allotment.domain.shared.IpRange;
import io.allotment.domain.shared.MeteredReportId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.PermissionKey;
import io.allotment.domain.shared.PlanKey;
import io.allotment.domain.shared.PriceKey;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.PurchaseId;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RefundId;
import io.allotment.domain.shared.RoleKey;
import io.allotment.domain.shared.SessionId;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TeamId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.UserId;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** The JSON forms of the domain's small values: typed both ways, refused by their own rules. */
final class Scalars extends SimpleModule {

    private static final long serialVersionUID = 1;

    static final String NOT_NULL = "left out rather than null";

    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    Scalars() {
        super("allotment");
        addSerializer(Id.class, new ToStringSerializer(Id.class));
        addSerializer(Text.class, new ToStringSerializer(Text.class));
        addSerializer(Credits.class, new ToStringSerializer(Credits.class));
        addSerializer(Quantity.class, new ToStringSerializer(Quantity.class));
        addSerializer(Instant.class, new ToStringSerializer(Instant.class));
        addSerializer(ZoneId.class, new ToStringSerializer(ZoneId.class));
        addSerializer(YearMonth.class, new ToStringSerializer(YearMonth.class));
        addSerializer(Document.class, new DocumentWriter());

        addString(String.class, text -> text);
        addString(UUID.class, text -> Id.parse("id", text));
        addString(AccountId.class, AccountId::of);
        addString(DecisionId.class, DecisionId::of);
        addString(GrantId.class, GrantId::of);
        addString(TenantId.class, TenantId::of);
        addString(UserId.class, UserId::of);
        addString(Email.class, Email::new);
        addString(FeatureKey.class, FeatureKey::new);
        addString(OperationKey.class, OperationKey::new);
        addString(PlanKey.class, PlanKey::new);
        addString(PriceKey.class, PriceKey::new);
        addString(ProductKey.class, ProductKey::new);
        addString(PurchaseId.class, PurchaseId::of);
        addString(CheckoutId.class, CheckoutId::of);
        addString(InvoiceId.class, InvoiceId::of);
        addString(MeteredReportId.class, MeteredReportId::of);
        addString(RefundId.class, RefundId::of);
        addString(PermissionKey.class, PermissionKey::new);
        addString(RoleKey.class, RoleKey::new);
        addString(TeamId.class, TeamId::of);
        addString(InvitationId.class, InvitationId::of);
        addString(SessionId.class, SessionId::of);
        addString(ApiKeyId.class, ApiKeyId::of);
        addSerializer(IpRange.class, new ToStringSerializer(IpRange.class));
        addString(IpRange.class, IpRange::of);
        addString(IdempotencyKey.class, IdempotencyKey::new);
        addString(Slug.class, Slug::new);
        addString(Instant.class, Scalars::instant);
        addString(ZoneId.class, Scalars::zone);
        addString(YearMonth.class, Scalars::month);
        addDecimal(Credits.class, Credits::of, Credits::new);
        addDecimal(Quantity.class, Quantity::of, Quantity::new);
        addDeserializer(Document.class, new DocumentReader());
        addDeserializer(
                Change.class, new Wrapping<>(Change.class, Change.none(), Optional.of(Change.cleared()), Change::to));
        addDeserializer(
                Optional.class, new Wrapping<>(Optional.class, Optional.empty(), Optional.empty(), Optional::of));
    }

    /** A value of the right JSON type that its rule refuses; the path tells where. */
    static final class Refused extends JsonMappingException {
        private static final long serialVersionUID = 1;

        Refused(JsonParser parser, String problem) {
            super(parser, problem);
        }
    }

    /** A value of the wrong JSON type; the message says what is expected. */
    static final class Mismatched extends JsonMappingException {
        private static final long serialVersionUID = 1;

        Mismatched(JsonParser parser, String expected) {
            super(parser, expected);
        }
    }

    private <T> void addString(Class<T> type, Function<String, T> read) {
        addDeserializer(type, new Reader<>(type, read, null));
    }

    private <T> void addDecimal(Class<T> type, Function<String, T> read, Function<BigDecimal, T> exact) {
        addDeserializer(type, new Reader<>(type, read, exact));
    }

    private static Instant instant(String text) {
        try {
            var instant = OffsetDateTime.parse(text).toInstant();
            if (!instant.isBefore(EARLIEST) && !instant.isAfter(LATEST)) {
                return instant;
            }
        } catch (DateTimeException notATime) {
            // said below, in our words
        }
        throw new InvalidValue("time", "must be a time such as 2026-11-01T00:00:00Z");
    }

    private static YearMonth month(String text) {
        try {
            return YearMonth.parse(text);
        } catch (DateTimeException notAMonth) {
            throw new InvalidValue("month", "must be a month such as 2026-11");
        }
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException notAZone) {
            throw new InvalidValue("timeZone", "must be a region such as Europe/Berlin, or UTC");
        }
    }

    /** Reads text, and exact numbers too where there is a way to. */
    private static final class Reader<T> extends StdDeserializer<T> {

        private static final long serialVersionUID = 1;

        private final transient Function<String, T> fromText;
        private final transient Optional<Function<BigDecimal, T>> fromNumber;

        Reader(Class<T> type, Function<String, T> fromText, Function<BigDecimal, T> fromNumber) {
            super(type);
            this.fromText = fromText;
            this.fromNumber = Optional.ofNullable(fromNumber);
        }

        @Override
        public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            try {
                if (parser.hasToken(JsonToken.VALUE_STRING)) {
                    return fromText.apply(parser.getText());
                }
                if (fromNumber.isPresent() && parser.currentToken().isNumeric()) {
                    return fromNumber.get().apply(parser.getDecimalValue());
                }
            } catch (InvalidValue refused) {
                throw new Refused(parser, refused.problem());
            }
            throw new Mismatched(
                    parser, fromNumber.isPresent() ? "a decimal number, as a string or a number" : "a string");
        }
    }

    private static final class DocumentReader extends StdDeserializer<Document> {

        private static final long serialVersionUID = 1;

        DocumentReader() {
            super(Document.class);
        }

        @Override
        public Document deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.isExpectedStartObjectToken()) {
                throw new Mismatched(parser, "an object");
            }
            try {
                return new Document(fields(context.readTree(parser)));
            } catch (InvalidValue refused) {
                throw new Refused(parser, refused.problem());
            }
        }

        private static Map<String, Object> fields(JsonNode object) {
            var fields = new LinkedHashMap<String, Object>();
            object.properties().forEach(field -> fields.put(field.getKey(), value(field.getValue())));
            return fields;
        }

        private static Object value(JsonNode node) {
            return switch (node.getNodeType()) {
                case OBJECT -> fields(node);
                case ARRAY -> {
                    List<Object> values = new ArrayList<>(node.size());
                    node.forEach(element -> values.add(value(element)));
                    yield values;
                }
                case STRING -> node.textValue();
                case NUMBER -> node.decimalValue();
                case BOOLEAN -> node.booleanValue();
                case NULL -> null;
                case BINARY, MISSING, POJO -> throw new IllegalStateException("not of JSON: " + node.getNodeType());
            };
        }
    }

    private static final class DocumentWriter extends StdSerializer<Document> {

        private static final long serialVersionUID = 1;

        DocumentWriter() {
            super(Document.class);
        }

        @Override
        public void serialize(Document document, JsonGenerator json, SerializerProvider provider) throws IOException {
            write(document.fields(), json);
        }

        private static void write(Object value, JsonGenerator json) throws IOException {
            if (value == null) {
                json.writeNull();
            } else if (value instanceof Boolean bool) {
                json.writeBoolean(bool);
            } else if (value instanceof BigDecimal number) {
                json.writeNumber(number);
            } else if (value instanceof String text) {
                json.writeString(text);
            } else if (value instanceof List<?> list) {
                json.writeStartArray();
                for (var element : list) {
                    write(element, json);
                }
                json.writeEndArray();
            } else if (value instanceof Map<?, ?> map) {
                json.writeStartObject();
                for (var field : map.entrySet()) {
                    json.writeFieldName((String) field.getKey());
                    write(field.getValue(), json);
                }
                json.writeEndObject();
            } else {
                throw new IllegalStateException("not of a document: " + value.getClass());
            }
        }
    }

    /** Reads a {@link Change} or an {@link Optional}, whose absence is a value of its own and null is not the same. */
    private static final class Wrapping<W> extends StdDeserializer<W> implements ContextualDeserializer {

        private static final long serialVersionUID = 1;

        private final transient W absent;
        private final transient Optional<W> ofNull;
        private final transient Function<Object, W> wrap;
        private final transient JsonDeserializer<Object> content;

        Wrapping(Class<W> type, W absent, Optional<W> ofNull, Function<Object, W> wrap) {
            this(type, absent, ofNull, wrap, null);
        }

        private Wrapping(
                Class<?> type,
                W absent,
                Optional<W> ofNull,
                Function<Object, W> wrap,
                JsonDeserializer<Object> content) {
            super(type);
            this.absent = absent;
            this.ofNull = ofNull;
            this.wrap = wrap;
            this.content = content;
        }

        @Override
        public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty property)
                throws JsonMappingException {
            var type = context.getContextualType().containedType(0);
            return new Wrapping<>(
                    handledType(), absent, ofNull, wrap, context.findContextualValueDeserializer(type, property));
        }

        @Override
        public W deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return wrap.apply(content.deserialize(parser, context));
        }

        @Override
        public W getNullValue(DeserializationContext context) throws JsonMappingException {
            if (ofNull.isEmpty()) {
                throw new Mismatched(context.getParser(), NOT_NULL);
            }
            return ofNull.get();
        }

        @Override
        public Object getAbsentValue(DeserializationContext context) {
            return absent;
        }
    }
}

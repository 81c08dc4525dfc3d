package io.allotment.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.allotment.domain.shared.InvalidValue;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Strict JSON both ways. Requests are records: a component that is no {@link Optional} must be there, null is refused
 * except in a {@link Change}, unknown fields, repeated ones and silent conversions are refused. What does not fit throws
 * {@link Rejected} (shape) or {@link InvalidValue} (value), naming the field as a path such as {@code lines[0].quantity}.
 */
final class Json {

    private static final int MAX_DEPTH = 32;

    private static final String MISSING = "Missing required creator property";

    private final JsonMapper bodies;
    /** Query parameters are text: here text may become a number or a boolean. */
    private final JsonMapper parameters;

    Json() {
        var factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        bodies = JsonMapper.builder(factory)
                .addModules(new Jdk8Module(), new JavaTimeModule(), new Scalars())
                .annotationIntrospector(new RequiredUnlessOptional())
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS))
                .withConfigOverride(
                        Change.class, override -> override.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.SET)))
                .withConfigOverride(
                        Optional.class, override -> override.setSetterInfo(JsonSetter.Value.forValueNulls(Nulls.SET)))
                .defaultSetterInfo(JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL))
                .enable(
                        DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY,
                        DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                        DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .build();
        parameters =
                bodies.rebuild().enable(MapperFeature.ALLOW_COERCION_OF_SCALARS).build();
    }

    /** All of a request's records is required but what is {@link Optional} or a {@link Change}. */
    private static final class RequiredUnlessOptional extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1;

        @Override
        public Boolean hasRequiredMarker(AnnotatedMember member) {
            var type = member.getRawType();
            return type != Optional.class && type != Change.class;
        }
    }

    /** Reads a body as it is; empty where there is none. */
    Optional<JsonNode> read(byte[] body) {
        if (body.length == 0) {
            return Optional.empty();
        }
        try {
            var tree = bodies.readTree(body);
            if (tree.isMissingNode()) {
                throw Rejected.malformedJson("The body holds no JSON.");
            }
            return Optional.of(tree);
        } catch (StreamConstraintsException tooMuch) {
            throw Rejected.malformedJson("The body is nested deeper than " + MAX_DEPTH
                    + " levels, or holds a name or a number that is too long.");
        } catch (NumberFormatException tooLarge) {
            throw Rejected.malformedJson("The body holds a number that is too large.");
        } catch (JsonProcessingException e) {
            var problem = e.getOriginalMessage().split(":", 2)[0];
            var place = e.getLocation();
            throw Rejected.malformedJson("The body is not JSON: " + problem + " in line " + place.getLineNr()
                    + ", column " + place.getColumnNr() + ".");
        } catch (IOException notText) {
            throw Rejected.malformedJson("The body is not JSON in UTF-8.");
        }
    }

    <T> T bind(JsonNode tree, Class<T> type) {
        if (!tree.isObject()) {
            throw Rejected.malformedJson("The body must be a JSON object.");
        }
        try {
            return bodies.treeToValue(tree, type);
        } catch (JsonProcessingException e) {
            throw misnamed(tree, type, e).orElseGet(() -> translated(e));
        }
    }

    /** Where a field is missing and there is one that nobody knows, that is what was meant by it. */
    private Optional<RuntimeException> misnamed(JsonNode tree, Class<?> type, JsonProcessingException e) {
        boolean isMissing = e instanceof MismatchedInputException mismatch
                && mismatch.getPath().size() == 1
                && mismatch.getOriginalMessage().startsWith(MISSING);
        if (!isMissing || !type.isRecord()) {
            return Optional.empty();
        }
        var known = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
        return tree.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !known.contains(name))
                .findFirst()
                .map(Rejected::unknownField);
    }

    /** Binds query parameters, each given once, to a record. */
    <T> T bind(Map<String, String> query, Class<T> type) {
        var tree = JsonNodeFactory.instance.objectNode();
        query.forEach(tree::put);
        try {
            return parameters.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            throw Rejected.unknownParameter(path(e));
        } catch (JsonProcessingException e) {
            throw translated(e);
        }
    }

    String write(Object value) {
        try {
            return bodies.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value.getClass(), e);
        }
    }

    /** Written as it is sent. */
    Reply.Sent sent(Object value) {
        return new Reply.Sent() {
            @Override
            public String contentType() {
                return "application/json";
            }

            @Override
            public void to(OutputStream out) throws IOException {
                bodies.writer().without(JsonGenerator.Feature.AUTO_CLOSE_TARGET).writeValue(out, value);
            }
        };
    }

    /** Reads what {@link #write} wrote. */
    <T> T reread(String text, Class<T> type) {
        try {
            return bodies.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot read what was written", e);
        }
    }

    /** The same text for the same content: fields in order of name, no spaces. */
    String canonical(JsonNode tree) {
        return write(sorted(tree));
    }

    private JsonNode sorted(JsonNode node) {
        if (node.isObject()) {
            var fields = new TreeMap<String, JsonNode>();
            node.properties().forEach(field -> fields.put(field.getKey(), sorted(field.getValue())));
            return new ObjectNode(JsonNodeFactory.instance, fields);
        }
        if (node.isArray()) {
            var elements = JsonNodeFactory.instance.arrayNode(node.size());
            node.forEach(element -> elements.add(sorted(element)));
            return elements;
        }
        return node;
    }

    private static RuntimeException translated(JsonProcessingException e) {
        if (!(e instanceof JsonMappingException mapping)) {
            return Rejected.malformedJson("The body cannot be read: " + e.getOriginalMessage() + ".");
        }
        var path = path(mapping);
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidValue refused) {
                return new InvalidValue(joined(path, refused.field().orElse("")), refused.problem());
            }
            if (cause instanceof InputCoercionException) {
                return new InvalidValue(path, "is too large");
            }
        }
        if (mapping instanceof Scalars.Refused) {
            return new InvalidValue(path, mapping.getOriginalMessage());
        } else if (mapping instanceof Scalars.Mismatched) {
            return Rejected.wrongType(path, mapping.getOriginalMessage());
        } else if (mapping instanceof UnrecognizedPropertyException) {
            return Rejected.unknownField(path);
        } else if (mapping instanceof InvalidNullException) {
            return Rejected.wrongType(path, Scalars.NOT_NULL);
        } else if (mapping instanceof InvalidFormatException format && isWord(format)) {
            return new InvalidValue(path, "must be one of " + names(format.getTargetType()));
        } else if (mapping instanceof MismatchedInputException mismatch) {
            return mismatch.getOriginalMessage().startsWith(MISSING)
                    ? Rejected.missing(path)
                    : Rejected.wrongType(path, expected(mismatch.getTargetType()));
        }
        return Rejected.wrongType(path, "of another form");
    }

    private static boolean isWord(InvalidFormatException e) {
        return e.getTargetType().isEnum() && e.getValue() instanceof String;
    }

    private static String expected(Class<?> type) {
        if (type == null) {
            return "of another form";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a whole number";
        } else if (type.isEnum()) {
            return "a string, one of " + names(type);
        } else if (Collection.class.isAssignableFrom(type)) {
            return "an array";
        }
        return "an object";
    }

    private static String names(Class<?> type) {
        return String.join(
                ", ",
                Arrays.stream(type.getEnumConstants()).map(Object::toString).toList());
    }

    private static String path(JsonMappingException e) {
        var path = new StringBuilder();
        for (var step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.length() == 0 ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    /** Where a value lies whose own rule names a field of it, or itself. */
    private static String joined(String path, String field) {
        if (path.isEmpty() || field.isEmpty()) {
            return path + field;
        }
        var last = path.substring(path.lastIndexOf('.') + 1);
        if (field.equals(last)) {
            return path;
        }
        return path + "." + (field.startsWith(last + ".") ? field.substring(last.length() + 1) : field);
    }
}

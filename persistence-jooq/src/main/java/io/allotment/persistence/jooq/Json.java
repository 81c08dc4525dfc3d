package io.allotment.persistence.jooq;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jooq.JSONB;

/** JSON columns: open documents and small maps, numbers exact. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private static final TypeReference<List<Object>> LIST = new TypeReference<>() {};

    private Json() {}

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    static Map<String, Object> read(String json) {
        try {
            return MAPPER.readValue(json, OBJECT);
        } catch (JsonProcessingException corrupt) {
            throw new IllegalStateException("A stored JSON column cannot be read.", corrupt);
        }
    }

    static List<Object> readList(String json) {
        try {
            return MAPPER.readValue(json, LIST);
        } catch (JsonProcessingException corrupt) {
            throw new IllegalStateException("A stored JSON column cannot be read.", corrupt);
        }
    }

    static JSONB jsonb(Document document) {
        return JSONB.valueOf(write(document.fields()));
    }

    /** A document, the empty one for null. */
    static Document document(JSONB json) {
        return json == null || json.data().equals("{}") ? Document.EMPTY : new Document(read(json.data()));
    }

    /** The text of a document, null for the empty one. */
    static String orNull(Document document) {
        return document.isEmpty() ? null : write(document.fields());
    }

    /** The text of the counts, null for none. */
    static String orNull(TokenCounts tokens) {
        if (tokens.isEmpty()) {
            return null;
        }
        var counts = new LinkedHashMap<String, String>();
        tokens.byClass().forEach((tokenClass, count) -> counts.put(tokenClass.name(), count.toString()));
        return write(counts);
    }

    static TokenCounts tokens(JSONB json) {
        if (json == null) {
            return TokenCounts.NONE;
        }
        var counts = new EnumMap<TokenCounts.TokenClass, Quantity>(TokenCounts.TokenClass.class);
        read(json.data())
                .forEach((tokenClass, count) ->
                        counts.put(TokenCounts.TokenClass.valueOf(tokenClass), Quantity.of(String.valueOf(count))));
        return new TokenCounts(counts);
    }
}

package io.allotment.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as maps, lists, texts, truth values and exact decimals. */
final class JsonTree {

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(100).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private JsonTree() {}

    /** Throws what Jackson throws where it is none. */
    static Object read(InputStream json) throws IOException {
        return exact(MAPPER.readValue(json, Object.class));
    }

    /** Refuses what is no object, in words for people. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String json) {
        try {
            return (Map<String, Object>) exact(MAPPER.readValue(json, OBJECT));
        } catch (JsonProcessingException wrong) {
            throw new CommandFailed("This is no JSON object: " + wrong.getOriginalMessage());
        }
    }

    private static Object exact(Object value) {
        if (value instanceof BigInteger whole) {
            return new BigDecimal(whole);
        } else if (value instanceof Map<?, ?> map) {
            var copy = new LinkedHashMap<String, Object>();
            map.forEach((key, each) -> copy.put(String.valueOf(key), exact(each)));
            return copy;
        } else if (value instanceof List<?> list) {
            // A list may hold null.
            var copy = new ArrayList<Object>(list.size());
            list.forEach(each -> copy.add(exact(each)));
            return copy;
        }
        return value;
    }
}

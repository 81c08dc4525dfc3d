package io.allotment.testkit.contract;

import io.allotment.domain.shared.Document;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Open JSON of every kind: numbers in many forms, all of Unicode, nested, empty and null. */
final class RandomDocuments {

    private static final int DEPTH = 6;

    private static final List<String> NUMBERS =
            List.of("0", "-0.0", "1.50", "1e3", "1E+20", "-7.000", "0.000000001", "123456789012345678901234567890.5");

    private static final List<String> TEXTS =
            List.of("", " ", "\"", "\\", "/", "\n\t\r", "é", "e\u0301", "世界", "🎈", "null", "1.50", "{}", "\u2028");

    private RandomDocuments() {}

    static Document next(Random random) {
        return new Document(map(random, 1));
    }

    private static Map<String, Object> map(Random random, int depth) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = random.nextInt(5); i > 0; i--) {
            map.put(text(random), value(random, depth));
        }
        return map;
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth < DEPTH ? 7 : 5)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> new BigDecimal(NUMBERS.get(random.nextInt(NUMBERS.size())));
            case 3 -> new BigDecimal(random.nextLong()).movePointLeft(random.nextInt(30));
            case 4 -> text(random);
            case 5 -> map(random, depth + 1);
            default -> list(random, depth + 1);
        };
    }

    private static List<Object> list(Random random, int depth) {
        var list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(value(random, depth));
        }
        return list;
    }

    private static String text(Random random) {
        var text = new StringBuilder(TEXTS.get(random.nextInt(TEXTS.size())));
        for (int i = random.nextInt(6); i > 0; i--) {
            text.appendCodePoint(codePoint(random));
        }
        return text.toString();
    }

    private static int codePoint(Random random) {
        int codePoint = random.nextInt(Character.MAX_CODE_POINT + 1);
        boolean refused = Character.isISOControl(codePoint)
                || codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        return refused ? 'x' : codePoint;
    }
}

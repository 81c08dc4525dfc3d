package io.allotment.http;

import io.allotment.domain.shared.InvalidValue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Builds parts of a request so that a refusal names its field by the path from the top. */
final class Fields {

    private Fields() {}

    static <T> T in(String path, Supplier<T> build) {
        try {
            return build.get();
        } catch (InvalidValue refused) {
            throw new InvalidValue(path + "." + refused.field().orElseThrow(), refused.problem());
        }
    }

    static <T, R> List<R> inEach(String path, List<T> elements, Function<T, R> build) {
        var built = new ArrayList<R>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            var element = elements.get(i);
            built.add(in(path + "[" + i + "]", () -> build.apply(element)));
        }
        return built;
    }
}

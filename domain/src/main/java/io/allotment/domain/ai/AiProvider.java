package io.allotment.domain.ai;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Who offers models.
 *
 * @param key lower-case letters, digits, '.', '_', '-', such as {@code openai}
 * @param baseUrl of its interface
 * @param apiPattern the regular expression with which addresses of its interface begin
 * @param modelMatch which models' names mean it where nobody says whose they are
 * @param providerMatch which other names mean it
 * @param keyRequired whether its interface wants a key
 * @param streaming whether its interface streams
 * @param active whether its models may be chosen
 * @param position in which order names are matched, ascending
 * @param fallbacks the providers whose prices hold for models that it does not list itself, in order
 * @param extractors where its interfaces tell what was used
 */
public record AiProvider(
        String key,
        String name,
        Optional<String> baseUrl,
        Optional<String> apiPattern,
        Optional<Clause> modelMatch,
        Optional<Clause> providerMatch,
        boolean keyRequired,
        boolean streaming,
        boolean active,
        int position,
        List<String> fallbacks,
        List<UsageExtractor> extractors) {

    public AiProvider {
        key = Text.key("provider", key);
        name = Text.name("name", name, 100);
        baseUrl = baseUrl.map(address -> Text.webAddress("baseUrl", address, 500));
        apiPattern = apiPattern.map(AiProvider::pattern);
        fallbacks = List.copyOf(fallbacks);
        extractors = List.copyOf(extractors);
    }

    /** An active one that streams and wants a key, in plain words. */
    public static AiProvider of(String key, String name) {
        return new AiProvider(
                key,
                name,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                true,
                true,
                true,
                0,
                List.of(),
                List.of());
    }

    /** The changed provider; refuses another key. */
    public AiProvider changedTo(AiProvider changed) {
        if (!changed.key.equals(key)) {
            throw new InvalidValue("key", "cannot be changed");
        }
        return changed;
    }

    private static String pattern(String expression) {
        try {
            return Pattern.compile(Text.prose("apiPattern", expression, 500)).pattern();
        } catch (PatternSyntaxException wrong) {
            throw new InvalidValue("apiPattern", "is no regular expression");
        }
    }
}

package io.allotment.domain.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The usages are of the providers' own documentation; the extractors are of the form of the price file. */
class RawUsageTest {

    private static AiProvider provider(Map<?, ?>... extractors) {
        return PriceFile.read(List.of(Map.of(
                        "id",
                        "p",
                        "name",
                        "P",
                        "api_pattern",
                        "p",
                        "extractors",
                        List.of(extractors),
                        "models",
                        List.of())))
                .providers()
                .get(0)
                .provider();
    }

    private static Map<String, Object> mapping(Object path, String dest, boolean required) {
        return Map.of("path", path, "dest", dest, "required", required);
    }

    private static final AiProvider OPENAI = provider(
            Map.of(
                    "api_flavor", "chat",
                    "root", "usage",
                    "mappings",
                            List.of(
                                    mapping("prompt_tokens", "input_tokens", true),
                                    mapping(
                                            List.of("prompt_tokens_details", "cached_tokens"),
                                            "cache_read_tokens",
                                            false),
                                    mapping(
                                            List.of("prompt_tokens_details", "audio_tokens"),
                                            "input_audio_tokens",
                                            false),
                                    mapping("completion_tokens", "output_tokens", true))),
            Map.of(
                    "api_flavor", "responses",
                    "root", "usage",
                    "mappings",
                            List.of(
                                    mapping("input_tokens", "input_tokens", true),
                                    mapping(
                                            List.of("input_tokens_details", "cached_tokens"),
                                            "cache_read_tokens",
                                            false),
                                    mapping("output_tokens", "output_tokens", true))));

    private static final AiProvider ANTHROPIC = provider(Map.of(
            "root",
            "usage",
            "mappings",
            List.of(
                    mapping("input_tokens", "input_tokens", true),
                    mapping("cache_creation_input_tokens", "input_tokens", false),
                    mapping("cache_read_input_tokens", "input_tokens", false),
                    mapping("cache_creation_input_tokens", "cache_write_tokens", false),
                    mapping("cache_read_input_tokens", "cache_read_tokens", false),
                    mapping("output_tokens", "output_tokens", true))));

    private static final AiProvider GOOGLE = provider(Map.of(
            "root", "usageMetadata",
            "model_path", "modelVersion",
            "mappings",
                    List.of(
                            mapping("promptTokenCount", "input_tokens", false),
                            mapping("cachedContentTokenCount", "cache_read_tokens", false),
                            mapping(
                                    List.of(
                                            "promptTokensDetails",
                                            Map.of("field", "modality", "match", Map.of("equals", "AUDIO")),
                                            "tokenCount"),
                                    "input_audio_tokens",
                                    false),
                            mapping("candidatesTokenCount", "output_tokens", false),
                            mapping("thoughtsTokenCount", "output_tokens", false))));

    private static BigDecimal n(long number) {
        return BigDecimal.valueOf(number);
    }

    @Test
    void one_provider_counts_what_was_cached_within_its_input() {
        var answer = Map.<String, Object>of(
                "model",
                "gpt-x",
                "usage",
                Map.of(
                        "prompt_tokens", n(1_000),
                        "prompt_tokens_details", Map.of("cached_tokens", n(300)),
                        "completion_tokens", n(500),
                        "completion_tokens_details", Map.of("reasoning_tokens", n(120))));

        var extracted = RawUsage.of(OPENAI, Optional.empty(), answer);

        assertThat(extracted.model()).contains("gpt-x");
        assertThat(extracted.usage().tokens().byClass())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        TokenClass.INPUT, Quantity.of(700),
                        TokenClass.CACHE_READ, Quantity.of(300),
                        TokenClass.OUTPUT, Quantity.of(380),
                        TokenClass.REASONING, Quantity.of(120)));
    }

    @Test
    void another_counts_it_beside_the_input() {
        var usage = Map.<String, Object>of(
                "input_tokens", n(100),
                "cache_creation_input_tokens", n(2_000),
                "cache_read_input_tokens", n(30_000),
                "cache_creation", Map.of("ephemeral_5m_input_tokens", n(500), "ephemeral_1h_input_tokens", n(1_500)),
                "output_tokens", n(40));

        // The usage part of the answer by itself.
        var extracted = RawUsage.of(ANTHROPIC, Optional.empty(), usage);

        assertThat(extracted.usage().counts()).containsEntry(PriceUnit.INPUT, n(32_100));
        assertThat(extracted.usage().tokens().byClass())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        TokenClass.INPUT, Quantity.of(100),
                        TokenClass.CACHE_READ, Quantity.of(30_000),
                        TokenClass.CACHE_WRITE, Quantity.of(500),
                        TokenClass.CACHE_WRITE_1H, Quantity.of(1_500),
                        TokenClass.OUTPUT, Quantity.of(40)));
    }

    @Test
    void a_third_counts_thoughts_beside_the_output_and_sound_in_a_list() {
        var answer = Map.<String, Object>of(
                "modelVersion",
                "gemini-x",
                "usageMetadata",
                Map.of(
                        "promptTokenCount", n(1_000),
                        "promptTokensDetails",
                                List.of(
                                        Map.of("modality", "TEXT", "tokenCount", n(600)),
                                        Map.of("modality", "AUDIO", "tokenCount", n(400))),
                        "candidatesTokenCount", n(70),
                        "thoughtsTokenCount", n(30)));

        var extracted = RawUsage.of(GOOGLE, Optional.empty(), answer);

        assertThat(extracted.model()).contains("gemini-x");
        assertThat(extracted.usage().tokens().byClass())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        TokenClass.INPUT, Quantity.of(600),
                        TokenClass.AUDIO_INPUT, Quantity.of(400),
                        TokenClass.OUTPUT, Quantity.of(70),
                        TokenClass.REASONING, Quantity.of(30)));
    }

    @Test
    void the_interface_is_told_or_found_by_what_it_tells() {
        var responses = Map.<String, Object>of(
                "input_tokens", n(10),
                "input_tokens_details", Map.of("cached_tokens", n(4)),
                "output_tokens", n(5));

        assertThat(RawUsage.of(OPENAI, Optional.empty(), responses).usage().counts())
                .containsEntry(PriceUnit.CACHE_READ, n(4));
        assertThatThrownBy(() -> RawUsage.of(OPENAI, Optional.of("chat"), responses))
                .hasMessageContaining("prompt_tokens must be a number");
        assertThatThrownBy(() -> RawUsage.of(OPENAI, Optional.of("smoke"), responses))
                .hasMessageContaining("[chat, responses]");
    }
}

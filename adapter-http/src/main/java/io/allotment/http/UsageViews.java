package io.allotment.http;

import io.allotment.domain.ai.Cost;
import io.allotment.domain.quota.QuotaUse;
import io.allotment.domain.shared.Credits;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.shared.TokenCounts.TokenClass;
import io.allotment.domain.usage.UsageEvent;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Optional;

/** The JSON that decisions and usage events share. */
final class UsageViews {

    private UsageViews() {}

    record LineView(OperationKey operation, Quantity quantity, Credits credits, Optional<QuotaUseView> quota) {

        static LineView of(UsageEvent.Line line) {
            return new LineView(
                    line.operation(),
                    line.quantity(),
                    line.credits(),
                    line.quota().map(QuotaUseView::of));
        }
    }

    record QuotaUseView(
            FeatureKey feature, Quantity used, Optional<Quantity> limit, Quantity above, Optional<Instant> resetsAt) {

        static QuotaUseView of(QuotaUse use) {
            return new QuotaUseView(
                    use.feature(),
                    use.used(),
                    use.limit(),
                    use.above(),
                    use.period().end());
        }
    }

    /** Token counts, both ways. */
    record Tokens(
            Optional<Quantity> input,
            Optional<Quantity> output,
            Optional<Quantity> cacheRead,
            Optional<Quantity> cacheWrite,
            Optional<Quantity> reasoning,
            Optional<Quantity> audioInput,
            Optional<Quantity> audioOutput,
            Optional<Quantity> cacheWrite1h,
            Optional<Quantity> audioCacheRead,
            Optional<Quantity> imageInput,
            Optional<Quantity> imageOutput,
            Optional<Quantity> requests,
            Optional<Quantity> toolCalls,
            Optional<Quantity> images,
            Optional<Quantity> calls,
            Optional<Quantity> units) {

        /** Empty where there are none. */
        static Optional<Tokens> of(TokenCounts counts) {
            return counts.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Tokens(
                            of(counts, TokenClass.INPUT),
                            of(counts, TokenClass.OUTPUT),
                            of(counts, TokenClass.CACHE_READ),
                            of(counts, TokenClass.CACHE_WRITE),
                            of(counts, TokenClass.REASONING),
                            of(counts, TokenClass.AUDIO_INPUT),
                            of(counts, TokenClass.AUDIO_OUTPUT),
                            of(counts, TokenClass.CACHE_WRITE_1H),
                            of(counts, TokenClass.AUDIO_CACHE_READ),
                            of(counts, TokenClass.IMAGE_INPUT),
                            of(counts, TokenClass.IMAGE_OUTPUT),
                            of(counts, TokenClass.REQUEST),
                            of(counts, TokenClass.TOOL_CALL),
                            of(counts, TokenClass.IMAGE),
                            of(counts, TokenClass.CALL),
                            of(counts, TokenClass.UNIT)));
        }

        private static Optional<Quantity> of(TokenCounts counts, TokenClass tokenClass) {
            return Optional.ofNullable(counts.byClass().get(tokenClass));
        }

        TokenCounts counts() {
            var counts = new EnumMap<TokenClass, Quantity>(TokenClass.class);
            input.ifPresent(count -> counts.put(TokenClass.INPUT, count));
            output.ifPresent(count -> counts.put(TokenClass.OUTPUT, count));
            cacheRead.ifPresent(count -> counts.put(TokenClass.CACHE_READ, count));
            cacheWrite.ifPresent(count -> counts.put(TokenClass.CACHE_WRITE, count));
            reasoning.ifPresent(count -> counts.put(TokenClass.REASONING, count));
            audioInput.ifPresent(count -> counts.put(TokenClass.AUDIO_INPUT, count));
            audioOutput.ifPresent(count -> counts.put(TokenClass.AUDIO_OUTPUT, count));
            cacheWrite1h.ifPresent(count -> counts.put(TokenClass.CACHE_WRITE_1H, count));
            audioCacheRead.ifPresent(count -> counts.put(TokenClass.AUDIO_CACHE_READ, count));
            imageInput.ifPresent(count -> counts.put(TokenClass.IMAGE_INPUT, count));
            imageOutput.ifPresent(count -> counts.put(TokenClass.IMAGE_OUTPUT, count));
            requests.ifPresent(count -> counts.put(TokenClass.REQUEST, count));
            toolCalls.ifPresent(count -> counts.put(TokenClass.TOOL_CALL, count));
            images.ifPresent(count -> counts.put(TokenClass.IMAGE, count));
            calls.ifPresent(count -> counts.put(TokenClass.CALL, count));
            units.ifPresent(count -> counts.put(TokenClass.UNIT, count));
            return new TokenCounts(counts);
        }
    }

    /** What AI work cost. */
    record CostView(String amount, String currency, Optional<ModelPriceId> price) {

        static CostView of(Cost cost) {
            return new CostView(cost.amount().toPlainString(), cost.currency(), cost.price());
        }
    }
}

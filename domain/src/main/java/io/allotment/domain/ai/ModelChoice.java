package io.allotment.domain.ai;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The model to use, and why not another.
 *
 * @param because whose wish it is
 * @param refused what was wished before it, and why it cannot be
 */
public record ModelChoice(ModelRef model, Wish because, List<Refused> refused) {

    /** Where a wish comes from, in the order in which they count. */
    public enum Wish {
        /** The user's own preference. */
        USER,
        /** The tenant's. */
        TENANT,
        /** The first that the kind of output may be made with. */
        OUTPUT_TYPE
    }

    /** A model that cannot be used. */
    public record Refused(ModelRef model, Wish wish, Why why) {}

    /** Why a model cannot be used. */
    public enum Why {
        /** There is no model of this name. */
        UNKNOWN,
        /** The provider is not active. */
        PROVIDER_INACTIVE,
        /** The model is not active. */
        MODEL_INACTIVE,
        /** The kind of output may not be made with it. */
        NOT_FOR_OUTPUT_TYPE
    }

    /** Nothing that was wished, and nothing that is allowed, can be used. */
    public static final class None extends Refusal {

        private final List<Refused> refused;

        None(List<Refused> refused) {
            super(
                    Kind.CONFLICT,
                    "no-model",
                    null,
                    refused.isEmpty()
                            ? "Nobody prefers a model, and the kind of output names none."
                            : "No model can be used: "
                                    + String.join(
                                            ", ",
                                            refused.stream()
                                                    .map(each -> each.model() + " (" + each.why() + ")")
                                                    .toList())
                                    + ".");
            this.refused = List.copyOf(refused);
        }

        public List<Refused> refused() {
            return refused;
        }
    }

    public ModelChoice {
        requireNonNull(model, "model");
        requireNonNull(because, "because");
        refused = List.copyOf(refused);
    }

    private record Candidate(ModelRef model, Wish wish) {}

    /**
     * The first wish that can be: the user's, the tenant's, then what the kind of output may be made with. A provider that is
     * named without a model stands for all of its models, in the catalogue's order. Refuses where none can be.
     *
     * @param allowed which models the kind of output may be made with; empty for any
     */
    public static ModelChoice of(
            PriceBook book, ModelPreference user, ModelPreference tenant, Collection<ModelRef> allowed) {
        var candidates = Stream.of(
                        wished(book, user, Wish.USER),
                        wished(book, tenant, Wish.TENANT),
                        allowed.stream().map(ref -> new Candidate(ref, Wish.OUTPUT_TYPE)))
                .flatMap(each -> each)
                .toList();
        var refused = new ArrayList<Refused>();
        for (var candidate : candidates) {
            var why = why(book, candidate.model(), allowed);
            if (why.isEmpty()) {
                return new ModelChoice(candidate.model(), candidate.wish(), refused);
            }
            refused.add(new Refused(candidate.model(), candidate.wish(), why.get()));
        }
        throw new None(refused);
    }

    private static Stream<Candidate> wished(PriceBook book, ModelPreference preference, Wish wish) {
        if (preference.ref().isPresent()) {
            return Stream.of(new Candidate(preference.ref().get(), wish));
        }
        return preference.provider().stream()
                .flatMap(provider -> book.models(provider).stream())
                .map(model -> new Candidate(model.ref(), wish));
    }

    /** Empty where the model can be used. */
    public static Optional<Why> why(PriceBook book, ModelRef ref, Collection<ModelRef> allowed) {
        var model = book.find(ref);
        if (model.isEmpty()) {
            return Optional.of(Why.UNKNOWN);
        }
        boolean provided = book.providers().stream()
                .anyMatch(provider -> provider.key().equals(ref.provider()) && provider.active());
        if (!provided) {
            return Optional.of(Why.PROVIDER_INACTIVE);
        }
        if (!model.get().active()) {
            return Optional.of(Why.MODEL_INACTIVE);
        }
        return allowed.isEmpty() || allowed.contains(ref) ? Optional.empty() : Optional.of(Why.NOT_FOR_OUTPUT_TYPE);
    }
}

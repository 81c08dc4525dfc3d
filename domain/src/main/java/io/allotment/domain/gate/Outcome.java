package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.Refusal;

/** What a call to the gate comes to. */
public sealed interface Outcome permits Outcome.Answer, Outcome.Refused {

    /**
     * A decision, allowed or denied.
     *
     * @param replayed whether it was made earlier, under the same key, and nothing happened now
     */
    record Answer(Decision decision, boolean replayed) implements Outcome {
        public Answer {
            requireNonNull(decision, "decision");
        }

        public boolean allowed() {
            return decision.allowed();
        }
    }

    /** The call itself was wrong; nothing was written for it. */
    record Refused(Refusal refusal) implements Outcome {
        public Refused {
            requireNonNull(refusal, "refusal");
        }
    }
}

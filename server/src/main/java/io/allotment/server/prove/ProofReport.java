package io.allotment.server.prove;

import java.util.List;
import java.util.Map;

/**
 * What a proof came to.
 *
 * @param operations answers that were got and checked
 * @param faults how often each kind of fault really struck
 * @param lastCreditRounds races for one last credit
 * @param divergences answers that differ from the model, or from each other for one key
 * @param lost what was acknowledged and is not there
 * @param doubled what happened twice under one key
 * @param violations what the gate's own verification found
 * @param findings the first of all these, in words
 * @param skipped what could not be proven here, and why
 * @param answers what the model agreed on, by kind: that each way of the gate was gone shows here
 */
public record ProofReport(
        long seed,
        int seconds,
        long operations,
        Map<String, Long> faults,
        long lastCreditRounds,
        long divergences,
        long lost,
        long doubled,
        long violations,
        List<String> findings,
        List<String> skipped,
        Map<String, Long> answers) {

    /** Whether nothing was found. */
    public boolean isClean() {
        return divergences == 0 && lost == 0 && doubled == 0 && violations == 0;
    }
}

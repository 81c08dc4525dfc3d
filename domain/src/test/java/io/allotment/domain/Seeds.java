package io.allotment.domain;

import java.security.SecureRandom;

/** Where random tests begin: a new seed each run, or the one of {@code -Dallotment.seed} to see a failure again. */
public final class Seeds {

    private Seeds() {}

    /** The seed of this run, printed so that it can be repeated. */
    public static long seed() {
        var given = System.getProperty("allotment.seed");
        long seed = given != null ? Long.parseLong(given) : new SecureRandom().nextInt(Integer.MAX_VALUE);
        System.out.println("Random test: repeat with " + replay(seed));
        return seed;
    }

    /** How to repeat a seed: for the messages of failures. */
    public static String replay(long seed) {
        return "-Dallotment.seed=" + seed;
    }
}

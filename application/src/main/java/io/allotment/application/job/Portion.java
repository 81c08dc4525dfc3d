package io.allotment.application.job;

/**
 * What a job did in one go.
 *
 * @param done how many things
 * @param failed for how many tenants or things it could not
 * @param more whether there is more to do at once
 */
public record Portion(int done, int failed, boolean more) {

    /** So much was done, and nothing is left. */
    public static Portion all(int done) {
        return new Portion(done, 0, false);
    }
}

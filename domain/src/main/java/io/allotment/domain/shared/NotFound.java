package io.allotment.domain.shared;

/** What was asked for does not exist for this caller. Another tenant's things do not exist either. */
public final class NotFound extends Refusal {

    /**
     * @param what the kind of thing in one word, such as {@code tenant}
     * @param name the id, key or slug that was looked for
     */
    public NotFound(String what, Object name) {
        super(Kind.NOT_FOUND, Refusal.code(what) + "-not-found", null, "There is no " + what + " " + name + ".");
    }
}

package io.allotment.domain.shared;

/** An input names something that does not exist: the request itself is wrong, and nothing was written. */
public final class Unknown extends Refusal {

    /**
     * @param what the kind of thing in one word, such as {@code operation}
     * @param field the input that names it
     * @param name what it says
     */
    public Unknown(String what, String field, Object name) {
        super(Kind.INVALID, "unknown-" + Refusal.code(what), field, "There is no " + what + " " + name + ".");
    }
}

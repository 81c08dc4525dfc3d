package io.allotment.domain.shared;

/** Something that must be unique is taken. */
public final class AlreadyExists extends Refusal {

    /**
     * @param what the kind of thing, such as {@code tenant}
     * @param field what must be unique, such as {@code slug}
     * @param value the value that is taken
     */
    public AlreadyExists(String what, String field, Object value) {
        super(
                Kind.CONFLICT,
                Refusal.code(what) + "-exists",
                field,
                "There is " + ("AEIOaeio".indexOf(what.charAt(0)) < 0 ? "a " : "an ") + what + " with the " + field
                        + " " + value + " already; choose another.");
    }
}

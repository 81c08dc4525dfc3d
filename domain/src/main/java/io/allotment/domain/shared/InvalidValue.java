package io.allotment.domain.shared;

/** A value that can never be right. The message is the field followed by the problem: {@code slug must not be empty}. */
public final class InvalidValue extends Refusal {

    private final String problem;

    /**
     * @param field which input, as its sender calls it
     * @param problem what is wrong and what would be right, to be read after the field's name
     */
    public InvalidValue(String field, String problem) {
        super(Kind.INVALID, "invalid-value", field, field + " " + problem);
        this.problem = problem;
    }

    /** The message without the field's name. */
    public String problem() {
        return problem;
    }
}

package io.allotment.domain.job;

import io.allotment.domain.shared.InvalidValue;
import java.util.regex.Pattern;

/** What a job is called: lower-case words joined by hyphens, at most 40 characters, such as {@code expire-credits}. */
public record JobName(String value) {

    private static final Pattern FORM = Pattern.compile("[a-z]+(-[a-z]+)*");
    private static final int MAX_LENGTH = 40;

    public JobName {
        if (value == null || value.length() > MAX_LENGTH || !FORM.matcher(value).matches()) {
            throw new InvalidValue(
                    "job", "must be lower-case words joined by hyphens, of " + MAX_LENGTH + " characters at most");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}

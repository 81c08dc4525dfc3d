package io.allotment.domain.shared;

import java.util.Locale;
import java.util.regex.Pattern;

/** An e-mail address, compared without regard to case: stored in lower case, at most 254 characters (RFC 5321). */
public record Email(String value) implements Text {

    private static final Pattern ADDRESS = Pattern.compile(
            "[^\\s@\\p{Cntrl}\\p{Cs}]{1,64}@[^\\s@\\p{Cntrl}\\p{Cs}.]+(\\.[^\\s@\\p{Cntrl}\\p{Cs}.]+)*",
            Pattern.UNICODE_CHARACTER_CLASS);

    public Email {
        value = Text.matching(
                "email",
                value == null ? null : value.strip().toLowerCase(Locale.ROOT),
                ADDRESS,
                254,
                "must be an e-mail address such as ada@example.org");
    }

    @Override
    public String toString() {
        return value;
    }
}

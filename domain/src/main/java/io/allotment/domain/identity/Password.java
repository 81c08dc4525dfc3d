package io.allotment.domain.identity;

import io.allotment.domain.shared.Email;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import java.text.Normalizer;
import java.util.Locale;

/**
 * A password as somebody typed it, in Unicode's composed form (NFC), so that keyboards that write the same letter differently
 * agree. 1 to 128 characters.
 */
public record Password(String value) {

    public static final int MIN_LENGTH = 12;
    public static final int MAX_LENGTH = 128;

    public Password {
        Text.bounded("password", value, MAX_LENGTH);
        value = Normalizer.normalize(Text.prose("password", value, MAX_LENGTH), Normalizer.Form.NFC);
    }

    /**
     * One that somebody wants to have from now on: at least 12 characters, and not their e-mail address.
     *
     * @param field which input it is
     */
    public static Password chosen(String field, String text, Email email) {
        Password password;
        try {
            password = new Password(text);
        } catch (InvalidValue refused) {
            throw new InvalidValue(field, refused.problem());
        }
        if (password.value.codePointCount(0, password.value.length()) < MIN_LENGTH) {
            throw new InvalidValue(field, "must have at least " + MIN_LENGTH + " characters");
        }
        if (password.value.strip().toLowerCase(Locale.ROOT).equals(email.value())) {
            throw new InvalidValue(field, "must not be the e-mail address");
        }
        return password;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Password[…]";
    }
}

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

    private static final int MIN_NAME_LENGTH = 5;

    public Password {
        Text.bounded("password", value, MAX_LENGTH);
        value = Normalizer.normalize(Text.prose("password", value, MAX_LENGTH), Normalizer.Form.NFC);
    }

    /**
     * One that somebody wants to have from now on: at least 12 characters, none of the most common ones, and without their
     * e-mail address or the name that it begins with.
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
        if (CommonPasswords.contain(password.value.strip())) {
            throw new InvalidValue(field, "is one of the most common passwords, which are guessed first");
        }
        if (holds(password.value, email)) {
            throw new InvalidValue(field, "must not contain the e-mail address or the name before its @");
        }
        return password;
    }

    /** A short name stands in many a word that has nothing to do with it. */
    private static boolean holds(String password, Email email) {
        var lower = password.toLowerCase(Locale.ROOT);
        var name = email.value().substring(0, email.value().indexOf('@'));
        return lower.contains(email.value()) || name.length() >= MIN_NAME_LENGTH && lower.contains(name);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Password[…]";
    }
}

package io.allotment.domain.shared;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;

/** A short text with rules of its own: two equal texts name the same thing. */
public sealed interface Text
        permits Slug,
                FeatureKey,
                OperationKey,
                PlanKey,
                PriceKey,
                ProductKey,
                PermissionKey,
                RoleKey,
                IdempotencyKey,
                Email {

    String value();

    /** The rule of catalogue keys: {@code transcribe.minute}, {@code seo_submissions}, {@code pro-2026}. */
    static String key(String field, String value) {
        return matching(
                field,
                value,
                KEY,
                100,
                "must be lower-case letters, digits, '.', '_' or '-', starting with a letter or digit");
    }

    /** Refuses null, an overlong text, and one the pattern does not match. */
    static String matching(String field, String value, Pattern pattern, int maxLength, String problem) {
        bounded(field, value, maxLength);
        if (!pattern.matcher(value).matches()) {
            throw new InvalidValue(field, problem);
        }
        return value;
    }

    /** Refuses null, an empty and an overlong text. */
    static void bounded(String field, String value, int maxLength) {
        if (value == null || value.isEmpty()) {
            throw new InvalidValue(field, "must not be empty");
        }
        if (value.length() > maxLength) {
            throw new InvalidValue(
                    field, "has " + value.length() + " characters; at most " + maxLength + " are allowed");
        }
    }

    /** A name people read: one line, not blank, trimmed, no control characters, bounded. */
    static String name(String field, String value, int maxLength) {
        if (value == null || value.isBlank()) {
            throw new InvalidValue(field, "must not be empty");
        }
        return prose(field, value.strip(), maxLength)
                .replace('\n', ' ')
                .replace('\r', ' ')
                .replace('\t', ' ');
    }

    /** An http or https address, bounded. */
    static String webAddress(String field, String value, int maxLength) {
        prose(field, value, maxLength);
        try {
            var uri = new URI(value);
            if (("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) && uri.getHost() != null) {
                return value;
            }
        } catch (URISyntaxException notAnAddress) {
            // said below, in our words
        }
        throw new InvalidValue(field, "must be an address such as https://example.org");
    }

    /** Free text: bounded, line breaks and tabs allowed, no other control characters, no lone surrogates. */
    static String prose(String field, String value, int maxLength) {
        if (value.length() > maxLength) {
            throw new InvalidValue(
                    field, "has " + value.length() + " characters; at most " + maxLength + " are allowed");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < value.length()
                    && Character.isLowSurrogate(value.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new InvalidValue(field, "holds half a Unicode character at position " + i);
            } else if (Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r') {
                throw new InvalidValue(field, "holds a control character at position " + i);
            }
        }
        return value;
    }

    Pattern KEY = Pattern.compile("[a-z0-9][a-z0-9._-]*");
}

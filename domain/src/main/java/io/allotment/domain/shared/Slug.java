package io.allotment.domain.shared;

import java.util.regex.Pattern;

/** A tenant's name in addresses, unique across tenants: 1 to 100 lower-case letters and digits, words joined by single hyphens. */
public record Slug(String value) implements Text {

    private static final Pattern WORDS = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");

    public Slug {
        value = Text.matching(
                "slug",
                value,
                WORDS,
                100,
                "must be lower-case letters and digits, words joined by single hyphens, such as acme-studio");
    }

    @Override
    public String toString() {
        return value;
    }
}

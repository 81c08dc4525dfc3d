package io.allotment.domain.identity;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Times;
import java.time.ZoneId;
import java.util.IllformedLocaleException;
import java.util.Locale;
import java.util.Optional;

/**
 * What a person says of themselves.
 *
 * @param displayName 1 to 100 characters
 * @param fullName 1 to 200 characters
 * @param avatarUrl an http or https address of at most 500 characters
 * @param timeZone a region, not an offset
 * @param language a BCP 47 tag of at most 35 characters such as {@code en} or {@code pt-BR}; kept in its usual form
 */
public record UserProfile(
        String displayName, Optional<String> fullName, Optional<String> avatarUrl, ZoneId timeZone, String language) {

    public static final String ENGLISH = "en";

    public UserProfile {
        displayName = Text.name("displayName", displayName, 100);
        fullName = fullName.map(name -> Text.name("fullName", name, 200));
        avatarUrl = avatarUrl.map(address -> Text.webAddress("avatarUrl", address, 500));
        timeZone = Times.region("timeZone", requireNonNull(timeZone, "timeZone"));
        language = tag(language);
    }

    /** A profile of the one thing everybody has: UTC, English, nothing else said. */
    public static UserProfile of(String displayName) {
        return new UserProfile(displayName, Optional.empty(), Optional.empty(), Times.UTC, ENGLISH);
    }

    private static String tag(String text) {
        Text.bounded("language", text, 35);
        try {
            var locale = new Locale.Builder().setLanguageTag(text).build();
            if (!locale.getLanguage().isEmpty()) {
                return locale.toLanguageTag();
            }
        } catch (IllformedLocaleException notATag) {
            // said below, in our words
        }
        throw new InvalidValue("language", "must be a language tag such as en or pt-BR");
    }
}

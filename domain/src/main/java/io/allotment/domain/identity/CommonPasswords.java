package io.allotment.domain.identity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Passwords that whoever guesses tries first; where they come from says the file itself. */
final class CommonPasswords {

    private static final String FILE = "common-passwords.txt";

    private CommonPasswords() {}

    /** Read when it is first asked for. */
    private static final class Known {
        static final Set<String> ALL = read();
    }

    /** Whether it is one of them, however its letters are capitalised. */
    static boolean contain(String password) {
        return Known.ALL.contains(password.toLowerCase(Locale.ROOT));
    }

    private static Set<String> read() {
        try (var file = CommonPasswords.class.getResourceAsStream(FILE)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
